"""How a platform gives a wayside gateway orders: wayside.v1.Downlink over MQTT 5, with a response topic and correlation
data, signed where the gateway wants it. Used by scripts/order and by the tests; it knows nothing of the gateway's code.
"""
import subprocess
import tempfile
import threading
import time
import uuid

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

SIGNED_CONTEXT = b"wayside.v1.Order\0"


def now_us():
    return time.time_ns() // 1000


def sign(key_file, order):
    """The detached signature by openssl: 64 bytes."""
    with tempfile.NamedTemporaryFile() as message:
        message.write(SIGNED_CONTEXT + order)
        message.flush()
        return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key_file, "-in", message.name],
                              check=True, capture_output=True).stdout


class Orders:
    """Orders of one platform. Thread: the MQTT client's own; `give` waits."""

    def __init__(self, messages, host, port, prefix="wayside/answer/"):
        self.messages = messages
        self.prefix, self.name = prefix, uuid.uuid4().hex
        self.waiting = {}  # correlation -> [answers, event]
        self.subscribed = threading.Event()
        self.client = mqtt.Client(client_id="order-" + uuid.uuid4().hex[:12], protocol=mqtt.MQTTv5)
        self.client.on_connect = lambda *_: self.client.subscribe(f"{prefix}+/{self.name}", qos=1)
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_message = self.on_message
        self.client.connect(host, port)
        self.client.loop_start()
        if not self.subscribed.wait(10):
            raise RuntimeError(f"no broker that lets us subscribe at {host}:{port}")

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()

    def on_message(self, _client, _user, message):
        waiting = self.waiting.get(getattr(message.properties, "CorrelationData", None))
        if waiting is None:
            return
        answer = self.messages.Answer.FromString(message.payload)
        waiting[0].append(answer)
        if not answer.HasField("history") or answer.history.last:
            waiting[1].set()

    def publish(self, topic, payload, expiry, correlation):
        properties = Properties(PacketTypes.PUBLISH)
        # Under the gateway's own name: so a broker can hold each gateway to its own answers (docs/topics.md).
        properties.ResponseTopic = f"{self.prefix}{topic.split('/')[-3]}/{self.name}"
        properties.CorrelationData = correlation
        properties.ContentType = "application/x-protobuf"
        if expiry:
            properties.MessageExpiryInterval = expiry
        self.client.publish(topic, payload, qos=1, properties=properties)

    def give(self, gateway, order, key=None, key_name="", seconds=15, expiry=0):
        """The answers (several only of a history), or [] when none came in time: `seconds` for each."""
        order.gateway = gateway.rsplit("/", 1)[-1]
        encoded = order.SerializeToString()
        downlink = self.messages.Downlink(order=encoded)
        if key:
            downlink.signature = sign(key, encoded)
            downlink.key = key_name
        kind = "query" if order.WhichOneof("order") in ("points", "alarms", "history") else "command"
        correlation = uuid.uuid4().bytes
        waiting = self.waiting[correlation] = ([], threading.Event())
        self.publish(f"wayside/v1/{gateway}/down/{kind}", downlink.SerializeToString(), expiry, correlation)
        pages = 0
        while not waiting[1].wait(seconds) and len(waiting[0]) > pages:
            pages = len(waiting[0])  # a long history: more comes
        return self.waiting.pop(correlation)[0]


def new_order(messages, lives=30, by="", order_id=None):
    order = messages.Order(id=order_id or uuid.uuid4().hex, by=by)
    order.issued_wall_us = now_us()
    order.expires_wall_us = order.issued_wall_us + int(lives * 1_000_000)
    return order
