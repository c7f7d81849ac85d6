#!/usr/bin/python3
"""The gateway as a Sparkplug B edge node at mosquitto: a host application of the test's own hears its births, data and
deaths, commands it, and plays the primary host. Every payload is read by the Tahu project's decoder for Node
(`sparkplug-payload`, scripts/bootstrap lint), which knows nothing of ours; ids are those of the Sparkplug 3.0
specification without "tck-id-".
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import paho.mqtt.client as mqtt

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import BIN, ROOT, Broker, Daemon, Program, run_cli, wait_for  # noqa: E402

DECODER = os.path.join(ROOT, ".cache", "sparkplug", "node_modules", "sparkplug-payload")
TOOL = """
const spb = require(process.argv[1]).get('spBv1.0');
const {Payload} = require(process.argv[1] + '/lib/sparkplugPayloadProto.js').org.eclipse.tahu.protobuf;
const text = (key, value) => value && typeof value === 'object' && 'low' in value && 'high' in value
  ? (value.high >>> 0) * 4294967296 + (value.low >>> 0) : value;
require('readline').createInterface({input: process.stdin}).on('line', line => {
  const asked = JSON.parse(line);
  if (asked.decode) console.log(JSON.stringify(spb.decodePayload(Buffer.from(asked.decode, 'hex')), text));
  // Data tell no types (the birth did), and decodePayload then finds no values.
  else if (asked.raw) {
    const plain = {longs: Number, enums: Number, bytes: String};
    const payload = Payload.toObject(Payload.decode(Buffer.from(asked.raw, 'hex')), plain);
    for (const metric of payload.metrics || [])
      metric.value = Object.entries(metric).filter(([key]) => key.endsWith('Value')).map(([, value]) => value)[0];
    console.log(JSON.stringify(payload));
  }
  else console.log(JSON.stringify(Buffer.from(spb.encodePayload(asked.encode)).toString('hex')));
});
"""

SCENE = """\
seed: 5
start: "2026-03-01T12:00:00"
lines:
  - {{name: cabinet, pty: {folder}/line, baud: 9600}}
devices:
  - {{name: relay-1, line: cabinet, unit: 1, kind: relay}}
