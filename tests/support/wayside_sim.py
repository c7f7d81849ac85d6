"""How a test makes faults happen in a running wayside-sim."""
import socket


class Faults:
    """The simulator's control socket: a line asked, lines answered up to `ok`."""

    def __init__(self, path):
        self.path = path

    def say(self, line):
        with socket.socket(socket.AF_UNIX) as talk:
            talk.settimeout(20)
            talk.connect(self.path)
            talk.sendall(line.encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                part = talk.recv(4096)
                if not part:
                    break
                answer += part
        assert answer.splitlines()[-1:] == [b"ok"], f"the simulator answered '{line}' with {answer!r}"
