#!/usr/bin/python3
"""The power goes at random moments, in a guest with the gateway, against a live broker and devices outside it: nothing
that was told is lost, no number is given twice. With syncs switched off the same verdict must find losses.

WAYSIDE_CUTS (20) and WAYSIDE_SEED choose by hand; the seed is printed.
"""
import os
import random
import shutil
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import guest as guests  # noqa: E402
from wayside_consumer import Consumer, Messages, Tally, enum_name  # noqa: E402
from wayside_e2e import BIN, ROOT, Broker, Program, free_port, wait_for  # noqa: E402
from wayside_sim import Faults  # noqa: E402
from wayside_verdict import AlarmBooks, Store, complaints  # noqa: E402
from write_log import WriteLog  # noqa: E402

CUTS = int(os.environ.get("WAYSIDE_CUTS") or 20)
SEED = int(os.environ.get("WAYSIDE_SEED") or random.SystemRandom().randrange(1 << 32))
NO_SYNC = os.environ.get("WAYSIDE_NO_SYNC",
                         os.path.join(os.path.dirname(BIN), "tests", "power", "libwayside_no_sync.so"))
METERS = 4
BOOT = 120.0  # seconds at most, on a busy machine
LOGGED_LIVES, SAMPLES = 3, 40  # with a log of the disk's writes, and disks made from each
LONGEST_LIFE = 6.0  # seconds with the gateway running

SCENE = """\
seed: 3
start: "2026-03-01T20:00:00"
lines:
  - {{name: cabinet, tcp: "127.0.0.1:{port}"}}
devices:
""" + "".join(f"  - {{{{name: meter-{n}, line: cabinet, unit: {n}, kind: sdm630}}}}\n" for n in range(1, METERS + 1))

RULES = """\
groups:
  - name: site
    rules:
      - {alert: phase-lost, expr: voltage_l1 < 100, severity: high}
"""

CONFIG = """\
gateway: {{id: power-gateway, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
clock: {{trust: rtc}}
profiles: [profiles]
rules: [rules.yaml]
buses:
  - {{id: cabinet, tcp: {{host: {host}, port: {port}}}}}
devices:
""" + "".join(f"  - {{{{id: meter-{n}, bus: cabinet, unit: {n}, profile: eastron-sdm630, period: 250ms}}}}\n"
              for n in range(1, METERS + 1)) + """\
store: {{path: /data/wayside.db, telemetry_loss_window: 100ms}}
uplink: {{broker: "mqtt://{host}:{broker}", insecure: true}}
control: {{socket: /run/control.sock}}
"""


class MarkingTally(Tally):
    """Notes with each chunk that comes for the first time what `mark` says then."""

    mark, marks = None, {}

    def mark_by(self, mark):
        self.mark, self.marks = mark, {}
        return self.marks

    def take(self, topic, payload):
        super().take(topic, payload)
        if self.mark and topic.endswith(("/alarm", "/telemetry")):
            chunk = self.messages.Chunk.FromString(payload)
            stream = enum_name(chunk, "stream", "STREAM_")
            self.marks.setdefault((stream, (chunk.first_number, chunk.last_number)), self.mark())


