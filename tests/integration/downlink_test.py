#!/usr/bin/python3
"""Orders of the platform end to end: MQTT 5 through mosquitto -> waysided -> wayside-sim's relay on a paced serial line,
the measured state back to the response topic, the audit trail at the consumer."""
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from scripted_broker import ScriptedBroker  # noqa: E402
from wayside_audit import Chain  # noqa: E402
from wayside_consumer import Consumer, Messages  # noqa: E402
from wayside_e2e import BIN, ROOT, Broker, Daemon, Program, free_port, run_cli, wait_for  # noqa: E402
from wayside_orders import Orders, new_order  # noqa: E402

MESSAGES = Messages(os.path.join(ROOT, "proto"))
GATEWAY = "a/b/c/d/down-gateway"
DONE, NOT_DONE, REFUSED, EXPIRED, MALFORMED, UNKNOWN = 1, 2, 3, 4, 5, 6

SCENE = """\
seed: 5
start: "2026-03-01T12:00:00"
lines:
  - {{name: cabinet, pty: {folder}/line, baud: 9600}}
devices:
  - {{name: relay-1, line: cabinet, unit: 1, kind: relay}}
"""

CONFIG = """\
gateway: {{id: down-gateway, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
clock: {{trust: rtc}}
profiles: [{root}/drivers/streetlight/profiles]
rules: {{files: [rules.yaml]}}
buses:
  - {{id: cabinet, serial: {{port: {folder}/line, baud: 9600}}}}
devices:
  - id: switch-1
    bus: cabinet
    unit: 1
    profile: wb-mr6c
    period: 1s
    commands:
      allow: [relay_command]
      local_only: [relay-6.relay_command]
      max_per_minute: 600
store: {{path: {folder}/wayside.db}}
uplink:
  broker: "mqtt://127.0.0.1:{broker}"
  downlink:
    allow: [{allow}]
{more}
control: {{socket: {folder}/control.sock}}
"""

RULES = """\
groups:
  - name: cabinet
    rules:
      - alert: RelayOn
        expr: 'relay_on{relay="2"} == 1'
        severity: low
        annotations: {summary: "relay 2 is on"}
"""


