#!/usr/bin/python3
"""Detectors with frames of their own, end to end: waysided against wayside-sim, an ADEC TDC over a pty and an HBK FS22
over a socket. And what the command line shows of them on a terminal of 80 columns."""
import fcntl
import json
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import BIN, ROOT, Daemon, Program, free_port, run_cli, wait_for  # noqa: E402

SCENE = """\
seed: 9
start: "2026-03-02T13:00:00"
speed: 5
lines:
  - {{name: junction, pty: detector.tty, baud: 9600}}
  - {{name: ground, tcp: "127.0.0.1:{port}"}}
devices:
  - {{name: tdc-1, line: junction, unit: 1, kind: adec-tdc, address: 3, peak: 1900}}
  - {{name: tdc-2, line: junction, unit: 2, kind: adec-tdc, address: 4, peak: 0}}
  - {{name: fbg-1, line: ground, unit: 1, kind: fs22, sensors: 4}}
"""
CONFIG = """\
gateway: {{id: detector-gateway, area: {{city: a, district: b, street: c, grid: d}}, department: traffic}}
clock: {{trust: rtc}}
profiles: [{root}/drivers/adec_tdc/profiles, {root}/drivers/fbg_interrogator/profiles]
buses:
  - {{id: junction-of-two-long-streets, serial: {{port: detector.tty, baud: 9600}}}}
  - {{id: ground, tcp: {{host: 127.0.0.1, port: {port}}}}}
devices:
  - {{id: tdc-1, bus: junction-of-two-long-streets, profile: adec-tdc3, options: {{address: 3, interval: 1}}, period: 500ms}}
  - {{id: tdc-2, bus: junction-of-two-long-streets, profile: adec-tdc3, options: {{address: 4, interval: 1}}, period: 500ms}}
  - {{id: fbg-1, bus: ground, profile: hbk-fs22, options: {{sensors: 4}}, period: 500ms}}
store: {{path: wayside.db}}
control: {{socket: control.sock}}
"""


