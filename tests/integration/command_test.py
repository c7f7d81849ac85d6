#!/usr/bin/python3
"""Commands end to end: the CLI -> waysided -> wayside-sim's relay, the measured state back, and what the platform hears.

The relay part needs the profile wb-mr6c and a poller that takes jobs; where they are not there it is skipped, with why.
"""
import glob
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_consumer import Consumer, Messages  # noqa: E402
from wayside_e2e import BIN, ROOT, Broker, Daemon, Program, free_port, run_cli, wait_for  # noqa: E402

DONE, REFUSED, NOT_FULFILLED, NOT_CONFIRMED, INTERRUPTED = 0, 3, 4, 8, 130
COMMAND, STATE = "relay-1.relay_command", "relay-1.relay_on"

SCENE = """\
seed: 5
start: "2026-03-01T12:00:00"
lines:
  - {{name: cabinet, tcp: "127.0.0.1:{port}"}}
devices:
  - {{name: relay-1, line: cabinet, unit: 1, kind: relay}}
  - {{name: cable-1, line: cabinet, unit: 2, kind: seahawk-10k, length: 300}}
"""

CONFIG = """\
gateway: {{id: command-gateway, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
clock: {{trust: rtc}}
profiles: [{root}/drivers/streetlight/profiles, {root}/drivers/pipe_leak/profiles]
buses:
  - {{id: cabinet, tcp: {{host: 127.0.0.1, port: {port}}}}}
devices:
  - {{id: cable-1, bus: cabinet, unit: 2, profile: rle-seahawk-10k, period: 500ms}}
{relay}
store: {{path: {store}}}
uplink: {{broker: "mqtt://127.0.0.1:{broker}"}}
control: {{socket: control.sock}}
"""

RELAY = """\
  - id: switch-1
    bus: cabinet
    unit: 1
    profile: wb-mr6c
    period: 500ms
    commands:
      allow: [relay_command]
      max_per_minute: 60
      interlocks:
        - {point: relay-2.relay_command, only_if: 'relay_on{device="switch-1", relay="1"} == 0'}
"""


class World(unittest.TestCase):
    relay = ""
    files = {}  # more of them: name -> text
    store = "wayside.db"

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wayside-cmd.")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        before = os.getcwd()
        os.chdir(cls.folder)
        cls.addClassCleanup(os.chdir, before)
        port = free_port()
        cls.broker = Broker(cls.folder).start()
        cls.addClassCleanup(cls.broker.stop)
        cls.events = []
        consumer = Consumer(Messages(os.path.join(ROOT, "proto")), port=cls.broker.port, client_id="command-consumer",
                            on_event=cls.events.append)
        consumer.__enter__()
        cls.addClassCleanup(consumer.__exit__)
        wait_for(consumer.subscribed.is_set, "the consumer is subscribed")
        for name, text in (*cls.files.items(), ("scene.yaml", SCENE.format(port=port)),
                           ("gateway.yaml", CONFIG.format(root=ROOT, port=port, broker=cls.broker.port,
                                                          relay=cls.relay, store=cls.store))):
            with open(name, "w", encoding="utf-8") as file:
                file.write(text)
        simulator = Program(cls.folder, "wayside-sim", [
            os.path.join(BIN, "wayside-sim"), "devices", "scene.yaml", "--control", "sim.sock"]).start()
        cls.addClassCleanup(simulator.stop)
        wait_for(lambda: os.path.exists("sim.sock"), "the simulator listens")
        cls.socket = os.path.join(cls.folder, "control.sock")
        cls.daemon = Daemon(cls.folder, os.path.join(cls.folder, "gateway.yaml"), cls.socket)
        cls.daemon.start()
        cls.addClassCleanup(cls.daemon.stop)
        wait_for(lambda: all(d["communicating"] for d in cls.daemon.ask_list("devices")), "the devices answer")

    def cli(self, *arguments):
        return run_cli(self.socket, *arguments)

    def write(self, device, point, value, *options):
        code, output, errors = self.cli("write", device, point, value, "--yes", "--json", *options)
        self.assertTrue(output.strip(), errors)
        return code, json.loads(output)

    def told(self, kind, **wanted):
        def found():
            return [e for e in self.events if e["kind"] == kind and all(e[k] == v for k, v in wanted.items())]
        return wait_for(found, f"the platform hears of a {kind}: {wanted}")


class WithoutAWritableDevice(World):
    def test_what_is_not_allowed_is_refused_and_told(self):
        code, result = self.write("cable-1", "leak", "on", "--by", "Li Wei", "--id", "c-1")
        self.assertEqual(code, REFUSED, result)
        self.assertEqual(result["outcome"], "refused")
        self.assertTrue(result["by"].endswith("(Li Wei)"), result)
        event = self.told("command", command="c-1")[0]
        self.assertEqual((event["outcome"], event["origin"], event["device"]), ("refused", "local", "cable-1"))
        self.assertEqual((result["written"], event["written"]), ("no", "no"))

    def test_without_a_person_nothing_is_written_unconfirmed(self):
        code, _, errors = self.cli("write", "cable-9", "leak", "on")
        self.assertEqual(code, 1, errors)
        self.assertIn("cable-1", errors)

    def test_a_wrong_span_is_wrong_use(self):
        self.assertEqual(self.cli("hold", "cable-1", "--for", "30")[0], 2)

    def test_a_hold_is_listed_survives_a_restart_and_is_released(self):
        code, output, errors = self.cli("hold", "cable-1", "--for", "30m", "--by", "Li Wei")
        self.assertEqual(code, 0, errors)
        self.assertIn("Li Wei", output)
        self.told("hold", step="placed", device="cable-1")
        self.assertEqual(self.cli("hold", "cable-1", "--by", "Zhao")[0], 1)
        self.daemon.kill()
        self.daemon.start()
        self.assertIn("Li Wei", self.cli("holds")[1])
        self.assertEqual(self.cli("release", "cable-1", "--by", "Zhao")[0], 0)
        self.assertIn("no device is held", self.cli("holds")[1])
        self.told("hold", step="released", device="cable-1")