class World(unittest.TestCase):
    allow = "write, alarms, log-level, query"
    more = ""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wayside-down.")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.prepare()
        cls.broker = Broker(cls.folder).start()
        cls.addClassCleanup(cls.broker.stop)
        cls.events = []
        consumer = Consumer(MESSAGES, port=cls.broker.port, client_id="down-consumer", on_event=cls.events.append)
        consumer.__enter__()
        cls.addClassCleanup(consumer.__exit__)
        wait_for(consumer.subscribed.is_set, "the consumer is subscribed")
        for name, text in (("scene.yaml", SCENE.format(folder=cls.folder)), ("rules.yaml", RULES),
                           ("gateway.yaml", CONFIG.format(root=ROOT, folder=cls.folder, broker=cls.broker.port,
                                                          allow=cls.allow, more=cls.more))):
            with open(os.path.join(cls.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        simulator = Program(cls.folder, "wayside-sim", [
            os.path.join(BIN, "wayside-sim"), "devices", os.path.join(cls.folder, "scene.yaml")]).start()
        cls.addClassCleanup(simulator.stop)
        wait_for(lambda: os.path.exists(os.path.join(cls.folder, "line")), "the simulator has its line")
        cls.socket = os.path.join(cls.folder, "control.sock")
        cls.daemon = Daemon(cls.folder, os.path.join(cls.folder, "gateway.yaml"), cls.socket)
        cls.daemon.start()
        cls.addClassCleanup(cls.daemon.stop)
        wait_for(lambda: all(d["communicating"] for d in cls.daemon.ask_list("devices")), "the devices answer")
        wait_for(lambda: cls.daemon.ask("uplink")["up"], "the link is up")
        cls.orders = Orders(MESSAGES, "127.0.0.1", cls.broker.port)
        cls.addClassCleanup(cls.orders.close)

    @classmethod
    def prepare(cls):
        pass

    def cli(self, *arguments):
        return run_cli(self.socket, *arguments)

    def write(self, relay=1, value="on", **options):
        order = new_order(MESSAGES, by="desk 4", order_id=options.pop("order_id", None))
        order.write.device, order.write.point, order.write.text = "switch-1", f"relay-{relay}.relay_command", value
        return self.give(order, **options)

    def give(self, order, **options):
        answers = self.orders.give(GATEWAY, order, **options)
        self.assertEqual(len(answers), 1, "one answer")
        return answers[0]

    def told(self, kind, **wanted):
        def found():
            return [e for e in self.events if e["kind"] == kind and all(e[k] == v for k, v in wanted.items())]
        return wait_for(found, f"the platform hears of a {kind}: {wanted}")

    def trail(self):
        """The chain as the consumer has it so far, one for each epoch."""
        chains = {}
        for event in self.events:
            if event["kind"] not in ("audit", "audit_head"):
                continue
            chain = chains.setdefault(event["epoch"], Chain("down-gateway"))
            if event["kind"] == "audit":
                record = bytes.fromhex(event["record"])
                chain.take_record(event["entry"], record, MESSAGES.AuditRecord.FromString(record).previous)
            else:
                chain.take_head(event["entry"], *(bytes.fromhex(event[k]) for k in ("digest", "signature", "public_key")))
        self.assertEqual(len(chains), 1)
        return next(iter(chains.values()))


class Allowed(World):
    def test_a_write_reaches_the_register_and_what_is_measured_comes_back(self):
        answer = self.write(relay=1, order_id="w-1")
        self.assertEqual(answer.outcome, DONE, answer)
        self.assertEqual((answer.command.measured_point, answer.command.measured), ("relay-1.relay_on", 1))
        self.assertEqual(answer.command.by, "platform (desk 4)")
        self.told("command", command="w-1", outcome="done", origin="platform")
        entry = self.told("audit", order="w-1")[0]
        self.assertEqual((entry["origin"], entry["action"], entry["target"], entry["outcome"]),
                         ("platform", "write", "switch-1.relay-1.relay_command", "done"))

    def test_the_same_order_again_is_not_carried_out_again(self):
        order = new_order(MESSAGES, order_id="w-again")
        order.write.device, order.write.point, order.write.text = "switch-1", "relay-3.relay_command", "on"
        first, second = self.give(order), self.give(order)
        self.assertEqual((first.outcome, second.outcome), (DONE, DONE))
        self.assertEqual(first.command, second.command)
        # Nor after the gateway was killed and started again.
        self.daemon.kill()
        self.daemon.start()
        wait_for(lambda: self.daemon.ask("uplink")["up"], "the link is up again")
        third = self.give(order)
        self.assertEqual((third.outcome, third.command.written_offset_us), (DONE, first.command.written_offset_us))

    def test_orders_that_wait_for_the_gateway_come_when_it_is_back_and_expired_ones_are_answered(self):
        self.daemon.send(signal.SIGSTOP)
        try:
            order = new_order(MESSAGES, lives=1, order_id="late")
            order.write.device, order.write.point, order.write.text = "switch-1", "relay-4.relay_command", "on"
            self.orders.give(GATEWAY, order, seconds=1.5)
        finally:
            self.daemon.send(signal.SIGCONT)
        self.told("audit", order="late", outcome="refused")
        self.assertFalse([e for e in self.events if e["kind"] == "command" and e["command"] == "late"])

    def test_what_is_not_allowed_unknown_or_broken_is_answered_and_entered(self):
        answer = self.write(relay=6, order_id="local")
        self.assertEqual(answer.outcome, REFUSED)
        self.assertIn("at the gateway only", answer.reason)
        answer = self.write(relay=9, order_id="no-such")
        self.assertEqual(answer.outcome, REFUSED)
        answer = self.give(new_order(MESSAGES, order_id="nothing"))
        self.assertEqual(answer.outcome, UNKNOWN)
        order = new_order(MESSAGES, order_id="no-value")
        order.write.device, order.write.point = "switch-1", "relay-1.relay_command"
        answer = self.give(order)
        self.assertEqual((answer.outcome, answer.id), (MALFORMED, "no-value"))
        for what in ("local", "no-such", "nothing", "no-value"):
            self.told("audit", order=what, outcome="refused")
        # Garbage does no harm, and is answered on the gateway's own topic or ours.
        before = int(self.daemon.ask("uplink")["orders_received"])
        for garbage in (b"", b"\xff" * 1000, bytes(range(256)) * 100):
            self.orders.client.publish(f"wayside/v1/{GATEWAY}/down/command", garbage, qos=1)
            self.orders.client.publish(f"wayside/v1/{GATEWAY}/down/query", garbage, qos=0)
        wait_for(lambda: int(self.daemon.ask("uplink")["orders_received"]) == before + 6, "all of it has come")
        self.assertTrue(self.daemon.is_running())

    def test_an_alarm_is_acknowledged_and_shelved(self):
        self.assertEqual(self.write(relay=2).outcome, DONE)
        alarm = self.told("alarm", to="raised")[0]["alarm"]
        order = new_order(MESSAGES, by="desk 4", order_id="ack-1")
        order.alarm.verb, order.alarm.alarm = 1, alarm
        answer = self.give(order)
        self.assertEqual(answer.outcome, DONE, answer)
        self.assertEqual(answer.alarms.alarms[0].state, MESSAGES.Answer.DESCRIPTOR.file.pool.FindEnumTypeByName(
            "wayside.v1.AlarmState").values_by_name["ALARM_STATE_ACKNOWLEDGED"].number)
        self.assertEqual(self.told("alarm", to="acknowledged")[0]["by"], "platform (desk 4)")
        self.assertIn("carried out before", self.give(order).reason)
        query = MESSAGES.Order()
        query.alarms.SetInParent()
        self.assertEqual([a.alarm for a in self.give(query).alarms.alarms], [alarm])
        order = new_order(MESSAGES, order_id="shelve-1")
        order.alarm.verb, order.alarm.alarm, order.alarm.span_us = 3, alarm, 3_600_000_000
        self.assertEqual(self.give(order).outcome, REFUSED)  # without a reason
        order.id, order.alarm.reason = "shelve-2", "cable works"
        self.assertEqual(self.give(order).outcome, DONE)

    def test_values_can_be_asked_for(self):
        query = MESSAGES.Order()
        query.points.device = "switch-1"
        answer = self.give(query)
        self.assertEqual(answer.outcome, DONE)
        self.assertIn("relay-5.relay_on", [value.point for value in answer.points.values])

    def test_the_log_level_changes_for_a_while(self):
        order = new_order(MESSAGES, order_id="log-1")
        order.log_level.level, order.log_level.span_us = "debug", 2_000_000
        self.assertEqual(self.give(order).outcome, DONE)
        wait_for(lambda: re.search(r"log\.level .*as configured", self.daemon.read_log()), "it ends by itself")

    def test_history_is_told_as_it_was_recorded(self):
        """The platform's question against the gateway's own answer; and a name that is none."""
        for value in ("on", "off", "on"):  # what does not change is not recorded again
            self.write(relay=1, value=value)
        order = new_order(MESSAGES, by="desk 4")
        order.history.device, order.history.point = "switch-1", "relay-1.relay_on"
        order.history.from_wall_us = 1
        answers = wait_for(lambda: self.pages_of(order, 3), "three samples are stored")
        samples = [sample for answer in answers for sample in answer.history.samples]
        _, output, _ = self.cli("history", "switch-1.relay-1.relay_on", "--last", "1h", "--json")
        kept = {int(s["wall_us"]): s["number"] for s in json.loads(output)["samples"]}
        self.assertEqual([kept[s.wall_us] for s in samples], [s.value for s in samples])
        self.assertEqual({(s.point, s.quality) for s in samples}, {("relay-1.relay_on", 0)})
        order.history.point = "relay-1.relay_off"
        nothing = self.orders.give(GATEWAY, order)
        self.assertEqual([(a.outcome, a.history.last, len(a.history.samples)) for a in nothing], [(DONE, True, 0)])
        self.assertIn("has no point 'relay-1.relay_off' now; did you mean 'relay-1.relay_on'?", nothing[0].reason)

    def pages_of(self, order, least):
        order.history.until_wall_us = time.time_ns() // 1000
        answers = self.orders.give(GATEWAY, order)
        self.assertTrue(answers and answers[-1].history.last, answers)
        self.assertEqual([a.history.page for a in answers], list(range(len(answers))))
        return answers if answers[-1].history.so_far >= least else None

    def test_the_trail_is_whole_at_the_platform_and_at_the_gateway(self):
        self.write(relay=1, value="off", order_id="before-the-trail")
        self.told("audit", order="before-the-trail")
        self.told("audit_head")
        chain = self.trail()
        self.assertEqual(chain.problems(), [])
        code, output, errors = self.cli("audit", "verify")
        self.assertEqual(code, 0, errors)
        self.assertRegex(output, r"entries 1 to \d+: whole")
        code, output, _ = self.cli("audit", "show", "--json")
        shown = json.loads(output)
        self.assertIn("before-the-trail", [entry["order"] for entry in shown])
        # What the gateway exports is what the platform has; an altered line shows, without a daemon.
        code, exported, _ = self.cli("audit", "export")
        lines = exported.splitlines()
        self.assertEqual(lines[0].split()[-1], self.told("audit_head")[0]["public_key"])
        number = len(lines) - 2
        self.assertEqual(bytes.fromhex(lines[number]), chain.records[number])
        path = os.path.join(self.folder, "trail.txt")
        lines[3] = lines[3][:-2] + ("00" if lines[3][-2:] != "00" else "01")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        done = subprocess.run([os.path.join(BIN, "wayside"), "audit", "verify", path], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("altered", done.stdout + "cannot be read" * ("cannot be read" in done.stdout))
        # At the platform a missing entry shows, and so does a forged head.
        del chain.records[2]
        self.assertIn("the first is 2", chain.problems()[0])
        chain = self.trail()
        number, digest, signature, key = chain.heads[0]
        chain.heads[0] = (number, hashlib.sha256(b"x").digest(), signature, key)
        self.assertTrue(any("does not hold" in problem for problem in chain.problems()))


class Signed(World):
    allow = "write, query"

    @classmethod
    def prepare(cls):
        cls.key = os.path.join(cls.folder, "platform.key")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519", "-out", cls.key], check=True)
        subprocess.run(["openssl", "pkey", "-in", cls.key, "-pubout", "-out", cls.key + ".pub"], check=True)
        subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519", "-out", cls.key + ".other"], check=True)
        cls.more = f"    keys: {{platform-2026: {cls.key}.pub}}"

    def test_a_signed_order_is_carried_out_and_any_other_is_not(self):
        self.assertIn("only with a signature", self.write(order_id="unsigned").reason)
        answer = self.write(order_id="other", key=self.key + ".other", key_name="platform-2026")
        self.assertEqual(answer.reason, "the signature is not that of key 'platform-2026'")
        answer = self.write(order_id="unknown", key=self.key, key_name="platform-2027")
        self.assertEqual(answer.reason, "this gateway knows no key 'platform-2027'")
        answer = self.write(order_id="good", key=self.key, key_name="platform-2026")
        self.assertEqual(answer.outcome, DONE, answer)
        self.assertEqual(answer.command.by, "platform/platform-2026 (desk 4)")
        self.told("audit", order="other", outcome="refused")
        query = MESSAGES.Order()
        query.points.device = "switch-1"
        self.assertEqual(self.give(query).outcome, DONE)


class NotSubscribed(unittest.TestCase):
    """Brokers that let the gateway publish and not subscribe (mosquitto grants what its access list does not let through)."""

    def daemon_at(self, broker):
        folder = tempfile.mkdtemp(prefix="wayside-down.")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.addCleanup(broker.stop)
        for name, text in (("rules.yaml", RULES), ("gateway.yaml", CONFIG.format(
                root=ROOT, folder=folder, broker=broker.port, allow="write", more=""))):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        daemon = Daemon(folder, os.path.join(folder, "gateway.yaml"), os.path.join(folder, "control.sock")).start()
        self.addCleanup(daemon.stop)
        wait_for(lambda: daemon.ask("uplink")["up"], "the link is up")
        return daemon

    def test_the_technician_sees_why_orders_do_not_come(self):
        daemon = self.daemon_at(ScriptedBroker(suback=0x87))
        problem = wait_for(lambda: daemon.ask("uplink")["orders_problem"], "the refusal is told")
        self.assertRegex(problem, r"the broker does not grant wayside/v1/\S+/down/(command|query): not authorised, reason code 135")
        code, output, _ = run_cli(daemon.socket_path, "status")
        self.assertEqual(code, 0)
        self.assertIn("does not grant", output)

    def test_a_broker_that_does_not_answer_a_subscription_stops_nothing(self):
        daemon = self.daemon_at(ScriptedBroker(suback=None))
        wait_for(lambda: int(daemon.ask("uplink")["acknowledged"]) > 0, "chunks leave")


class RoundTrip(World):
    """Printed for the closing note; bounded only by what the city was promised."""
    allow = "write"
    orders_given = 200 if os.environ.get("WAYSIDE_TEST_SET") == "long" else 30

    def test_platform_to_register_to_platform(self):
        spans = []
        for n in range(self.orders_given):
            begin = time.monotonic()
            answer = self.write(relay=1 + n % 5, value="on" if n % 10 < 5 else "off")
            spans.append(time.monotonic() - begin)
            self.assertEqual(answer.outcome, DONE, answer)
        spans.sort()
        p50, p99 = spans[len(spans) // 2], spans[min(len(spans) - 1, len(spans) * 99 // 100)]
        print(f"round trip over 9,600 baud: {len(spans)} orders, p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, "
              f"most {spans[-1] * 1000:.0f} ms")
        if os.environ.get("WAYSIDE_TEST_SET") == "long":
            self.assertLess(p99, 1.0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
