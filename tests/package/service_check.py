"""The unit under a real systemd: started, closed in, watched, reloaded, restarted, and left alone when its configuration is
wrong. `check_service(root)` needs a clean root with the package installed."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from clean_root import Booted  # noqa: E402
from wayside_e2e import wait_for  # noqa: E402

UNIT = "waysided.service"
CONFIG = "/etc/wayside/gateway.yaml"
PASSWORD = "not-a-secret"
# A bus over TCP, an uplink with a password, and a serial line that is a terminal of the test.
SITE = """
buses: [{id: field-1, tcp: {host: 127.0.0.1, port: 1}}, {id: rs485-1, serial: {port: /dev/ptmx, baud: 9600}}]
devices:
  - {id: meter-1, bus: field-1, unit: 1, profile: eastron-sdm630}
  - {id: meter-2, bus: rs485-1, unit: 1, profile: eastron-sdm630}
uplink:
  broker: "mqtt://127.0.0.1:1"
  username: gw
  password_file: /run/credentials/waysided.service/broker-password
"""


def write(root, path, text, mode=0o644):
    os.makedirs(os.path.dirname(root.file(path)), exist_ok=True)
    with open(os.open(root.file(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        file.write(text)


def describe_site(root):
    kept = [line for line in root.read(CONFIG).splitlines() if not line.startswith(("buses:", "devices:", "#"))]
    write(root, CONFIG, "\n".join(kept) + SITE)
    write(root, "/etc/credstore/broker-password", PASSWORD + "\n", 0o600)


def process_of(machine):
    return machine.show(UNIT, "MainPID")


def check_started(machine):
    machine.ask("systemctl", "start", UNIT, status=0)
    status = machine.show(UNIT, "StatusText")
    wait_for(lambda: machine.show(UNIT, "StatusText").startswith("0 of 2 devices answer"), f"a status line ({status})")
    told = machine.ask("wayside", "status", status=0)
    assert "gw-example" in told, told
    proc = machine.ask("cat", f"/proc/{process_of(machine)}/status", status=0)
    assert "CapEff:\t0000000000000000" in proc and "Seccomp:\t2" in proc and "NoNewPrivs:\t1" in proc, proc
    log = machine.ask("journalctl", "-u", UNIT, "--no-pager")
    assert "no_boot_id" not in log and "Operation not permitted" not in log, log
    print("service: started, closed in; " + machine.show(UNIT, "StatusText"))


def check_credential(machine):
    told = machine.ask("cat", "/run/credentials/waysided.service/broker-password", status=0)
    assert told == PASSWORD, told


def check_reloaded(machine):
    before = process_of(machine)
    machine.ask("systemctl", "reload", UNIT, status=0)
    wait_for(lambda: machine.show(UNIT, "ActiveState") == "active", "active after the reload")
    assert process_of(machine) == before, "a reload is no restart"
    print("service: reloaded")


def check_watched(machine, root):
    write(root, "/etc/systemd/system/waysided.service.d/test.conf", "[Service]\nWatchdogSec=4\nRestartSec=1\n")
    machine.ask("systemctl", "daemon-reload", status=0)
    machine.ask("systemctl", "restart", UNIT, status=0)
    process = process_of(machine)
    restarts = int(machine.show(UNIT, "NRestarts"))
    assert restarts == 0 and machine.show(UNIT, "Result") == "success"
    machine.ask("sh", "-c", f"sleep 9; test {process} = $(systemctl show -p MainPID --value {UNIT})", status=0)
    machine.ask("sh", "-c", f"kill -STOP {process}", status=0)
    wait_for(lambda: process_of(machine) not in (process, "0") and machine.show(UNIT, "ActiveState") == "active",
             "a daemon that hangs is started anew", 60)
    log = machine.ask("journalctl", "--no-pager", "-b")
    assert "Watchdog timeout" in log, log
    print("service: a daemon that lives is left alone, one that hangs is started anew")


def check_wrong_configuration(machine, root):
    good = root.read(CONFIG)
    write(root, CONFIG, good.replace("department:", "departement:"))
    machine.ask("systemctl", "restart", UNIT, status=0)  # by the version that was good
    assert "departement" in machine.ask("journalctl", "--no-pager", "-b", "-u", UNIT)
    machine.ask("systemctl", "stop", UNIT, status=0)
    machine.ask("rm", "-r", "/var/lib/wayside/config", status=0)  # there is none any more
    machine.ask("systemctl", "start", UNIT, status=1)
    machine.ask("sleep", "3")
    assert machine.show(UNIT, "ActiveState") == "failed" and machine.show(UNIT, "ExecMainStatus") == "78"
    assert machine.show(UNIT, "NRestarts") == "0", "a wrong configuration was tried again"
    write(root, CONFIG, good)
    machine.ask("systemctl", "reset-failed", UNIT)
    machine.ask("systemctl", "start", UNIT, status=0)
    machine.ask("systemctl", "stop", UNIT, status=0)
    assert machine.show(UNIT, "Result") == "success", machine.ask("systemctl", "status", UNIT)
    print("service: a wrong configuration is not tried again; stopped in order")


def check_service(root):
    example = root.read(CONFIG)
    describe_site(root)
    machine = Booted(root)
    try:
        check_started(machine)
        check_credential(machine)
        check_reloaded(machine)
        check_watched(machine, root)
        check_wrong_configuration(machine, root)
    finally:
        machine.stop()
        write(root, CONFIG, example)
        os.remove(root.file("/etc/credstore/broker-password"))
        shutil.rmtree(root.file("/etc/systemd/system/waysided.service.d"))
