#!/usr/bin/python3
"""The way of the data on real parts: pymodbus -> waysided -> mosquitto -> an independent consumer.

The steps share one gateway and run in the order of their names; the first that fails ends the run.
WAYSIDE_BIN_DIR names the folder of waysided and wayside (default: build/dev/bin).
"""
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
from wayside_consumer import Consumer, Messages  # noqa: E402
from wayside_e2e import (BIN, PATIENCE, PYTHON, ROOT, Broker, Daemon, Program, Slave, free_port, run_cli,  # noqa: E402
                         wait_for)

AREA = "wayside/v1/hangzhou/xihu/wensan-road/g-12/e2e-gateway"
EX_CONFIG = 78
BAD_NO_COMMUNICATION = 0x80310000

# (unit, first register) -> device of the configuration below
DEVICES = {1: "cabinet-1", 2: "counter-1"}
VOLTAGE_L1, CURRENT_L1, POWER_TOTAL, FREQUENCY, ENERGY = 0x00, 0x06, 0x34, 0x46, 0x48
LANE_1, LANE_2 = 16, 32
# unit, address, value, unit of measure: what the catalogue and the values must say
EXPECTED = [
    (1, VOLTAGE_L1, 230.5, "V"), (1, CURRENT_L1, 4.25, "A"), (1, POWER_TOTAL, 3120.5, "W"), (1, FREQUENCY, 50.0, "Hz"),
    (1, ENERGY, 12345.5, "kW.h"),
    (2, LANE_1, 123456, "{vehicle}"), (2, LANE_1 + 2, 12.3, "%"), (2, LANE_1 + 3, 48.7, "km/h"),
    (2, LANE_2, 70000, "{vehicle}"), (2, LANE_2 + 2, 4.5, "%"), (2, LANE_2 + 3, 61.2, "km/h"),
]

RULES = """\
groups:
  - name: e2e
    rules:
      - alert: CabinetOverload
        expr: power_total > 5000
        clear: power_total < 4500
        for: 1s
        severity: high
        department: lighting
        annotations:
          summary: "{{ $labels.device }} draws {{ $value }} W"
"""


def config_of(folder, slave_port, broker_port, codec="zstd"):
    return f"""\
gateway:
  id: e2e-gateway
  area: {{city: hangzhou, district: xihu, street: wensan-road, grid: g-12}}
  department: roads
  time_zone: Asia/Shanghai
clock: {{trust: rtc}}
profiles:
  - {ROOT}/drivers/streetlight/profiles
  - {ROOT}/drivers/traffic_counter/profiles
rules:
  - rules.yaml
buses:
  - {{id: field-1, tcp: {{host: 127.0.0.1, port: {slave_port}}}}}
devices:
  - {{id: cabinet-1, bus: field-1, unit: 1, profile: eastron-sdm630, period: 500ms, labels: {{street: wensan}}}}
  - {{id: counter-1, bus: field-1, unit: 2, profile: generic-lane-counter, period: 500ms,
     options: {{lanes: 2, flow_window: 1}}}}
store: {{path: {folder}/store.db}}
uplink: {{broker: "mqtt://127.0.0.1:{broker_port}", codec: {codec}}}
control: {{socket: {folder}/wayside.sock}}
log: {{level: info}}
"""


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


