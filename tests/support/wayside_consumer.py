"""An independent consumer of what a wayside gateway publishes: only the .proto files and what is on the broker.

It uses nothing of the gateway's own code. Read it as the reference for a platform's own consumer:

    topic      wayside/v1/{city}/{district}/{street}/{grid}/{gateway}/up/{class}/{alarm|telemetry}
    payload    wayside.v1.Chunk: a header, and field 15, the body: codec(ChunkBody), CRC-32C in the header
    identity   (gateway, epoch, stream, first..last number). Repeats are normal (QoS 1) and dropped; the same key with
               another checksum is a defect. Any order is normal: live data overtakes what had to wait.
    thinned    first < last: one chunk stands for several; its events tell each point's least, most, mean and count. A wider
               range replaces thinned ones inside it
    meaning    the metric of a catalogue's point is a key of up/meta/dictionary (JSON); the birth has its hash
    notices    on up/{class}/notice: alarms while the gateway's disk takes no writes. One with its stored event: merged by
               (gateway, alarm, transition count), in whichever order they come
    gaps       numbers of one (gateway, epoch, stream) start at 1 and have no gaps, so what is missing can be named
    names      a body names points by index into the Catalogue whose hash is in the header. It is retained on
               up/{class}/catalogue/{hash} and also comes as an event of the alarm stream.

`Tally` is pure (payload bytes in, events out); `Consumer` puts it behind a lasting MQTT 5 session.
"""
import hashlib
import json
import math
import os
import subprocess
import tempfile
import threading
from datetime import datetime, timedelta, timezone

import paho.mqtt.client as mqtt
import zstandard
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

MAX_WAITING = 1000          # chunks kept while their catalogue has not come
MAX_BODY = 16 * 1024 * 1024  # a body that claims more is a defect, not an allocation
MAX_DEFECTS = 100           # described; beyond that only counted


# --- the messages --------------------------------------------------------------------------------------------------

class Messages:
    """The classes of package wayside.v1, made at run time: from the .proto files (with protoc) or a descriptor set."""

    def __init__(self, proto_folder=None, descriptor=None):
        if descriptor is None:
            with tempfile.TemporaryDirectory() as folder:
                descriptor = os.path.join(folder, "wayside.binpb")
                names = sorted(os.listdir(os.path.join(proto_folder, "wayside", "v1")))
                files = [f"wayside/v1/{name}" for name in names if name.endswith(".proto")]
                subprocess.run(["protoc", "-I", proto_folder, "--include_imports",
                                f"--descriptor_set_out={descriptor}", *files], check=True)
                with open(descriptor, "rb") as file:
                    encoded = file.read()
        else:
            with open(descriptor, "rb") as file:
                encoded = file.read()
        pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(encoded).file:
            pool.Add(file)
        if hasattr(message_factory, "GetMessageClass"):
            make = message_factory.GetMessageClass
        else:  # before protobuf 4.22
            make = message_factory.MessageFactory(pool).GetPrototype
        for name in ("Answer", "AuditRecord", "BaselineSet", "Chunk", "ChunkBody", "Catalogue", "Downlink", "GatewayState",
                     "Notice", "Order"):
            setattr(self, name, make(pool.FindMessageTypeByName(f"wayside.v1.{name}")))


# --- CRC-32C (Castagnoli), reflected, as in iSCSI (RFC 3720, B.4) ---------------------------------------------------

def _crc_tables():
    first = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        first.append(byte)
    tables = [first]
    for _ in range(7):
        tables.append([first[value & 0xFF] ^ (value >> 8) for value in tables[-1]])
    return tables


_CRC = _crc_tables()


