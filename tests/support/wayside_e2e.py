"""What the end-to-end tests share: processes that are always ended, a broker, a slave, a daemon, and waiting.

Every wait is a poll with a deadline. Only processes started here are ended, by their handles.
"""
import json
import os
import re
import signal
import socket
import struct
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Tests read what the commands print.
os.environ["LANGUAGE"] = "en"
BIN = os.environ.get("WAYSIDE_BIN_DIR", os.path.join(ROOT, "build", "dev", "bin"))
if not os.path.isabs(BIN):
    BIN = os.path.join(ROOT, BIN)
PYTHON = "/usr/bin/python3"  # Debian's, which has the packages
PATIENCE = 20.0  # seconds; for a busy machine


def wait_for(condition, what, seconds=PATIENCE):
    """The first true value of condition(), or a failure that names what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def words_of_float(value):
    return list(struct.unpack(">HH", struct.pack(">f", value)))


def words_of_u32(value):
    return [value >> 16, value & 0xFFFF]


class Program:
    """A child process with its output in a file."""

    def __init__(self, folder, name, command, **options):
        self.name, self.command = name, command
        self.log = os.path.join(folder, f"{name}.log")
        self.options = options
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=self.options.get("stdout", log), stderr=log,
                                            stdin=self.options.get("stdin", subprocess.DEVNULL),
                                            env=self.options.get("env"))
        return self

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def send(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, seconds=PATIENCE):
        """Its exit status; killed if it does not end in time."""
        if self.process is None:
            return None
        if self.is_running():
            self.send(signal.SIGCONT)
            self.send(number)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"{self.name} did not end within {seconds:.0f} s\n{self.tail()}") from None
        status = self.process.returncode
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()
        self.process = None
        return status

    def read_log(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def tail(self, lines=40):
        return f"--- the end of {self.name}'s log\n" + "\n".join(self.read_log().splitlines()[-lines:])


class Broker(Program):
    """mosquitto as contracts 10 asks: persistent, no limit on what waits, ended by SIGTERM.

    `extra`: more lines of its configuration, of its listener.
    """

    def __init__(self, folder, extra="", name="broker"):
        self.port = free_port()
        data = os.path.join(folder, name)
        os.makedirs(data, exist_ok=True)
        config = os.path.join(data, "mosquitto.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"listener {self.port} 127.0.0.1\n{extra}allow_anonymous true\n"
                       f"persistence true\npersistence_location {data}/\n"
                       "max_queued_messages 0\nmax_queued_bytes 0\nset_tcp_nodelay true\n"
                       + "".join(f"log_type {kind}\n" for kind in ("error", "warning", "notice", "subscribe")))
            if os.getuid() == 0:
                file.write("user root\n")  # or it gives up the right to write its folder
        program = next((p for p in ("/usr/sbin/mosquitto", "/usr/bin/mosquitto") if os.path.exists(p)), "mosquitto")
        super().__init__(folder, "mosquitto" if name == "broker" else name, [program, "-c", config])

    def start(self):
        super().start()
        wait_for(lambda: accepts(self.port) or not self.is_running(), "mosquitto accepts connections")
        assert self.is_running(), "mosquitto did not start\n" + self.tail()
        return self


class Slave(Program):
    """modbus_slave.py (pymodbus) with its registers, which a restart does not lose."""

    def __init__(self, folder):
        self.port = free_port()
        self.registers = {}
        script = os.path.join(ROOT, "tests", "support", "modbus_slave.py")
        super().__init__(folder, "pymodbus", [PYTHON, script, str(self.port)], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)

    def start(self):
        super().start()
        self._expect("ready")
        for (unit, address), words in list(self.registers.items()):
            self.set(unit, address, words)
        return self

    def set(self, unit, address, words):
        self.registers[unit, address] = words
        self.process.stdin.write(json.dumps({"unit": unit, "address": address, "words": words}).encode() + b"\n")
        self.process.stdin.flush()
        self._expect("ok")

    def set_float(self, unit, address, value):
        self.set(unit, address, words_of_float(value))

    def set_u32(self, unit, address, value):
        self.set(unit, address, words_of_u32(value))

    def _expect(self, word):
        line = self.process.stdout.readline().decode().strip()
        assert line == word, f"pymodbus said '{line}' where '{word}' was expected\n{self.tail()}"


class Daemon(Program):
    def __init__(self, folder, config, socket_path):
        self.socket_path = socket_path
        super().__init__(folder, "waysided", [os.path.join(BIN, "waysided"), "--config", config])

    def start(self):
        super().start()
        wait_for(lambda: not self.is_running() or run_cli(self.socket_path, "status")[0] == 0,
                 "waysided answers `wayside status`")
        assert self.is_running(), "waysided did not start\n" + self.tail()
        return self

    def kill(self):
        return self.stop(signal.SIGKILL)

    def ask(self, command):
        """`wayside COMMAND --json` as plain values with snake_case keys; fields left out are falsy (see Answer)."""
        status, output, errors = run_cli(self.socket_path, command, "--json")
        assert status == 0, f"`wayside {command} --json` ended with {status}: {errors}\n{self.tail()}"
        try:
            return plain(json.loads(output))
        except json.JSONDecodeError:  # one object a line
            return [plain(json.loads(line)) for line in output.splitlines() if line.strip()]

    def ask_list(self, command):
        """The items of a list answer, whether it is a list or an object that holds one."""
        answer = self.ask(command)
        return answer if isinstance(answer, list) else answer[command]


def run_cli(socket_path, *arguments):
    done = subprocess.run([os.path.join(BIN, "wayside"), *arguments, "--socket", socket_path], capture_output=True,
                          text=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout, done.stderr


class Answer(dict):
    """protobuf's JSON leaves out what is zero, false or empty: such a field is an empty Answer, which is falsy."""

    def __missing__(self, key):
        return Answer()

    def __int__(self):
        if self:
            raise TypeError("an object is no number")
        return 0


def plain(value):
    """camelCase keys to snake_case; 64-bit numbers, which protobuf's JSON writes as texts, stay texts for int()."""
    if isinstance(value, dict):
        return Answer({re.sub(r"(?<=[a-z0-9])[A-Z]", lambda m: "_" + m.group().lower(), k): plain(v)
                       for k, v in value.items()})
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
