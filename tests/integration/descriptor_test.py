#!/usr/bin/python3
"""A consumer that has none of our files: what it needs is retained. It decodes a chunk by the descriptor set alone, finds
what its points mean in the catalogue and the dictionary, and hears every ten seconds how the gateway is."""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import zstandard

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import paho.mqtt.client as mqtt  # noqa: E402
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # noqa: E402
from wayside_consumer import Consumer, Messages, line_of  # noqa: E402
from wayside_e2e import BIN, ROOT, Broker, Daemon, Slave, wait_for  # noqa: E402

RULES = """\
groups:
  - name: site
    rules:
      - {record: power_kw, expr: power_total / 1000, unit: kW, meaning: Power in kilowatts., class: public, since: 0.1}
      - {alert: overload, expr: power_total > 5000, severity: high}
"""
CONFIG = """\
gateway:
  id: descriptor-gateway
  area: {{city: hangzhou, district: xihu, street: wensan-road, grid: g-12}}
  area_names: [杭州市, 西湖区, 文三路, 第十二网格]
  department: lighting
clock: {{trust: rtc}}
health: {{period: 10s}}
profiles: [{root}/drivers/streetlight/profiles]
rules: [rules.yaml]
buses:
  - {{id: field-1, tcp: {{host: 127.0.0.1, port: {port}}}}}
devices:
  - {{id: cabinet-1, bus: field-1, unit: 1, profile: eastron-sdm630, period: 500ms}}
store: {{path: wayside.db}}
uplink: {{broker: "mqtt://127.0.0.1:{broker}"}}
control: {{socket: control.sock}}
"""
UP = "wayside/v1/hangzhou/xihu/wensan-road/g-12/descriptor-gateway/up/"


