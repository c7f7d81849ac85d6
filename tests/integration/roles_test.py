#!/usr/bin/python3
"""Roles at the cabinet with real accounts, and callers that mean no good. In a mount namespace of its own, whose
/etc/passwd and /etc/group have the accounts: the machine's are not touched. Needs root, or sudo without a password."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import BIN, ROOT, Daemon, Slave, wait_for  # noqa: E402

ACCOUNTS = {"stranger": 61000, "viewer": 61001, "operator": 61002, "boss": 61003}
GROUPS = {"wayside-view": (61011, "viewer"), "wayside-operate": (61012, "operator"), "wayside-admin": (61013, "boss")}

CONFIG = """\
gateway: {{id: roles-gw, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
clock: {{trust: rtc}}
profiles: [{root}/drivers/streetlight/profiles]
buses:
  - {{id: field-1, tcp: {{host: 127.0.0.1, port: {slave}}}}}
devices:
  - {{id: m-1, bus: field-1, unit: 1, profile: eastron-sdm630, period: 200ms}}
store: {{path: {folder}/store.db}}
control: {{socket: {folder}/w.sock}}
rules: [{folder}/rules.yaml]
"""

SECRET = "8191.75"  # not in the rule, whose text may be seen
RULES = """\
groups:
  - name: plates
    rules:
      - record: secret
        expr: voltage_l1 + 7961.25
        class: sensitive
        meaning: A number that the role view may not see
      - alert: Seen
        expr: secret > 0
        annotations: {summary: "it reads {{ $value }}"}
      - alert: Power
        expr: voltage_l1 > 1
        annotations: {summary: "there is power"}
"""


def enter_namespace():
    """Starts this program again where the accounts exist."""
    folder = tempfile.mkdtemp(prefix="wayside-accounts.")
    with open("/etc/passwd", encoding="utf-8") as file:
        passwd = file.read()
    with open("/etc/group", encoding="utf-8") as file:
        group = file.read()
    for name, number in ACCOUNTS.items():
        passwd += f"{name}:x:{number}:{number}::/:/bin/sh\n"
        group += f"{name}:x:{number}:\n"
    for name, (number, member) in GROUPS.items():
        group += f"{name}:x:{number}:{member}\n"
    for name, text in (("passwd", passwd), ("group", group)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(os.path.join(folder, name), 0o644)
    script = (f"mount --bind {folder}/passwd /etc/passwd && mount --bind {folder}/group /etc/group && "
              f"WAYSIDE_ACCOUNTS=1 WAYSIDE_BIN_DIR='{BIN}' /usr/bin/python3 '{os.path.abspath(__file__)}'")
    command = ["unshare", "--mount", "sh", "-c", script]
    if os.getuid() != 0:
        command = ["sudo", "-n", *command]
    try:
        return subprocess.run(command, check=False).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Roles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wayside-roles.")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        os.chmod(cls.folder, 0o755)
        cls.tool = shutil.copy(os.path.join(BIN, "wayside"), os.path.join(cls.folder, "wayside"))
        cls.slave = Slave(cls.folder)
        cls.addClassCleanup(cls.slave.stop)
        cls.slave.start()
        cls.slave.set_float(1, 0, 230.5)
        cls.config = os.path.join(cls.folder, "gateway.yaml")
        with open(cls.config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(root=ROOT, folder=cls.folder, slave=cls.slave.port))
        with open(os.path.join(cls.folder, "rules.yaml"), "w", encoding="utf-8") as file:
            file.write(RULES)
        cls.socket = os.path.join(cls.folder, "w.sock")
        cls.daemon = Daemon(cls.folder, cls.config, cls.socket)
        cls.addClassCleanup(cls.daemon.stop)
        cls.daemon.start()

    def ask_as(self, account, *arguments):
        number = ACCOUNTS[account]
        return subprocess.run(["setpriv", f"--reuid={number}", f"--regid={number}", "--init-groups", self.tool,
                               *arguments, "--socket", self.socket], capture_output=True, text=True, timeout=20,
                              check=False, env={"PATH": "/usr/bin", "HOME": "/"})

    def run_as(self, account, *arguments):
        done = self.ask_as(account, *arguments)
        return done.returncode, done.stderr

    def polls(self):
        return int(self.daemon.ask_list("devices")[0]["polls"])

    def test_each_may_what_the_role_allows(self):
        look, operate, change = ("devices",), ("hold", "m-1"), ("config", "confirm")
        for account, may in (("stranger", 0), ("viewer", 1), ("operator", 2), ("boss", 3)):
            for level, command in enumerate((look, operate, change), start=1):
                status, errors = self.run_as(account, *command)
                refused = "this needs the role" in errors
                self.assertEqual(refused, level > may, (account, command, errors))
                if refused:
                    self.assertEqual(status, 1)
                    self.assertIn(f"usermod -aG wayside-{('view', 'operate', 'admin')[level - 1]} {account}", errors)
        status, errors = self.run_as("boss", "release", "m-1")
        self.assertEqual(status, 0, errors)
        trail = subprocess.run([self.tool, "audit", "show", "--socket", self.socket], capture_output=True, text=True,
                               check=True).stdout
        self.assertRegex(trail, r"stranger.*hold.*refused|refused.*hold.*stranger|hold.*stranger")

    def test_what_is_sensitive_is_hidden_from_the_role_view(self):
        wait_for(lambda: SECRET in self.ask_as("operator", "points").stdout, "the rule has a value")
        for command in (("points",), ("points", "--json"), ("why", "m-1.secret"), ("why", "m-1.secret", "--json")):
            told = self.ask_as("operator", *command)
            self.assertIn(SECRET, told.stdout, (command, told.stderr))
            kept = self.ask_as("viewer", *command)
            self.assertEqual(kept.returncode, told.returncode, (command, kept.stderr))
            self.assertNotIn(SECRET, kept.stdout, command)
            self.assertIn("(hidden)", kept.stdout, command)

    def test_alarms_do_not_tell_the_role_view_what_is_sensitive(self):
        wait_for(lambda: SECRET in self.ask_as("operator", "alarms").stdout, "the alarm says the value")
        alarm = "plates/Seen m-1"
        for command in (("alarms",), ("alarms", "--json"), ("alarms", "history", alarm), ("why", alarm),
                        ("why", alarm, "--json")):
            told = self.ask_as("operator", *command)
            self.assertIn(SECRET, told.stdout, (command, told.stderr))
            kept = self.ask_as("viewer", *command)
            self.assertEqual(kept.returncode, told.returncode, (command, kept.stderr))
            self.assertNotIn(SECRET, kept.stdout, command)
            self.assertIn("(hidden)", kept.stdout, command)
        self.assertIn("there is power", self.ask_as("viewer", "alarms").stdout, "the others are told")

    def test_the_tail_of_the_role_view_hides_what_is_sensitive(self):
        def tail(account, until):
            number = ACCOUNTS[account]
            out = os.path.join(self.folder, f"tail-{account}")
            with open(out, "wb") as file:
                process = subprocess.Popen(
                    ["setpriv", f"--reuid={number}", f"--regid={number}", "--init-groups", self.tool, "tail",
                     "--socket", self.socket], stdout=file, env={"PATH": "/usr/bin", "HOME": "/"})
            try:
                def text():
                    with open(out, encoding="utf-8") as seen:
                        return seen.read()
                wait_for(lambda: until in text(), f"{account}: the tail tells of it", 30)
                return text()
            finally:
                process.kill()
                process.wait()
        self.assertIn("secret=" + SECRET, tail("operator", "secret="))
        seen = tail("viewer", "secret=")
        self.assertNotIn(SECRET, seen)
        self.assertIn("secret=(hidden)", seen)
        self.assertNotIn("this needs", seen)

    def test_sensitive_history_is_not_for_the_role_view(self):
        wait_for(lambda: SECRET in self.ask_as("operator", "history", "m-1", "--csv").stdout, "a sample is stored")
        kept = self.ask_as("viewer", "history", "m-1", "--csv")
        self.assertNotIn(SECRET, kept.stdout)
        refused = self.ask_as("viewer", "history", "m-1.secret")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("m-1.secret is sensitive: its values need the role operate", refused.stderr)

    def test_a_caller_who_does_not_speak_is_let_go_and_others_are_served(self):
        before = self.polls()
        silent = []
        self.addCleanup(lambda: [s.close() for s in silent])
        for _ in range(64):
            caller = socket.socket(socket.AF_UNIX)
            caller.connect(self.socket)
            silent.append(caller)
        started = time.monotonic()
        self.polls_soon(started)
        wait_for(lambda: self.closed(silent[0]), "the silent one is let go", 15)
        status, errors = self.run_as("viewer", "devices")
        self.assertEqual(status, 0, errors)
        self.assertGreater(self.polls(), before + 10, "the device was polled all the while")

    def polls_soon(self, started):
        """Root comes in over the places kept for it, or when the silent are gone."""
        while True:
            try:
                return self.polls()
            except AssertionError:
                if time.monotonic() - started > 15:
                    raise
                time.sleep(0.2)

    @staticmethod
    def closed(caller):
        caller.settimeout(0.05)
        try:
            return caller.recv(1) == b""
        except TimeoutError:
            return False
        except OSError:
            return True

    def test_ten_thousand_callers_garbage_and_readers_who_never_read(self):
        before = self.polls()
        for i in range(10_000):
            caller = socket.socket(socket.AF_UNIX)
            caller.settimeout(2)
            try:
                caller.connect(self.socket)
                if i % 3 == 0:
                    caller.send(os.urandom(64))
                elif i % 3 == 1:
                    caller.send(b"\xff" * 12)
            except OSError:
                pass
            finally:
                caller.close()
        lazy = []
        self.addCleanup(lambda: [s.close() for s in lazy])
        for _ in range(8):
            caller = socket.socket(socket.AF_UNIX)
            caller.connect(self.socket)
            caller.send(b"\x02\x12\x00")  # devices; the answer is never read
            lazy.append(caller)
        wait_for(lambda: self.run_as("viewer", "devices")[0] == 0, "the next caller is served")
        self.assertTrue(self.daemon.is_running())
        wait_for(lambda: self.polls() > before + 5, "the device is polled")


if __name__ == "__main__":
    if "WAYSIDE_ACCOUNTS" not in os.environ:
        sys.exit(enter_namespace())
    unittest.main(verbosity=2)
