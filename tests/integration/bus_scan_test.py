#!/usr/bin/python3
"""`wayside bus scan` and `bus probe` against wayside-sim (a pty and Modbus TCP) and pymodbus: units, profiles, values."""
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import (BIN, PATIENCE, PYTHON, ROOT, Daemon, Program, accepts, free_port, wait_for,  # noqa: E402
                         words_of_float)

SCENE = """\
seed: 3
start: "2026-03-01T23:30:00"
lines:
  - {name: cabinet, pty: cabinet.tty, baud: 19200}
  - {name: junction, tcp: 127.0.0.1:0}
devices:
  - {name: meter-1, line: cabinet, unit: 1, kind: sdm630, lamps: 4, lamp_power: 80}
  - {name: lamps-1, line: cabinet, unit: 17, kind: intesis-dali, lamps: 4}
  - {name: tc-1, line: junction, unit: 3, kind: lane-counter, lanes: 2}
"""

CONFIG = f"""\
gateway: {{id: scan-gateway, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
profiles: [{ROOT}/drivers/streetlight/profiles, {ROOT}/drivers/dlt645/profiles]
buses:
  - {{id: cabinet, serial: {{port: cabinet.tty, baud: 19200, parity: none}}}}
  - {{id: meters, serial: {{port: other.tty, baud: 2400, parity: even}}}}
devices:
  - {{id: meter-1, bus: cabinet, unit: 1, profile: eastron-sdm630, period: 500ms}}
  - {{id: lamps-1, bus: cabinet, unit: 17, profile: intesis-dali, options: {{lamps: 4}}, period: 1s}}
  - {{id: meter-2, bus: meters, profile: dlt645-2007-meter, options: {{address: "000000000001"}}}}
store: {{path: wayside.db}}
control: {{socket: control.sock}}
"""


