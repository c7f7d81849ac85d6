#!/usr/bin/python3
"""The life of alarms end to end: a slave's register -> waysided -> `wayside alarms ...`, kills in between, and what the
platform hears of each step."""
import json
import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_consumer import Consumer, Messages  # noqa: E402
from wayside_e2e import ROOT, Broker, Daemon, Slave, run_cli, wait_for  # noqa: E402

POWER_TOTAL = 0x34
REGISTERS = (0x00, 0x06, POWER_TOTAL, 0x46, 0x48)

RULES = """\
groups:
  - name: site
    rules:
      - alert: overload
        expr: power_total > 5000
        severity: high
        latch: true
        escalate: {after: 1s, to: night-shift}
      - alert: light-load
        expr: power_total < 100
        severity: low
        stale_after: 1s
"""
OVERLOAD, LIGHT = "site/overload cabinet-1", "site/light-load cabinet-1"

CONFIG = """\
gateway: {{id: alarm-gateway, area: {{city: a, district: b, street: c, grid: d}}, department: roads}}
clock: {{trust: rtc}}
profiles: [{root}/drivers/streetlight/profiles]
rules: [rules.yaml]
buses:
  - {{id: field-1, tcp: {{host: 127.0.0.1, port: {port}}}}}
devices:
  - {{id: cabinet-1, bus: field-1, unit: 1, profile: eastron-sdm630, period: 500ms}}
store: {{path: {folder}/store.db}}
uplink: {{broker: "mqtt://127.0.0.1:{broker}"}}
control: {{socket: {folder}/c.sock}}
"""


