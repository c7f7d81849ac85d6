"""A broker that answers as it is told: for refusals and broken packets that no real broker can be made to send."""
import socket
import threading


def _varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


class ScriptedBroker:
    """
    connack: the reason code it answers an MQTT 5 CONNECT with.
    disconnect: sent once the first publish is acknowledged.
    only_v3: "refuse" (as RabbitMQ 3.10 does) or "close": its answer to MQTT 5.
    raw: these bytes instead of a CONNACK.
    suback: the reason code it answers a SUBSCRIBE with; None: no answer.
    """

    def __init__(self, connack=0, disconnect=None, only_v3=None, raw=None, suback=1):
        self.connack, self.disconnect, self.only_v3, self.raw = connack, disconnect, only_v3, raw
        self.suback, self.connects = suback, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        for one in [self.listener, *self.open]:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(peer)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        data = b""
        with peer:
            while True:
                try:
                    got = peer.recv(65536)
                    if not got:
                        return
                    data += got
                    while len(data) >= 2:
                        try:
                            size, start = _varint(data, 1)
                        except IndexError:
                            break
                        if len(data) < start + size:
                            break
                        packet, data = (data[0], data[start:start + size]), data[start + size:]
                        if not self._answer(peer, *packet):
                            return
                except OSError:
                    return

    def _answer(self, peer, head, body):
        kind = head >> 4
        if kind == 1:
            self.connects += 1
            self.v5 = body[6] == 5
            if self.raw is not None:
                peer.sendall(self.raw)
                return False
            if self.v5 and self.only_v3:
                if self.only_v3 == "refuse":
                    peer.sendall(b"\x20\x02\x00\x01")
                return False
            peer.sendall(bytes([0x20, 3, 0, self.connack, 0]) if self.v5 else b"\x20\x02\x00\x00")
            return self.connack == 0
        if kind == 3 and head & 6:
            length = int.from_bytes(body[:2], "big")
            peer.sendall(b"\x40\x02" + body[2 + length:4 + length])
            if self.disconnect is not None:
                peer.sendall(bytes([0xE0, 1, self.disconnect]))
                # Closed with something unread it would be a reset, which may overtake the packet.
                peer.shutdown(socket.SHUT_WR)
                while peer.recv(65536):
                    pass
                return False
        if kind == 8 and self.suback is not None:
            properties = b"\0" if self.v5 else b""
            peer.sendall(bytes([0x90, 3 + len(properties)]) + body[:2] + properties + bytes([self.suback]))
        if kind == 12:
            peer.sendall(b"\xD0\x00")
        return kind != 14
