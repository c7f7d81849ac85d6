#!/usr/bin/python3
"""The life of a configuration end to end: applied by difference under a real broker and a real slave, confirmed, gone
back from by itself, rolled back, reloaded by SIGHUP, and kill -9 in the middle of all of it. A consumer that has only
the .proto files sees every number once."""
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_consumer import Consumer, Messages  # noqa: E402
from wayside_e2e import ROOT, Broker, Daemon, Slave, free_port, run_cli, wait_for  # noqa: E402
from wayside_orders import Orders, new_order  # noqa: E402

MESSAGES = Messages(os.path.join(ROOT, "proto"))
VOLTAGE_L1, POWER_TOTAL = 0, 52
UNITS = {"m-1": 1, "m-2": 2, "ghost": 9}
KILLS = {"quick": 0, "ci": 8, "long": 60}[os.environ.get("WAYSIDE_TEST_SET", "ci")]

RULES = """\
groups:
  - name: life
    rules:
      - alert: Overload
        expr: power_total > {limit}
        severity: high
        annotations: {{summary: "{{{{ $value }}}} W"}}
"""


def config_of(folder, slave, broker, *, devices=("m-1",), period="500ms", bus="field-1", more=""):
    lines = "\n".join(f"  - {{id: {d}, bus: {bus}, unit: {UNITS[d]}, profile: eastron-sdm630, "
                      f"period: {period}}}" for d in devices)
    return f"""\
gateway: {{id: life-gw, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
clock: {{trust: rtc}}
profiles: [{ROOT}/drivers/streetlight/profiles]
rules: [rules.yaml]
buses:
  - {{id: {bus}, tcp: {{host: 127.0.0.1, port: {slave}}}}}
devices:
{lines}
store: {{path: {folder}/store.db}}
uplink: {{broker: "mqtt://127.0.0.1:{broker}", downlink: {{allow: [config]}}}}
control: {{socket: {folder}/w.sock}}
{more}"""