class Alarms(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wayside-alm.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.socket = os.path.join(self.folder, "c.sock")
        self.broker = Broker(self.folder).start()
        self.addCleanup(self.broker.stop)
        self.events = []
        consumer = Consumer(Messages(os.path.join(ROOT, "proto")), port=self.broker.port, client_id="alarm-consumer",
                            on_event=self.events.append)
        consumer.__enter__()
        self.addCleanup(consumer.__exit__)
        wait_for(consumer.subscribed.is_set, "the consumer is subscribed")
        self.slave = Slave(self.folder).start()
        self.addCleanup(self.slave.stop)
        for register in REGISTERS:
            self.slave.set_float(1, register, 1000.0)
        for name, text in (("rules.yaml", RULES),
                           ("gateway.yaml", CONFIG.format(root=ROOT, port=self.slave.port, folder=self.folder,
                                                          broker=self.broker.port))):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        self.daemon = Daemon(self.folder, os.path.join(self.folder, "gateway.yaml"), self.socket)
        self.daemon.start()
        self.addCleanup(self.daemon.stop)

    def cli(self, *arguments, code=0):
        status, output, errors = run_cli(self.socket, "alarms", *arguments)
        self.assertEqual(status, code, output + errors)
        return output if code == 0 else errors

    def alarm(self, name):
        return next((a for a in self.daemon.ask_list("alarms") if a["alarm"] == name), None)

    def wait_state(self, name, state):
        return wait_for(lambda: (self.alarm(name) or {"state": "normal"})["state"] == state, f"{name} is {state}")

    def power(self, value):
        self.slave.set_float(1, POWER_TOTAL, value)

    def heard(self, **wanted):
        def found():
            return [e for e in self.events if e["kind"] == "alarm" and all(e[k] == v for k, v in wanted.items())]
        return wait_for(found, f"the platform hears of {wanted}")[0]

    def restart(self):
        self.daemon.kill()
        self.daemon.start()

    def test_a_latched_alarm_is_seen_and_reset_and_kills_change_nothing(self):
        self.power(6000.0)
        self.wait_state(OVERLOAD, "raised")
        escalated = self.heard(alarm=OVERLOAD, cause="escalated")
        self.assertEqual((escalated["to"], escalated["escalated_to"]), ("raised", "night-shift"))
        self.restart()
        self.assertTrue(self.alarm(OVERLOAD)["escalated"])
        self.power(1000.0)
        self.wait_state(OVERLOAD, "returned")
        self.restart()
        self.assertEqual(self.alarm(OVERLOAD)["state"], "returned")
        self.assertIn("acknowledge it first", self.cli("reset", OVERLOAD, code=1))
        self.assertIn("latched", self.cli("ack", *OVERLOAD.split(), "--by", "Li Wei"))
        self.restart()
        kept = self.alarm(OVERLOAD)
        self.assertEqual((kept["state"], kept["action"]), ("latched", "acknowledged"))
        self.assertTrue(kept["by"].endswith("(Li Wei)"), kept)
        acknowledged = self.heard(alarm=OVERLOAD, cause="acknowledged")
        self.assertEqual((acknowledged["from"], acknowledged["to"]), ("returned", "latched"))
        self.assertTrue(acknowledged["by"].endswith("(Li Wei)"), acknowledged)
        self.cli("reset", OVERLOAD)
        self.assertIsNone(self.alarm(OVERLOAD))
        self.heard(alarm=OVERLOAD, cause="reset", to="normal")
        # Each step once, in its order, whatever was killed in between.
        told = sorted({e["count"]: e["cause"] for e in self.events if e["kind"] == "alarm" and e["alarm"] == OVERLOAD}.items())
        self.assertEqual(told, list(enumerate(("condition", "escalated", "cleared", "acknowledged", "reset"), 1)))
        past = json.loads(self.cli("history", OVERLOAD, "--json"))["past"]
        self.assertEqual([p["cause"] for p in past], ["condition", "escalated", "cleared", "acknowledged", "reset"])

    def test_a_shelved_alarm_stays_hidden_over_a_kill_and_lives_on(self):
        self.power(50.0)
        self.wait_state(LIGHT, "raised")
        self.heard(alarm=LIGHT, cause="stale")
        self.assertEqual(int(self.daemon.ask("status")["alarms_stale"]), 1)
        self.cli("shelve", LIGHT, "--for", "2h", code=2)  # no reason
        self.assertIn("7 days", self.cli("shelve", LIGHT, "--for", "8d", "--reason", "x", code=1))
        self.cli("shelve", LIGHT, "--for", "2h", "--reason", "lamps are being changed")
        self.assertEqual(int(self.daemon.ask("status")["alarms_raised"]), 0)
        self.restart()
        hidden = self.alarm(LIGHT)
        self.assertEqual((hidden["state"], hidden["live_state"], hidden["reason"]),
                         ("shelved", "raised", "lamps are being changed"))
        left = int(hidden["shelved_left_us"]) / 1e6
        self.assertTrue(7000 < left < 7200, left)
        self.power(1000.0)
        event = self.heard(alarm=LIGHT, cause="cleared")
        self.assertEqual((event["from"], event["to"], event["live"]), ("shelved", "shelved", "normal"))
        self.cli("unshelve", LIGHT)
        self.assertIsNone(self.alarm(LIGHT))
        self.assertIn("not shelved", self.cli("unshelve", LIGHT, code=1))
        self.cli("out-of-service", LIGHT, "--reason", "no lamps here any more")
        self.restart()
        self.assertEqual(self.alarm(LIGHT)["state"], "out of service")
        self.cli("in-service", LIGHT)
        self.assertIsNone(self.alarm(LIGHT))

    def test_errors_name_the_nearest_and_chatter_is_told(self):
        self.assertIn(f"did you mean '{OVERLOAD}'", self.cli("ack", "site/overlaod cabinet-1", code=1))
        self.assertIn("nothing to acknowledge", self.cli("ack", OVERLOAD, code=1))
        self.assertIn("by themselves", self.cli("ack", "system/alarm-flood alarm-gateway", code=1))
        self.assertIn("no alarm has changed yet", self.cli("history"))
        for _ in range(3):
            self.power(50.0)
            self.wait_state(LIGHT, "raised")
            self.power(1000.0)
            self.wait_state(LIGHT, "normal")
        self.heard(alarm=f"system/chattering cabinet-1 {LIGHT}", to="raised")
        self.assertEqual(self.daemon.ask("status")["alarms_chattering"], [LIGHT])
        self.restart()
        self.assertEqual(self.daemon.ask("status")["alarms_chattering"], [LIGHT])
        kpi = json.loads(self.cli("kpi", "--json"))
        self.assertEqual((int(kpi["days"][-1]["raised"]), int(kpi["days"][-1]["chattering"])), (3, 1))
        self.assertEqual(kpi["top"][0]["alarm"], LIGHT)
        for command in ([], ["list"], ["history"], ["kpi"]):  # for people
            self.assertIn("light-load", self.cli(*command))


if __name__ == "__main__":
    unittest.main(failfast=True, verbosity=2)
