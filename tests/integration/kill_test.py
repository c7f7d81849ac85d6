#!/usr/bin/python3
"""kill -9 of the daemon at random times, under load, against a live broker with restarts of its own: nothing is lost.

WAYSIDE_TEST_SET: 50 kills (ci) or 500 (long). WAYSIDE_KILLS and WAYSIDE_SEED choose by hand; the seed is printed. The
seed gives the same times and faults, not the same run: the machine has a say in what a time falls on.
"""
import os
import random
import shutil
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_consumer import Consumer, Messages, Tally, crc32c  # noqa: E402
from wayside_e2e import BIN, ROOT, Broker, Daemon, Program, free_port, wait_for  # noqa: E402
from wayside_sim import Faults  # noqa: E402
from wayside_verdict import AlarmBooks, Store, complaints  # noqa: E402

KILLS = int(os.environ.get("WAYSIDE_KILLS") or {"ci": 50, "long": 500}.get(os.environ.get("WAYSIDE_TEST_SET"), 20))
SEED = int(os.environ.get("WAYSIDE_SEED") or random.SystemRandom().randrange(1 << 32))
METERS = 8
LONGEST_LIFE = 1.6  # seconds from the start of a process to its kill: into the start-up, and well behind it
BROKER_RESTARTS_EACH = 8  # kills, about

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
      - {alert: phase-lost-seen, expr: voltage_l1 < 100, severity: low, for: 200ms, keep_firing_for: 300ms}