"""

CONFIG = """\
gateway: {{id: spark-gateway, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
clock: {{trust: rtc}}
profiles: [{root}/drivers/streetlight/profiles]
buses:
  - {{id: cabinet, serial: {{port: {folder}/line, baud: 9600}}}}
devices:
  - id: switch-1
    bus: cabinet
    unit: 1
    profile: wb-mr6c
    period: 500ms
    commands: {{allow: [relay_command], max_per_minute: 600}}
store: {{path: {folder}/wayside.db}}
uplink:
  broker: "mqtt://127.0.0.1:{broker}"
  downlink: {{allow: [write]}}
  sparkplug: {{group: city-lighting{host}}}
control: {{socket: {folder}/control.sock}}
"""

NODE = "spark-gateway"


class Codec:
    """Tahu's decoder and encoder, one line of JSON each way."""

    def __init__(self):
        self.lock = threading.Lock()
        self.process = subprocess.Popen(["node", "-e", TOOL, DECODER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **asked):
        with self.lock:
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class Host:
    """What a host application hears, oldest first: (kind, device, payload, the message)."""

    def __init__(self, codec, port):
        self.codec, self.heard, self.lock = codec, [], threading.Lock()
        subscribed = threading.Event()
        self.client = mqtt.Client(client_id="spark-host", protocol=mqtt.MQTTv5)
        self.client.on_connect = lambda *_: self.client.subscribe("spBv1.0/#", qos=1)
        self.client.on_subscribe = lambda *_: subscribed.set()
        self.client.on_message = self.on_message
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert subscribed.wait(10)

    def on_message(self, _client, _user, message):
        levels = message.topic.split("/")
        if levels[1] == "STATE" or levels[2].endswith("CMD"):
            return
        births = levels[2] in ("NBIRTH", "DBIRTH", "NDEATH")
        payload = self.codec.ask(**{"decode" if births else "raw": message.payload.hex()})
        with self.lock:
            self.heard.append((levels[2], "/".join(levels[4:]), payload, message))

    def all(self, kind=None):
        with self.lock:
            return [one for one in self.heard if kind in (None, one[0])]

    def command(self, topic, *metrics):
        payload = bytes.fromhex(self.codec.ask(encode={"timestamp": int(time.time() * 1000), "metrics": list(metrics)}))
        self.client.publish(f"spBv1.0/city-lighting/{topic}", payload, qos=0)

    def state(self, online, timestamp):
        self.client.publish("spBv1.0/STATE/scada", json.dumps({"online": online, "timestamp": timestamp}), qos=1, retain=True)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def metrics(payload):
    return {metric.get("name"): metric for metric in payload["metrics"]}


class World(unittest.TestCase):
    host_line = ""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wayside-spark.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.codec = Codec()
        self.addCleanup(self.codec.close)
        self.broker = Broker(self.folder).start()
        self.addCleanup(self.broker.stop)
        self.host = Host(self.codec, self.broker.port)
        self.addCleanup(self.host.close)
        for name, text in (("scene.yaml", SCENE.format(folder=self.folder)),
                           ("gateway.yaml", CONFIG.format(root=ROOT, folder=self.folder, broker=self.broker.port,
                                                          host=self.host_line))):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        self.simulator = self.start_simulator()
        self.addCleanup(lambda: self.simulator.stop())
        self.socket = os.path.join(self.folder, "control.sock")
        self.daemon = Daemon(self.folder, os.path.join(self.folder, "gateway.yaml"), self.socket).start()
        self.addCleanup(lambda: self.daemon.stop())

    def start_simulator(self):
        simulator = Program(self.folder, "wayside-sim", [
            os.path.join(BIN, "wayside-sim"), "devices", os.path.join(self.folder, "scene.yaml")]).start()
        wait_for(lambda: os.path.exists(os.path.join(self.folder, "line")), "the simulator has its line")
        return simulator

    def wait_for_kind(self, kind, count=1):
        return wait_for(lambda: len(self.host.all(kind)) >= count and self.host.all(kind), f"{count} {kind}")

    def status(self):
        return self.daemon.ask("uplink")["sparkplug"]


class Life(World):
    def test_births_data_commands_rebirth_and_deaths(self):
        self.wait_for_kind("DBIRTH")
        kinds = [one[0] for one in self.host.all() if one[0] != "NDATA"]
        self.assertEqual(kinds[:2], ["NBIRTH", "DBIRTH"])
        self.assertEqual(self.host.all()[0][0], "NBIRTH")
        _, _, birth, message = self.host.all("NBIRTH")[0]
        # payloads-nbirth-qos, -retain, -seq, topics-nbirth-bdseq-included, topics-nbirth-rebirth-metric
        self.assertEqual((message.qos, message.retain, birth["seq"]), (0, False, 0))
        self.assertEqual(metrics(birth)["bdSeq"]["value"], 0)
        self.assertEqual(metrics(birth)["Node Control/Rebirth"]["value"], False)
        self.assertLess(abs(birth["timestamp"] / 1000 - time.time()), 60)
        device = metrics(self.host.all("DBIRTH")[0][2])
        relay = device["relay-1.relay_command"]
        for metric in device.values():
            self.assertIn("alias", metric)
            self.assertIn("type", metric)
        self.assertEqual((relay["type"], device["relay-1.relay_on"]["type"]), ("Boolean", "Boolean"))
        # Both faces live beside each other.
        wait_for(lambda: int(self.daemon.ask("uplink")["acknowledged"]) > 0, "chunks are acknowledged")

        # operational-behavior-data-commands-dcmd-metric-name: by name, and what is measured comes back as data.
        self.host.command(f"DCMD/{NODE}/switch-1", {"name": "relay-1.relay_command", "value": True, "type": "Boolean"})
        on = device["relay-1.relay_on"]["alias"]
        data = wait_for(lambda: [one for one in self.host.all("DDATA")
                                 for metric in one[2]["metrics"] if metric["alias"] == on and metric["value"] is True],
                        "the relay is on")
        # payloads-alias-data-cmd-requirement: no names in data.
        self.assertFalse(any(metric.get("name") for metric in data[0][2]["metrics"]))
        # And by alias.
        self.host.command(f"DCMD/{NODE}/switch-1", {"alias": relay["alias"], "value": False, "type": "Boolean"})
        wait_for(lambda: int(self.status()["commands"]) == 2, "both commands are taken")

        # operational-behavior-data-commands-rebirth-action-1, -2, -3
        time.sleep(5)
        self.host.command(f"NCMD/{NODE}", {"name": "Node Control/Rebirth", "value": True, "type": "Boolean"})
        again = self.wait_for_kind("NBIRTH", 2)
        self.assertEqual(again[1][2]["seq"], 0)
        self.assertEqual(metrics(again[1][2])["bdSeq"]["value"], 0)
        self.wait_for_kind("DBIRTH", 2)

        # operational-behavior-device-ddeath, and its birth when it answers again
        self.simulator.stop()
        death = self.wait_for_kind("DDEATH")
        self.assertEqual(death[0][1], "switch-1")
        self.assertIn("seq", death[0][2])
        self.simulator = self.start_simulator()
        self.wait_for_kind("DBIRTH", 3)

        # payloads-sequence-num-incrementing: by one, modulo 256, from each NBIRTH on.
        expected = 0
        for kind, _, payload, _ in self.host.all():
            expected = 0 if kind == "NBIRTH" else expected
            self.assertEqual(payload["seq"], expected, kind)
            expected = (expected + 1) % 256
        code, text, _ = run_cli(self.socket, "uplink")
        self.assertEqual(code, 0)
        self.assertRegex(text, r"sparkplug city-lighting/spark-gateway: up for .*; 2 births, \d+ messages; 2 commands, 0 refused")

    def test_the_broker_tells_the_death_and_numbers_go_on(self):
        """topics-ndeath-payload, payloads-ndeath-bdseq, topics-nbirth-bdseq-increment: kill -9, then a restart, a stop."""
        self.wait_for_kind("DBIRTH")
        self.daemon.stop(9)
        death = self.wait_for_kind("NDEATH")
        self.assertEqual([metric["name"] for metric in death[0][2]["metrics"]], ["bdSeq"])
        self.assertNotIn("seq", death[0][2])
        self.assertEqual(metrics(death[0][2])["bdSeq"]["value"], 0)
        self.assertFalse(death[0][3].retain)
        self.daemon.start()
        self.assertEqual(metrics(self.wait_for_kind("NBIRTH", 2)[1][2])["bdSeq"]["value"], 1)
        self.wait_for_kind("DBIRTH", 2)
        self.daemon.stop()
        self.assertEqual(metrics(self.wait_for_kind("NDEATH", 2)[1][2])["bdSeq"]["value"], 1)


class PrimaryHost(World):
    host_line = ", primary_host: scada"

    def test_message_flow_edge_node_birth_publish_phid_wait(self):
        """Births wait for the host; when it goes: NDEATH, DISCONNECT, and a new connection that waits again."""
        wait_for(lambda: self.status()["up"], "it is connected")
        self.assertFalse(self.status()["born"])
        time.sleep(1)
        self.assertEqual(self.host.all(), [])
        self.assertIn("waits for the primary host scada", run_cli(self.socket, "uplink")[1])
        self.host.state(True, 1000)
        self.wait_for_kind("DBIRTH")
        self.host.state(False, 500)  # payloads-state: an older word
        time.sleep(1)
        self.assertEqual(self.host.all("NDEATH"), [])
        self.host.state(False, 2000)
        self.wait_for_kind("NDEATH")
        wait_for(lambda: self.status()["up"] and not self.status()["born"], "it is connected again, and waits")
        self.host.state(True, 3000)
        births = self.wait_for_kind("NBIRTH", 2)
        self.assertEqual(metrics(births[1][2])["bdSeq"]["value"], 1)


if __name__ == "__main__":
    if not os.path.isdir(DECODER):
        sys.exit("sparkplug_test: no decoder: scripts/bootstrap lint installs it")
    unittest.main(verbosity=2)
