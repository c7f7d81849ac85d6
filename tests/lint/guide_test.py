#!/usr/bin/env python3
"""The technician's guide: each command line that it shows is one that `wayside` takes, and both languages show the same.

    guide_test.py SOURCE_DIR WAYSIDE
"""
import json
import os
import shlex
import subprocess
import sys
import unittest

WAYSIDE = sys.argv.pop(2)
ROOT = sys.argv.pop(1)
GUIDES = ("technician.md", "technician.zh-CN.md")


def shown(guide):
    """Lines of fenced blocks that begin with `$ wayside`, as words."""
    out, fenced = [], False
    with open(os.path.join(ROOT, "docs", guide), encoding="utf-8") as file:
        for line in file:
            if line.startswith("```"):
                fenced = not fenced
            elif fenced and line.startswith("$ wayside "):
                out.append(shlex.split(line[2:], comments=True)[1:])
    return out


def commands():
    table = subprocess.run([WAYSIDE, "complete", "--table"], capture_output=True, text=True, timeout=30, check=True)
    return {entry["command"]: entry for entry in json.loads(table.stdout)}


class Guide(unittest.TestCase):
    def test_each_command_line_is_taken(self):
        known = commands()
        anywhere = {name for option in known[""]["options"] for name in option["names"]} | {"--help"}
        for guide in GUIDES:
            self.assertGreater(len(shown(guide)), 20, guide)
            for words in shown(guide):
                with self.subTest(guide=guide, line=" ".join(words)):
                    command = words[0]
                    if len(words) > 1 and f"{command} {words[1]}" in known:
                        command += " " + words[1]
                    self.assertIn(command, known)
                    options = anywhere | {name for option in known[command]["options"] for name in option["names"]}
                    for word in words:
                        if word.startswith("-"):
                            self.assertIn(word.split("=")[0], options)

    def test_both_languages_show_the_same(self):
        first, second = (shown(guide) for guide in GUIDES)
        self.assertEqual(first, second)


if __name__ == "__main__":
    unittest.main()