class EndToEnd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wayside-e2e.")  # short: a socket's path has at most 107 bytes
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.programs = []
        cls.addClassCleanup(cls.end_programs)
        cls.messages = Messages(os.path.join(ROOT, "proto"))
        cls.events = []
        cls.alarm_count = 0  # transitions of the overload so far

        cls.broker = cls.own(Broker(cls.folder))
        cls.slave = cls.own(Slave(cls.folder))
        write(os.path.join(cls.folder, "rules.yaml"), RULES)
        cls.config = write(os.path.join(cls.folder, "gateway.yaml"),
                           config_of(cls.folder, cls.slave.port, cls.broker.port))
        cls.daemon = cls.own(Daemon(cls.folder, cls.config, os.path.join(cls.folder, "wayside.sock")))

        # The consumers' sessions exist before the gateway's first message.
        cls.broker.start()
        cls.consumer = Consumer(cls.messages, port=cls.broker.port, client_id="e2e-consumer", on_event=cls.events.append)
        cls.consumer.__enter__()
        cls.addClassCleanup(cls.consumer.__exit__)
        wait_for(cls.consumer.subscribed.is_set, "the consumer is subscribed")
        cls.count_file = os.path.join(cls.folder, "tally.json")
        cls.consumer_program = cls.own(Program(cls.folder, "consumer", [
            PYTHON, os.path.join(ROOT, "scripts", "consumer"), "--port", str(cls.broker.port), "--client-id", "e2e-program",
            "--json", "--count-file", cls.count_file])).start()
        wait_for(lambda: re.search(r"e2e-program \d wayside/", cls.broker.read_log()), "scripts/consumer is subscribed")

        cls.slave.start()
        for unit, address, value, _ in EXPECTED:
            cls.set_register(unit, address, value)

    @classmethod
    def own(cls, program):
        cls.programs.append(program)
        return program

    @classmethod
    def end_programs(cls):
        for program in reversed(cls.programs):
            try:
                program.stop()
            except AssertionError as error:
                print(error, file=sys.stderr)

    @classmethod
    def set_register(cls, unit, address, value):
        if unit == 1:
            cls.slave.set_float(unit, address, value)
        elif address in (LANE_1, LANE_2):
            cls.slave.set_u32(unit, address, value)
        else:
            cls.slave.set(unit, address, [round(value * 10)])

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:  # what one needs to see why
            report = {k: v for k, v in self.consumer.report().items() if k != "streams"}
            print(self.daemon.tail(), f"--- tally: {report}", self.broker.tail(10), sep="\n", file=sys.stderr)

    # what has arrived --------------------------------------------------------------------------------------------

    def catalogue_point(self, unit, address):
        """By provenance ("input 52 f32 ABCD"), so that this test knows registers and not names."""
        for catalogue in list(self.consumer.tally.catalogues.values()):
            for point in catalogue.points:
                if point.device == DEVICES[unit] and re.match(rf"input {address}\b", point.source):
                    return point
        return None

    def telemetry(self, unit, address, start=0):
        point = self.catalogue_point(unit, address)
        if point is None:
            return []
        name = f"{point.device}.{point.name}"
        return [e for e in self.events[start:] if e["kind"] == "telemetry" and e["point"] == name]

    def wait_for_value(self, unit, address, value, start=0, seconds=PATIENCE):
        def arrived():
            return [e for e in self.telemetry(unit, address, start)
                    if e["quality"] == "good" and e["value"] is not None and abs(e["value"] - value) < 1e-6 * abs(value)]

        return wait_for(arrived, f"{DEVICES[unit]} register {address} arrives as {value}", seconds)

    def alarms(self, start=0):
        return [e for e in self.events[start:] if e["kind"] == "alarm"]

    def overload(self, to, start):
        """The next transition of the overload alarm, which must be the only one and carry the next count."""
        found = wait_for(lambda: [e for e in self.alarms(start) if e["to"] == to], f"the alarm arrives as {to}")
        self.assertEqual(len(found), 1, f"one transition, one event: {found}")
        type(self).alarm_count += 1
        self.assertEqual(found[0]["count"], self.alarm_count, "transitions are counted one by one")
        return found[0]

    def wait_until_stored(self):
        """Three more commits: what the gateway knew before is in one of them."""
        enough = int(self.daemon.ask("status")["store"]["commits"]) + 3
        wait_for(lambda: int(self.daemon.ask("status")["store"]["commits"]) >= enough, "the store commits")

    def assert_nothing_missing(self):
        """The tally is without gaps once the link has caught up."""
        wait_for(lambda: self.daemon.ask("status")["uplink"]["up"], "the link is up")
        wait_for(lambda: self.consumer.report()["missing"] == 0, "no number is missing")
        report = self.consumer.report()
        self.assertEqual(report["defects"], 0, report["defect_messages"])
        self.assertEqual(len({s["epoch"] for s in report["streams"]}), 1, "the numbering goes on: one epoch")

    # the steps ---------------------------------------------------------------------------------------------------

    def test_01_a_broker_that_is_down_at_start_is_normal(self):
        self.broker.stop()
        self.daemon.start()
        wait_for(lambda: int(self.daemon.ask("status")["store"]["chunks_waiting"]) >= 2, "chunks wait in the store")
        wait_for(lambda: int(self.daemon.ask("status")["devices_communicating"]) == 2, "polling goes on")
        self.assertFalse(self.daemon.ask("status")["uplink"]["up"])
        self.broker.start()
        wait_for(lambda: [e for e in self.events if e["kind"] == "state" and e["online"]], "the birth arrives")

    def test_02_values_and_units_are_those_of_the_registers(self):
        for unit, address, value, measure in EXPECTED:
            event = self.wait_for_value(unit, address, value)[0]
            self.assertEqual(event["unit"], measure, event)
            point = self.catalogue_point(unit, address)
            self.assertEqual(point.bus, "field-1")
            self.assertGreaterEqual(point.profile_version, 1)
            self.assertTrue(point.profile and point.meaning and point.department, f"provenance is told: {point}")
        measured = self.telemetry(1, POWER_TOTAL)[0]["time"]
        age = time.time() - time.mktime(time.strptime(measured[:19], "%Y-%m-%dT%H:%M:%S")) + time.timezone
        self.assertLess(abs(age), 120, f"the time of a sample is a date of today: {measured}")
        self.assert_nothing_missing()
        report = self.consumer.report()
        self.assertEqual(report["without_catalogue"], 0)

    def test_03_an_alarm_is_raised_and_cleared(self):
        start = len(self.events)
        self.slave.set_float(1, POWER_TOTAL, 6000.0)
        raised = self.overload("raised", start)
        self.assertEqual((raised["severity"], raised["department"], raised["device"]), ("high", "lighting", "cabinet-1"))
        self.assertIn("6000", raised["summary"])
        self.assertIn("cabinet-1", raised["summary"])
        self.assertTrue(any(i["value"] == 6000.0 and i["unit"] == "W" for i in raised["inputs"]), raised["inputs"])
        listed = [a for a in self.daemon.ask_list("alarms") if a["state"] == "raised"]
        self.assertEqual([a["alarm"] for a in listed], [raised["alarm"]])
        self.assertEqual((listed[0]["department"], int(listed[0]["transition_count"])), ("lighting", raised["count"]))
        self.assertEqual(int(self.daemon.ask("status")["alarms_raised"]), 1)

        self.slave.set_float(1, POWER_TOTAL, 3120.5)
        cleared = self.overload("normal", start)
        self.assertEqual(cleared["cause"], "cleared")
        self.assertEqual([a for a in self.daemon.ask_list("alarms") if a["state"] == "raised"], [])

    def test_04_the_cli_agrees(self):
        status = self.daemon.ask("status")
        self.assertEqual(status["gateway"], "e2e-gateway")
        self.assertEqual((int(status["devices"]), int(status["devices_communicating"])), (2, 2))
        self.assertTrue(status["clock_trusted"])
        self.assertTrue(status["uplink"]["up"])
        self.assertEqual(int(status["epoch"], 16), int(self.consumer.report()["streams"][0]["epoch"], 16))
        devices = {d["id"]: d for d in self.daemon.ask_list("devices")}
        self.assertEqual(set(devices), {"cabinet-1", "counter-1"})
        for device in devices.values():
            self.assertTrue(device["communicating"], device)
            self.assertTrue(0 < int(device["points_good"]) <= int(device["points"]), device)
        wait_for(lambda: all(d["points"] == d["points_good"] for d in self.daemon.ask_list("devices")),
                 "all points are good (the flow is uncertain until its window is full)")
        shows = {"status": "e2e-gateway", "store": "waiting", "devices": "cabinet-1", "alarms": ""}
        for command, what in shows.items():  # for people
            code, output, errors = run_cli(self.daemon.socket_path, command)
            self.assertEqual(code, 0, errors)
            self.assertIn(what, output)
        wait_for(lambda: int(self.daemon.ask("store")["history_chunks"]) > 0, "what was sent is history")
        store = self.daemon.ask("store")
        self.assertTrue(0 < int(store["taken_bytes"]) < int(store["max_bytes"]), store)
        self.assertEqual((int(store["evicted"]), int(store["ledger_entries"])), (0, 0))
        self.assertGreater(int(store["oldest_history_us_ago"]), 0)
        tail = self.own(Program(self.folder, "tail", [os.path.join(BIN, "wayside"), "tail", "--socket",
                                                      self.daemon.socket_path])).start()
        wait_for(lambda: "cabinet-1" in tail.read_log(), "`wayside tail` shows an event")
        tail.stop()
        code, _, errors = run_cli(os.path.join(self.folder, "nobody.sock"), "status")
        self.assertNotEqual(code, 0, "no daemon, no success")
        self.assertIn("nobody.sock", errors)

    def test_05_a_broker_restart_loses_nothing(self):
        start = len(self.events)
        self.broker.stop()
        wait_for(lambda: not self.daemon.ask("status")["uplink"]["up"], "the gateway sees that the link is down")
        self.slave.set_float(1, VOLTAGE_L1, 233.25)  # only while the broker is away
        self.wait_until_stored()
        self.slave.set_float(1, VOLTAGE_L1, 231.5)
        self.wait_until_stored()
        self.broker.start()
        self.wait_for_value(1, VOLTAGE_L1, 233.25, start)
        self.wait_for_value(1, VOLTAGE_L1, 231.5, start)
        self.assert_nothing_missing()

    def test_06_kill_9_while_the_broker_is_away_loses_nothing(self):
        start = len(self.events)
        self.broker.stop()
        self.slave.set_float(1, POWER_TOTAL, 7000.0)
        wait_for(lambda: [a for a in self.daemon.ask_list("alarms") if a["state"] == "raised"], "the alarm is raised")
        self.wait_until_stored()
        self.daemon.kill()
        self.slave.set_float(1, POWER_TOTAL, 6500.0)  # the condition still holds: no second transition
        self.daemon.start()
        self.assertEqual(len([a for a in self.daemon.ask_list("alarms") if a["state"] == "raised"]), 1,
                         "a raised alarm stays raised over a restart")
        self.broker.start()
        raised = self.overload("raised", start)
        self.assertIn("7000", raised["summary"])
        self.wait_for_value(1, POWER_TOTAL, 7000.0, start)
        self.slave.set_float(1, POWER_TOTAL, 3120.5)
        self.overload("normal", start)
        self.assert_nothing_missing()

    def test_07_kill_9_while_sending_loses_nothing_and_the_will_tells(self):
        # An orderly end says the same.
        for end in (self.daemon.kill, self.daemon.stop, self.daemon.kill):
            start = len(self.events)
            end()
            wait_for(lambda: [e for e in self.events[start:] if e["kind"] == "state" and not e["online"]],
                     "the will says offline")
            self.daemon.start()
            wait_for(lambda: [e for e in self.events[start:] if e["kind"] == "state" and e["online"]],
                     "the birth says online")
            self.wait_for_value(1, FREQUENCY, 50.0, start)
        self.assert_nothing_missing()

    def check_silence(self, silence, speak):
        start = len(self.events)
        silence()
        for unit, address, value, _ in EXPECTED:
            wait_for(lambda: [e for e in self.telemetry(unit, address, start)
                              if e["quality_code"] == BAD_NO_COMMUNICATION],
                     f"{DEVICES[unit]} register {address} is bad, no communication")
        zeros = [e for e in self.events[start:] if e["kind"] == "telemetry" and e["value"] == 0
                 and any(e["point"] == f"{p.device}.{p.name}" for p in
                         (self.catalogue_point(unit, address) for unit, address, _, _ in EXPECTED))]
        self.assertEqual(zeros, [], "silence is never a zero")
        for unit, address, *_ in EXPECTED:
            last = self.telemetry(unit, address, start)[-1]
            self.assertEqual(last["quality_code"], BAD_NO_COMMUNICATION, f"bad stays bad while silent: {last}")
        devices = {d["id"]: d for d in self.daemon.ask_list("devices")}
        self.assertFalse(any(d["communicating"] for d in devices.values()), devices)
        told = {e["device"] for e in self.events[start:] if e["kind"] == "device_status" and not e["communicating"]}
        self.assertEqual(told, set(DEVICES.values()), "a device that falls silent is an event")
        self.assertEqual(self.alarms(start), [], "silence raises and clears nothing")

        start = len(self.events)
        speak()
        for unit, address, *_ in EXPECTED:
            wait_for(lambda: [e for e in self.telemetry(unit, address, start) if e["quality"] == "good"],
                     f"{DEVICES[unit]} register {address} is good again")
        self.assert_nothing_missing()

    def test_08_a_slave_that_does_not_answer_is_bad_and_never_zero(self):
        # Connections are accepted by the kernel, nothing is answered: a timeout.
        self.check_silence(lambda: self.slave.send(signal.SIGSTOP), lambda: self.slave.send(signal.SIGCONT))

    def test_09_a_slave_that_is_gone_is_bad_and_never_zero(self):
        # Connections are refused.
        self.check_silence(self.slave.stop, self.slave.start)

    def test_10_without_a_codec_mosquitto_sub_and_protoc_suffice(self):
        self.assertEqual(self.daemon.stop(), 0, "SIGTERM ends the daemon with 0")
        write(self.config, config_of(self.folder, self.slave.port, self.broker.port, codec="none"))
        self.daemon.start()
        deadline = time.monotonic() + PATIENCE
        while True:  # the first ones may be zstd chunks that waited
            payload = subprocess.run(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.broker.port), "-t",
                                      f"{AREA}/up/+/telemetry", "-C", "1", "-N", "-W", str(int(PATIENCE))],
                                     capture_output=True, check=True).stdout
            header = self.decode("Chunk", payload)
            if "codec: CODEC_NONE" in header or time.monotonic() > deadline:
                break
        self.assertIn("codec: CODEC_NONE", header)
        self.assertIn('gateway: "e2e-gateway"', header)
        body = self.decode("ChunkBody", self.messages.Chunk.FromString(payload).body)
        self.assertRegex(body, r"events \{\s+offset_us: \d+\s+telemetry \{\s+point: \d+")
        self.wait_for_value(1, FREQUENCY, 50.0, len(self.events))
        self.assert_nothing_missing()

    def decode(self, message, encoded):
        return subprocess.run(["protoc", "-I", os.path.join(ROOT, "proto"), f"--decode=wayside.v1.{message}",
                               "wayside/v1/chunk.proto"], input=encoded, capture_output=True, check=True).stdout.decode()

    def test_11_at_the_end_both_consumers_have_everything(self):
        self.assertEqual(self.daemon.stop(), 0)
        wait_for(lambda: self.consumer.report()["missing"] == 0, "no number is missing")
        report = self.consumer.report()

        def caught_up():
            self.consumer_program.send(signal.SIGUSR1)
            time.sleep(0.3)
            if not os.path.exists(self.count_file):
                return False
            with open(self.count_file, encoding="utf-8") as file:
                return {(s["stream"], s["chunks"]) for s in json.load(file)["streams"]} == \
                    {(s["stream"], s["chunks"]) for s in self.consumer.report()["streams"]}

        wait_for(caught_up, "scripts/consumer has received as much")
        self.assertEqual(self.consumer_program.stop(), 0, "scripts/consumer found nothing missing or wrong\n" +
                         self.consumer_program.tail(5))
        self.assertEqual((report["missing"], report["defects"], report["without_catalogue"]), (0, 0, 0), report)
        print(f"e2e: {report['chunks']} chunks, {report['events']} events received, 0 missing, "
              f"{report['repeated']} repeated", file=sys.stderr)


