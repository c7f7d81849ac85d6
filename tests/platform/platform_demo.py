"""The demo behind scripts/platform-demo: a RabbitMQ cluster of three nodes on loopback, gateways that know all three, a
consumer on a quorum queue. Under load a node is stopped, one is killed, and all are rolled. Then the verdict: was
anything lost that was acknowledged, are all numbers there? Exit status 0 only if so. Ends only what it started.
"""
import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from quorum_consumer import QuorumConsumer  # noqa: E402
from rabbitmq import Cluster  # noqa: E402
from wayside_consumer import Messages  # noqa: E402
from wayside_e2e import ROOT, wait_for  # noqa: E402
from wayside_street import Street, require_programs  # noqa: E402
from wayside_verdict import AlarmBooks, OrderedTally, Store, complaints  # noqa: E402

COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
RETAINED = ("/up/state", "/up/meta/descriptor", "/catalogue/")


def heading(text):
    print(f"\n\033[1m== {text}\033[0m" if COLOUR else f"\n== {text}", flush=True)


class Books:
    """What came of each gateway."""

    def __init__(self, messages, names):
        self.alarms = {name: AlarmBooks() for name in names}
        self.tallies = {name: OrderedTally(messages, self.alarms[name].on_event) for name in names}
        self.retained = {name: dict.fromkeys(RETAINED, 0) for name in names}

    def take(self, topic, payload):
        levels = topic.split("/")
        name = levels[levels.index("up") - 1] if "up" in levels else None
        if name not in self.tallies:
            return
        for kind in RETAINED:
            self.retained[name][kind] += kind in topic
        self.tallies[name].take(topic, payload)

    def chunks(self):
        return sum(len(s.checksums) for tally in self.tallies.values() for s in tally.streams.values())


class Demo:
    def __init__(self, folder, gateways, seed):
        self.cluster = Cluster(folder)
        self.chance = random.Random(seed)
        ports = [node.mqtt for node in self.cluster.nodes]
        self.streets = [Street(folder, f"gateway-{i + 1}", ports[i % 3:] + ports[:i % 3]) for i in range(gateways)]
        self.books = Books(Messages(os.path.join(ROOT, "proto")), [street.name for street in self.streets])
        self.consumer = QuorumConsumer([node.amqp for node in self.cluster.nodes], self.books.take)
        self.begun = time.monotonic()
        self.over = threading.Event()

    def progress(self):
        while not self.over.wait(3):
            nodes = " ".join(f"{node.node_name[:2]} {'up' if node.is_running() else '--'}" for node in self.cluster.nodes)
            try:
                links = " ".join("up" if street.uplink()["up"] else "--" for street in self.streets)
                waiting = sum(street.waiting() for street in self.streets)
            except (AssertionError, subprocess.TimeoutExpired, KeyError):
                links, waiting = "?", "?"
            with self.consumer.lock:
                chunks = self.books.chunks()
            print(f"  {time.monotonic() - self.begun:4.0f} s  nodes {nodes}   links {links}   chunks received {chunks:6d}, "
                  f"waiting {waiting}", flush=True)

    def all_sent(self):
        for street in self.streets:
            wait_for(lambda s=street: s.uplink()["up"] and s.waiting() < 30, f"{street.name} has sent what waited", 180)

    def safe_to_stop(self, node):
        wait_for(lambda: not node.is_critical(), f"the queue can spare {node.node_name}", 120)

    def run(self, pause):
        heading("A cluster of three nodes forms (half a minute)")
        self.cluster.start()
        self.consumer.__enter__()
        wait_for(self.consumer.declared.is_set, "the quorum queue is declared and bound", 60)
        heading(f"{len(self.streets)} gateways, each with all three nodes in its list")
        for street in self.streets:
            street.start()
            street.begin_load(random.Random(self.chance.random()))
        threading.Thread(target=self.progress, daemon=True).start()
        self.all_sent()
        time.sleep(pause)
        one, two, _ = self.cluster.nodes
        heading(f"{one.node_name} is stopped in order")
        one.shut_down()
        time.sleep(pause)
        one.start().wait_ready()
        self.safe_to_stop(two)
        heading(f"{two.node_name} is killed (kill -9)")
        two.kill()
        time.sleep(pause)
        two.start().wait_ready()
        for node in self.cluster.nodes:
            self.safe_to_stop(node)
            heading(f"The roll: {node.node_name} is stopped and started")
            node.shut_down()
            node.start().wait_ready()
        self.all_sent()
        time.sleep(pause)

    def settle(self):
        """The load ends, the gateways stop, the consumer reads what is left."""
        self.connects = {street.name: int(street.uplink()["connects"]) for street in self.streets}
        self.over.set()
        for street in self.streets:
            street.end_load()
            street.daemon.stop()
        last, since = -1, time.monotonic()
        while time.monotonic() - since < 3:
            with self.consumer.lock:
                chunks = self.books.chunks()
            if chunks != last:
                last, since = chunks, time.monotonic()
            time.sleep(0.1)
        self.consumer.__exit__()

    def verdict(self):
        heading("Verdict")
        wrong = []
        for street in self.streets:
            name, tally = street.name, self.books.tallies[street.name]
            store = Store(street.database, tally.messages)
            report, retained = tally.report(), self.books.retained[name]
            # What was reordered is told and not judged: a quorum queue whose leader goes takes or delivers some again.
            found = complaints(tally, store, self.books.alarms[name])
            found += [f"{topic} came {times} times in {self.connects[name]} connections"
                      for topic, times in retained.items() if times < self.connects[name]]
            waiting = sum(len(chunks) for chunks in store.waiting.values())
            print(f"  {name}: {self.connects[name]} connections; {sum(store.last.values())} chunks numbered, "
                  f"{report['chunks']} received, {waiting} still in the store, {report['repeated']} repeated, "
                  f"{len(tally.reordered)} reordered (not judged); retained topics published {retained['/up/state']} times", flush=True)
            wrong += [f"{name}: {text}" for text in found]
        for text in wrong:
            print(f"  WRONG  {text}", flush=True)
        print(f"\n{'NOT well' if wrong else 'nothing was lost: all is well'} ({time.monotonic() - self.begun:.0f} s)",
              flush=True)
        return 1 if wrong else 0

    def stop(self):
        self.over.set()
        for part in (*self.streets, self.cluster):
            try:
                part.stop()
            except AssertionError as problem:
                print(problem)


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gateways", type=int, default=3)
    parser.add_argument("--pause", type=float, default=10, help="seconds of load between the troubles")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments = parser.parse_args()
    require_programs("platform-demo")
    signal.signal(signal.SIGTERM, interrupted)
    with tempfile.TemporaryDirectory(prefix="wayside-platform-") as folder:
        demo = Demo(folder, arguments.gateways, arguments.seed)
        try:
            demo.run(arguments.pause)
            demo.settle()
            return demo.verdict()
        except AssertionError as problem:
            print(f"\nplatform-demo: {problem}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nplatform-demo: interrupted", file=sys.stderr)
            return 130
        finally:
            demo.stop()


if __name__ == "__main__":
    sys.exit(main())
