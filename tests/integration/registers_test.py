#!/usr/bin/python3
"""Every encoding in every order, holes, limits and refusals, read from a pymodbus server by the real gateway, and what a
consumer behind the broker sees of it. The expected words are made here, with struct, from the definition of each order."""
import json
import os
import shutil
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_consumer import Consumer, Messages  # noqa: E402
from wayside_e2e import PYTHON, ROOT, Broker, Daemon, Program, accepts, free_port, wait_for  # noqa: E402

SERVER = os.path.join(ROOT, "tests", "support", "modbus_sparse.py")
ORDERS = ("ABCD", "CDAB", "BADC", "DCBA")
PACKED = {"u16": (">H", 54321), "s16": (">h", -12345), "u32": (">I", 4_000_000_123), "s32": (">i", -2_000_000_123),
          "u64": (">Q", 2**52 + 12345), "s64": (">q", -(2**52) - 54321), "f32": (">f", -1234.5), "f64": (">d", 1.25e-7)}
BCD = {"bcd16": 9876, "bcd32": 12345678, "bcd64": 123456789012345}
GATEWAY = """\
gateway: {{id: register-gateway, area: {{city: a, district: b, street: c, grid: d}}, department: roads}}
clock: {{trust: rtc}}
profiles: [{folder}/profiles]
buses:
  - {{id: bus, tcp: {{host: 127.0.0.1, port: {port}}}}}
devices:
  - {{id: all, bus: bus, unit: 1, profile: all-orders, period: 500ms}}
  - {{id: holes, bus: bus, unit: 2, profile: with-holes, period: 500ms}}
store: {{path: wayside.db}}
uplink: {{broker: "mqtt://127.0.0.1:{broker}"}}
control: {{socket: control.sock}}
"""
# Registers 100, 101, 103 and 110 are there, 102 is not: a read over the hole is refused, one of 102 alone too.
HOLES = """\
profile: with-holes
version: 1
family: generic
limits: {max_read_registers: 20, max_hole: 8}
points:
  - {name: before, register: holding, address: 100, type: u32, unit: "1", meaning: "Before the hole."}
  - {name: missing, register: holding, address: 102, type: u16, unit: "1", meaning: "Not there."}
  - {name: behind, register: holding, address: 103, type: u16, unit: "1", meaning: "Behind the hole."}
  - {name: far, register: holding, address: 110, type: u16, unit: "1", meaning: "Far behind it."}
  - {name: sentinel, register: holding, address: 120, type: u16, unit: "1", error_values: [0xFFFF], meaning: "No value."}
  - {name: absent, register: holding, address: 121, type: u16, unit: "1", unsupported_values: [0x8000], meaning: "None."}
  - {name: label, register: holding, address: 122, type: text, length: 4, meaning: "A text."}
"""


def words(data, order):
    """The registers that hold `data` (most significant byte first) in an order of bytes on the wire."""
    pairs = [data[i:i + 2] for i in range(0, len(data), 2)]
    if order in ("CDAB", "DCBA"):
        pairs.reverse()
    if order in ("BADC", "DCBA"):
        pairs = [pair[::-1] for pair in pairs]
    return [struct.unpack(">H", pair)[0] for pair in pairs]


class Registers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wayside-registers.")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        before = os.getcwd()
        os.chdir(cls.folder)
        cls.addClassCleanup(os.chdir, before)
        cls.expected = {}
        cls.write_files()
        cls.broker = Broker(cls.folder).start()
        cls.addClassCleanup(cls.broker.stop)
        cls.newest = {}
        consumer = Consumer(Messages(os.path.join(ROOT, "proto")), port=cls.broker.port, client_id="register-consumer",
                            on_event=cls.take)
        consumer.__enter__()
        cls.addClassCleanup(consumer.__exit__)
        wait_for(consumer.subscribed.is_set, "the consumer is subscribed")
        port = free_port()
        server = Program(cls.folder, "modbus-sparse", [PYTHON, SERVER, str(port), "words.json"]).start()
        cls.addClassCleanup(server.stop)
        wait_for(lambda: accepts(port), "the server listens")
        with open("gateway.yaml", "w", encoding="utf-8") as file:
            file.write(GATEWAY.format(folder=cls.folder, port=port, broker=cls.broker.port))
        cls.daemon = Daemon(cls.folder, os.path.join(cls.folder, "gateway.yaml"),
                            os.path.join(cls.folder, "control.sock")).start()
        cls.addClassCleanup(cls.daemon.stop)

    @classmethod
    def take(cls, event):
        if event["kind"] == "telemetry":
            cls.newest[event["device"], event["name"]] = (event["value"], event["quality"])

    @classmethod
    def write_files(cls):
        table, points, address = {}, [], 0
        encodings = {**PACKED, **{name: (None, value) for name, value in BCD.items()}}
        for encoding, (form, value) in encodings.items():
            digits = {"bcd16": 4, "bcd32": 8, "bcd64": 16}.get(encoding)
            data = bytes.fromhex(str(value).zfill(digits)) if digits else struct.pack(form, value)
            for order in ORDERS:
                name = f"{encoding}_{order.lower()}"
                for word in words(data, order):
                    table[address] = word
                    address += 1
                points.append(f"  - {{name: {name}, register: input, address: {address - len(data) // 2}, "
                              f"type: {encoding}, order: {order}, unit: \"1\", meaning: \"{encoding} {order}.\"}}")
                cls.expected[name] = value
        profile = ("profile: all-orders\nversion: 1\nfamily: generic\nlimits: {max_read_registers: 50, max_hole: 0}\n"
                   "points:\n" + "\n".join(points) + "\n")
        holding = {100: 1, 101: 2, 103: 33, 110: 44, 120: 0xFFFF, 121: 0x8000, 122: 0x4865, 123: 0x6C6C, 124: 0x6F00,
                   125: 0}
        os.mkdir("profiles")
        for name, text in (("profiles/all.yaml", profile), ("profiles/holes.yaml", HOLES),
                           ("words.json", json.dumps({"ir": table, "hr": holding}))):
            with open(name, "w", encoding="utf-8") as file:
                file.write(text)

    def seen(self, device, point, good):
        return wait_for(lambda: (self.newest.get((device, point)) or (None, ""))[1].startswith("good") == good
                        and self.newest.get((device, point)), f"{device}.{point} is {'good' if good else 'bad'}")

    def test_every_encoding_in_every_order(self):
        for name, value in self.expected.items():
            found, quality = self.seen("all", name, True)
            self.assertAlmostEqual(found, value, delta=abs(value) * 1e-12, msg=name)
            self.assertEqual(quality, "good", name)

    def test_a_hole_that_is_refused_costs_only_itself(self):
        self.assertEqual(self.seen("holes", "before", True)[0], 65538)
        self.assertEqual(self.seen("holes", "behind", True)[0], 33)
        self.assertEqual(self.seen("holes", "far", True)[0], 44)
        self.assertIn("configuration", self.seen("holes", "missing", False)[1])
        devices = {d["id"]: d for d in self.daemon.ask_list("devices")}
        self.assertTrue(devices["holes"]["communicating"])

    def test_sentinels_and_texts(self):
        self.assertIn("sensor", self.seen("holes", "sentinel", False)[1])
        self.assertIn("configuration", self.seen("holes", "absent", False)[1])
        self.assertEqual(self.seen("holes", "label", True)[0], "Hello")


if __name__ == "__main__":
    unittest.main(verbosity=2)
