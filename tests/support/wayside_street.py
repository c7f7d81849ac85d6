"""A gateway with simulated meters whose alarms come and go: the load of the tests that break links, brokers and nodes."""
import os
import sys
import threading

from wayside_e2e import BIN, ROOT, Daemon, Program, free_port, wait_for
from wayside_sim import Faults

SCENE = """\
seed: 3
start: "2026-03-01T20:00:00"
lines:
  - {{name: cabinet, tcp: "127.0.0.1:{port}"}}
devices:
"""
RULES = """\
groups:
  - name: site
    rules:
      - {alert: phase-lost, expr: voltage_l1 < 100, severity: high}
"""
CONFIG = """\
gateway: {{id: {name}, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
clock: {{trust: rtc}}
profiles: [{root}/drivers/streetlight/profiles]
rules: [rules.yaml]
buses:
  - {{id: cabinet, tcp: {{host: 127.0.0.1, port: {port}}}}}
devices:
{devices}
store: {{path: wayside.db, telemetry_loss_window: 100ms}}
uplink: {{brokers: [{brokers}]}}
control: {{socket: control.sock}}
"""


class Street:
    """`ports`: of the brokers, in the order in which the gateway tries them. Stopped in the order opposite to start()."""

    def __init__(self, folder, name, ports, meters=4, period="200ms"):
        self.name, self.meters = name, meters
        self.folder = os.path.join(folder, name)
        os.makedirs(self.folder)
        port = free_port()
        devices = range(1, meters + 1)
        self._write("scene.yaml", SCENE.format(port=port) + "".join(
            f"  - {{name: meter-{n}, line: cabinet, unit: {n}, kind: sdm630}}\n" for n in devices))
        self._write("rules.yaml", RULES)
        self._write("gateway.yaml", CONFIG.format(
            name=name, root=ROOT, port=port, brokers=", ".join(f'"mqtt://127.0.0.1:{broker}"' for broker in ports),
            devices="\n".join(f"  - {{id: meter-{n}, bus: cabinet, unit: {n}, profile: eastron-sdm630, period: {period}}}"
                              for n in devices)))
        self.simulator = Program(self.folder, "wayside-sim", [
            os.path.join(BIN, "wayside-sim"), "devices", self.path("scene.yaml"), "--control", self.path("sim.sock")])
        self.daemon = Daemon(self.folder, self.path("gateway.yaml"), self.path("control.sock"))
        self.database = self.path("wayside.db")
        self._load, self._load_ends = None, threading.Event()

    def path(self, name):
        return os.path.join(self.folder, name)

    def _write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        self.simulator.start()
        wait_for(lambda: os.path.exists(self.path("sim.sock")), "the simulator listens")
        self.daemon.start()
        return self

    def begin_load(self, chance):
        """Alarms come and go, several a second, until end_load(). `chance`: a random.Random."""
        faults = Faults(self.path("sim.sock"))

        def run():
            while not self._load_ends.wait(chance.uniform(0, 0.15)):
                faults.say(f"fault meter-{chance.randint(1, self.meters)} {chance.choice(('phase-loss 1', 'clear'))}")

        self._load = threading.Thread(target=run, daemon=True)
        self._load.start()

    def end_load(self):
        if self._load is not None:
            self._load_ends.set()
            self._load.join()
            self._load = None

    def stop(self):
        self.end_load()
        self.daemon.stop()
        self.simulator.stop()

    def uplink(self):
        return self.daemon.ask("status")["uplink"]

    def waiting(self):
        return int(self.daemon.ask("status")["store"]["chunks_waiting"])


def require_programs(test):
    """Ends the process where one of the programs is not built."""
    missing = [p for p in ("waysided", "wayside", "wayside-sim") if not os.access(os.path.join(BIN, p), os.X_OK)]
    if missing:
        sys.exit(f"{test}: not built: {', '.join(missing)} in {BIN}")