class BadConfig(unittest.TestCase):
    """Exit status 78, and file:line:column, what was found and what was expected on standard error."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wayside-e2e.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.good = config_of(self.folder, free_port(), free_port())

    def refuse(self, text, marker, *words, rules=RULES, file="gateway.yaml"):
        """`marker` stands on the line that must be named; the words must be in the message."""
        config = write(os.path.join(self.folder, "gateway.yaml"), text)
        write(os.path.join(self.folder, "rules.yaml"), rules)
        lines = (rules if file == "rules.yaml" else text).splitlines()
        numbers = [n for n, line in enumerate(lines, 1) if marker in line]
        self.assertTrue(numbers, f"the test itself: no line with {marker!r}")
        done = subprocess.run([os.path.join(BIN, "waysided"), "--config", config], capture_output=True, text=True,
                              timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, EX_CONFIG, done.stderr)
        places = [(int(a), int(b)) for a, b in re.findall(rf"{re.escape(file)}:(\d+):(\d+):", done.stderr)]
        self.assertTrue(any(line in numbers and column >= 1 for line, column in places),
                        f"names {file}:{numbers}:column\n{done.stderr}")
        for word in words:
            self.assertIn(word, done.stderr)

    def test_unknown_key_with_the_nearest_name(self):
        self.refuse(self.good.replace("period: 500ms, labels", "perod: 500ms, labels"), "perod", "perod", "period")

    def test_wrong_type(self):
        self.refuse(self.good.replace("unit: 2,", "unit: two,"), "unit: two", "two")

    def test_duplicate_address(self):
        self.refuse(self.good.replace("unit: 2,", "unit: 1,"), "counter-1", "cabinet-1", "field-1")

    def test_missing_profile_with_the_nearest_name(self):
        self.refuse(self.good.replace("profile: eastron-sdm630", "profile: eastron-sdm63"), "eastron-sdm63,",
                    "eastron-sdm63", "eastron-sdm630")

    def test_rule_that_does_not_parse(self):
        self.refuse(self.good, "power_total > >", rules=RULES.replace("power_total > 5000", "power_total > > 5000"),
                    file="rules.yaml")

    def test_rule_on_a_metric_that_no_point_has(self):
        self.refuse(self.good, "power_totl", "power_total",
                    rules=RULES.replace("expr: power_total", "expr: power_totl"), file="rules.yaml")

    def test_no_such_file(self):
        done = subprocess.run([os.path.join(BIN, "waysided"), "--config", os.path.join(self.folder, "none.yaml")],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, EX_CONFIG, done.stderr)
        self.assertIn("none.yaml", done.stderr)


if __name__ == "__main__":
    missing = [p for p in ("waysided", "wayside") if not os.access(os.path.join(BIN, p), os.X_OK)]
    if missing:
        sys.exit(f"e2e_test: not built: {', '.join(missing)} in {BIN} (scripts/build; WAYSIDE_BIN_DIR names another folder)")
    unittest.main(failfast=True, verbosity=2)