class FromTheWireAlone:
    """The topics with their last payloads, and message classes of the retained descriptor set."""

    def __init__(self, port):
        self.last, self.retained = {}, set()
        self.client = mqtt.Client(client_id="stranger", protocol=mqtt.MQTTv5)
        self.client.on_message = self.on_message
        self.client.connect("127.0.0.1", port)
        self.client.subscribe("wayside/#", qos=1)
        self.client.loop_start()

    def on_message(self, _client, _data, message):
        self.last[message.topic] = message.payload
        if message.retain:
            self.retained.add(message.topic)

    def get(self, topic):
        return wait_for(lambda: self.last.get(UP + topic), topic, 60)

    def classes(self):
        pool = descriptor_pool.DescriptorPool()
        files = descriptor_pb2.FileDescriptorSet.FromString(self.get("meta/descriptor")).file
        for file in files:
            pool.Add(file)
        make = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
        return [file.name for file in files], lambda name: make(pool.FindMessageTypeByName("wayside.v1." + name))

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class Descriptor(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wayside-dsc.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.broker = Broker(self.folder).start()
        self.addCleanup(self.broker.stop)
        self.slave = Slave(self.folder).start()
        self.addCleanup(self.slave.stop)
        self.slave.set_float(1, 0x34, 1234.5)
        self.config = os.path.join(self.folder, "gateway.yaml")
        for name, text in (("rules.yaml", RULES),
                           ("gateway.yaml", CONFIG.format(root=ROOT, port=self.slave.port, broker=self.broker.port))):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        self.daemon = Daemon(self.folder, self.config, os.path.join(self.folder, "control.sock")).start()
        self.addCleanup(self.daemon.stop)

    def stranger(self):
        stranger = FromTheWireAlone(self.broker.port)
        self.addCleanup(stranger.close)
        return stranger

    def test_everything_is_on_the_wire(self):
        first = self.stranger()
        for topic in ("state", "meta/descriptor", "meta/dictionary"):
            first.get(topic)
        stranger = self.stranger()  # comes late: what it needs is retained
        files, message = stranger.classes()
        shipped = sorted("wayside/v1/" + name for name in os.listdir(os.path.join(ROOT, "proto/wayside/v1")))
        self.assertEqual(sorted(files), shipped)

        birth = message("GatewayState").FromString(stranger.get("state"))
        self.assertTrue(birth.online)
        self.assertEqual((birth.area, birth.department), ("hangzhou/xihu/wensan-road/g-12", "lighting"))
        self.assertEqual(list(birth.area_names), ["杭州市", "西湖区", "文三路", "第十二网格"])
        self.assertEqual(list(birth.profiles), ["eastron-sdm630@2"])
        self.assertEqual([(pack.name.split("/")[-1], pack.rules) for pack in birth.rule_packs], [("rules.yaml", 2)])
        self.assertTrue(birth.rule_packs[0].checksum)
        self.assertLessEqual({"body/zstd", "event/health", "meta/dictionary.v1"}, set(birth.capabilities))
        self.assertFalse(birth.insecure)  # loopback
        for topic in ("state", "meta/descriptor", "meta/dictionary"):
            self.assertIn(UP + topic, stranger.retained)

        encoded = stranger.get("meta/dictionary")
        self.assertEqual(hashlib.sha256(encoded).digest()[:16], birth.dictionary)
        asked = subprocess.run([os.path.join(BIN, "wayside"), "--json", "dictionary", "--config", self.config],
                               capture_output=True, check=True, timeout=60).stdout
        self.assertEqual(asked, encoded)
        meanings = {entry["metric"]: entry for entry in json.loads(encoded)["entries"]}

        values = self.readings(stranger, message, "internal", meanings)
        self.assertAlmostEqual(values["power_total"], 1234.5)
        self.assertAlmostEqual(self.readings(stranger, message, "public", meanings)["power_kw"], 1.2345)
        self.assertEqual(meanings["power_kw"]["class"], "public")
        self.assertEqual(meanings["power_total"]["maps_to"]["ucifi"], {"name": "3418/4", "verified": True})

    def readings(self, stranger, message, data_class, meanings):
        """The values of the last telemetry chunk of a class, by metric."""
        def decode():
            chunk = message("Chunk").FromString(stranger.get(f"{data_class}/telemetry"))
            body = chunk.body
            if chunk.DESCRIPTOR.fields_by_name["codec"].enum_type.values_by_number[chunk.codec].name == "CODEC_ZSTD":
                body = zstandard.ZstdDecompressor().decompress(body, max_output_size=1 << 20)
            catalogue = message("Catalogue").FromString(stranger.get(f"{data_class}/catalogue/{chunk.catalogue.hex()}"))
            out = {}
            for event in message("ChunkBody").FromString(body).events:
                for index, value in zip(event.telemetry.point, event.telemetry.value):
                    point = catalogue.points[index]
                    self.assertEqual(meanings[point.metric].get("unit", ""), "" if point.unit == "1" else point.unit)
                    out[point.metric] = value
            return out
        return wait_for(decode, f"a chunk of {data_class} telemetry with readings")

    def test_health_comes_every_period(self):
        told = []
        consumer = Consumer(Messages(os.path.join(ROOT, "proto")), port=self.broker.port, client_id="health-consumer",
                            on_event=told.append)
        with consumer:
            reports = lambda: [e for e in told if e["kind"] == "health"]  # noqa: E731
            wait_for(lambda: len(reports()) >= 3, "three reports", 60)
            dictionary = wait_for(lambda: consumer.tally.dictionaries.get("descriptor-gateway"), "the dictionary")
        report = reports()[1]
        self.assertEqual((report["devices"], report["devices_answering"], report["alarms_raised"]), (1, 1, 0))
        self.assertTrue(report["clock_trusted"])
        self.assertTrue(report["link"]["up"])
        self.assertEqual((report["link"]["connects"], report["link"]["refused"], report["link"]["insecure"]), (1, 0, False))
        self.assertGreater(report["process"]["memory_bytes"], 1_000_000)
        self.assertGreater(report["process"]["cpu_us"], 0)
        self.assertGreater(report["process"]["memory_available_bytes"], report["process"]["memory_bytes"])
        self.assertEqual((report["store"]["failed_commits"], report["store"]["evicted"], report["store"]["damaged"]), (0, 0, 0))
        self.assertGreater(report["store"]["commits"], 0)
        bus = report["buses"][0]
        self.assertEqual((bus["bus"], bus["devices"], bus["devices_answering"], bus["line_away"]), ("field-1", 1, 1, False))
        self.assertGreater(bus["polls"], 10)
        between = [(b["offset_us"] - a["offset_us"]) / 1e6 for a, b in zip(reports(), reports()[1:])]
        self.assertTrue(all(9 < seconds < 12 for seconds in between), between)
        self.assertIn("1 of 1 devices answer, 0 alarms, link up", line_of(report))
        self.assertEqual(dictionary[1]["power_kw"]["definition"], "power_total / 1000")
        self.assertEqual(consumer.report()["defects"], 0, consumer.report())


if __name__ == "__main__":
    unittest.main(verbosity=2)