class ConfigLife(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wayside-life.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.broker = Broker(self.folder)
        self.slave = Slave(self.folder)
        for program in (self.broker, self.slave):
            self.addCleanup(program.stop)
            program.start()
        for unit in (1, 2):
            self.slave.set_float(unit, VOLTAGE_L1, 230.5)
            self.slave.set_float(unit, POWER_TOTAL, 300.0)
        self.write("rules.yaml", RULES.format(limit=5000))
        self.file = self.write("gateway.yaml", self.config())
        self.socket = os.path.join(self.folder, "w.sock")
        self.consumer = Consumer(MESSAGES, port=self.broker.port, client_id="life-consumer")
        self.consumer.__enter__()
        self.addCleanup(self.consumer.__exit__)
        wait_for(self.consumer.subscribed.is_set, "the consumer is subscribed")
        self.daemon = Daemon(self.folder, self.file, self.socket)
        self.addCleanup(self.daemon.stop)
        self.daemon.start()
        self.is_well()

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def config(self, **options):
        broker = options.pop("broker", self.broker.port)
        return config_of(self.folder, self.slave.port, broker, **options)

    def is_well(self):
        def well():
            status = self.daemon.ask("status")
            return status["uplink"]["up"] and int(status["devices_communicating"]) >= 1
        wait_for(well, "the link is up and the device answers")

    def run_config(self, *arguments):
        return run_cli(self.socket, "config", *arguments)

    def state(self):
        status, output, errors = self.run_config("history", "--json")
        self.assertEqual(status, 0, errors)
        return json.loads(output)

    def running(self):
        return int(self.state()["running"])

    def devices(self):
        return sorted(d["id"] for d in self.daemon.ask_list("devices"))

    def nothing_is_lost(self):
        """All that the store accepted has come to the consumer, each number once."""
        self.daemon.stop()
        self.daemon.start()
        self.is_well()

        def drained():
            return int(self.daemon.ask("status")["store"]["chunks_waiting"]) < 3
        wait_for(drained, "the store is sent")
        report = self.consumer.report()
        self.assertEqual((report["missing"], report["defects"], report["without_catalogue"]), (0, 0, 0), report)
        self.assertEqual(len({stream["epoch"] for stream in report["streams"]}), 1, "the store is the same")

    def test_applied_confirmed_gone_back_from(self):
        epoch = self.daemon.ask("status")["epoch"]
        # What would change, then that.
        new = self.write("new.yaml", self.config(devices=("m-1", "m-2")))
        status, output, errors = self.run_config("diff", new)
        self.assertEqual((status, output.splitlines()[0]), (3, "+ device m-2"), errors)
        self.assertRegex(output, r"bus field-1: goes on, \d+ % -> \d+ % of its time is used")
        self.assertRegex(output, r"points added: \d+ \(m-2\.")
        self.assertIn("rules that go on: 1", output)
        status, output, errors = self.run_config("apply", new, "--confirm-within", "1m", "--by", "li", "--reason",
                                                 "a second meter")
        self.assertEqual(status, 0, errors)
        self.assertIn("configuration 2 is at work, on trial: in", output)
        self.assertIn("wayside config confirm", output)
        self.assertEqual(self.devices(), ["m-1", "m-2"])

        def kept():
            return self.run_config("confirm", "--by", "li")[0] == 0
        wait_for(kept, "it is kept once both answer")
        self.assertEqual(self.running(), 2)
        self.assertEqual(self.daemon.ask("status")["epoch"], epoch, "the store is the same")

        # One that nobody confirms.
        other = self.write("other.yaml", self.config(period="1s"))
        status, _, errors = self.run_config("apply", other, "--confirm-within", "10s")
        self.assertEqual(status, 0, errors)
        self.assertEqual(self.devices(), ["m-1"])
        wait_for(lambda: self.running() == 2, "it is gone back from")
        self.assertEqual(self.devices(), ["m-1", "m-2"])
        self.assertIn("it was not confirmed in time", self.state()["versions"][2]["outcome"])

        # One that cuts the link, although it is confirmed.
        cut = self.write("cut.yaml", self.config(broker=free_port()))
        self.assertEqual(self.run_config("apply", cut, "--confirm-within", "10s")[0], 0)
        status, _, errors = self.run_config("confirm")
        self.assertEqual(status, 1)
        self.assertIn("the link to the platform was up, and is down", errors)
        wait_for(lambda: self.running() == 2, "it is gone back from")
        self.is_well()

        # A device that is not there.
        ghost = self.write("ghost.yaml", self.config(devices=("m-1", "m-2", "ghost")))
        self.assertEqual(self.run_config("apply", ghost, "--no-confirm", "--confirm-within", "10s")[0], 0)
        wait_for(lambda: self.running() == 2, "it is gone back from")
        self.assertIn("ghost", self.state()["versions"][4]["outcome"])

        # To an earlier one.
        status, output, errors = self.run_config("rollback", "1", "--no-confirm")
        self.assertEqual(status, 0, errors)
        wait_for(lambda: not self.state().get("trial"), "it is kept")
        self.assertEqual(self.devices(), ["m-1"])
        # A start runs what was kept, although the file has never changed.
        self.daemon.stop()
        self.daemon.start()
        self.assertEqual(self.running(), 6)
        status, output, _ = run_cli(self.socket, "audit", "show")
        for action in ("apply", "confirm", "keep", "roll back"):
            self.assertIn(action, output)
        self.nothing_is_lost()

    def test_wrong_ones_change_nothing(self):
        wrong = self.write("wrong.yaml", self.config().replace("profile: eastron-sdm630", "profile: eastron-sdm63")
                           .replace("bus: field-1, unit", "bus: field-2, unit"))
        for command in (("check", wrong), ("diff", wrong), ("apply", wrong)):
            status, _, errors = self.run_config(*command)
            self.assertEqual(status, 1, command)
            self.assertIn("eastron-sdm630", errors, "the nearest name is told")
            self.assertIn("field-1", errors, "all problems at once")
            self.assertIn("wrong.yaml:", errors)
        self.assertEqual(self.running(), 1)
        status, _, errors = self.run_config("confirm")
        self.assertEqual((status, errors), (1, "wayside: no configuration is on trial\n"))
        status, _, errors = self.run_config("rollback", "77")
        self.assertEqual(status, 1)
        self.assertIn("version 77 is not kept", errors)
        self.assertEqual(self.run_config("check", self.file)[0], 0)

    def test_reload(self):
        self.write("rules.yaml", RULES.format(limit=200))
        self.daemon.send(signal.SIGHUP)
        wait_for(lambda: self.running() == 2, "the changed rule is taken")
        wait_for(lambda: [a for a in self.daemon.ask_list("alarms") if a["alarm"].startswith("life/Overload")],
                 "it raises")
        wait_for(lambda: not self.state().get("trial"), "it is kept by itself")
        self.write("gateway.yaml", "gateway: [\n")
        self.daemon.send(signal.SIGHUP)
        wait_for(lambda: "config.problem" in self.daemon.read_log(), "the problem is told in the log")
        self.assertEqual(self.running(), 2)
        # A removed rule ends its alarm.
        self.write("rules.yaml", RULES.format(limit=200).replace("Overload", "Other"))
        self.write("gateway.yaml", self.config())
        self.daemon.send(signal.SIGHUP)
        wait_for(lambda: not [a for a in self.daemon.ask_list("alarms")
                              if a["alarm"].startswith("life/Overload") and a["state"] != "normal"], "it is ended")
        # Another socket and a store of its own: the gateway starts over within the program.
        process = self.daemon.process.pid
        self.write("gateway.yaml", self.config().replace("w.sock", "v.sock"))
        self.daemon.send(signal.SIGHUP)
        self.socket = self.daemon.socket_path = os.path.join(self.folder, "v.sock")
        wait_for(lambda: os.path.exists(self.socket) and run_cli(self.socket, "status")[0] == 0, "it answers there")
        self.is_well()
        wait_for(lambda: not self.state().get("trial"), "it is kept by itself")
        self.assertEqual(self.daemon.process.pid, process)
        self.nothing_is_lost()

    def test_from_the_platform(self):
        orders = Orders(MESSAGES, "127.0.0.1", self.broker.port)
        self.addCleanup(orders.close)

        def give(text, rules=None):
            order = new_order(MESSAGES, by="desk")
            order.config.reason = "a new limit"
            order.config.within_us = 20_000_000
            order.config.bundle.main = "gateway.yaml"
            order.config.bundle.files.add(path="gateway.yaml", text=text.encode())
            if rules:
                order.config.bundle.files.add(path="rules.yaml", text=rules.encode())
            answers = orders.give("a/b/c/d/life-gw", order)
            self.assertEqual(len(answers), 1)
            return answers[0]
        # The profiles are those of the gateway; the rules come along.
        answer = give(self.config(), RULES.format(limit=200))
        self.assertEqual((answer.outcome, answer.reason, answer.config.version), (1, "", 2), answer)
        self.assertEqual(list(answer.config.changes), ["changed rule life/Overload: expr"])
        wait_for(lambda: [a for a in self.daemon.ask_list("alarms") if a["alarm"].startswith("life/Overload")],
                 "the new rule raises")
        wait_for(lambda: not self.state().get("trial"), "it is kept by itself")
        version = self.state()["versions"][1]
        self.assertEqual((version["origin"], version["by"], version["state"]),
                         ("platform", "platform (desk)" if "(" in version["by"] else "desk", "CONFIG_STATE_GOOD"))
        answer = give(self.config().replace("eastron-sdm630", "eastron-sdm63"), RULES.format(limit=200))
        self.assertEqual((answer.outcome, answer.config.version), (3, 0))
        self.assertIn("eastron-sdm630", answer.config.problems[0])
        answer = give(self.config(), RULES.format(limit=200))
        self.assertEqual((answer.outcome, answer.reason), (1, "nothing differs from what is at work"))
        # One that cuts the link comes back by itself, and the trail tells the platform.
        answer = give(self.config(broker=free_port()), RULES.format(limit=200))
        self.assertEqual(answer.outcome, 1)
        wait_for(lambda: self.running() == 3, "it is at work")
        wait_for(lambda: self.running() == 2, "it is gone back from", 40)
        self.is_well()
        self.nothing_is_lost()

    def test_kill_in_the_middle(self):
        """Wherever it is killed, the next start runs what was kept last, or what has just been kept."""
        dice = random.Random(11)
        kept = 1
        for round_number in range(KILLS):
            period = f"{400 + round_number}ms"
            new = self.write("new.yaml", self.config(period=period))
            pid = os.fork()
            if pid == 0:  # asks, and confirms at once
                code = self.run_config("apply", new, "--no-confirm")[0]
                os._exit(code)
            time.sleep(dice.uniform(0, 2.5))
            self.daemon.kill()
            os.waitpid(pid, 0)
            self.daemon.start()
            state = self.state()
            self.assertFalse(state.get("trial"), state)
            running = int(state["running"])
            self.assertEqual(running, int(state["current"]))
            newest = int(state["versions"][-1]["number"])
            self.assertIn(running, (kept, newest), state)
            kept = running
            self.is_well()
        self.nothing_is_lost()


if __name__ == "__main__":
    unittest.main(verbosity=2)
