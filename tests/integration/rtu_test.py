#!/usr/bin/python3
"""A serial line end to end: wayside-sim on a pty, libmodbus in waysided; a silent unit; the adapter pulled and put back."""
import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import BIN, ROOT, Daemon, Program, run_cli, wait_for  # noqa: E402

SCENE = """\
seed: 3
start: "2026-03-01T23:30:00"
lines:
  - {name: cabinet, pty: cabinet.tty, baud: 19200}
devices:
  - {name: meter-1, line: cabinet, unit: 1, kind: sdm630, lamps: 4, lamp_power: 80, serves: lamps-1}
  - {name: lamps-1, line: cabinet, unit: 2, kind: intesis-dali, lamps: 4}
"""

CONFIG = f"""\
gateway: {{id: rtu-gateway, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
profiles: [{ROOT}/drivers/streetlight/profiles]
rules: [{ROOT}/drivers/streetlight/rules/streetlight.yaml]
buses:
  - {{id: cabinet, serial: {{port: cabinet.tty, baud: 19200, parity: none}}}}
devices:
  - {{id: meter-1, bus: cabinet, unit: 1, profile: eastron-sdm630, period: 500ms}}
  - {{id: lamps-1, bus: cabinet, unit: 2, profile: intesis-dali, options: {{lamps: 4}}, period: 1s}}
store: {{path: wayside.db}}
control: {{socket: control.sock}}
"""


class SerialLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wayside-rtu.")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        for name, text in (("scene.yaml", SCENE), ("gateway.yaml", CONFIG)):
            with open(os.path.join(cls.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        before = os.getcwd()
        os.chdir(cls.folder)  # the pty's path is relative to it
        cls.addClassCleanup(os.chdir, before)
        cls.simulator = Program(cls.folder, "wayside-sim", [
            os.path.join(BIN, "wayside-sim"), "devices", "scene.yaml", "--control", "sim.sock"])
        cls.start_simulator()
        cls.addClassCleanup(cls.simulator.stop)
        cls.daemon = Daemon(cls.folder, os.path.join(cls.folder, "gateway.yaml"), os.path.join(cls.folder, "control.sock"))
        cls.daemon.start()
        cls.addClassCleanup(cls.daemon.stop)

    @classmethod
    def start_simulator(cls):
        cls.simulator.start()
        wait_for(lambda: os.path.exists("cabinet.tty") and os.path.exists("sim.sock"), "the pty is there")

    def device(self, name):
        return next(d for d in self.daemon.ask_list("devices") if d["id"] == name)

    def wait_for_state(self, name, communicating, what):
        wait_for(lambda: bool(self.device(name)["communicating"]) == communicating, what, 30)

    def fault(self, *words):
        done = Program(self.folder, "fault", [os.path.join(BIN, "wayside-sim"), "fault", "--control", "sim.sock", *words])
        done.start()
        done.process.wait(10)
        self.assertEqual(done.process.returncode, 0, done.read_log())

    def test_1_both_units_are_read(self):
        for name in ("meter-1", "lamps-1"):
            self.wait_for_state(name, True, f"{name} answers")
            wait_for(lambda n=name: self.device(n)["points_good"] == self.device(n)["points"], "all points are good")

    def test_2_a_failed_lamp_raises_an_alarm(self):
        self.fault("lamps-1", "lamp-fail", "2")
        alarm = wait_for(lambda: self.daemon.ask_list("alarms"), "the alarm is raised")[0]
        self.assertEqual(alarm["alarm"], "streetlight/LampFailure lamps-1 lamp-2")
        self.assertEqual(alarm["department"], "lighting")

    def test_3_a_silent_unit_is_lost_and_its_neighbour_is_not(self):
        self.fault("meter-1", "silent", "on")
        self.wait_for_state("meter-1", False, "the meter is lost")
        self.assertEqual(int(self.device("meter-1")["points_good"]), 0)
        self.assertTrue(self.device("lamps-1")["communicating"])
        self.fault("meter-1", "silent", "off")
        self.wait_for_state("meter-1", True, "the meter is back")

    def test_4_the_adapter_is_pulled_and_put_back(self):
        self.simulator.stop()
        self.wait_for_state("lamps-1", False, "the line is lost")
        status, output, _ = run_cli("control.sock", "status")
        self.assertEqual(status, 0)
        self.assertIn("0 of 2 answer", output)
        self.start_simulator()
        self.wait_for_state("lamps-1", True, "the line is back")
        self.wait_for_state("meter-1", True, "the line is back")


if __name__ == "__main__":
    unittest.main(failfast=True, verbosity=2)
