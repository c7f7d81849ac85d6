#!/usr/bin/python3
"""mbpoll, a Modbus master that this project did not write, against `wayside-sim devices`: TCP and RTU over a pty.

WAYSIDE_BIN_DIR names the folder of wayside-sim (default: build/dev/bin).
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import BIN, PATIENCE, Program, wait_for  # noqa: E402

SIMULATOR = os.path.join(BIN, "wayside-sim")
SCENE = """\
seed: 7
start: "2015-09-01T12:00:00"
speed: 1
lines:
  - {{name: cabinet, pty: {folder}/cabinet.tty, baud: 19200}}
  - {{name: junction, tcp: 127.0.0.1:0}}
devices:
  - {{name: meter-1, line: cabinet, unit: 1, kind: sdm630, lamps: 8, lamp_power: 80}}
  - {{name: tc-1, line: junction, unit: 3, kind: lane-counter, lanes: 2}}
"""


class Mbpoll(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wayside-mbpoll.")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        scene = os.path.join(cls.folder, "scene.yaml")
        with open(scene, "w", encoding="utf-8") as file:
            file.write(SCENE.format(folder=cls.folder))
        cls.control = os.path.join(cls.folder, "sim.sock")
        ready = os.path.join(cls.folder, "ready")
        cls.simulator = Program(cls.folder, "wayside-sim", [SIMULATOR, "devices", scene, "--control", cls.control,
                                                            "--ready-file", ready]).start()
        cls.addClassCleanup(cls.simulator.stop)
        wait_for(lambda: os.path.exists(ready) or not cls.simulator.is_running(), "the simulator is ready")
        assert cls.simulator.is_running(), cls.simulator.tail()
        with open(ready, encoding="utf-8") as file:
            cls.places = dict(line.strip().split("=", 1) for line in file if "=" in line)

    def poll(self, *arguments):
        """mbpoll once, PDU addresses, big-endian words: its exit status, the values by address, all it said."""
        done = subprocess.run(["mbpoll", "-1", "-0", "-B", *arguments], capture_output=True, text=True, timeout=PATIENCE,
                              check=False)
        values = {int(a): v for a, v in re.findall(r"^\[(\d+)\]:\s+(\S+)", done.stdout, re.M)}
        return done.returncode, values, done.stdout + done.stderr

    def tcp(self, *arguments):
        return self.poll("-m", "tcp", "-p", self.places["junction"], *arguments, "127.0.0.1")

    def rtu(self, *arguments):
        return self.poll("-m", "rtu", "-b", "19200", "-P", "none", *arguments, self.places["cabinet"])

    def test_tcp_registers_of_the_lane_counter(self):
        status, values, said = self.tcp("-a", "3", "-t", "3", "-r", "3", "-c", "1")
        self.assertEqual((status, values), (0, {3: "2"}), said)  # lanes
        status, values, said = self.tcp("-a", "3", "-t", "3", "-r", "18", "-c", "2")
        self.assertEqual(status, 0, said)
        self.assertLessEqual(int(values[18]), 1000, "occupancy in 0.1 %")
        self.assertLessEqual(int(values[19]), 2500, "speed in 0.1 km/h")

    def test_rtu_floats_of_the_meter(self):
        status, values, said = self.rtu("-a", "1", "-t", "3:float", "-r", "0", "-c", "3")
        self.assertEqual(status, 0, said)
        self.assertEqual(len(values), 3, said)
        for volts in values.values():
            self.assertTrue(207 < float(volts) < 253, said)
        status, values, said = self.rtu("-a", "1", "-t", "3:float", "-r", "70", "-c", "1")
        self.assertTrue(status == 0 and 49 < float(values[70]) < 51, said)

    def test_a_register_that_is_not_there_is_an_exception(self):
        for poll in (self.tcp, self.rtu):
            status, values, said = poll("-a", "3" if poll == self.tcp else "1", "-t", "3", "-r", "60000", "-c", "1")
            self.assertEqual(values, {}, said)
            self.assertIn("Illegal data address", said, f"status {status}")

    def test_a_silent_device_times_out_and_answers_again(self):
        def fault(*words):
            done = subprocess.run([SIMULATOR, "fault", "--control", self.control, "tc-1", *words], capture_output=True,
                                  text=True, timeout=PATIENCE, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

        fault("silent", "on")
        _, values, said = self.tcp("-a", "3", "-t", "3", "-r", "3", "-c", "1", "-o", "0.5")
        self.assertEqual(values, {}, said)
        self.assertIn("timed out", said)
        fault("clear")
        _, values, said = self.tcp("-a", "3", "-t", "3", "-r", "3", "-c", "1")
        self.assertEqual(values, {3: "2"}, said)


if __name__ == "__main__":
    if not os.access(SIMULATOR, os.X_OK):
        sys.exit(f"mbpoll_test: not built: {SIMULATOR} (scripts/build; WAYSIDE_BIN_DIR names another folder)")
    unittest.main(verbosity=2)
