#!/usr/bin/python3
"""What the commands of the technician print, word for word: text as on a terminal of 80 columns, and JSON.

A daemon that answers from tests/integration/golden/answers.yaml stands in for waysided, so that every figure is known.
    cli_golden_test.py            compares
    cli_golden_test.py --update   writes what is printed now over the golden files: look at the difference
"""
import fcntl
import os
import pty
import re
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import unittest

import yaml
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import BIN, ROOT  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "golden")
UPDATE = "--update" in sys.argv
PATIENCE = 30


def control_messages():
    proto = os.path.join(ROOT, "proto")
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "control.binpb")
        subprocess.run(["protoc", "-I", proto, "--include_imports", f"--descriptor_set_out={out}",
                        "wayside/control/v1/control.proto"], check=True)
        with open(out, "rb") as file:
            encoded = file.read()
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(encoded).file:
        pool.Add(file)
    if hasattr(message_factory, "GetMessageClass"):
        make = message_factory.GetMessageClass
    else:  # before protobuf 4.22
        make = message_factory.MessageFactory(pool).GetPrototype
    return tuple(make(pool.FindMessageTypeByName(f"wayside.control.v1.{name}")) for name in ("Request", "Response"))


REQUEST, RESPONSE = control_messages()


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


class Stand:
    """Answers each request by its name from `answers`; a text is an error."""

    def __init__(self, path):
        self.answers, self.asked = {}, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(8)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self.serve(connection)

    def serve(self, connection):
        data = b""
        while True:
            data += (chunk := connection.recv(65536))
            if not chunk:
                return
            size, shift, at = 0, 0, 0
            while at < len(data):
                size |= (data[at] & 127) << shift
                shift += 7
                at += 1
                if data[at - 1] < 128:
                    break
            if len(data) >= at + size:
                break
        request = REQUEST.FromString(data[at:at + size])
        kind = request.WhichOneof("request")
        self.asked.append((kind, json_format.MessageToDict(getattr(request, kind), preserving_proto_field_name=True)))
        answer = self.answers.get(kind, f"the test has no answer to '{kind}'")
        response = RESPONSE()
        if isinstance(answer, str):
            response.error = answer
        else:
            json_format.ParseDict({kind: answer}, response)
        encoded = response.SerializeToString()
        connection.sendall(varint(len(encoded)) + encoded)

    def close(self):
        self.listener.close()


def on_terminal(command, environment):
    """What stands on a terminal of 80 columns, and the exit status."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    out = b""
    while select.select([master], [], [], PATIENCE)[0]:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break
        if not chunk:
            break
        out += chunk
    os.close(master)
    return out.decode().replace("\r\n", "\n"), process.wait(PATIENCE)


class Golden(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        with open(os.path.join(GOLDEN, "answers.yaml"), encoding="utf-8") as file:
            cls.cases = yaml.safe_load(file)
        cls.folder = tempfile.mkdtemp(prefix="wayside-golden.")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.socket = os.path.join(cls.folder, "s")
        cls.stand = Stand(cls.socket)
        cls.addClassCleanup(cls.stand.close)
        cls.environment = {**os.environ, "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "xterm",
                           "WAYSIDE_SOCKET": cls.socket}

    def compare(self, name, text):
        path = os.path.join(GOLDEN, name)
        if UPDATE:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), text, f"{name}: `{sys.argv[0]} --update` takes what is printed now")

    def test_what_each_command_prints(self):
        shared = self.cases["shared"]
        for name, case in self.cases["cases"].items():
            with self.subTest(name):
                self.stand.answers = {k: shared[v] if isinstance(v, str) and v in shared else v
                                      for k, v in case.get("answers", {}).items()}
                command = [os.path.join(BIN, "wayside"), *case["command"]]
                text, status = on_terminal(command, self.environment)
                self.assertEqual(status, case.get("status", 0), text)
                for line in text.splitlines():
                    if not line.startswith("wayside: "):  # of standard error, one sentence
                        self.assertLessEqual(len(line), 80, line)
                self.compare(f"{name}.txt", text)
                if not case.get("json", True):
                    continue
                done = subprocess.run([*command, "--json"], env=self.environment, capture_output=True, text=True,
                                      timeout=PATIENCE, check=False)
                self.assertEqual(done.returncode, case.get("status", 0), done.stderr)
                self.compare(f"{name}.json", done.stdout)

    def test_what_is_asked(self):
        for name, case in self.cases["cases"].items():
            if "asks" not in case:
                continue
            with self.subTest(name):
                self.stand.answers = {}
                self.stand.asked = []
                subprocess.run([os.path.join(BIN, "wayside"), *case["command"]], env=self.environment,
                               capture_output=True, timeout=PATIENCE, check=False)
                self.assertEqual(self.stand.asked[0], (case["asks"]["kind"], case["asks"].get("with", {})))

    def test_no_color_and_a_pipe_are_without_colours_and_a_terminal_is_not(self):
        shared = self.cases["shared"]
        self.stand.answers = {"points": shared["points"]}
        command = [os.path.join(BIN, "wayside"), "points"]
        plain, _ = on_terminal(command, self.environment)
        self.assertNotIn("\033", plain)
        coloured, _ = on_terminal(command, {k: v for k, v in self.environment.items() if k != "NO_COLOR"})
        self.assertIn("\033[31;1mbad", coloured)
        self.assertEqual(re.sub(r"\033\[[0-9;]*m", "", coloured), plain)

    def test_nobody_there_is_said_with_what_to_do(self):
        for words in (["points"], ["read", "a", "b"], ["why", "a.b"], ["time"], ["health"]):
            with self.subTest(words):
                done = subprocess.run([os.path.join(BIN, "wayside"), *words, "--socket", self.folder + "/none"],
                                      env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
                self.assertEqual(done.returncode, 69, done.stderr)
                self.assertIn("is waysided running", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=[a for a in sys.argv if a != "--update"])
