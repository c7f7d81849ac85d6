#!/usr/bin/python3
"""scripts/messages check: what it accepts and what it finds."""
import os
import re
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PO = os.path.join(ROOT, "firmware", "cli", "po", "zh_CN.po")


def check(text):
    with tempfile.NamedTemporaryFile("w", suffix=".po", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        return subprocess.run([os.path.join(ROOT, "scripts", "messages"), "check", file.name], capture_output=True,
                              text=True, check=False)


class Messages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(PO, encoding="utf-8") as file:
            cls.text = file.read()

    def found(self, old, new):
        self.assertIn(old, self.text)
        done = check(self.text.replace(old, new, 1))
        self.assertEqual(done.returncode, 1, done.stderr)
        return done.stderr

    def test_the_catalogue_is_whole(self):
        done = check(self.text)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_one_without_a_translation(self):
        self.assertRegex(self.found('msgstr "没有告警\\n"', 'msgstr ""'), "no translation.*no alarms")

    def test_a_fuzzy_one(self):
        fuzzy = self.found('msgid "no alarms\\n"', '#, fuzzy\nmsgid "no alarms\\n"')
        self.assertRegex(fuzzy, "no translation.*no alarms")

    def test_a_stale_one(self):
        done = check(self.text + '\nmsgid "gone"\nmsgstr "已去"\n')
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "stale: 'gone'")

    def test_placeholders_that_differ(self):
        translation = re.search(r'msgid "\{\} of \{\} tests failed\\n"\nmsgstr "(.*)"', self.text).group(1)
        for other in ("{1} 个测试失败\\n", "{} {} {}\\n", "{} / {2}\\n", "{:x} / {}\\n"):
            with self.subTest(other):
                self.assertIn("placeholders", self.found(translation, other))

    def test_lines_that_differ(self):
        self.assertIn("do not both end with", self.found('"没有告警\\n"', '"没有告警"'))
        self.assertIn("begins with a blank", self.found('"  负载"', '"负载"'))


if __name__ == "__main__":
    unittest.main()
