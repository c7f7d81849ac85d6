#!/usr/bin/python3
"""Alarms over a narrow link while a large backlog drains: a network namespace with the broker in it, token buckets
(tc tbf) on both ends of a veth pair, a gateway with a gigabyte to send, and a register that changes every second.

Prints the delays from the register's change to the alarm at a subscriber beside the broker. Needs root.
WAYSIDE_NARROW_BYTES, WAYSIDE_NARROW_SECONDS: other sizes.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_consumer import Messages, Tally  # noqa: E402
from wayside_e2e import BIN, PYTHON, ROOT, Daemon, Program, Slave, wait_for  # noqa: E402

POWER_TOTAL = 0x34
BACKLOG = int(os.environ.get("WAYSIDE_NARROW_BYTES", 1 << 30))
SECONDS = int(os.environ.get("WAYSIDE_NARROW_SECONDS", 120))

CONFIG = """\
gateway: {{id: narrow-gateway, area: {{city: a, district: b, street: c, grid: d}}, department: roads}}
clock: {{trust: rtc}}
profiles: [{root}/drivers/streetlight/profiles]
rules: [rules.yaml]
buses:
  - {{id: field-1, tcp: {{host: 127.0.0.1, port: {port}}}}}
devices:
  - {{id: cabinet-1, bus: field-1, unit: 1, profile: eastron-sdm630, period: 100ms}}
store: {{path: {folder}/store.db}}
uplink: {{broker: "mqtt://{broker}:1883", insecure: true}}
control: {{socket: {folder}/c.sock}}
"""
RULES = """\
groups:
  - name: site
    rules:
      - alert: overload
        expr: power_total > 5000
"""
# The subscriber beside the broker: a line for each message, with the time it came.
SUBSCRIBER = """
import sys, time
import paho.mqtt.client as mqtt
client = mqtt.Client("far-end", clean_session=False)
def on_connect(c, *_):
    c.subscribe("wayside/v1/#", qos=1)
    print("subscribed", flush=True)
def on_message(_c, _d, m):
    telemetry = m.topic.endswith("/telemetry")
    print(time.time(), m.topic, len(m.payload) if telemetry else m.payload.hex(), flush=True)
client.on_connect, client.on_message = on_connect, on_message
client.connect("127.0.0.1", 1883)
client.loop_forever()
"""


def run(*command):
    subprocess.run(command, check=True, capture_output=True, text=True)


class NarrowLink(unittest.TestCase):
    def namespace(self, kbits):
        """The address of the far end."""
        name, near, far = f"wayside-{os.getpid()}", f"wn{os.getpid() % 100000}", f"wf{os.getpid() % 100000}"
        try:
            run("ip", "netns", "add", name)
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            self.skipTest(f"no network namespaces here: {error}")
        self.addCleanup(run, "ip", "netns", "del", name)
        run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        net = f"10.{190 + os.getpid() % 60}.{os.getpid() % 250}"
        run("ip", "addr", "add", f"{net}.1/30", "dev", near)
        run("ip", "link", "set", near, "up")
        inside = ("ip", "netns", "exec", name)
        run(*inside, "ip", "addr", "add", f"{net}.2/30", "dev", far)
        for device in ("lo", far):
            run(*inside, "ip", "link", "set", device, "up")
        shape = ("root", "tbf", "rate", f"{kbits}kbit", "burst", "4kb", "latency", "400ms")
        run("tc", "qdisc", "add", "dev", near, *shape)
        run(*inside, "tc", "qdisc", "add", "dev", far, *shape)
        self.inside = inside
        return f"{net}.2"

    def start_far_end(self, folder):
        config = os.path.join(folder, "m.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write("listener 1883\nallow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\n")
        broker = Program(folder, "mosquitto", [*self.inside, "/usr/sbin/mosquitto", "-c", config]).start()
        self.addCleanup(broker.stop)
        time.sleep(1)
        subscriber = Program(folder, "subscriber", [*self.inside, PYTHON, "-c", SUBSCRIBER]).start()
        self.addCleanup(subscriber.stop)
        wait_for(lambda: "subscribed" in subscriber.read_log(), "the subscriber is there")
        return subscriber

    def delays(self, kbits):
        folder = tempfile.mkdtemp(prefix="wayside-nar.", dir=os.environ.get("TMPDIR"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        address = self.namespace(kbits)
        subscriber = self.start_far_end(folder)
        run(os.path.join(BIN, "wayside-fill-store"), os.path.join(folder, "store.db"), str(BACKLOG))
        slave = Slave(folder).start()
        self.addCleanup(slave.stop)
        slave.set_float(1, POWER_TOTAL, 1000.0)
        for name, text in (("rules.yaml", RULES),
                           ("gateway.yaml", CONFIG.format(root=ROOT, port=slave.port, folder=folder, broker=address))):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        daemon = Daemon(folder, os.path.join(folder, "gateway.yaml"), os.path.join(folder, "c.sock")).start()
        self.addCleanup(daemon.stop)
        wait_for(lambda: int(daemon.ask("status")["uplink"]["acknowledged"]) > 20, "the backlog drains", 120)
        changed = []
        for second in range(SECONDS):
            changed.append(time.time())
            slave.set_float(1, POWER_TOTAL, 9000.0 if second % 2 == 0 else 1000.0)
            time.sleep(max(0.0, changed[0] + second + 1 - time.time()))
        time.sleep(5)
        backlog = int(daemon.ask("status")["store"]["bytes_waiting"])
        self.assertGreater(backlog, 0, "the backlog was over before the alarms: make it larger")
        arrived = self.arrivals(subscriber)
        self.assertEqual(len(arrived), len(changed), "each change came as one transition")
        spans = sorted(came - when for when, came in zip(changed, arrived))
        sizes = [int(line.split()[2]) for line in subscriber.read_log().splitlines() if "/telemetry " in line]
        print(json.dumps({"case": "narrow-link", "kbit/s": kbits, "alarms": len(spans), "backlog_left": backlog,
                          "p50_s": round(spans[len(spans) // 2], 3), "p99_s": round(spans[int(len(spans) * 0.99)], 3),
                          "most_s": round(spans[-1], 3), "drained_bytes": sum(sizes)}), flush=True)
        return spans

    def arrivals(self, subscriber):
        """When the transitions of the alarm came, in order."""
        out = []

        def heard(event):
            if event.get("kind") == "alarm" and event["alarm"].startswith("site/overload"):
                out.append(when)

        tally = Tally(Messages(os.path.join(ROOT, "proto")), heard)
        for line in subscriber.read_log().splitlines():
            if "/alarm " not in line and "/catalogue/" not in line:
                continue
            when, topic, payload = line.split()
            when = float(when)
            tally.take(topic, bytes.fromhex(payload))
        return out

    def test_1_mbit(self):
        spans = self.delays(1000)
        self.assertLess(spans[int(len(spans) * 0.99)], 1.0)

    def test_200_kbit(self):
        """One second, and the time of one chunk."""
        spans = self.delays(200)
        self.assertLess(spans[int(len(spans) * 0.99)], 1.0 + 17 * 1024 * 8 / 200_000)


if __name__ == "__main__":
    unittest.main()
