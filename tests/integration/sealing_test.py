#!/usr/bin/python3
"""Sealing at rest in a running daemon: what is sensitive is not in the database file, arrives all the same, and is
still there after the key was changed. Keys that others can read are refused with a word that helps."""
import glob
import os
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import command_test  # noqa: E402
from wayside_e2e import BIN, wait_for  # noqa: E402

SECRET, PLAIN = 8191.734375, 4095.265625  # exact as doubles: their bytes are looked for

RULES = f"""\
groups:
  - name: plates
    rules:
      - record: secret
        expr: leak * 0 + {SECRET}
        class: sensitive
        meaning: A number that no one may see
      - record: plain
        expr: leak * 0 + {PLAIN}
        meaning: A number that anyone may see
"""

REST = """\
rules: [rules.yaml]
"""


def write_key(name, byte, mode=0o600):
    with open(name, "w", encoding="ascii") as file:
        file.write(f"{byte:02x}" * 32 + "\n")
    os.chmod(name, mode)


def stands_in_the_files(value):
    found = b""
    for name in glob.glob("wayside.db*"):
        with open(name, "rb") as file:
            found += file.read()
    return struct.pack("<d", value) in found


class Sealing(command_test.World):
    relay = REST
    files = {"rules.yaml": RULES}
    store = 'wayside.db, seal: {key_file: one.key}'

    @classmethod
    def setUpClass(cls):
        before = command_test.CONFIG
        command_test.CONFIG = before.replace('uplink: {{broker: "mqtt://127.0.0.1:{broker}"}}',
                                             'uplink: {{broker: "mqtt://127.0.0.1:{broker}", codec: none}}')
        cls.addClassCleanup(setattr, command_test, "CONFIG", before)
        cls.files = {**cls.files, "one.key": "11" * 32 + "\n"}
        umask = os.umask(0o077)
        try:
            super().setUpClass()
        finally:
            os.umask(umask)

    def chunks(self):
        return int(self.daemon.ask("status")["store"]["chunks_waiting"])

    def secrets(self):
        return [e for e in self.events if e["kind"] == "telemetry" and e["name"] == "secret"]

    def configure(self, old, new):
        with open("gateway.yaml", encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        with open("gateway.yaml", "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))

    def test_1_what_is_sensitive_is_not_in_the_file_and_arrives(self):
        wait_for(self.secrets, "the sensitive value is told")
        self.broker.stop()
        wait_for(lambda: self.chunks() >= 4, "some chunks wait")
        self.daemon.kill()  # nothing is tidied up
        self.assertTrue(stands_in_the_files(PLAIN))
        self.assertFalse(stands_in_the_files(SECRET))

    def test_2_after_a_change_of_keys_what_waits_is_still_sent(self):
        write_key("two.key", 0x22)
        self.configure("key_file: one.key", "key_file: two.key, earlier: [{key_file: one.key}]")
        self.broker.start()
        before = len(self.secrets())
        self.daemon.start()
        wait_for(lambda: len(self.secrets()) > before, "what waited is sent")
        wait_for(lambda: self.chunks() <= 2, "the backlog has left")
        secrets = self.secrets()
        self.assertEqual({e["value"] for e in secrets}, {SECRET})
        self.assertFalse([e for e in self.events if e["kind"] == "loss"])
        self.assertFalse(stands_in_the_files(SECRET))

    def test_3_a_key_that_others_can_read_is_refused(self):
        self.daemon.stop()
        os.chmod("two.key", 0o644)
        done = subprocess.run([os.path.join(BIN, "waysided"), "--config", "gateway.yaml"], capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("two.key: others may use it (mode 0644): chmod 0600", done.stderr + done.stdout)


if __name__ == "__main__":
    unittest.main(failfast=True, verbosity=2)
