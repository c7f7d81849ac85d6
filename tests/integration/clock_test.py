#!/usr/bin/python3
"""A wall clock that is wrong, under a real daemon (tests/support/wrong_clock.cpp): in 1970 at the start, then right, ten years ahead, a day
behind, stepped again and again, with a kill in between. No number, no order and no schedule changes, and every date
that is told is one that the clock showed. The boot clock is left alone, as a real step leaves it."""
import calendar
import os
import shutil
import struct
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_consumer import Consumer, Messages, Tally  # noqa: E402
from wayside_e2e import BIN, ROOT, Broker, Daemon, Slave, wait_for  # noqa: E402
from wayside_verdict import AlarmBooks, Store, complaints  # noqa: E402

POWER_TOTAL = 0x34
REGISTERS = (0x00, 0x06, POWER_TOTAL, 0x46, 0x48)
PERIOD = 0.2  # seconds
DAY = 86400
PHASES = (-int(time.time()) + 600, 0, 3652 * DAY, 0, -DAY, 3600, -3600, 7, -7, 0)  # seconds ahead of the true time
CLOSE = 2.0  # seconds: the program's and this test's own delays in reading clocks

RULES = """\
groups:
  - name: site
    rules:
      - {alert: overload, expr: power_total > 5000, severity: high}
      - {alert: overload-lasts, expr: power_total > 5000, severity: high, for: 500ms}
"""

CONFIG = """\
gateway: {{id: clock-gateway, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
clock: {{trust: {trust}}}
profiles: [{root}/drivers/streetlight/profiles]
rules: [rules.yaml]
buses:
  - {{id: field-1, tcp: {{host: 127.0.0.1, port: {port}}}}}
devices:
  - {{id: cabinet-1, bus: field-1, unit: 1, profile: eastron-sdm630, period: 200ms}}
store: {{path: wayside.db}}
uplink: {{broker: "mqtt://127.0.0.1:{broker}"}}
control: {{socket: control.sock}}
"""


LIBRARY = os.environ.get("WAYSIDE_WRONG_CLOCK",
                         os.path.join(os.path.dirname(BIN), "tests", "integration", "libwayside_wrong_clock.so"))