class BusScan(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wayside-scan.")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        for name, text in (("scene.yaml", SCENE), ("gateway.yaml", CONFIG)):
            with open(os.path.join(cls.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        ready = os.path.join(cls.folder, "ready")
        before = os.getcwd()
        os.chdir(cls.folder)  # the pty's path is relative to it
        cls.addClassCleanup(os.chdir, before)
        cls.simulator = Program(cls.folder, "wayside-sim", [
            os.path.join(BIN, "wayside-sim"), "devices", "scene.yaml", "--control", "sim.sock", "--ready-file", ready])
        cls.simulator.start()
        cls.addClassCleanup(cls.simulator.stop)
        wait_for(lambda: os.path.exists(ready), "the simulator is ready")
        with open(ready, encoding="utf-8") as file:
            cls.places = dict(line.strip().split("=", 1) for line in file if "=" in line)

    def command(self, *words):
        return [os.path.join(BIN, "wayside"), "--socket", "none.sock", "bus", *words]

    def environment(self):
        return {**os.environ, "WAYSIDE_PROFILES": os.path.join(ROOT, "drivers")}

    def bus(self, *words, status=0):
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=60, check=False,
                              env=self.environment())
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr if status else done.stdout

    def test_1_units_and_what_they_are(self):
        found = json.loads(self.bus("scan", "--port", "cabinet.tty", "--last", "20", "--timeout", "60", "--json"))
        self.assertTrue(found["complete"])
        self.assertEqual([one["unit"] for one in found["found"]], [1, 17])
        self.assertEqual([one["profiles"][0]["profile"] for one in found["found"]], ["eastron-sdm630", "intesis-dali"])
        self.assertEqual(found["found"][0]["baud"], 9600)

    def test_2_modbus_tcp_and_a_bus_of_the_configuration(self):
        text = self.bus("scan", "--tcp", f"127.0.0.1:{self.places['junction']}", "--last", "5", "--timeout", "60")
        self.assertRegex(text, r"\n3 +127\.0\.0\.1:\d+ +generic-lane-counter")
        text = self.bus("scan", "cabinet", "--config", "gateway.yaml", "--last", "3", "--timeout", "60", "--baud", "19200")
        self.assertIn("cabinet.tty 19200 8N1", text)

    def test_3_what_cannot_be_scanned_is_said(self):
        text = self.bus("scan", "meters", "--config", "gateway.yaml", status=2)
        self.assertIn("only lines of Modbus devices can be scanned", text)
        self.assertIn("did you mean 'cabinet'", self.bus("scan", "cabinett", "--config", "gateway.yaml", status=2))
        self.assertIn("name one line", self.bus("scan", status=2))
        self.assertIn("nothere", self.bus("scan", "--port", "nothere", status=69))
        text = self.bus("scan", "--port", "cabinet.tty", "--first", "40", "--last", "41", "--timeout", "20", "--baud", "9600",
                        status=1)
        self.assertIn("no unit answers", text)

    def test_4_the_value_on_the_display(self):
        found = json.loads(self.bus("probe", "1", "--port", "cabinet.tty", "--expect", "50.0", "--tolerance", "0.5",
                                    "--to", "79", "--json"))
        frequency = next(m for m in found["matches"] if m["address"] == 70)
        self.assertEqual((frequency["register"], frequency["type"], frequency["order"], frequency["scale"]),
                         ("input", "f32", "ABCD", 1))

    def test_5_pymodbus_every_order(self):
        port = free_port()
        slave = Program(self.folder, "slave", [PYTHON, os.path.join(ROOT, "tests", "support", "modbus_slave.py"), str(port)],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE).start()
        self.addCleanup(slave.stop)
        self.assertEqual(slave.process.stdout.readline().strip(), b"ready")
        high, low = words_of_float(229.0)
        swap = lambda word: (word & 0xFF) << 8 | word >> 8  # noqa: E731
        places = {100: ([high, low], "f32", "ABCD", 1), 200: ([low, high], "f32", "CDAB", 1),
                  300: ([swap(high), swap(low)], "f32", "BADC", 1), 400: ([swap(low), swap(high)], "f32", "DCBA", 1),
                  500: ([2290], "u16", "ABCD", 0.1), 600: ([0x2290], "bcd16", "ABCD", 0.1),
                  700: ([3, 0x7E88], "u32", "ABCD", 0.001)}
        for address, (words, *_) in places.items():
            line = json.dumps({"unit": 1, "address": address, "words": words}) + "\n"
            slave.process.stdin.write(line.encode())
            slave.process.stdin.flush()
            self.assertEqual(slave.process.stdout.readline().strip(), b"ok")
        found = json.loads(self.bus("probe", "1", "--tcp", f"127.0.0.1:{port}", "--expect", "229.0", "--json"))
        seen = {(m["address"], m["type"], m["order"], m["scale"]) for m in found["matches"]}
        for address, (_, kind, order, scale) in places.items():
            self.assertIn((address, kind, order, scale), seen)
        self.assertEqual(found["matches"][0]["address"], 100)
        self.assertLess(found["matches"][0]["off"], 0.001)

    def test_6_ctrl_c_tells_what_was_found(self):
        leader, follower = pty.openpty()
        scan = subprocess.Popen(self.command("scan", "--port", "cabinet.tty", "--timeout", "100"), stdout=subprocess.PIPE,
                                stderr=follower, env=self.environment(), text=True)
        os.close(follower)
        self.addCleanup(os.close, leader)
        self.addCleanup(scan.stdout.close)
        seen = b""
        while b"unit 20, 2 found" not in seen:
            seen += os.read(leader, 4096)
        self.assertIn(b" left  cabinet.tty 9600 8N1", seen)
        scan.send_signal(signal.SIGINT)
        text = scan.stdout.read()
        self.assertEqual(scan.wait(PATIENCE), 130)
        self.assertIn("intesis-dali", text)
        # The line is free again.
        self.bus("scan", "--port", "cabinet.tty", "--last", "1", "--timeout", "60", "--no-profiles")

    def test_8_a_working_gateway_lends_its_bus(self):
        daemon = Daemon(self.folder, os.path.join(self.folder, "gateway.yaml"), os.path.join(self.folder, "control.sock"))
        daemon.start()
        self.addCleanup(daemon.stop)

        def polls():
            return int(next(d for d in daemon.ask_list("devices") if d["id"] == "meter-1")["polls"])

        wait_for(lambda: polls() > 0, "the meter is polled")
        before = polls()
        text = self.lent("scan", "cabinet", "--first", "1", "--last", "20", "--timeout", "100")
        self.assertRegex(text, r"\n1 +\S*cabinet\.tty 19200 8N1 +eastron-sdm630")
        self.assertRegex(text, r"\n17 +\S*cabinet\.tty 19200 8N1 +intesis-dali")
        self.assertGreater(polls(), before, "polls go on between the reads")
        found = json.loads(self.lent("probe", "cabinet", "1", "--expect", "50.0", "--tolerance", "0.5", "--from", "64",
                                     "--to", "79", "--json"))
        self.assertEqual(found["matches"][0]["address"], 70)
        self.assertIn("only lines of Modbus devices", self.lent("scan", "meters", status=2))
        self.assertIn("did you mean 'cabinet'", self.lent("scan", "cabinett", status=2))
        self.assertIn("the gateway's own", self.lent("scan", "cabinet", "--baud", "9600", status=2))
        # The port itself is the daemon's.
        self.assertIn("in use", self.bus("scan", "--port", "cabinet.tty", status=69))
        audit = subprocess.run([os.path.join(BIN, "wayside"), "--socket", "control.sock", "audit"], capture_output=True,
                               text=True, timeout=PATIENCE, check=True).stdout
        self.assertEqual(audit.count("bus read"), 1, audit)

    def lent(self, *words, status=0):
        command = [os.path.join(BIN, "wayside"), "--socket", "control.sock", "bus", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=self.environment())
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr if status else done.stdout

    def test_7_nobody_listens(self):
        port = free_port()
        self.assertFalse(accepts(port))
        self.assertIn("127.0.0.1", self.bus("scan", "--tcp", f"127.0.0.1:{port}", "--last", "2", status=69))


if __name__ == "__main__":
    unittest.main(failfast=True, verbosity=2)