@unittest.skipUnless(glob.glob(os.path.join(ROOT, "drivers", "*", "profiles", "wb-mr6c.yaml")), "no profile wb-mr6c")
class Relay(World):
    relay = RELAY

    def setUp(self):
        self.cli("release", "switch-1")
        for relay in ("relay-1", "relay-2"):
            code, result = self.write("switch-1", f"{relay}.relay_command", "off")
            if "takes no commands" in result["reason"]:
                self.skipTest("the poller takes no jobs yet")

    def test_a_command_is_measured_and_told(self):
        code, result = self.write("switch-1", COMMAND, "on", "--id", "on-1")
        self.assertEqual(code, DONE, result)
        self.assertEqual((result["measured_point"], result["measured"]), (STATE, "true"))
        event = self.told("command", command="on-1")[0]
        self.assertEqual((event["outcome"], event["written"], event["measured"], event["quality"]),
                         ("done", "yes", 1.0, "good"))
        code, again = self.write("switch-1", COMMAND, "on", "--id", "on-1")
        self.assertEqual((code, again["measured_after_us"]), (DONE, result["measured_after_us"]))

    def test_a_stuck_contact_is_not_fulfilled(self):
        self.fault("stuck 1")
        self.addCleanup(self.fault, "clear")
        code, result = self.write("switch-1", COMMAND, "on")
        self.assertEqual(code, NOT_FULFILLED, result)

    def test_an_interlock_keeps_the_second_relay_open(self):
        self.assertEqual(self.write("switch-1", COMMAND, "on")[0], DONE)
        code, result = self.write("switch-1", "relay-2.relay_command", "on")
        self.assertEqual(code, REFUSED, result)
        self.assertIn("interlock", result["reason"])

    def test_a_hold_keeps_others_out(self):
        self.assertEqual(self.cli("hold", "switch-1", "--by", "Li Wei")[0], 0)
        self.assertEqual(self.write("switch-1", COMMAND, "on", "--by", "Zhao")[0], REFUSED)
        self.assertEqual(self.write("switch-1", COMMAND, "on", "--by", "Li Wei")[0], DONE)

    def test_a_pipe_confirms_nothing(self):
        code, _, errors = self.cli("write", "switch-1", COMMAND, "on")
        self.assertEqual(code, NOT_CONFIRMED, errors)
        self.assertIn("--yes", errors)

    def test_ctrl_c_at_the_question_sends_nothing(self):
        terminal, person = pty.openpty()
        self.addCleanup(os.close, terminal)
        self.addCleanup(os.close, person)
        process = self.start_cli("write", "switch-1", COMMAND, "on", stdin=person)
        said = b""
        while b"write it?" not in said:
            part = os.read(process.stderr.fileno(), 4096)
            self.assertTrue(part, said)
            said += part
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        self.assertEqual(process.returncode, INTERRUPTED, errors)
        self.assertIn(b"nothing was sent", errors)
        self.assertEqual(self.write("switch-1", COMMAND, "off")[1]["measured"], "false")

    def test_ctrl_c_while_it_runs_names_the_command_and_it_goes_on(self):
        self.daemon.send(signal.SIGSTOP)
        self.addCleanup(self.daemon.send, signal.SIGCONT)
        process = self.start_cli("write", "switch-1", COMMAND, "on", "--yes")
        seen = []

        def waits():
            with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
                status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
            holds_back = int(status["SigBlk"], 16) >> (signal.SIGINT - 1) & 1
            seen.append(bool(holds_back) and status["State"].startswith("S"))
            return len(seen) > 5 and all(seen[-5:])
        wait_for(waits, "the command line waits for the daemon")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        self.assertEqual(process.returncode, INTERRUPTED, errors)
        command = re.search(rb"command (\w+) was sent and goes on", errors)
        self.assertTrue(command, errors)
        self.daemon.send(signal.SIGCONT)
        event = self.told("command", command=command.group(1).decode())[0]
        self.assertEqual((event["outcome"], event["measured"]), ("done", 1.0))
        code, again = self.write("switch-1", COMMAND, "on", "--id", command.group(1).decode())
        self.assertEqual((code, again["written"]), (DONE, "yes"), again)

    def start_cli(self, *arguments, stdin=subprocess.DEVNULL):
        return subprocess.Popen([os.path.join(BIN, "wayside"), "--socket", self.socket, *arguments], stdin=stdin,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def fault(self, text):
        done = Program(self.folder, "fault", [os.path.join(BIN, "wayside-sim"), "fault", "--control", "sim.sock",
                                              "relay-1", *text.split()]).start()
        self.assertEqual(done.process.wait(10), 0, done.read_log())


if __name__ == "__main__":
    unittest.main(failfast=True, verbosity=2)