def boot_now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class TimedTally(Tally):
    """Also keeps the time base of every chunk, by boot offset: (stream, first number, offset, ahead or None)."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.bases = []

    def take(self, topic, payload):
        super().take(topic, payload)
        if topic.endswith(("/alarm", "/telemetry")):
            chunk = self.messages.Chunk.FromString(payload)
            anchor = chunk.time_base.anchor
            ahead = (anchor.wall_us - anchor.offset_us) / 1e6 if chunk.time_base.HasField("anchor") else None
            self.bases.append((chunk.stream, chunk.first_number, chunk.first_offset_us / 1e6, ahead))


class WrongClock(unittest.TestCase):
    trust = "rtc"

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wayside-clk.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        path = lambda name: os.path.join(self.folder, name)  # noqa: E731
        self.broker = Broker(self.folder).start()
        self.addCleanup(self.broker.stop)
        self.messages = Messages(os.path.join(ROOT, "proto"))
        self.books, self.events = AlarmBooks(), []
        self.consumer = Consumer(self.messages, port=self.broker.port, client_id="clock-consumer")
        self.consumer.tally = TimedTally(self.messages, self.take)
        self.consumer.__enter__()
        self.addCleanup(self.consumer.__exit__)
        wait_for(self.consumer.subscribed.is_set, "the consumer is subscribed")
        self.slave = Slave(self.folder).start()
        self.addCleanup(self.slave.stop)
        for register in REGISTERS:
            self.slave.set_float(1, register, 1000.0)
        for name, text in (("rules.yaml", RULES),
                           ("gateway.yaml", CONFIG.format(root=ROOT, port=self.slave.port, trust=self.trust,
                                                          broker=self.broker.port))):
            with open(path(name), "w", encoding="utf-8") as file:
                file.write(text)
        self.value = 1000.0
        self.ahead_of_boot = time.time() - boot_now()  # the true wall clock, of the boot clock
        self.daemon = Daemon(self.folder, path("gateway.yaml"), path("control.sock"))
        self.daemon.command = ["env", f"LD_PRELOAD={LIBRARY}", f"WAYSIDE_CLOCK_AHEAD={path('ahead')}",
                               *self.daemon.command]
        self.set_clock(PHASES[0])
        self.daemon.start()
        self.addCleanup(lambda: self.daemon.stop())

    def take(self, event):
        self.books.on_event(event)
        self.events.append((event, boot_now()))

    def set_clock(self, ahead):
        self.ahead = ahead
        file = os.open(os.path.join(self.folder, "ahead"), os.O_WRONLY | os.O_CREAT, 0o600)
        os.pwrite(file, struct.pack("=q", ahead), 0)  # at once: the program reads it whenever it likes
        os.close(file)

    def told(self, kind, **wanted):
        return [e for e, _ in list(self.events) if e["kind"] == kind and all(e[k] == v for k, v in wanted.items())]

    def new_value_arrives(self, value):
        self.slave.set_float(1, POWER_TOTAL, value)
        wait_for(lambda: self.told("telemetry", value=value), f"{value} W arrives with the clock {self.ahead} s ahead")

    def anchored(self):
        return [e for e in self.told("clock") if abs(self.date_ahead(e) - self.ahead) < CLOSE]

    def date_ahead(self, clock_event):
        """Of the true time, seconds."""
        wall = time.strptime(clock_event["wall"][:19], "%Y-%m-%dT%H:%M:%S")
        return calendar.timegm(wall) - clock_event["offset_us"] / 1e6 - self.ahead_of_boot

    def finish(self):
        self.assertEqual(self.daemon.stop(), 0)
        store = Store(os.path.join(self.folder, "wayside.db"), self.messages)
        deadline = time.monotonic() + 10
        while complaints(self.consumer.tally, store, self.books) and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertEqual(complaints(self.consumer.tally, store, self.books), [])
        # Numbers and boot offsets rise together, whatever the dates say.
        bases = self.consumer.tally.bases
        for stream in {stream for stream, *_ in bases}:
            offsets = [offset for _, offset in sorted({(n, o) for s, n, o, _ in bases if s == stream})]
            self.assertEqual(offsets, sorted(offsets))
        return bases


class Stepped(WrongClock):
    def test_steps_change_no_number_no_order_and_no_schedule(self):
        begun, polls = boot_now(), 0
        for n, ahead in enumerate(PHASES):
            self.set_clock(ahead)
            wait_for(self.anchored, f"a clock event says {ahead} s ahead")
            self.new_value_arrives(6000.0 + n)  # also raises the alarms
            for alarm in ("overload", "overload-lasts"):
                wait_for(lambda a=alarm: self.books.state(f"site/{a} cabinet-1") == "raised", f"{alarm} is raised")
            if n == len(PHASES) // 2:
                polls += int(self.daemon.ask_list("devices")[0]["polls"])
                self.daemon.kill()
                self.daemon.start()
                self.new_value_arrives(6500.0)
            self.new_value_arrives(1000.0 + n)
            wait_for(lambda: self.books.state("site/overload-lasts cabinet-1") == "normal", "it ends")
        polls += int(self.daemon.ask_list("devices")[0]["polls"])
        periods = (boot_now() - begun) / PERIOD
        self.assertLess(polls, periods * 1.1 + 10, "a step ahead is no reason for a burst of polls")
        bases = self.finish()
        for _, number, offset, ahead in bases:
            self.assertIsNotNone(ahead, f"chunk {number} has a date")
            shown = ahead - self.ahead_of_boot
            self.assertTrue(any(abs(shown - phase) < CLOSE for phase in PHASES),
                            f"chunk {number} at {offset}: dated {shown:.1f} s ahead, which the clock never was")
        for event, received in self.events:
            if "offset_us" in event:
                self.assertLess(event["offset_us"] / 1e6, received, "an event is not of the future")
                self.assertGreater(event["offset_us"] / 1e6, begun - 30, "offsets are on the boot clock")
        print(f"clock_test: {len(PHASES)} clocks, {polls} polls in {periods:.0f} periods, "
              f"{len(self.told('clock'))} anchors, {sum(len(s) for s in self.books.steps.values())} transitions",
              file=sys.stderr)


class NotTrusted(WrongClock):
    trust = "system"

    def test_without_a_trusted_clock_alarms_are_told_at_once_and_without_a_false_date(self):
        trusted = bool(self.daemon.ask("status")["clock_trusted"])  # the kernel of this machine has the word
        self.new_value_arrives(6000.0)
        wait_for(lambda: self.books.state("site/overload cabinet-1") == "raised", "the alarm is told")
        for _, number, _, ahead in self.finish():
            self.assertEqual(ahead is not None, trusted, f"chunk {number}")


if __name__ == "__main__":
    if not os.path.exists(LIBRARY):
        sys.exit(f"clock_test: not built: {LIBRARY}")
    unittest.main(failfast=True, verbosity=2)
