"""A consumer on RabbitMQ's own side: a quorum queue, bound to the topic exchange that MQTT publishes into, read over
AMQP. Nothing that the broker has acknowledged to a gateway is lost with a node of the cluster.

The queue must be there before the first gateway: RabbitMQ acknowledges a message that no queue takes.
"""
import threading
import time

import pika

QUEUE = "wayside"
BINDING = "wayside.v1.#"  # a / of a topic is a . of a routing key


class QuorumConsumer:
    """`ports`: AMQP, of the nodes; it stays with one until that goes. `on_message(topic, payload)` runs on its thread,
    under `lock`; a message is acknowledged after it. Use as a context manager."""

    def __init__(self, ports, on_message):
        self.ports, self.on_message = ports, on_message
        self.lock = threading.Lock()
        self.declared = threading.Event()
        self.reconnects = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join(20)

    def _run(self):
        turn = 0
        while not self._ended.is_set():
            try:
                self._consume(self.ports[turn % len(self.ports)])
            except (pika.exceptions.AMQPError, OSError):
                self.reconnects += 1
                turn += 1
                time.sleep(0.2)

    def _consume(self, port):
        connection = pika.BlockingConnection(pika.ConnectionParameters(
            "127.0.0.1", port, heartbeat=10, blocked_connection_timeout=10, socket_timeout=5))
        try:
            channel = connection.channel()
            channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
            channel.queue_bind(QUEUE, "amq.topic", BINDING)
            self.declared.set()
            channel.basic_qos(prefetch_count=200)
            for method, _, body in channel.consume(QUEUE, inactivity_timeout=0.5):
                if self._ended.is_set():
                    return
                if method is None:
                    continue
                with self.lock:
                    self.on_message(method.routing_key.replace(".", "/"), body)
                channel.basic_ack(method.delivery_tag)
        finally:
            if connection.is_open:
                connection.close()