"""

CONFIG = """\
gateway: {{id: kill-gateway, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
clock: {{trust: rtc}}
profiles: [{root}/drivers/streetlight/profiles]
rules: [rules.yaml]
buses:
  - {{id: cabinet, tcp: {{host: 127.0.0.1, port: {port}}}}}
devices:
""" + "".join(f"  - {{{{id: meter-{n}, bus: cabinet, unit: {n}, profile: eastron-sdm630, period: 100ms}}}}\n"
              for n in range(1, METERS + 1)) + """\
store: {{path: wayside.db, telemetry_loss_window: 50ms}}
uplink: {{broker: "mqtt://127.0.0.1:{broker}"}}
control: {{socket: control.sock}}
"""


def is_of_site(alarm):
    """Not one of the gateway's own, such as that of an alarm which chatters."""
    return alarm.startswith("site/")


class RememberingTally(Tally):
    """Keeps the last chunk of each stream as it came, to tamper with."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.last = {}

    def take(self, topic, payload):
        super().take(topic, payload)
        if topic.endswith(("/alarm", "/telemetry")):
            self.last[topic] = bytes(payload)


class Kills(unittest.TestCase):
    def setUp(self):
        self.chance = random.Random(SEED)
        self.folder = tempfile.mkdtemp(prefix="wayside-kill.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        port = free_port()
        self.broker = Broker(self.folder).start()
        self.addCleanup(self.broker.stop)
        self.messages = Messages(os.path.join(ROOT, "proto"))
        self.books = AlarmBooks()
        self.consumer = Consumer(self.messages, port=self.broker.port, client_id="kill-consumer")
        self.consumer.tally = RememberingTally(self.messages, self.books.on_event)
        self.consumer.__enter__()
        self.addCleanup(self.consumer.__exit__)
        wait_for(self.consumer.subscribed.is_set, "the consumer is subscribed")
        for name, text in (("scene.yaml", SCENE.format(port=port)), ("rules.yaml", RULES),
                           ("gateway.yaml", CONFIG.format(root=ROOT, port=port, broker=self.broker.port))):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        path = lambda name: os.path.join(self.folder, name)  # noqa: E731
        simulator = Program(self.folder, "wayside-sim", [os.path.join(BIN, "wayside-sim"), "devices",
                                                         path("scene.yaml"), "--control", path("sim.sock")]).start()
        self.addCleanup(simulator.stop)
        wait_for(lambda: os.path.exists(path("sim.sock")), "the simulator listens")
        self.faults = Faults(path("sim.sock"))
        self.daemon = Daemon(self.folder, path("gateway.yaml"), path("control.sock"))
        self.addCleanup(lambda: self.daemon.stop())
        self.starts_seen = 0

    def test_nothing_is_lost(self):
        print(f"kill_test: {KILLS} kills, repeat the times with WAYSIDE_SEED={SEED} WAYSIDE_KILLS={KILLS}",
              file=sys.stderr)
        begun, broker_back, broker_restarts = time.monotonic(), None, 0
        for _ in range(KILLS):
            Program.start(self.daemon)  # without waiting for it: a kill may fall into the start-up
            die_at = time.monotonic() + self.chance.uniform(0.01, LONGEST_LIFE)
            while time.monotonic() < die_at:
                self.faults.say(f"fault meter-{self.chance.randint(1, METERS)} "
                                f"{self.chance.choice(('phase-loss 1', 'clear'))}")
                time.sleep(self.chance.uniform(0, 0.1))
            self.assertTrue(self.daemon.is_running(), "it ended by itself\n" + self.daemon.tail())
            self.daemon.kill()
            if broker_back is None and self.chance.random() < 1 / BROKER_RESTARTS_EACH:
                self.broker.stop()
                broker_restarts += 1
                broker_back = time.monotonic() + self.chance.uniform(0, 3)
            if broker_back is not None and time.monotonic() >= broker_back:
                self.broker.start()
                broker_back = None
        if broker_back is not None:
            self.broker.start()
        store = self.come_to_rest()
        report = self.consumer.report()
        transitions = sum(len(steps) for steps in self.books.steps.values())
        print(f"kill_test: {KILLS} kills, {broker_restarts} broker restarts, {time.monotonic() - begun:.0f} s: "
              f"{sum(store.last.values())} chunks numbered, {report['chunks']} received, {report['repeated']} repeated, "
              f"{report['events']} events, {transitions} transitions of {len(self.books.steps)} alarms", file=sys.stderr)
        self.assertEqual(complaints(self.consumer.tally, store, self.books), [])
        self.assertGreater(sum(store.last.values()), KILLS, "it worked between the kills")
        self.assertGreater(transitions, KILLS / 5, "alarms came and went")
        self.check_that_the_verdict_sees(store)

    def come_to_rest(self):
        """All faults end, what waits is sent, the alarms are as they were told; then the database, alone."""
        for n in range(1, METERS + 1):
            self.faults.say(f"fault meter-{n} clear")
        self.daemon.start()
        wait_for(lambda: self.daemon.ask("status")["uplink"]["up"], "the link is up")
        wait_for(lambda: not [a for a in self.daemon.ask_list("alarms") if is_of_site(a["alarm"])],
                 "every alarm has ended")
        wait_for(lambda: int(self.daemon.ask("status")["store"]["chunks_waiting"]) < 20, "the backlog is sent", 60)
        status = self.daemon.ask("status")
        self.assertEqual(int(status["store"]["damaged"]), 0)
        self.assertEqual(self.daemon.stop(), 0)
        store = Store(os.path.join(self.folder, "wayside.db"), self.messages)
        deadline = time.monotonic() + 10  # for the consumer to catch up
        while complaints(self.consumer.tally, store, self.books) and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertEqual([a for a in self.books.steps if is_of_site(a) and self.books.state(a) != "normal"], [])
        return store

    def check_that_the_verdict_sees(self, store):
        """The negative control: one chunk less, one other body, one step less, one number too many."""
        tally = self.consumer.tally
        (_, stream), told = next(((key[0], key[2]), t) for key, t in tally.streams.items() if len(t.checksums) > 3)
        taken = sorted(told.checksums)[1]
        checksum = told.checksums.pop(taken)
        self.assertIn("neither received nor waiting", " ".join(complaints(tally, store, self.books)))
        told.checksums[taken] = checksum
        store.last[stream] += 1
        self.assertIn("neither received nor waiting", " ".join(complaints(tally, store, self.books)))
        store.last[stream] -= 1
        alarm = max(self.books.steps, key=lambda a: len(self.books.steps[a]))
        step = self.books.steps[alarm].pop(2)
        self.assertIn("was never told", " ".join(complaints(tally, store, self.books)))
        self.books.steps[alarm][2] = step
        self.assertEqual(complaints(tally, store, self.books), [], "the control put everything back")
        topic, payload = next(iter(tally.last.items()))
        chunk = self.messages.Chunk.FromString(payload)
        chunk.body += b"x"
        chunk.checksum = crc32c(chunk.body)
        tally.take(topic, chunk.SerializeToString())
        self.assertIn("different bodies", " ".join(complaints(tally, store, self.books)))


if __name__ == "__main__":
    missing = [p for p in ("waysided", "wayside", "wayside-sim") if not os.access(os.path.join(BIN, p), os.X_OK)]
    if missing:
        sys.exit(f"kill_test: not built: {', '.join(missing)} in {BIN}")
    unittest.main(failfast=True, verbosity=2)
