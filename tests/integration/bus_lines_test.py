#!/usr/bin/python3
"""Buses against pymodbus: Modbus TCP, RTU over TCP and RTU on a pty, in one gateway, and what one bus's trouble does to
the others: a server that goes and comes back, an adapter pulled and put back under its by-id link."""
import json
import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import PYTHON, ROOT, BIN, Daemon, Program, accepts, free_port, run_cli, wait_for  # noqa: E402

SERVER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support", "modbus_lines.py")
SCENE = """\
seed: 3
start: "2026-03-01T23:30:00"
lines:
  - {name: cabinet, pty: usb-port.tty, baud: 19200}
  - {name: far, pty: far-port.tty, baud: 19200}
devices:
  - {name: meter-2, line: far, unit: 1, kind: sdm630, lamps: 4, lamp_power: 80}
  - {name: meter-1, line: cabinet, unit: 1, kind: sdm630, lamps: 4, lamp_power: 80}
"""
CONFIG = """\
gateway: {{id: lines-gateway, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
profiles: [{root}/drivers/streetlight/profiles]
buses:
  - {{id: plain, tcp: {{host: localhost, port: {tcp}}}}}
  - {{id: server, tcp: {{host: 127.0.0.1, port: {rtu}, framing: rtu}}}}
  - {{id: cabinet, serial: {{port: by-id/usb-adapter, baud: 19200}}}}
  - {{id: far, silent_airtime: 10, serial: {{port: far-port.tty, baud: 19200}}}}
devices:
  - {{id: on-far, bus: far, unit: 1, profile: eastron-sdm630, period: 1h}}
  - {{id: on-tcp, bus: plain, unit: 1, profile: eastron-sdm630, period: 200ms}}
  - {{id: on-tcp-2, bus: plain, unit: 2, profile: eastron-sdm630, period: 200ms}}
  - {{id: on-rtu-tcp, bus: server, unit: 1, profile: eastron-sdm630, period: 200ms}}
  - {{id: on-serial, bus: cabinet, unit: 1, profile: eastron-sdm630, period: 200ms}}
store: {{path: wayside.db}}
control: {{socket: control.sock}}
"""


class BusLines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wayside-lines.")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        before = os.getcwd()
        os.chdir(cls.folder)
        cls.addClassCleanup(os.chdir, before)
        cls.ports = {"tcp": free_port(), "rtu": free_port()}
        with open("scene.yaml", "w", encoding="utf-8") as file:
            file.write(SCENE)
        with open("gateway.yaml", "w", encoding="utf-8") as file:
            file.write(CONFIG.format(root=ROOT, **cls.ports))
        cls.servers = {}
        for framing in cls.ports:
            cls.start_server(framing)
        cls.addClassCleanup(lambda: [server.stop() for server in cls.servers.values()])
        cls.simulator = Program(cls.folder, "wayside-sim", [os.path.join(BIN, "wayside-sim"), "devices", "scene.yaml",
                                                            "--control", "sim.sock"])
        os.mkdir("by-id")
        cls.plug_in()
        cls.addClassCleanup(cls.simulator.stop)
        cls.daemon = Daemon(cls.folder, os.path.join(cls.folder, "gateway.yaml"), os.path.join(cls.folder, "control.sock"))
        cls.daemon.start()
        cls.addClassCleanup(cls.daemon.stop)

    @classmethod
    def start_server(cls, framing):
        port = cls.ports[framing]
        cls.servers[framing] = Program(cls.folder, f"modbus-{framing}", [PYTHON, SERVER, framing, str(port)]).start()
        wait_for(lambda: accepts(port), f"the {framing} server listens")

    @classmethod
    def plug_in(cls):
        cls.simulator.start()
        wait_for(lambda: os.path.exists("usb-port.tty"), "the pty is there")
        os.symlink(os.path.join(cls.folder, "usb-port.tty"), "by-id/usb-adapter")

    def pull_out(self):
        os.unlink("by-id/usb-adapter")
        self.simulator.stop()

    def devices(self):
        return {d["id"]: d for d in self.daemon.ask_list("devices")}

    def wait_for_state(self, communicating, *names):
        wait_for(lambda: all(bool(self.devices()[n]["communicating"]) == communicating for n in names),
                 f"{names} {'answer' if communicating else 'are lost'}", 40)

    def test_1_every_line_is_read(self):
        self.wait_for_state(True, "on-tcp", "on-tcp-2", "on-rtu-tcp", "on-serial", "on-far")
        meter = wait_for(lambda: self.devices()["on-serial"], "the meter is listed")
        wait_for(lambda: self.devices()["on-serial"]["points_good"] == meter["points"], "all its points are good")

    def test_2_the_adapter_is_pulled_and_put_back_and_no_other_bus_notices(self):
        others = ("on-tcp", "on-tcp-2", "on-rtu-tcp")
        failures = {n: self.devices()[n].get("failures", 0) for n in others}
        self.pull_out()
        self.wait_for_state(False, "on-serial")
        # It is polled once an hour, and still it does not look alive.
        wait_for(lambda: not self.devices()["on-far"]["communicating"], "the slow device is lost with its line", 5)
        self.assertTrue(self.devices()["on-far"]["line_away"])
        self.assertFalse(self.devices()["on-tcp"]["line_away"])
        self.assertRegex(self.daemon.read_log(), r"bus\.lost bus=far devices=1")
        self.plug_in()
        self.wait_for_state(True, "on-serial", "on-far")
        self.assertRegex(self.daemon.read_log(), r"bus\.back bus=far devices=1")
        slow = self.devices()["on-far"]
        self.assertLessEqual(int(slow["failures"]), int(slow["polls"]))
        for name in others:
            self.assertTrue(self.devices()[name]["communicating"])
            self.assertEqual(self.devices()[name].get("failures", 0), failures[name], name)

    def test_3_a_server_goes_and_comes_back(self):
        for framing, names in (("tcp", ("on-tcp", "on-tcp-2")), ("rtu", ("on-rtu-tcp",))):
            self.servers[framing].stop()
            self.wait_for_state(False, *names)
            self.start_server(framing)
            self.wait_for_state(True, *names)
        self.assertTrue(self.devices()["on-serial"]["communicating"])

    def test_4_the_buses_tell_what_happened_and_give_their_frames(self):
        socket = self.daemon.socket_path
        status, output, errors = run_cli(socket, "bus", "list", "--json")
        self.assertEqual(status, 0, errors)
        buses = json.loads(output)["buses"]
        self.assertEqual(len(buses), 4)
        for bus in buses:
            self.assertGreater(int(bus["transactions"]), 2 if bus["id"] == "far" else 10, bus)
            self.assertGreaterEqual(int(bus["opens"]), 2, bus)  # each was away once
            self.assertFalse(bus["line_away"], bus)
            file = os.path.join(self.folder, bus["id"] + ".pcap")
            status, _, errors = run_cli(socket, "bus", "capture", bus["id"], "--out", file)
            self.assertEqual(status, 0, errors)
            with open(file, "rb") as capture:
                content = capture.read()
            self.assertIn(content[:4], (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4"))
            least = 2 if bus["id"] == "far" else 10
            self.assertGreater(len(content), 24 + least * (16 + 8), f"{least} frames at least")
        status, _, errors = run_cli(socket, "bus", "capture", "no-such-bus")
        self.assertEqual(status, 1)
        self.assertIn("no-such-bus", errors)


if __name__ == "__main__":
    unittest.main(failfast=True, verbosity=2)
