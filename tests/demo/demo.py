"""The demo behind scripts/demo: a broker, simulated devices, the gateway and an independent consumer on loopback; four
troubles; a tally. Exit status 0 only if all is well. Ends only what it started.
"""
import argparse
import os
import re
import signal
import sqlite3
import string
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
from wayside_consumer import Consumer, Messages, line_of  # noqa: E402
from wayside_e2e import BIN, ROOT, Broker, Daemon, Program, run_cli, wait_for  # noqa: E402
from wayside_orders import Orders, new_order  # noqa: E402

# Of several hundred values a second these scroll by; alarms always do.
SHOWN = re.compile(r"(lane-1\.(speed|occupancy|flow)|power_total|zone-25\.t_max|lamp-3\.level)$")
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def heading(text):
    print(f"\n\033[1m== {text}\033[0m" if COLOUR else f"\n== {text}", flush=True)


class Watch:
    """What the consumer decoded: shown thinned out, alarms remembered by (alarm, state)."""

    def __init__(self):
        self.alarms = {}
        self.last_shown = {}

    def __call__(self, event):
        if event["kind"] == "alarm":
            self.alarms[event["alarm"]] = (event["to"], time.monotonic())
        elif not self._is_shown(event):
            return
        print("  " + line_of(event, COLOUR), flush=True)

    def _is_shown(self, event):
        if event["kind"] != "telemetry":
            return True
        name = event["point"]
        now = time.monotonic()
        if not SHOWN.search(name) or now - self.last_shown.get(name, 0) < 2:
            return False
        self.last_shown[name] = now
        return True

    def state(self, part):
        for alarm, (state, _) in self.alarms.items():
            if part in alarm:
                return state
        return None


class Demo:
    def __init__(self, folder, messages):
        self.folder, self.messages = folder, messages
        self.watch = Watch()
        self.broker = Broker(folder)
        self.simulator = None
        self.daemon = None
        self.programs = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self):
        self.broker.start()
        self.programs.append(self.broker)
        with open(os.path.join(ROOT, "tests", "sim", "scenes", "demo.yaml"), encoding="utf-8") as file:
            scene = re.sub(r"tcp: 127\.0\.0\.1:\d+", "tcp: 127.0.0.1:0", file.read())
        scene = scene.replace("../../data/", os.path.join(ROOT, "tests", "data") + "/")
        with open(self.path("scene.yaml"), "w", encoding="utf-8") as file:
            file.write(scene)
        os.chdir(self.folder)  # ptys of the scene are relative to it
        self.simulator = Program(self.folder, "wayside-sim", [
            os.path.join(BIN, "wayside-sim"), "devices", "scene.yaml", "--control", "sim.sock", "--ready-file", "ready"])
        self.programs.append(self.simulator.start())
        wait_for(lambda: os.path.exists("ready") or not self.simulator.is_running(), "the simulator is ready")
        assert self.simulator.is_running(), self.simulator.tail()
        with open("ready", encoding="utf-8") as file:
            ports = dict(line.strip().split("=", 1) for line in file if "=" in line)
        with open(os.path.join(HERE, "gateway.yaml"), encoding="utf-8") as file:
            config = string.Template(file.read()).substitute(ports, root=ROOT, broker=self.broker.port)
        with open("gateway.yaml", "w", encoding="utf-8") as file:
            file.write(config)
        self.daemon = Daemon(self.folder, self.path("gateway.yaml"), self.path("control.sock"))
        self.programs.append(self.daemon)

    def stop(self):
        for program in reversed(self.programs):
            try:
                program.stop()
            except AssertionError as problem:
                print(problem)

    def fault(self, *words):
        one = Program(self.folder, "fault", [os.path.join(BIN, "wayside-sim"), "fault", "--control", "sim.sock", *words])
        one.start()
        one.process.wait(10)
        assert one.process.returncode == 0, one.tail()

    def show(self, command):
        _, output, errors = run_cli(self.path("control.sock"), command)
        print(f"\n  $ wayside {command}\n" + "".join(f"    {line}\n" for line in (output + errors).splitlines()), flush=True)

    def expect(self, part, state, what, seconds=40):
        began = time.monotonic()
        wait_for(lambda: self.watch.state(part) == state, what, seconds)
        print(f"  -- {what}: after {time.monotonic() - began:.1f} s", flush=True)

    def order(self, device, point, value):
        orders = Orders(self.messages, "127.0.0.1", self.broker.port)
        try:
            order = new_order(self.messages, by="desk 4")
            order.write.device, order.write.point, order.write.text = device, point, value
            began = time.monotonic()
            answers = orders.give("shenzhen/futian/binhe/g12/gw-demo-1", order)
        finally:
            orders.close()
        assert answers, "the gateway answers the order"
        print(f"  -- the platform's order is answered after {time.monotonic() - began:.2f} s: {answers[0].reason}", flush=True)

    def waiting(self):
        return int(self.daemon.ask("status")["store"]["chunks_waiting"])

    def run(self):
        heading("A street at night: meter, 16 lamps, a pipe with a fibre, a leak cable, a real road's traffic")
        self.daemon.start()
        time.sleep(15)
        self.show("status")
        self.show("devices")

        heading("Trouble 1 of 4: the pipe begins to leak at 1,240 m")
        self.fault("fibre-1", "leak", "1240")
        self.expect("PipeLeak", "raised", "the platform knows of the leak")

        heading("Trouble 2 of 4: lamp 3 fails")
        self.fault("lamps-1", "lamp-fail", "3")
        self.expect("LampFailure", "raised", "the platform knows of the lamp")
        self.show("alarms")

        heading("The platform dims lamp 5, over MQTT")
        self.order("lamps-1", "lamp-5.level_command", "60")
        self.show("audit")

        heading("Trouble 3 of 4: the broker is away for 15 s")
        self.broker.stop()
        time.sleep(15)
        self.show("status")
        self.broker.start()
        wait_for(lambda: self.waiting() <= 4, "the gateway has sent what waited", 60)
        print("  -- what waited has been sent", flush=True)

        heading("Trouble 4 of 4: kill -9 of the gateway")
        self.daemon.kill()
        time.sleep(2)
        self.daemon.start()
        self.show("alarms")

        heading("Repaired: the leak is closed, the lamp replaced")
        self.fault("fibre-1", "leak-stop")
        self.fault("lamps-1", "lamp-ok", "3")
        self.expect("PipeLeak", "normal", "the platform knows that the leak has ended", 60)
        self.expect("LampFailure", "normal", "the platform knows that the lamp burns")
        time.sleep(5)


