"""The access list of docs/topics.md against mosquitto: who is open to the public sees the public topics and no other."""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import paho.mqtt.client as mqtt  # noqa: E402
from wayside_e2e import ROOT, Broker, wait_for  # noqa: E402

USERS = ("open-data", "platform", "district-xihu", "gw-001", "gw-002")
PLACE = "wayside/v1/hangzhou/xihu/wensan-road/g-12/"
UP = ["state", "meta/descriptor", "meta/dictionary"] + [
    f"{data_class}/{what}" for data_class in ("public", "internal", "sensitive")
    for what in ("alarm", "telemetry", "notice", "catalogue/00ff")]
FOREIGN = "wayside/v1/hangzhou/gongshu/moganshan-road/g-3/gw-002/up/"


def access_list():
    with open(os.path.join(ROOT, "docs/topics.md"), encoding="utf-8") as file:
        return re.search(r"```acl\n(.*?)```", file.read(), re.DOTALL).group(1)


class Client:
    def __init__(self, port, user):
        self.topics, self.answered, self.acknowledged, self.subscribed = [], False, 0, False
        self.client = mqtt.Client(client_id=f"test-{user}", protocol=mqtt.MQTTv5)
        self.client.username_pw_set(user, "secret")
        self.client.on_connect = self.on_connect
        self.client.on_message = lambda _client, _data, message: self.topics.append(message.topic)
        self.client.on_subscribe = lambda *_: setattr(self, "subscribed", True)
        self.client.on_publish = self.on_publish
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        wait_for(lambda: self.answered, f"{user} is connected")

    def on_connect(self, _client, _data, _flags, reason, _properties=None):
        assert reason == 0, reason
        self.answered = True

    def on_publish(self, *_):
        self.acknowledged += 1

    def listen(self, topic="wayside/#"):
        self.client.subscribe(topic, qos=1)
        wait_for(lambda: self.subscribed, "the subscription")
        return self

    def say(self, topics):
        for topic in topics:
            self.client.publish(topic, b"x", qos=1)
        wait_for(lambda: self.acknowledged >= len(topics), "all are acknowledged")
        self.acknowledged = 0

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def try_to_say(broker, user, topics):
    """What must not get through: a connection for each, for mosquitto 2.0.11 refuses in many ways, and some end it."""
    for number, topic in enumerate(topics):
        name = f"intruder-{user}-{number}"
        subprocess.run(["mosquitto_pub", "-p", str(broker.port), "-u", user, "-P", "secret", "-i", name, "-t", topic,
                        "-m", "refused"], check=True, timeout=10)
        # When the broker has done with the connection it has done with the message.
        ends = (f"Client {name} disconnected", f"Client {name} closed", f"on client {name}:")
        wait_for(lambda: any(end in broker.read_log() for end in ends), f"{name} is gone")  # noqa: B023


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # mosquitto gives up root, and reads these then
        acl, passwords = os.path.join(folder, "acl"), os.path.join(folder, "passwords")
        with open(acl, "w", encoding="utf-8") as file:
            file.write(access_list())
        open(passwords, "w", encoding="utf-8").close()
        for user in USERS:
            subprocess.run(["mosquitto_passwd", "-b", passwords, user, "secret"], check=True, capture_output=True)
        for path in (acl, passwords):
            os.chmod(path, 0o644)
        broker = Broker(folder, f"allow_anonymous false\nacl_file {acl}\npassword_file {passwords}\n")
        broker.start()
        clients = {}
        try:
            clients = {user: Client(broker.port, user) for user in USERS}
            for user in ("open-data", "platform", "district-xihu"):
                clients[user].listen()
            own = [PLACE + "gw-001/up/" + topic for topic in UP]
            theirs = [FOREIGN + topic for topic in UP]
            clients["gw-001"].listen()
            clients["gw-002"].listen()
            clients["gw-001"].say(own)
            clients["gw-002"].say(theirs)
            try_to_say(broker, "gw-001", [FOREIGN + "public/alarm"])  # of another gateway
            try_to_say(broker, "open-data", own + [PLACE + "gw-001/down/command"])
            clients["platform"].say([PLACE + "gw-001/down/command"])
            # Behind all that: what each may have came before it.
            clients["gw-001"].say([PLACE + "gw-001/up/public/last"])
            for user in ("open-data", "platform", "district-xihu"):
                wait_for(lambda c=clients[user]: PLACE + "gw-001/up/public/last" in c.topics, "the last message")
                clients[user].topics.remove(PLACE + "gw-001/up/public/last")

            everything = sorted(own + theirs)
            seen = {user: sorted(client.topics) for user, client in clients.items()}
            public = [t for t in everything if "/up/public/" in t or t.endswith("/meta/descriptor")]
            assert seen["open-data"] == public, seen["open-data"]
            assert seen["platform"] == [t for t in everything if "/up/sensitive/" not in t], seen["platform"]
            assert seen["district-xihu"] == sorted(own), seen["district-xihu"]
            wait_for(lambda: clients["gw-001"].topics, "the command")
            assert clients["gw-001"].topics == [PLACE + "gw-001/down/command"], clients["gw-001"].topics
            assert clients["gw-002"].topics == [], clients["gw-002"].topics
        finally:
            for client in clients.values():
                client.close()
            broker.stop()
    print("topics: the access list lets through what it should")


if __name__ == "__main__":
    main()
