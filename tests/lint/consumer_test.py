#!/usr/bin/python3
"""The independent consumer finds what it must find: gaps, repeats, damage, late catalogues. No broker."""
import hashlib
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import zstandard  # noqa: E402
from wayside_consumer import Messages, Ranges, Tally, crc32c, line_of  # noqa: E402

UP = "wayside/v1/a/b/c/d/g/up/"
ALARM_PUBLIC, TELEMETRY_PUBLIC = 1, 4
CODEC_NONE, CODEC_ZSTD = 1, 2


class TallyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.messages = Messages(os.path.join(ROOT, "proto"))

    def setUp(self):
        self.events = []
        self.tally = Tally(self.messages, self.events.append)
        catalogue = self.messages.Catalogue(gateway="g", data_class="public")
        catalogue.points.add(device="d", name="lane-1.volume", unit="{vehicle}")
        self.catalogue = catalogue.SerializeToString()
        self.hash = hashlib.sha256(self.catalogue).digest()[:16]

    def chunk(self, number, body, stream=TELEMETRY_PUBLIC, codec=CODEC_ZSTD, last=None, events=1):
        encoded = body.SerializeToString()
        if codec == CODEC_ZSTD:
            encoded = zstandard.ZstdCompressor().compress(encoded)
        chunk = self.messages.Chunk(gateway="g", epoch=5, stream=stream, first_number=number, last_number=last or number,
                                    codec=codec, checksum=crc32c(encoded), event_count=events, body=encoded)
        if stream == TELEMETRY_PUBLIC:
            chunk.catalogue = self.hash
        chunk.time_base.anchor.wall_us = 1_700_000_000_000_000
        return chunk.SerializeToString()

    def volume(self, value, quality=0):
        body = self.messages.ChunkBody()
        event = body.events.add(offset_us=1_500_000)
        event.telemetry.point.append(0)
        event.telemetry.value.append(value)
        if quality:
            event.telemetry.quality.append(quality)
        return body

    def take(self, payload, topic="public/telemetry"):
        self.tally.take(UP + topic, payload)
        return self.tally.report()

    def test_crc32c_known_vectors(self):
        self.assertEqual(crc32c(b""), 0)
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)
        self.assertEqual(crc32c(bytes([0xFF] * 32)), 0x62A8AB43)  # RFC 3720, B.4
        self.assertEqual(crc32c(bytes(range(32))), 0x46DD794E)

    def test_a_chunk_waits_for_its_catalogue_retained_or_as_event(self):
        self.assertEqual(self.take(self.chunk(1, self.volume(3)))["without_catalogue"], 1)
        self.assertEqual(self.events, [])
        self.take(self.catalogue, f"public/catalogue/{self.hash.hex()}")
        self.assertEqual(line_of(self.events[0]), "2023-11-14T22:13:21.500Z  d.lane-1.volume 3 {vehicle} good")

        self.events.clear()
        self.tally.catalogues.clear()
        self.take(self.chunk(2, self.volume(4)))
        body = self.messages.ChunkBody()
        body.events.add().catalogue.ParseFromString(self.catalogue)
        report = self.take(self.chunk(1, body, ALARM_PUBLIC, CODEC_NONE), "public/alarm")
        self.assertEqual([e["kind"] for e in self.events], ["telemetry", "catalogue"])
        self.assertEqual((report["without_catalogue"], report["defects"]), (0, 0))

    def test_gaps_from_one_repeats_and_ranges(self):
        self.take(self.catalogue, f"public/catalogue/{self.hash.hex()}")
        report = self.take(self.chunk(7, self.volume(1)))
        self.assertEqual(report["streams"][0]["missing"], [[1, 6]])
        self.take(self.chunk(2, self.volume(1)))
        self.take(self.chunk(2, self.volume(1)))
        report = self.take(self.chunk(3, self.volume(1), last=5))
        self.assertEqual(report["streams"][0]["missing"], [[1, 1], [6, 6]])
        self.assertEqual((report["missing"], report["repeated"], report["defects"], report["chunks"]), (2, 1, 0, 3))

    def test_damage_is_a_defect_and_not_received(self):
        self.take(self.chunk(1, self.volume(1)))
        self.assertEqual(self.take(self.chunk(1, self.volume(2)))["defects"], 1)  # the same key, another body
        damaged = bytearray(self.chunk(3, self.volume(1)))
        damaged[-1] ^= 1
        self.assertEqual(self.take(bytes(damaged))["defects"], 2)
        self.assertEqual(self.take(b"\xff\xff")["defects"], 3)
        self.assertEqual(self.take(self.chunk(3, self.volume(1)), "internal/telemetry")["defects"], 4)
        self.assertEqual(self.take(self.chunk(0, self.volume(1)))["defects"], 5)
        report = self.take(self.catalogue, "public/catalogue/00")
        self.assertEqual((report["defects"], report["chunks"], report["streams"][0]["highest"]), (6, 1, 1))
        self.assertEqual(self.take(self.chunk(2, self.volume(1), events=9))["defects"], 7)

    def test_no_value_is_not_zero(self):
        self.take(self.catalogue, f"public/catalogue/{self.hash.hex()}")
        self.take(self.chunk(1, self.volume(float("nan"), 0x80310000)))
        self.assertIsNone(self.events[0]["value"])
        self.assertEqual(self.events[0]["quality"], "bad_no_communication")

    def thinned(self, first, last, text=False):
        body = self.messages.ChunkBody()
        one = body.events.add(offset_us=1_000_000).thinned
        one.width_us, one.first_offset_us, one.last_offset_us = 60_000_000, 1_500_000, 3_500_000
        one.first_number, one.last_number = first, last
        nan = float("nan")
        for column, value in [("min", 1), ("max", 4), ("mean", 2.5), ("first", 1), ("last", 3)]:
            getattr(one, column).append(nan if text else value)
        one.point.append(0)
        one.count.append(7)
        one.changes.append(2)
        if text:
            one.text.add(position=0, first="red", last="green")
        return body

    def test_thinned_readings_and_the_ranges_they_stand_for(self):
        self.take(self.catalogue, f"public/catalogue/{self.hash.hex()}")
        self.take(self.chunk(1, self.volume(1)))
        self.take(self.chunk(2, self.thinned(2, 4), last=4))
        told = self.events[-1]
        self.assertEqual((told["min"], told["mean"], told["max"], told["last"], told["count"], told["numbers"]),
                         (1, 2.5, 4, 3, 7, [2, 4]))
        self.assertEqual(line_of(told), "2023-11-14T22:13:21.000Z  d.lane-1.volume min 1 mean 2.5 max 4 {vehicle} good, "
                                        "7 readings in 60 s")
        report = self.take(self.chunk(1, self.thinned(1, 9, text=True), last=9))
        self.assertEqual((self.events[-1]["first"], self.events[-1]["last"], self.events[-1]["min"]),
                         ("red", "green", None))
        stream = report["streams"][0]  # the whole chunk 1 stays, 2..4 is replaced
        self.assertEqual((stream["chunks"], stream["replaced"], stream["missing"], report["defects"]), (2, 1, [], 0))

    def notice(self, count, durable=False):
        notice = self.messages.Notice(gateway="g", boot_id=bytes(16))
        notice.event.alarm.alarm, notice.event.alarm.transition_count = "g/r d", count
        notice.event.alarm.to_state, notice.event.alarm.durable = 2, durable
        return notice.SerializeToString()

    def test_a_notice_and_its_event_are_one_in_any_order(self):
        self.take(self.notice(1), "internal/notice")
        report = self.take(self.notice(1), "internal/notice")
        self.assertEqual([(e["kind"], e["count"], e["to"], e["durable"]) for e in self.events],
                         [("notice", 1, "raised", False)])
        self.assertEqual((report["notices"], report["notices_without_event"]), (1, 1))
        body = self.messages.ChunkBody()
        for count in (1, 2):
            alarm = body.events.add().alarm
            alarm.alarm, alarm.transition_count, alarm.durable = "g/r d", count, True
        self.take(self.chunk(1, body, ALARM_PUBLIC, events=2), "public/alarm")
        self.assertEqual([(e["count"], e["noticed"]) for e in self.events[1:]], [(1, True), (2, False)])
        report = self.take(self.notice(2), "public/notice")  # late
        self.assertEqual((report["notices"], report["notices_without_event"], report["defects"]), (2, 0, 0))
        self.assertEqual(self.take(self.notice(3, durable=True), "public/notice")["defects"], 1)

    def test_data_quality_and_assets_are_told_in_words(self):
        body = self.messages.ChunkBody()
        quality = body.events.add(offset_us=1).data_quality
        quality.device = "d"
        quality.hour.expected, quality.hour.received, quality.hour.judged, quality.hour.inaccurate = 100, 99, 99, 33
        asset = body.events.add(offset_us=2).asset
        asset.cause, asset.record.device, asset.record.generation = 2, "d", 2
        asset.closed.serial, asset.closed.running_us = "old", 7_200_000_000
        self.take(self.catalogue, f"public/catalogue/{self.hash.hex()}")
        self.assertEqual(self.take(self.chunk(1, body, events=2))["defects"], 0)
        told, replaced = self.events
        self.assertEqual((told["hour"]["completeness"], told["hour"]["accuracy"], told["day"]), (99.0, 66.67, None))
        self.assertIsNone(told["points"] or None)
        self.assertIn("completeness 99.0% accuracy 66.67%", line_of(told))
        self.assertIn("taken out: old after 2.0 h", line_of(replaced))
        self.assertEqual(replaced["cause"], "replaced")

    def test_health_is_told_in_words_and_what_is_absent_as_none(self):
        body = self.messages.ChunkBody()
        health = body.events.add(offset_us=1).health
        health.devices, health.devices_answering, health.alarms_raised = 9, 8, 1
        health.store.waiting_chunks = 4
        health.link.up = True
        health.buses.add(bus="field-1", devices=9)
        self.assertEqual(self.take(self.chunk(1, body))["defects"], 0)
        self.take(self.catalogue, f"public/catalogue/{self.hash.hex()}")
        told = next(event for event in self.events if event["kind"] == "health")
        self.assertEqual((told["process"], told["store"]["oldest_us"], told["buses"][0]["bus"]), (None, None, "field-1"))
        self.assertIn("health 8 of 9 devices answer, 1 alarms, link up, 4 chunks wait", line_of(told))

    def test_the_dictionary_is_kept_with_its_hash(self):
        table = b'{"format":"wayside.dictionary.v1","release":"1","entries":[{"metric":"volume","unit":"{vehicle}"}]}'
        self.take(table, "meta/dictionary")
        digest, entries = self.tally.dictionaries["g"]
        self.assertEqual((digest, entries["volume"]["unit"]), (hashlib.sha256(table).digest()[:16], "{vehicle}"))
        self.assertEqual(self.take(b"{}", "meta/dictionary")["defects"], 1)
        self.assertEqual(self.take(table.replace(b".v1", b".v2"), "meta/dictionary")["defects"], 2)

    def test_ranges_merge(self):
        ranges = Ranges()
        for first, last in [(5, 6), (1, 1), (3, 3), (2, 2), (8, 9)]:
            ranges.add(first, last)
        self.assertEqual(ranges.ranges, [(1, 3), (5, 6), (8, 9)])
        self.assertEqual(ranges.missing(), [[4, 4], [7, 7]])


if __name__ == "__main__":
    unittest.main()
