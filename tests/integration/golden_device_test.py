#!/usr/bin/python3
"""scripts/golden-device, the stand-in of docs/add-a-product.md, seen by mbpoll."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import PATIENCE, ROOT, Program, free_port, wait_for  # noqa: E402

SCRIPT = os.path.join(ROOT, "scripts", "golden-device")
GOLDEN = os.path.join(ROOT, "drivers", "streetlight", "test", "golden", "wb-mr6c.golden")


class GoldenDevice(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="wayside-golden.")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.port = free_port()
        device = Program(cls.folder.name, "golden-device", [
            "/usr/bin/python3", SCRIPT, GOLDEN, "--port", str(cls.port), "--follow", "coil:2=discrete:98"]).start()
        cls.addClassCleanup(device.stop)
        wait_for(lambda: cls.poll("-t", "4", "-r", "8", "127.0.0.1")[0] or not device.is_running(), "the device answers")
        assert device.is_running(), device.tail()

    @classmethod
    def poll(cls, *arguments):
        done = subprocess.run(["mbpoll", "-m", "tcp", "-p", str(cls.port), "-1", "-0", *arguments], check=False,
                              capture_output=True, text=True, timeout=PATIENCE)
        return {int(a): v for a, v in re.findall(r"^\[(\d+)\]:\s+(\S+)", done.stdout, re.M)}, done.stdout + done.stderr

    def test_registers_and_bits_are_those_of_the_file(self):
        self.assertEqual(self.poll("-t", "3", "-r", "32", "-c", "6", "127.0.0.1")[0],
                         {32: "0", 33: "65535", 34: "3", 35: "4", 36: "5", 37: "6"})
        self.assertEqual(self.poll("-t", "1", "-r", "99", "-c", "2", "127.0.0.1")[0], {99: "0", 100: "1"})

    def test_what_the_file_does_not_name_is_not_there(self):
        values, said = self.poll("-t", "3", "-r", "38", "127.0.0.1")
        self.assertEqual(values, {}, said)
        self.assertIn("Illegal data address", said)

    def test_what_is_written_shows_where_it_is_followed(self):
        self.assertEqual(self.poll("-t", "1", "-r", "98", "127.0.0.1")[0], {98: "1"})
        self.poll("-t", "0", "-r", "2", "127.0.0.1", "0")
        self.assertEqual(self.poll("-t", "1", "-r", "98", "127.0.0.1")[0], {98: "0"})

    def test_a_bad_file_is_told_with_its_line(self):
        for line, what in (("input 0: 04 04 00", "number of data bytes"), ("input x: 04 02 00 00", "expected '<coil"),
                           ("input 0: 04 02 0G 00", "hexadecimal"), ("coil 0: 04 02 00 00", "function 01")):
            file = os.path.join(self.folder.name, "bad.golden")
            with open(file, "w", encoding="utf-8") as out:
                out.write("# first\n" + line + "\n")
            done = subprocess.run(["/usr/bin/python3", SCRIPT, file], capture_output=True, text=True, check=False,
                                  timeout=PATIENCE)
            self.assertEqual(done.returncode, 1)
            self.assertIn("bad.golden:2: ", done.stderr)
            self.assertIn(what, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
