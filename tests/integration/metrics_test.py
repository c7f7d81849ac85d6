#!/usr/bin/python3
"""The metrics of a working gateway, read by a strict reader of Prometheus's text format: over TCP and over a Unix
socket, with callers that hang."""
import http.client
import math
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import ROOT, Broker, Daemon, Slave, free_port, wait_for  # noqa: E402

CONFIG = """\
gateway: {{id: metrics-gw, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
clock: {{trust: rtc}}
profiles: [{root}/drivers/streetlight/profiles]
rules: [rules.yaml]
buses:
  - {{id: field-1, tcp: {{host: 127.0.0.1, port: {slave}}}}}
devices:
  - {{id: m-1, bus: field-1, unit: 1, profile: eastron-sdm630, period: 200ms}}
  - {{id: ghost, bus: field-1, unit: 9, profile: eastron-sdm630, period: 1s}}
store: {{path: {folder}/store.db}}
uplink: {{broker: "mqtt://127.0.0.1:{broker}"}}
control: {{socket: {folder}/w.sock}}
metrics: {metrics}
"""
RULES = """\
groups:
  - name: m
    rules:
      - {alert: Overload, expr: power_total > 100, severity: critical}
"""
SAMPLE = re.compile(r'^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\n"])*",?)+\})? (\S+)$')


def read_page(text):
    """Families by name: (type, {(suffix, labels): value}); whatever is not as the format says fails."""
    assert text.endswith("\n")
    families, name = {}, None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, help_text = line[7:].split(" ", 1)
            assert name not in families and help_text, line
            families[name] = [None, {}]
        elif line.startswith("# TYPE "):
            of, kind = line[7:].split(" ")
            assert of == name and families[name][0] is None, line
            assert kind in ("counter", "gauge", "histogram"), line
            families[name][0] = kind
        else:
            match = SAMPLE.match(line)
            assert match, line
            full, labels, value = match.groups()
            assert full.startswith(name), f"{line}: not of the family {name}"
            key = (full[len(name):], labels or "")
            assert key not in families[name][1], f"{line}: twice"
            families[name][1][key] = float(value)
            assert not math.isnan(float(value)), line
    for family, (kind, samples) in families.items():
        assert family.startswith("wayside_"), family
        assert (kind == "counter") == family.endswith("_total"), family
        suffixes = {suffix for suffix, _ in samples}
        assert suffixes <= ({"_bucket", "_sum", "_count"} if kind == "histogram" else {""}), family
    return families


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


class Metrics(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wayside-metrics.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.broker = Broker(self.folder)
        self.slave = Slave(self.folder)
        for program in (self.broker, self.slave):
            self.addCleanup(program.stop)
            program.start()
        self.slave.set_float(1, 52, 300.0)
        self.port = free_port()
        self.write("rules.yaml", RULES)
        self.configure(f'{{listen: "127.0.0.1:{self.port}"}}')
        self.daemon = Daemon(self.folder, os.path.join(self.folder, "gateway.yaml"),
                             os.path.join(self.folder, "w.sock"))
        self.addCleanup(self.daemon.stop)
        self.daemon.start()

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def configure(self, metrics):
        self.write("gateway.yaml", CONFIG.format(root=ROOT, folder=self.folder, slave=self.slave.port,
                                                 broker=self.broker.port, metrics=metrics))

    def ask(self, method="GET", path="/metrics", connection=None):
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def test_what_is_told(self):
        def settled():
            page = read_page(self.ask()[1])
            good = page["wayside_device_up"][1].get(("", '{device="m-1",bus="field-1",department="lighting"}'))
            return page if good == 1 and page["wayside_uplink_acknowledged_total"][1][("", "")] > 0 else None
        page = wait_for(settled, "the device answers and chunks are acknowledged")

        def value(name, labels=""):
            return page[name][1][("", labels)]
        self.assertEqual(value("wayside_device_up", '{device="ghost",bus="field-1",department="lighting"}'), 0)
        self.assertEqual(value("wayside_alarms", '{severity="critical",state="raised"}'), 1)
        self.assertEqual(value("wayside_config_version"), 1)
        self.assertEqual(value("wayside_uplink_up"), 1)
        self.assertGreater(value("wayside_bus_transactions_total", '{bus="field-1"}'), 0)
        self.assertGreater(value("wayside_process_resident_bytes"), 1e6)
        buckets = [v for (suffix, _), v in page["wayside_bus_start_delay_seconds"][1].items() if suffix == "_bucket"]
        self.assertEqual(buckets, sorted(buckets))
        self.assertGreater(buckets[-1], 0)
        status, text = self.ask("HEAD")
        self.assertEqual((status, text), (200, ""))
        self.assertEqual(self.ask(path="/")[0], 404)
        self.assertEqual(self.ask("POST")[0], 405)
        if shutil.which("promtool"):
            checked = subprocess.run(["promtool", "check", "metrics"], input=self.ask()[1], text=True,
                                     capture_output=True, check=False)
            self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))

    def test_callers_that_hang_and_another_place(self):
        hanging = []
        self.addCleanup(lambda: [s.close() for s in hanging])
        for part in (b"", b"GET /metr", b"GET /metrics HTTP/1.1\r\nX: " + b"y" * 20_000, b"\x00\xff" * 100):
            caller = socket.create_connection(("127.0.0.1", self.port))
            caller.send(part)
            hanging.append(caller)

        def served():
            try:
                return self.ask()[0] == 200
            except (OSError, http.client.HTTPException):
                return False
        wait_for(served, "the hanging ones are let go")
        before = int(self.daemon.ask_list("devices")[0]["polls"])
        path = os.path.join(self.folder, "m.sock")
        self.configure("{socket: m.sock}")
        self.daemon.send(signal.SIGHUP)
        wait_for(lambda: os.path.exists(path), "they are told over the socket")
        status, text = self.ask(connection=UnixConnection(path))
        self.assertEqual(status, 200)
        self.assertEqual(read_page(text)["wayside_config_version"][1][("", "")], 2)
        with self.assertRaises(OSError):
            self.ask()
        wait_for(lambda: int(self.daemon.ask_list("devices")[0]["polls"]) > 5, f"polls go on after {before}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