class Points:
    """The newest reading of every point, from `wayside tail --json`."""

    def __init__(self, socket):
        self.newest = {}
        self.process = subprocess.Popen([os.path.join(BIN, "wayside"), "--socket", socket, "--json", "tail"],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            for reading in event.get("readings", ()):
                self.newest[event["device"], reading["point"]] = (reading["value"], reading["quality"])

    def value(self, device, point):
        return self.newest.get((device, point), (None, None))[0]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.thread.join()
        self.process.stdout.close()


def on_terminal(socket, *arguments, columns=80, seconds=None, environment=()):
    """What the command prints on a terminal; with `seconds` it is interrupted after that time."""
    terminal, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([os.path.join(BIN, "wayside"), "--socket", socket, *arguments], stdin=subprocess.DEVNULL,
                               stdout=inside, stderr=subprocess.DEVNULL,
                               env={**os.environ, "NO_COLOR": "1", **dict(environment)})
    os.close(inside)
    text, end = b"", time.monotonic() + (seconds or 20)
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                text += os.read(terminal, 65536)
            except OSError:  # its side is closed
                break
    if seconds:
        process.send_signal(signal.SIGINT)
    process.wait(20)
    os.close(terminal)
    return text.decode().replace("\r\n", "\n").splitlines()


class Detectors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wayside-detectors.")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        before = os.getcwd()
        os.chdir(cls.folder)
        cls.addClassCleanup(os.chdir, before)
        port = free_port()
        for name, text in (("scene.yaml", SCENE.format(port=port)),
                           ("gateway.yaml", CONFIG.format(root=ROOT, port=port))):
            with open(name, "w", encoding="utf-8") as file:
                file.write(text)
        simulator = Program(cls.folder, "wayside-sim", [
            os.path.join(BIN, "wayside-sim"), "devices", "scene.yaml", "--control", "sim.sock"]).start()
        cls.addClassCleanup(simulator.stop)
        wait_for(lambda: os.path.exists("sim.sock") or not simulator.is_running(), "the simulator listens")
        assert simulator.is_running(), simulator.tail()
        cls.socket = os.path.join(cls.folder, "control.sock")
        cls.daemon = Daemon(cls.folder, os.path.join(cls.folder, "gateway.yaml"), cls.socket).start()
        cls.addClassCleanup(cls.daemon.stop)
        cls.points = Points(cls.socket)
        cls.addClassCleanup(cls.points.stop)
        wait_for(lambda: all(d["communicating"] for d in cls.daemon.ask_list("devices")), "the devices answer")

    def fault(self, device, text):
        done = subprocess.run([os.path.join(BIN, "wayside-sim"), "fault", "--control", "sim.sock", device,
                               *text.split()], capture_output=True, text=True, check=False, timeout=20)
        self.assertEqual(done.returncode, 0, done.stderr)

    def wait_for_value(self, device, point, condition):
        return wait_for(lambda: (lambda v: v is not None and condition(v))(self.points.value(device, point)),
                        f"{device}.{point}: {self.points.newest.get((device, point))}")

    def test_vehicles_come_over_the_line_and_none_twice_or_of_the_other_lane(self):
        first = wait_for(lambda: self.points.value("tdc-1", "lane-1.volume"), "a vehicle passes")
        self.wait_for_value("tdc-1", "lane-1.volume", lambda v: v > first + 10)
        self.wait_for_value("tdc-1", "lane-1.speed", lambda v: 10 < v < 100)
        self.assertEqual(self.points.value("tdc-1", "lane-1.missed_vehicles"), 0)
        self.assertEqual(self.points.value("tdc-2", "lane-1.volume"), 0)

    def test_a_wrong_way_pulse_and_a_fault_are_seen(self):
        self.addCleanup(self.fault, "tdc-1", "clear")
        self.fault("tdc-1", "wrong-way")
        self.wait_for_value("tdc-1", "lane-1.wrong_way", lambda v: v)
        self.wait_for_value("tdc-1", "lane-1.wrong_way", lambda v: not v)
        self.fault("tdc-1", "sensor-fault on")
        self.wait_for_value("tdc-1", "lane-1.detector_fault", lambda v: v)

    def test_a_detector_that_was_switched_off_is_linked_again(self):
        before = wait_for(lambda: self.points.value("tdc-1", "lane-1.volume"), "a vehicle passes")
        self.fault("tdc-1", "restart")
        self.wait_for_value("tdc-1", "lane-1.volume", lambda v: v > before + 10)

    def test_a_silent_detector_is_lost_and_its_neighbour_is_not(self):
        self.addCleanup(self.fault, "tdc-1", "clear")
        self.fault("tdc-1", "silent on")
        answers = lambda name: next(bool(d["communicating"]) for d in self.daemon.ask_list("devices")  # noqa: E731
                                    if d["id"] == name)
        wait_for(lambda: not answers("tdc-1"), "it is lost")
        self.assertTrue(answers("tdc-2"))
        self.fault("tdc-1", "clear")
        wait_for(lambda: answers("tdc-1"), "it is back")

    def test_gratings_come_over_the_socket_with_their_heat_and_their_break(self):
        self.addCleanup(self.fault, "fbg-1", "clear")
        self.wait_for_value("fbg-1", "sensor-1.fibre_temperature", lambda v: 5 < v < 25)
        self.fault("fbg-1", "hot 2")
        self.wait_for_value("fbg-1", "sensor-2.fibre_temperature", lambda v: 35 < v < 55)
        self.assertLess(self.points.value("fbg-1", "sensor-1.fibre_temperature"), 25)
        self.fault("fbg-1", "break 2")
        self.wait_for_value("fbg-1", "fibre_break", lambda v: v)
        self.wait_for_value("fbg-1", "break_after", lambda v: v == 2)
        wait_for(lambda: self.points.newest["fbg-1", "sensor-4.fibre_temperature"][1] != "good", "beyond it nothing is good")

    def test_on_a_terminal_of_80_columns_everything_fits(self):
        devices = on_terminal(self.socket, "devices")
        self.assertEqual(len(devices), 4, devices)
        self.assertTrue(any(line.startswith("tdc-1") and "answers" in line for line in devices), devices)
        tail = on_terminal(self.socket, "tail", seconds=3)
        self.assertTrue(any(line.startswith("    ") for line in tail), tail)
        self.assertIn("lane-1.volume=", "".join(tail))
        self.assertNotRegex("\n".join(tail), r"last_class=\d+ 1( |$)")
        listed = on_terminal(self.socket, "profiles", "list", "--dir", os.path.join(ROOT, "drivers"))
        self.assertGreater(len(listed), 10)
        for line in devices + tail + listed:
            self.assertLessEqual(len(line), 80, line)
        narrow = on_terminal(self.socket, "devices", columns=40)
        self.assertEqual([line for line in narrow if len(line) > 40], [])

    def test_through_a_pipe_nothing_is_cut(self):
        _, devices, _ = run_cli(self.socket, "devices")
        self.assertIn("junction-of-two-long-streets/3", devices)
        _, listed, _ = run_cli(self.socket, "profiles", "list", "--dir", os.path.join(ROOT, "drivers"))
        self.assertGreater(max(map(len, listed.splitlines())), 80)

    def test_errors_of_the_system_are_english_whatever_the_language(self):
        done = subprocess.run([os.path.join(BIN, "wayside"), "--socket", "no-such.sock", "status"], text=True,
                              capture_output=True, check=False, timeout=20,
                              env={**os.environ, "LC_ALL": "zh_CN.UTF-8", "LANG": "zh_CN.UTF-8", "LANGUAGE": "zh"})
        self.assertEqual(done.returncode, 69)
        self.assertIn("No such file or directory", done.stderr)


if __name__ == "__main__":
    unittest.main(failfast=True, verbosity=2)
