#!/usr/bin/python3
"""The technician's commands in Chinese: chosen by the environment, columns line up, JSON is the same as in English.

The daemon that stands in, and its answers, are those of cli_golden_test.py. No Chinese locale is needed: what is asked
for by LANG is mostly not generated on a board.
"""
import os
import re
import subprocess
import sys
import unicodedata
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cli_golden_test import BIN, PATIENCE, Golden, on_terminal  # noqa: E402

WAYSIDE = os.path.join(BIN, "wayside")
CHINESE = re.compile("[\u4e00-\u9fff]")


def width(text):
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def environment(base=None, **given):
    kept = {name: value for name, value in (base or os.environ).items()
            if name not in ("LANG", "LANGUAGE") and not name.startswith("LC_")}
    return {**kept, **given}


def wayside(*words, **given):
    return subprocess.run([WAYSIDE, *words], env=environment(**given), capture_output=True, text=True,
                          timeout=PATIENCE, check=False)


class Language(unittest.TestCase):
    maxDiff = None

    def test_the_environment_chooses(self):
        for given, chinese in (({"LANG": "zh_CN.UTF-8"}, True), ({"LC_ALL": "zh_CN.UTF-8"}, True),
                               ({"LANG": "C.UTF-8", "LANGUAGE": "zh_CN"}, True), ({"LANG": "C"}, False), ({}, False),
                               ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, False), ({"LANG": "de_DE.UTF-8"}, False)):
            with self.subTest(given):
                done = wayside("status", "--help", **given)
                self.assertEqual(done.returncode, 0)
                self.assertEqual(bool(CHINESE.search(done.stdout)), chinese, done.stdout)

    def test_the_help_is_whole_in_chinese(self):
        for words in ((), ("alarms", "shelve"), ("config", "apply"), ("profiles", "import"), ("bus", "probe")):
            with self.subTest(words):
                done = wayside(*words, "--help", LANG="zh_CN.UTF-8")
                for line in done.stdout.splitlines():
                    # A row of the table: what follows two blanks says what it is for.
                    row = re.match(r"  (\S.*?)  +(\S.*)$", line)
                    if row:
                        self.assertRegex(row.group(2), CHINESE)
                self.assertRegex(done.stdout, "用法")
                self.assertNotIn("Usage", done.stdout)

    def test_wrong_use(self):
        done = wayside("alarms", "shelve", LANG="zh_CN.UTF-8")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, "缺少必填项.*alarm")
        done = wayside("status", "--jsn", LANG="zh_CN.UTF-8")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, "多余的参数.*--jsn")
        self.assertEqual(wayside("status", "--jsn", LANG="C").stderr,
                         "The following argument was not expected: --jsn\nRun with --help for more information.\n")
        done = wayside("bus", "probe", "x", "1", "--expect", "none", LANG="zh_CN.UTF-8")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, "不是数字")

    def test_without_a_daemon(self):
        for words in (("profiles", "list"), ("rules", "functions")):
            with self.subTest(words):
                english, chinese = (wayside(*words, LANG=lang) for lang in ("C", "zh_CN.UTF-8"))
                self.assertEqual((english.returncode, chinese.returncode), (0, 0) if words[0] == "rules" else
                                 (english.returncode, english.returncode))
                self.assertNotRegex(english.stdout.splitlines()[0] if english.stdout else "", CHINESE)
                self.assertRegex(chinese.stdout + chinese.stderr, CHINESE)

    def test_numbers_are_those_of_the_c_locale(self):
        done = wayside("version", LANG="zh_CN.UTF-8", LC_NUMERIC="de_DE.UTF-8")
        self.assertRegex(done.stdout, r"wayside +0\.\d+\.\d+  协议 \d+")


class Answers(Golden):
    """The cases of cli_golden_test.py, in Chinese."""

    test_what_is_asked = test_nobody_there_is_said_with_what_to_do = None
    test_no_color_and_a_pipe_are_without_colours_and_a_terminal_is_not = None

    def setUp(self):
        self.chinese = environment(self.environment, LANG="zh_CN.UTF-8")

    def test_what_each_command_prints(self):
        shared = self.cases["shared"]
        for name, case in self.cases["cases"].items():
            with self.subTest(name):
                self.stand.answers = {k: shared[v] if isinstance(v, str) and v in shared else v
                                      for k, v in case.get("answers", {}).items()}
                command = [WAYSIDE, *case["command"]]
                text, status = on_terminal(command, self.chinese)
                self.assertEqual(status, case.get("status", 0), text)
                if not text.startswith("wayside: "):  # what the daemon says stays as it is
                    self.assertRegex(text, CHINESE)
                for line in text.splitlines():
                    if not line.startswith("wayside"):
                        self.assertLessEqual(width(line), 80, line)
                if not case.get("json", True):
                    continue
                done = subprocess.run([*command, "--json"], env=self.chinese, capture_output=True, text=True,
                                      timeout=PATIENCE, check=False)
                self.assertEqual(done.returncode, case.get("status", 0), done.stderr)
                self.compare(f"{name}.json", done.stdout)

    def test_the_columns_of_a_table_line_up(self):
        self.stand.answers = {"points": self.cases["shared"]["points"]}
        done = subprocess.run([WAYSIDE, "points"], env=self.chinese, capture_output=True, text=True, timeout=PATIENCE,
                              check=False)
        lines = done.stdout.splitlines()
        head = re.match(r"测点 +", lines[0])
        self.assertTrue(head, lines[0])
        for line in lines[1:]:
            # The second column begins where its head does, counted in columns of the terminal.
            first = re.match(r"\S+ +", line).group(0)
            self.assertEqual(width(first), width(head.group(0)), done.stdout)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], defaultTest=["Language", "Answers"])