def crc32c(data):
    crc = 0xFFFFFFFF
    t0, t1, t2, t3, t4, t5, t6, t7 = _CRC
    whole = len(data) & ~7
    for i in range(0, whole, 8):  # eight bytes a step
        crc ^= int.from_bytes(data[i:i + 4], "little")
        crc = (t7[crc & 0xFF] ^ t6[(crc >> 8) & 0xFF] ^ t5[(crc >> 16) & 0xFF] ^ t4[crc >> 24]
               ^ t3[data[i + 4]] ^ t2[data[i + 5]] ^ t1[data[i + 6]] ^ t0[data[i + 7]])
    for byte in data[whole:]:
        crc = t0[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283
assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4


# --- small helpers -------------------------------------------------------------------------------------------------

def fields(data):
    """(field number, bytes) of the length-delimited fields of an encoded message.

    For the catalogue in an event: its hash is over its bytes as they came, which encoding again need not give."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            varint()
        elif kind == 1:
            at += 8
        elif kind == 5:
            at += 4
        else:
            length = varint()
            yield key >> 3, data[at:at + length]
            at += length


class Ranges:
    """A set of whole numbers, as sorted ranges that neither meet nor overlap."""

    def __init__(self):
        self.ranges = []

    def add(self, first, last):
        kept = []
        for low, high in self.ranges:
            if high + 1 < first or last + 1 < low:
                kept.append((low, high))
            else:
                first, last = min(first, low), max(last, high)
        kept.append((first, last))
        self.ranges = sorted(kept)

    def highest(self):
        return self.ranges[-1][1] if self.ranges else 0

    def missing(self):
        """What lies between 1 and the highest and is not in the set."""
        gaps, expected = [], 1
        for low, high in self.ranges:
            if low > expected:
                gaps.append([expected, low - 1])
            expected = high + 1
        return gaps


QUALITIES = {
    0x00000000: "good", 0x40000000: "uncertain", 0x40900000: "uncertain_last_usable",
    0x40920000: "uncertain_initial_value", 0x40930000: "uncertain_sensor_not_accurate",
    0x40940000: "uncertain_range_exceeded", 0x40950000: "uncertain_sub_normal", 0x80000000: "bad",
    0x80050000: "bad_communication_error", 0x80230000: "bad_invalid_timestamp", 0x80310000: "bad_no_communication", 0x80890000: "bad_configuration_error",
    0x808A0000: "bad_not_connected", 0x808B0000: "bad_device_failure", 0x808C0000: "bad_sensor_failure",
    0x808D0000: "bad_out_of_service",
}


def quality_name(code):
    return QUALITIES.get(code, f"{('good', 'uncertain', 'bad', 'bad')[code >> 30]}_0x{code:08x}")


def date(microseconds):
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=microseconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def date_of(time_base, offset_us):
    """The date of an offset, as text: exact, or the bounds between which it lies."""
    if time_base.WhichOneof("base") == "anchor":
        anchor = time_base.anchor
        return date(anchor.wall_us + offset_us - anchor.offset_us)
    low, high = time_base.bounds.not_before_wall_us, time_base.bounds.not_after_wall_us
    return f"({date(low) if low else '?'}..{date(high) if high else '?'})"


def enum_name(message, field, prefix):
    value = getattr(message, field)
    known = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number.get(value)
    return known.name[len(prefix):].lower() if known else str(value)


# --- the tally -----------------------------------------------------------------------------------------------------

class StreamTally:
    def __init__(self):
        self.checksums = {}  # (first, last) -> checksum of its body
        self.numbers = Ranges()
        self.events = 0
        self.repeated = 0
        self.replaced = 0  # thinned ranges, by wider ones
        self.defects = 0

    def report(self):
        return {"chunks": len(self.checksums), "events": self.events, "highest": self.numbers.highest(),
                "missing": self.numbers.missing(), "repeated": self.repeated, "replaced": self.replaced,
                "defects": self.defects}


class Tally:
    """Takes messages, checks and counts them, and hands decoded events (dicts) to `on_event`. Not thread-safe."""

    def __init__(self, messages, on_event=lambda event: None):
        self.messages = messages
        self.on_event = on_event
        self.streams = {}     # (gateway, epoch, stream) -> StreamTally
        self.catalogues = {}  # hash -> Catalogue
        self.gateways = {}    # id -> last GatewayState
        self.dictionaries = {}  # id -> (hash, metric -> entry)
        self.descriptors = {}   # id -> file descriptor set, as it came
        self.waiting = {}     # hash of a catalogue -> [(chunk, body)]
        self.unnamed = 0      # chunks whose catalogue did not come in time
        self.notices = {}     # (gateway, alarm, transition count) -> whether its stored event has come
        self.transitions = set()  # of stored events, likewise: a notice may come late
        self.ignored = 0      # messages on topics this consumer does not know
        self.stray_defects = 0  # of messages that no stream can be told of
        self.defects = []     # the first ones, in words

    def take(self, topic, payload):
        levels = topic.split("/")
        if "up" not in levels or not payload:  # an empty retained message: cleared
            self.ignored += 1
            return
        up = levels.index("up")
        gateway, rest = levels[up - 1], levels[up + 1:]
        try:
            if rest == ["state"]:
                self._take_state(payload)
            elif len(rest) == 3 and rest[1] == "catalogue":
                digest = self._take_catalogue(bytes(payload))
                if digest.hex() != rest[2]:
                    self._defect(None, f"{topic}: the retained catalogue has the hash {digest.hex()}")
            elif rest == ["meta", "dictionary"]:
                self._take_dictionary(gateway, bytes(payload))
            elif rest == ["meta", "descriptor"]:
                self.descriptors[gateway] = bytes(payload)
            elif len(rest) == 2 and rest[1] == "notice":
                self._take_notice(gateway, topic, payload)
            elif len(rest) == 2 and rest[1] in ("alarm", "telemetry"):
                self._take_chunk(gateway, f"STREAM_{rest[1]}_{rest[0]}".upper(), topic, payload)
            else:
                self.ignored += 1
        except Exception as error:  # whatever a gateway sends must not end its consumer
            self._defect(None, f"{topic}: {type(error).__name__}: {error}")

    def report(self):
        streams = []
        for (gateway, epoch, stream), tally in sorted(self.streams.items()):
            streams.append({"gateway": gateway, "epoch": f"{epoch:016x}", "stream": stream, **tally.report()})
        waiting = sum(len(chunks) for chunks in self.waiting.values())
        return {
            "streams": streams,
            "chunks": sum(s["chunks"] for s in streams),
            "events": sum(s["events"] for s in streams),
            "missing": sum(high - low + 1 for s in streams for low, high in s["missing"]),
            "repeated": sum(s["repeated"] for s in streams),
            "defects": sum(s["defects"] for s in streams) + self.stray_defects,
            "notices": len(self.notices),
            "notices_without_event": sum(not stored for stored in self.notices.values()),
            "without_catalogue": waiting + self.unnamed,
            "ignored_messages": self.ignored,
            "defect_messages": self.defects,
        }

    def _defect(self, stream_tally, text):
        if stream_tally is None:
            self.stray_defects += 1
        else:
            stream_tally.defects += 1
        if len(self.defects) < MAX_DEFECTS:
            self.defects.append(text)

    def _take_state(self, payload):
        state = self.messages.GatewayState.FromString(payload)
        self.gateways[state.gateway] = state
        self.on_event({"kind": "state", "gateway": state.gateway, "online": state.online, "epoch": f"{state.epoch:016x}",
                       "version": state.software_version, "area": state.area, "area_names": list(state.area_names),
                       "department": state.department, "profiles": list(state.profiles),
                       "rule_packs": {pack.name: [pack.rules, f"{pack.checksum:08x}"] for pack in state.rule_packs},
                       "dictionary": state.dictionary.hex(), "capabilities": list(state.capabilities),
                       "insecure": state.insecure})

    def _take_dictionary(self, gateway, encoded):
        table = json.loads(encoded)
        if table["format"] != "wayside.dictionary.v1":
            raise ValueError(f"a dictionary of the format {table['format']}")
        self.dictionaries[gateway] = (hashlib.sha256(encoded).digest()[:16],
                                      {entry["metric"]: entry for entry in table["entries"]})
        self.on_event({"kind": "dictionary", "gateway": gateway, "metrics": len(table["entries"]),
                       "hash": hashlib.sha256(encoded).digest()[:16].hex()})

    def _take_notice(self, gateway, topic, payload):
        notice = self.messages.Notice.FromString(payload)
        alarm = notice.event.alarm
        if notice.gateway != gateway or notice.event.WhichOneof("event") != "alarm" or alarm.durable:
            return self._defect(None, f"{topic}: not a notice of {gateway}")
        key = (notice.gateway, alarm.alarm, alarm.transition_count)
        if key in self.notices:
            return None  # told again
        self.notices[key] = key in self.transitions
        return self.on_event({"kind": "notice", "gateway": gateway, "durable": False, **_alarm(alarm),
                              "time": date_of(notice.time_base, notice.event.offset_us),
                              "offset_us": notice.event.offset_us})

    def _take_catalogue(self, encoded):
        digest = hashlib.sha256(encoded).digest()[:16]
        if digest not in self.catalogues:
            self.catalogues[digest] = self.messages.Catalogue.FromString(encoded)
            for chunk, body in self.waiting.pop(digest, []):
                self._tell_events(chunk, body)
        return digest

    def _take_chunk(self, gateway, stream, topic, payload):
        chunk = self.messages.Chunk.FromString(payload)
        name = enum_name(chunk, "stream", "STREAM_")
        key = f"{chunk.gateway} {chunk.epoch:016x} {name} {chunk.first_number}..{chunk.last_number}"
        tally = self.streams.setdefault((chunk.gateway, chunk.epoch, name), StreamTally())

        # Until the checksum holds nothing of the chunk is believed: it is not counted as received.
        if crc32c(chunk.body) != chunk.checksum:
            return self._defect(tally, f"{key}: the checksum of the body does not hold")
        if chunk.gateway != gateway or f"STREAM_{name}".upper() != stream:
            return self._defect(tally, f"{key}: came on {topic}")
        if not 1 <= chunk.first_number <= chunk.last_number or chunk.epoch == 0:
            return self._defect(tally, f"{key}: impossible number or epoch")

        numbers = (chunk.first_number, chunk.last_number)
        known = tally.checksums.get(numbers)
        if known is not None:
            if known != chunk.checksum:
                return self._defect(tally, f"{key}: came twice with different bodies")
            tally.repeated += 1
            return None
        body = self._decompress(chunk)
        events = self.messages.ChunkBody.FromString(body).events
        # What was thinned again stands for the narrower ranges that came before. A chunk that came whole is kept.
        if numbers[0] < numbers[1]:
            inside = [n for n in tally.checksums if n[0] < n[1] and numbers[0] <= n[0] and n[1] <= numbers[1]]
            for narrower in inside:
                del tally.checksums[narrower]
            tally.replaced += len(inside)
        tally.checksums[numbers] = chunk.checksum
        tally.numbers.add(*numbers)
        tally.events += len(events)
        if len(events) != chunk.event_count:
            self._defect(tally, f"{key}: {len(events)} events where the header says {chunk.event_count}")

        for number, event in fields(body):
            if number == 1:
                for inner, encoded in fields(event):
                    if inner == 6:
                        self._take_catalogue(encoded)
        if chunk.catalogue and chunk.catalogue not in self.catalogues:
            if sum(len(chunks) for chunks in self.waiting.values()) < MAX_WAITING:
                self.waiting.setdefault(chunk.catalogue, []).append((chunk, body))
            else:
                self.unnamed += 1
            return None
        return self._tell_events(chunk, body)

    def _decompress(self, chunk):
        codec = enum_name(chunk, "codec", "CODEC_")
        if codec == "none":
            return chunk.body
        if codec != "zstd":
            raise ValueError(f"unknown codec {codec}")
        if zstandard.frame_content_size(chunk.body) > MAX_BODY:
            raise ValueError("the body claims to be too large")
        return zstandard.ZstdDecompressor().decompress(chunk.body, max_output_size=MAX_BODY)

    def _tell_events(self, chunk, body):
        points = self.catalogues[chunk.catalogue].points if chunk.catalogue else []
        for event in self.messages.ChunkBody.FromString(body).events:
            kind = event.WhichOneof("event")
            told = {"kind": kind, "gateway": chunk.gateway, "time": date_of(chunk.time_base, event.offset_us),
                    "offset_us": event.offset_us, "lane": enum_name(chunk, "lane", "LANE_"),
                    "number": chunk.first_number}
            if kind == "telemetry":
                self._tell_telemetry(told, event.telemetry, points)
            elif kind == "thinned":
                self._tell_thinned(told, event.thinned, points)
            elif kind == "alarm":
                key = (chunk.gateway, event.alarm.alarm, event.alarm.transition_count)
                self.transitions.add(key)
                if key in self.notices:
                    self.notices[key] = True
                self.on_event({**told, "durable": event.alarm.durable, "noticed": key in self.notices,
                               **_alarm(event.alarm)})
            elif kind == "catalogue":
                self.on_event({**told, "data_class": event.catalogue.data_class, "points": len(event.catalogue.points)})
            elif kind == "clock":
                self.on_event({**told, "wall": date(event.clock.wall_us), "source": event.clock.source})
            elif kind == "epoch_started":
                started = event.epoch_started
                self.on_event({**told, "reason": started.reason, "old_epoch": f"{started.old_epoch:016x}",
                               "last_numbers": {n.stream: n.number for n in started.last_numbers}})
            elif kind == "loss":
                loss = event.loss
                self.on_event({**told, "entry": loss.entry, "cause": enum_name(loss, "cause", "LOSS_CAUSE_"),
                               "epoch": f"{loss.epoch:016x}", "stream": loss.stream, "first": loss.first_number,
                               "last": loss.last_number, "count": loss.count, "coarse": loss.coarse})
            elif kind == "epoch_closed":
                self.on_event({**told, "epoch": f"{event.epoch_closed.epoch:016x}"})
            elif kind == "device_status":
                status = event.device_status
                self.on_event({**told, "device": status.device, "communicating": status.communicating,
                               "reason": status.reason})
            elif kind == "data_quality":
                self.on_event({**told, **_data_quality(event.data_quality)})
            elif kind == "health":
                self.on_event({**told, **_health(event.health)})
            elif kind == "asset":
                report = event.asset
                self.on_event({**told, "cause": enum_name(report, "cause", "ASSET_CAUSE_"), **_asset(report.record),
                               "closed": _asset(report.closed) if report.HasField("closed") else None})
            elif kind == "command":
                self.on_event({**told, **_command(event.command)})
            elif kind == "audit":
                record = self.messages.AuditRecord.FromString(event.audit.record)
                self.on_event({**told, "record": event.audit.record.hex(), "entry": record.number,
                               "epoch": f"{chunk.epoch:016x}", "origin": enum_name(record, "origin", "AUDIT_ORIGIN_"),
                               "wall": date(record.wall_us),
                               **{name: getattr(record, name)
                                  for name in ("by", "action", "target", "outcome", "detail", "order")}})
            elif kind == "audit_head":
                head = event.audit_head
                self.on_event({**told, "entry": head.number, "epoch": f"{chunk.epoch:016x}", "digest": head.digest.hex(),
                               "signature": head.signature.hex(), "public_key": head.public_key.hex()})
            elif kind == "baseline_import":
                imported = event.baseline_import
                self.on_event({**told, "by": imported.by, "started": imported.started, "kept": imported.kept,
                               "kinds": [f"{one.family}/{one.profile} {one.function}" for one in imported.kinds]})
            elif kind == "repair":
                self.on_event({**told, **_repair(event.repair)})
            elif kind == "hold":
                hold = event.hold
                self.on_event({**told, "device": hold.device, "step": enum_name(hold, "step", "HOLD_STEP_"),
                               "holder": hold.holder, "by": hold.by})
            else:  # of a newer gateway
                self.on_event({**told, "kind": "unknown"})

    def _tell_telemetry(self, told, telemetry, points):
        texts = {text.position: text.text for text in telemetry.text}
        for i, index in enumerate(telemetry.point):
            point, value = points[index], telemetry.value[i]
            code = telemetry.quality[i] if telemetry.quality else 0
            self.on_event({**told, "point": f"{point.device}.{point.name}", "device": point.device, "name": point.name,
                           "value": texts.get(i, None if math.isnan(value) else value), "unit": point.unit,
                           "quality": quality_name(code), "quality_code": code})

    def _tell_thinned(self, told, thinned, points):
        texts = {text.position: text for text in thinned.text}
        for i, index in enumerate(thinned.point):
            point = points[index]
            code = thinned.quality[i] if thinned.quality else 0

            def value(field):
                text = texts.get(i)
                if text is not None and field in ("first", "last") and text.HasField(field):
                    return getattr(text, field)
                number = getattr(thinned, field)[i]
                return None if math.isnan(number) else number

            self.on_event({**told, "point": f"{point.device}.{point.name}", "device": point.device, "name": point.name,
                           "unit": point.unit, "width_s": thinned.width_us / 1e6, "count": thinned.count[i],
                           "unusable": thinned.unusable[i] if thinned.unusable else 0,
                           **{field: value(field) for field in ("min", "max", "mean", "first", "last")},
                           "changes": thinned.changes[i], "quality": quality_name(code), "quality_code": code,
                           "numbers": [thinned.first_number, thinned.last_number]})


def _alarm(alarm):
    return {"alarm": alarm.alarm, "count": alarm.transition_count,
            "from": enum_name(alarm, "from_state", "ALARM_STATE_"), "to": enum_name(alarm, "to_state", "ALARM_STATE_"),
            "cause": enum_name(alarm, "cause", "TRANSITION_CAUSE_"),
            "severity": enum_name(alarm, "severity", "SEVERITY_"), "rule": alarm.rule, "device": alarm.device,
            "area": alarm.area, "department": alarm.department, "summary": alarm.summary,
            "live": enum_name(alarm, "live_state", "ALARM_STATE_"), "by": alarm.by, "reason": alarm.reason,
            "escalated_to": alarm.escalated_to,
            "inputs": [{"point": i.point, "value": i.text or (i.value if i.HasField("value") else None),
                        "unit": i.unit, "quality": quality_name(i.quality)} for i in alarm.inputs]}


def _plain(message):
    """The scalar fields of a message as a dict; those with presence that are absent: None."""
    out = {}
    for field in message.DESCRIPTOR.fields:
        if field.message_type is None:
            absent = field.containing_oneof is not None and not message.HasField(field.name)
            out[field.name] = None if absent else getattr(message, field.name)
    return out


def _health(health):
    return {**_plain(health), "buses": [_plain(bus) for bus in health.buses],
            **{part: _plain(getattr(health, part)) if health.HasField(part) else None
               for part in ("process", "link", "store")}}


def _measures(m):
    """Counts, and the four measures in percent (None: nothing to judge)."""
    share = lambda part, whole: round(100 * min(part, whole) / whole, 2) if whole else None  # noqa: E731
    return {"completeness": share(m.received, m.expected), "accuracy": share(m.judged - m.inaccurate, m.judged),
            "consistency": share(m.judged - m.inconsistent, m.judged), "timeliness": share(m.judged - m.late, m.judged),
            "covered_s": m.covered_us / 1e6, "expected": m.expected, "received": m.received, "judged": m.judged,
            "suppressed": m.suppressed}


def _data_quality(quality):
    return {"device": quality.device, "department": quality.department,
            "hour": _measures(quality.hour) if quality.HasField("hour") else None,
            "day": _measures(quality.day) if quality.HasField("day") else None,
            "points": [{"point": p.point, "hour": _measures(p.hour), "day": _measures(p.day)}
                       for p in quality.points]}


def _asset(record):
    hours = lambda us: round(us / 3.6e9, 2)  # noqa: E731
    return {"device": record.device, "serial": record.serial, "firmware": record.firmware,
            "generation": record.generation, "running_hours": hours(record.running_us),
            "observed_hours": hours(record.observed_us), "burn_hours": hours(record.burn_us),
            "switch_cycles": record.switch_cycles, "alarms": record.alarms, "times_lost": record.times_lost,
            "first_seen": date(record.first_seen_wall_us) if record.first_seen_wall_us else None,
            "loads": [{"name": load.name, "hours": hours(load.on_us), "cycles": load.cycles} for load in record.loads]}


def _repair(repair):
    return {"alarm": repair.alarm, "action": repair.action, "device": repair.device,
            "step": enum_name(repair, "step", "REPAIR_STEP_"), "attempt": repair.attempt, "tries": repair.tries,
            "command": repair.command, "reason": repair.reason, "department": repair.department}


def _command(command):
    def value(number, text):
        return getattr(command, text) or (getattr(command, number) if command.HasField(number) else None)

    return {"command": command.id, "device": command.device, "point": command.point,
            "asked": value("asked", "asked_text"), "unit": command.unit, "by": command.by,
            "origin": enum_name(command, "origin", "COMMAND_ORIGIN_"),
            "outcome": enum_name(command, "outcome", "COMMAND_OUTCOME_"), "reason": command.reason,
            "written": enum_name(command, "written", "COMMAND_WRITTEN_"),
            "measured_point": command.measured_point, "measured": value("measured", "measured_text"),
            "quality": quality_name(command.measured_quality), "department": command.department}


def line_of(event, colour=False):
    """An event as one line for a person."""
    kind = event["kind"]
    head = event.get("time", "-")
    if kind == "telemetry":
        value = "-" if event["value"] is None else event["value"]
        value = f"{value:.6g}" if isinstance(value, float) else value
        return f"{head}  {event['point']} {value} {event['unit']} {event['quality']}"
    if kind == "thinned":
        parts = [f"{name} {event[name]:.6g}" for name in ("min", "mean", "max") if event[name] is not None]
        parts = parts or [f"{event['first']} .. {event['last']}"]
        return (f"{head}  {event['point']} {' '.join(parts)} {event['unit']} {event['quality']}, "
                f"{event['count']} readings in {event['width_s']:.0f} s")
    if kind in ("alarm", "notice"):
        raised = event["to"] == "raised"
        text = (f"{head}  {'*** ALARM' if raised else '--- alarm'} {event['to']}{' (not stored yet)' if kind == 'notice' else ''} [{event['severity']}] "
                f"{event['summary'] or event['alarm']} | {event['department']} | {event['area']} | {event['alarm']}")
        return f"\033[{'1;31' if raised else '32'}m{text}\033[0m" if colour else text
    if kind == "audit":
        says_it = event["by"].startswith(event["origin"])
        who = event["by"] if says_it else " ".join(part for part in (event["origin"], event["by"]) if part)
        text = " ".join(part for part in (event["action"], event["target"]) if part)
        return f"{head}  audit {event['entry']}: {text} by {who} [{event['outcome']}] {event['detail']}".rstrip()
    if kind == "audit_head":
        return f"{head}  audit: the trail has {event['entry']} entries, {'signed' if event['signature'] else 'not signed'}"
    if kind == "state":
        return f"{head}  gateway {event['gateway']} {'online' if event['online'] else 'OFFLINE'} epoch {event['epoch']}"
    if kind == "device_status":
        state = "answers" if event["communicating"] else "DOES NOT ANSWER"
        return f"{head}  device {event['device']} {state} {event['reason']}".rstrip()
    if kind == "data_quality":
        hour = event["hour"]
        shares = "more points" if hour is None else " ".join(
            f"{name} {'-' if hour[name] is None else hour[name]}%"
            for name in ("completeness", "accuracy", "consistency", "timeliness"))
        return f"{head}  quality {event['device']} {shares}, {len(event['points'])} points not whole"
    if kind == "health":
        store, link, process = event["store"], event["link"], event["process"]
        return (f"{head}  health {event['devices_answering']} of {event['devices']} devices answer, "
                f"{event['alarms_raised']} alarms, link {'none' if link is None else 'up' if link['up'] else 'DOWN'}, "
                f"{store['waiting_chunks'] if store else '?'} chunks wait"
                + (f", {process['memory_bytes'] / 1e6:.0f} MB, {process['cpu_us'] / 1e6:.0f} s of processor" if process else ""))
    if kind == "asset":
        text = (f"{head}  asset {event['device']} {event['cause']} unit {event['generation']} "
                f"serial {event['serial'] or '?'} firmware {event['firmware'] or '?'} "
                f"running {event['running_hours']} h, burned {event['burn_hours']} h")
        closed = event["closed"]
        return text + (f"; taken out: {closed['serial'] or '?'} after {closed['running_hours']} h" if closed else "")
    rest = " ".join(f"{k}={v}" for k, v in event.items() if k not in ("kind", "time", "gateway", "offset_us", "lane"))
    return f"{head}  {kind} {rest}"


# --- MQTT ----------------------------------------------------------------------------------------------------------

class Consumer:
    """A Tally behind a lasting MQTT 5 session: what is published while this consumer is away waits at the broker.

    Use as a context manager. `on_event` runs on the MQTT thread, under the lock of `report()`."""

    def __init__(self, messages, host="127.0.0.1", port=1883, client_id="wayside-consumer", topic_prefix="wayside/v1/#",
                 clean=False, session_expiry_s=3600, on_event=lambda event: None):
        self.tally = Tally(messages, on_event)
        self.subscribed = threading.Event()
        self._lock = threading.Lock()
        self._filter = topic_prefix if topic_prefix.endswith("#") else topic_prefix.rstrip("/") + "/#"
        self._client = mqtt.Client(client_id=client_id, protocol=mqtt.MQTTv5)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self.subscribed.set()
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(min_delay=1, max_delay=5)
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = session_expiry_s
        # Not yet connected when this returns; the broker may still be down.
        self._client.connect_async(host, port, keepalive=15, clean_start=clean, properties=properties)

    def __enter__(self):
        self._client.loop_start()
        return self

    def __exit__(self, *_):
        self._client.disconnect()
        self._client.loop_stop()

    def report(self):
        with self._lock:
            return self.tally.report()

    def write_report(self, path):
        """Whole or not at all, so that a reader never meets half of it."""
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.report(), file, indent=2)
            file.write("\n")
        os.replace(path + ".new", path)

    def _on_connect(self, client, _userdata, _flags, reason, _properties=None):
        if reason == 0:
            client.subscribe(self._filter, qos=1)

    def _on_message(self, _client, _userdata, message):
        with self._lock:
            self.tally.take(message.topic, message.payload)