def store_totals(path):
    """What the store has numbered over all its starts, and what still waits in it."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        accepted = db.execute("SELECT total(next - 1), total(events) FROM counter").fetchone()
        waiting = db.execute("SELECT count(*), total(events) FROM chunk WHERE stream <= 6").fetchone()
    return [int(n) for n in (*accepted, *waiting)]


def tally(demo, consumer):
    report = consumer.report()
    chunks, events, chunks_waiting, events_waiting = store_totals(demo.path("wayside.db"))
    lost = events - report["events"] - events_waiting
    heading("Tally")
    print(f"  events sent      {events:8d}   in {chunks} chunks, as numbered by the store")
    print(f"  events received  {report['events']:8d}   in {report['chunks']} chunks, by an independent consumer")
    print(f"  still waiting    {events_waiting:8d}   in {chunks_waiting} chunks in the store")
    print(f"  lost             {lost:8d}   numbers missing at the consumer: {report['missing']}")
    print(f"  repeated         {report['repeated']:8d}   chunks, recognised by their number and dropped")
    print(f"  defects          {report['defects']:8d}")
    good = lost == 0 and report["missing"] == 0 and report["defects"] == 0
    print("\n" + ("all is well" if good else "NOT well: see above"), flush=True)
    return 0 if good else 1


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave it running until Ctrl-C, then the tally")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, interrupted)
    messages = Messages(os.path.join(ROOT, "proto"))
    with tempfile.TemporaryDirectory(prefix="wayside-demo-") as folder:
        demo = Demo(folder, messages)
        try:
            demo.start()
            # Subscribed before the gateway starts; its session lasts over the broker's outage.
            with Consumer(messages, port=demo.broker.port, client_id="demo-consumer", on_event=demo.watch) as consumer:
                demo.run()
                if arguments.keep:
                    heading(f"Running on until Ctrl-C: {BIN}/wayside status --socket {demo.path('control.sock')}")
                    try:
                        signal.pause()
                    except KeyboardInterrupt:
                        pass
                demo.daemon.stop()
                time.sleep(2)  # what the broker still has for the consumer
                return tally(demo, consumer)
        except AssertionError as problem:
            print(f"\ndemo: {problem}", file=sys.stderr)
            if demo.daemon:
                print(demo.daemon.tail(), file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\ndemo: interrupted", file=sys.stderr)
            return 130
        finally:
            demo.stop()
            os.chdir(ROOT)


if __name__ == "__main__":
    sys.exit(main())
