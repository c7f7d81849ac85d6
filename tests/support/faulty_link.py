"""A link that is as bad as it is told, between a gateway and its broker: a TCP proxy on loopback that knows where an
MQTT packet ends.

    link = FaultyLink(broker.port)      # gateways connect to link.port
    link.cut()                          # both sides get a reset
    link.silence()                      # half-open: what is connected now is swallowed, both ways, and no one is told
    link.refuse(); link.accept()        # no one listens; someone does again
    link.delay = 0.3                    # seconds, each way, in order
    link.rate = 4096                    # bytes a second, each way
    link.piece = 1                      # bytes in one segment
    link.full = True                    # each PUBLISH is answered "quota exceeded" and goes no further (MQTT 5)
    link.connacks = [b"..."]            # instead of the broker's next CONNACKs
    link.hold = 1                       # so many CONNECTs wait, also when their sender has given up, for release()

Its own thread runs an event loop; the settings may be changed from any thread and hold for what comes from then on.
"""
import asyncio
import socket
import threading
import time

CONNECT, CONNACK, PUBLISH, PUBACK = 1, 2, 3, 4
QUOTA_EXCEEDED = 0x97
BLOCK = 65536


def split_packets(data):
    """The whole packets at the front, and the rest."""
    packets, at = [], 0
    while len(data) - at >= 2:
        size, shift, head = 0, 0, at + 1
        while head < len(data) and head < at + 5:
            size |= (data[head] & 0x7F) << shift
            shift += 7
            head += 1
            if data[head - 1] < 0x80:
                break
        else:
            break
        if len(data) < head + size:
            break
        packets.append((data[at] >> 4, head - at, data[at:head + size]))
        at = head + size
    return packets, data[at:]


def packet_id(packet, head):
    """Of a PUBLISH with QoS 1."""
    topic = int.from_bytes(packet[head:head + 2], "big")
    return packet[head + 2 + topic:head + 4 + topic]


class _Connection:
    def __init__(self, link, near, far):
        self.link, self.near, self.far = link, near, far  # (reader, writer) of the gateway's side, of the broker's
        self.silent = False
        self.held = None  # bytes of a CONNECT, and what follows it, that wait
        self.to_near, self.to_far = asyncio.Queue(), asyncio.Queue()

    async def run(self):
        self.tasks = [asyncio.ensure_future(task) for task in (
            self._read(self.near[0], self.to_far, self._from_gateway), self._write(self.to_far, self.far[1]),
            self._read(self.far[0], self.to_near, self._from_broker), self._write(self.to_near, self.near[1]))]
        await asyncio.wait(self.tasks)
        self.abort()

    def abort(self):
        for task in self.tasks:
            task.cancel()
        for _, writer in (self.near, self.far):
            writer.transport.abort()

    async def _read(self, reader, queue, change):
        rest = b""
        try:
            while True:
                data = await reader.read(BLOCK)
                if not data:
                    break
                packets, rest = split_packets(rest + data)
                out = b"".join(change(*packet) for packet in packets)
                if out and not self.silent:
                    queue.put_nowait((time.monotonic() + self.link.delay, out))
        except OSError:
            pass
        if self.held is not None:
            return  # its sender has given up; the CONNECT is still on its way
        if self.silent:
            await asyncio.Event().wait()  # no one is told: until abort()
        queue.put_nowait((0, rest))
        queue.put_nowait((0, None))

    async def _write(self, queue, writer):
        try:
            while True:
                due, data = await queue.get()
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                if data is None:
                    break
                if self.silent:
                    continue
                size = self.link.piece or (512 if self.link.rate else len(data))
                for at in range(0, len(data), size or 1):
                    piece = data[at:at + size]
                    writer.write(piece)
                    await writer.drain()
                    if self.link.rate:
                        await asyncio.sleep(len(piece) / self.link.rate)
            writer.close()
        except OSError:
            pass

    def _from_gateway(self, kind, head, packet):
        if kind == CONNECT and self.link.hold > 0:
            self.link.hold -= 1
            self.held = b""
        if self.held is not None:
            self.held += packet
            return b""
        if kind == PUBLISH and self.link.full:
            self.link.refused += 1
            self.to_near.put_nowait((0, bytes([PUBACK << 4, 3]) + packet_id(packet, head) + bytes([QUOTA_EXCEEDED])))
            return b""
        return packet

    def _from_broker(self, kind, _head, packet):
        if kind == CONNACK and self.link.connacks:
            return self.link.connacks.pop(0)
        return packet


class FaultyLink:
    def __init__(self, target):
        self.target = target
        self.delay, self.rate, self.piece, self.full, self.connacks, self.hold = 0.0, None, None, False, [], 0
        self.refused = 0  # publishes, while full
        self.accepted = 0  # connections
        self._connections, self._server = set(), None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = 0
        self.accept()

    def accept(self):
        self._call(self._listen())

    def refuse(self):
        """No one listens any more, and what is connected is cut."""
        async def do():
            self._server.close()
            self._cut()
        self._call(do())

    def cut(self):
        async def do():
            self._cut()
        self._call(do())

    def silence(self):
        async def do():
            for one in self._connections:
                one.silent = True
        self._call(do())

    def release(self):
        """The CONNECTs held go to the broker now."""
        async def do():
            for one in self._connections:
                if one.held is not None:
                    one.far[1].write(one.held)
                    one.held = b""
        self._call(do())

    def stop(self):
        self.refuse()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def _cut(self):
        for one in list(self._connections):
            one.abort()

    async def _listen(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader, writer):
        self.accepted += 1
        try:
            far = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        for end in (writer, far[1]):
            end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one = _Connection(self, (reader, writer), far)
        self._connections.add(one)
        try:
            await one.run()
        except asyncio.CancelledError:
            pass
        finally:
            self._connections.discard(one)
