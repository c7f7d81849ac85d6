"""The daemon as a service: what it tells the manager that started it, through a socket of the test's own."""
import os
import re
import signal
import socket
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import BIN, ROOT, Program, free_port, wait_for  # noqa: E402

# A device that never answers: no one listens at its port.
SITE = """gateway: {id: gw-1, area: {city: a, district: b, street: c, grid: d}, department: lighting}
profiles: [$root/drivers/streetlight/profiles]
buses: [{id: field-1, tcp: {host: 127.0.0.1, port: $port}}]
devices: [{id: meter-1, bus: field-1, unit: 1, profile: eastron-sdm630}]
store: {path: wayside.db}
control: {socket: control.sock}
"""
WATCHDOG = 2.0  # seconds


class Manager:
    """The other end of sd_notify(3)."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.setblocking(False)
        self.told = []

    def listen(self):
        while True:
            try:
                self.told.append((time.monotonic(), self.socket.recv(4096).decode()))
            except BlockingIOError:
                return self.told

    def heard(self, pattern):
        return [message for _, message in self.listen() if re.fullmatch(pattern, message)]


def main():
    with tempfile.TemporaryDirectory() as folder:
        site = os.path.join(folder, "gateway.yaml")
        with open(site, "w", encoding="utf-8") as file:
            file.write(SITE.replace("$root", ROOT).replace("$port", str(free_port())))
        manager = Manager(os.path.join(folder, "notify"))
        control = os.path.join(folder, "control.sock")
        environment = {**os.environ, "NOTIFY_SOCKET": os.path.join(folder, "notify"),
                       "WATCHDOG_USEC": str(int(WATCHDOG * 1e6))}
        daemon = Program(folder, "waysided", [os.path.join(BIN, "waysided"), "--config", site], env=environment)
        daemon.start()
        try:
            wait_for(lambda: manager.heard("READY=1"), "READY=1")
            assert os.path.exists(control), "ready before the control socket is there"
            wait_for(lambda: manager.heard("STATUS=0 of 1 device answer,.* [0-9]+ chunks? waits?, no uplink configured"),
                     "the status line")
            started = time.monotonic()
            wait_for(lambda: len(manager.heard("WATCHDOG=1")) >= 8, "eight feedings")
            assert time.monotonic() - started < 8 * WATCHDOG, "fed too seldom"
            print(f"ready, a status line, and fed {len(manager.heard('WATCHDOG=1'))} times "
                  f"in {time.monotonic() - started:.1f} s of a {WATCHDOG:.0f} s watchdog")

            # Stopped as a whole it says nothing: the manager would end it.
            daemon.send(signal.SIGSTOP)
            fed = len(manager.heard("WATCHDOG=1"))
            time.sleep(WATCHDOG)
            assert len(manager.heard("WATCHDOG=1")) <= fed + 1, "a stopped daemon was fed for"
            daemon.send(signal.SIGCONT)
            wait_for(lambda: len(manager.heard("WATCHDOG=1")) > fed + 1, "fed again")

            assert not manager.heard("STOPPING=1")
            assert daemon.stop() == 0, daemon.read_log()
            assert manager.heard("STOPPING=1"), "it did not say that it stops"
        finally:
            daemon.stop()
    print("1 passed, 0 failed")


main()