class Power(unittest.TestCase):
    def setUp(self):
        self.chance = random.Random(SEED)
        self.folder = tempfile.mkdtemp(prefix="wayside-power.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.port = free_port()
        self.broker = Broker(self.folder).start()
        self.addCleanup(self.broker.stop)
        self.messages = Messages(os.path.join(ROOT, "proto"))
        self.books = AlarmBooks()
        self.consumer = Consumer(self.messages, port=self.broker.port, client_id="power-consumer")
        self.consumer.tally = MarkingTally(self.messages, self.books.on_event)
        self.consumer.__enter__()
        self.addCleanup(self.consumer.__exit__)
        wait_for(self.consumer.subscribed.is_set, "the consumer is subscribed")
        with open(os.path.join(self.folder, "scene.yaml"), "w", encoding="utf-8") as file:
            file.write(SCENE.format(port=self.port))
        control = os.path.join(self.folder, "sim.sock")
        simulator = Program(self.folder, "wayside-sim", [os.path.join(BIN, "wayside-sim"), "devices", file.name,
                                                         "--control", control]).start()
        self.addCleanup(simulator.stop)
        wait_for(lambda: os.path.exists(control), "the simulator listens")
        self.faults = Faults(control)

    def make_guest(self, no_sync_library=None):
        profile = os.path.join(ROOT, "drivers", "streetlight", "profiles", "eastron-sdm630.yaml")
        with open(profile, encoding="utf-8") as file:
            files = {"/etc/wayside/profiles/eastron-sdm630.yaml": file.read(), "/etc/wayside/rules.yaml": RULES,
                     "/etc/wayside/gateway.yaml": CONFIG.format(host=guests.HOST, port=self.port,
                                                                broker=self.broker.port)}
        guest = guests.Guest(self.folder, files, no_sync_library)
        self.addCleanup(guest.stop)
        return guest

    def wait_until_it_runs(self, guest):
        deadline = time.monotonic() + BOOT
        while "gateway.started" not in guest.console() and time.monotonic() < deadline and guest.program.is_running():
            time.sleep(0.05)
        self.assertIn("gateway.started", guest.console(), "the gateway does not start\n" + guest.program.tail())
        self.assertNotIn("no disk", guest.console())

    def live(self, guest, seconds):
        """Alarms come and go."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.faults.say(f"fault meter-{self.chance.randint(1, METERS)} "
                            f"{self.chance.choice(('phase-loss 1', 'clear'))}")
            time.sleep(self.chance.uniform(0, 0.3))

    def lose_power(self, guest, cuts, boots=True):
        for cut in range(cuts):
            guest.start()
            if boots and self.chance.random() < 0.2:  # also while it boots
                self.live(guest, self.chance.uniform(0.5, 5))
            else:
                self.wait_until_it_runs(guest)
                self.live(guest, self.chance.uniform(0, LONGEST_LIFE))
            guest.cut_power()
            time.sleep(0.5)  # what the broker had goes on to the consumer
            print(f"power_test: cut {cut + 1} of {cuts}, {self.consumer.report()['chunks']} chunks so far",
                  file=sys.stderr, flush=True)

    def verdict(self, guest, disk=None, told_later=frozenset()):
        store = Store(guest.take_database(disk), self.messages)
        return complaints(self.consumer.tally, store, self.books, told_later)

    def wait_for_more(self):
        before = self.consumer.report()["chunks"]
        wait_for(lambda: self.consumer.report()["chunks"] > before + 10, "chunks arrive", BOOT)

    def test_nothing_is_lost(self):
        print(f"power_test: repeat the times with WAYSIDE_SEED={SEED} WAYSIDE_CUTS={CUTS}", file=sys.stderr)
        guest = self.make_guest()
        self.lose_power(guest, CUTS)
        guest.start()
        self.wait_until_it_runs(guest)
        self.wait_for_more()
        guest.cut_power()
        time.sleep(1)  # what the broker had goes on to the consumer
        self.assertEqual(self.verdict(guest), [])
        report = self.consumer.report()
        print(f"power_test: {CUTS + 1} cuts: {report['chunks']} chunks received, {report['repeated']} repeated, "
              f"{sum(len(s) for s in self.books.steps.values())} alarm steps, 0 lost", file=sys.stderr)

    def test_a_disk_that_writes_in_another_order_loses_nothing(self):
        guest = self.make_guest()
        before, sample = (os.path.join(self.folder, name) for name in ("before.img", "sample.img"))
        loose = 0
        for life in range(LOGGED_LIVES):
            shutil.copy(guest.disk, before)
            log = guest.log_writes()
            marks = self.consumer.tally.mark_by(lambda path=log.path: os.path.getsize(path))
            guest.start(log.drive)
            self.wait_until_it_runs(guest)
            self.wait_for_more()
            self.live(guest, LONGEST_LIFE)
            guest.cut_power()
            time.sleep(1)  # what the broker had goes on to the consumer
            written = WriteLog(log.path)
            self.assertGreater(written.flushes(), 10, "the gateway syncs")
            for _ in range(SAMPLES):
                cut, in_cache, _ = written.write_disk(before, sample, self.chance)
                loose += in_cache
                # What came while the log was shorter was durable in it, before it was told.
                later = {key for key, size in marks.items() if size > cut}
                self.assertEqual(self.verdict(guest, sample, later), [], f"life {life}, log cut at {cut}")
        print(f"power_test: {LOGGED_LIVES * SAMPLES} disks, {loose} writes in their caches, 0 lost", file=sys.stderr)
        self.assertGreater(loose, 0)
        cut, _, _ = written.write_disk(before, sample, self.chance, flushes_count=False)
        later = {key for key, size in marks.items() if size > cut}
        self.assertNotEqual(self.found_in(guest, sample, later), [], "a disk whose flushes do nothing is found out")

    def found_in(self, guest, disk=None, told_later=frozenset()):
        try:
            return self.verdict(guest, disk, told_later)
        except Exception as error:  # no database at all: that is a loss too
            return [f"{type(error).__name__}: {error}"]

    def test_without_syncs_the_verdict_finds_losses(self):
        guest = self.make_guest(NO_SYNC)
        self.lose_power(guest, 1, boots=False)
        self.assertEqual(self.verdict(guest), [], "with syncs there is a database, and nothing is lost")
        for _ in range(5):
            guest.start(no_sync=True)
            self.wait_until_it_runs(guest)
            self.wait_for_more()
            self.live(guest, 3)
            guest.cut_power()
            time.sleep(1)
            found = self.found_in(guest)
            if found:
                print(f"power_test: without syncs: {found[0]}", file=sys.stderr)
                return
        self.fail("five cuts without a sync, and nothing was lost: the verdict sees nothing")


if __name__ == "__main__":
    if guests.missing():
        sys.exit(f"power_test: {guests.missing()}")
    unittest.main(failfast=True, verbosity=2)
