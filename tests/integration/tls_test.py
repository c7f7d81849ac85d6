#!/usr/bin/python3
"""The link over TLS, on real parts: mosquitto with certificates of an authority made for the test.

Good and mutual TLS, renewal without a restart, and each way in which certificates are wrong, with the words that the
technician reads. WAYSIDE_BIN_DIR names the folder of waysided and wayside (default: build/dev/bin).
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import paho.mqtt.client as mqtt

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from certificates import Authority  # noqa: E402
from scripted_broker import ScriptedBroker  # noqa: E402
from wayside_e2e import BIN, Broker, Daemon, wait_for  # noqa: E402

LOOPBACK = "DNS:localhost,IP:127.0.0.1"


def config_of(folder, brokers, tls="", extra="", trust="rtc"):
    listed = ", ".join(f'"{broker}"' for broker in brokers)
    return f"""\
gateway:
  id: tls-gateway
  area: {{city: hangzhou, district: xihu, street: wensan-road, grid: g-12}}
  department: roads
clock: {{trust: {trust}}}
buses: []
devices: []
store: {{path: {folder}/store.db}}
uplink: {{brokers: [{listed}]{extra}{', tls: {' + tls + '}' if tls else ''}}}
control: {{socket: {folder}/wayside.sock}}
"""


def server_lines(certificate, key, authority=None, crl=None):
    out = f"certfile {certificate}\nkeyfile {key}\n"
    if authority:
        out += f"cafile {authority}\nrequire_certificate true\nuse_identity_as_username true\n"
    if crl:
        out += f"crlfile {crl}\n"
    return out


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(prefix="wayside-tls.")
        cls.addClassCleanup(shutil.rmtree, cls.home, ignore_errors=True)
        cls.city = Authority(cls.home)
        cls.server = cls.city.issue("localhost", LOOPBACK)
        cls.gateway = cls.city.issue("tls-gateway")

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wayside-tls.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def broker(self, lines, name="broker"):
        broker = Broker(self.folder, lines, name)
        self.addCleanup(broker.stop)
        return broker.start()

    def own(self, broker):
        self.addCleanup(broker.stop)
        return broker

    def daemon(self, brokers, tls="", extra="", trust="rtc"):
        path = os.path.join(self.folder, "gateway.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(config_of(self.folder, brokers, tls, extra, trust))
        daemon = Daemon(self.folder, path, os.path.join(self.folder, "wayside.sock"))
        self.addCleanup(daemon.stop)
        return daemon.start()

    def uplink(self, daemon):
        return daemon.ask("status")["uplink"]

    def wait_up(self, daemon, broker=""):
        return wait_for(lambda: (lambda u: u if u["up"] and broker in u["broker"] else None)(self.uplink(daemon)),
                        f"the link is up to {broker or 'a broker'}")

    def wait_reason(self, daemon, words):
        return wait_for(lambda: (lambda u: u if words in str(u["reason"]) else None)(self.uplink(daemon)),
                        f"the link is down because '{words}' (it says: {self.uplink(daemon)['reason']})")

    def refused(self, server, words, tls=None, crl=None):
        broker = self.broker(server_lines(*server, crl=crl))
        daemon = self.daemon([f"mqtts://localhost:{broker.port}"], tls or f"ca_file: {self.city.ca}")
        uplink = self.wait_reason(daemon, words)
        self.assertFalse(uplink["up"])
        return daemon

    def test_mutual(self):
        broker = self.broker(server_lines(*self.server, self.city.ca))
        certificate, key = self.gateway
        daemon = self.daemon([f"mqtts://localhost:{broker.port}"],
                             f"ca_file: {self.city.ca}, certificate_file: {certificate}, key_file: {key}")
        uplink = self.wait_up(daemon)
        self.assertEqual(uplink["mqtt"], "5")
        self.assertIn("tls-gateway", uplink["certificate"])
        wait_for(lambda: int(self.uplink(daemon)["acknowledged"]) > 0, "chunks are acknowledged over TLS")

    def test_by_address(self):
        broker = self.broker(server_lines(*self.server))
        self.wait_up(self.daemon([f"mqtts://127.0.0.1:{broker.port}"], f"ca_file: {self.city.ca}"))

    def test_expired(self):
        self.refused(self.city.issue("localhost", LOOPBACK, start=-20, end=-1, file="expired"),
                     "the broker's certificate 'localhost' expired on")

    def test_not_yet_valid(self):
        self.refused(self.city.issue("localhost", LOOPBACK, start=5, end=20, file="early"),
                     "the broker's certificate 'localhost' is not valid before")

    def test_dates_while_the_clock_is_not_trusted(self):
        broker = self.broker(server_lines(*self.city.issue("localhost", LOOPBACK, start=5, end=20, file="early-2")))
        daemon = self.daemon([f"mqtts://localhost:{broker.port}"], f"ca_file: {self.city.ca}", trust="system")
        if daemon.ask("status")["clock_trusted"]:
            self.skipTest("this machine's clock is synchronised: the daemon rightly trusts it")
        self.wait_reason(daemon, "by a clock that is not known to be right")

    def test_wrong_name(self):
        self.refused(self.city.issue("other.example", "DNS:other.example"),
                     "the broker's certificate 'other.example' is not for 'localhost'")

    def test_wrong_authority(self):
        other = Authority(self.folder, "other")
        self.refused(other.issue("localhost", LOOPBACK), "is of an authority that 'ca_file' does not name")

    def test_revoked(self):
        city = Authority(self.folder, "revoking")
        good = city.issue("localhost", LOOPBACK)
        bad = city.issue("localhost", LOOPBACK, file="revoked")
        city.revoke("revoked")
        both = os.path.join(self.folder, "ca-and-list.pem")
        with open(both, "w", encoding="utf-8") as out:
            for name in (city.ca, city.list()):
                with open(name, encoding="utf-8") as part:
                    out.write(part.read())
        tls = f"ca_file: {both}, revocation: true"
        first = self.broker(server_lines(*bad), "broker-revoked")
        second = self.broker(server_lines(*good), "broker-good")
        daemon = self.daemon([f"mqtts://localhost:{first.port}", f"mqtts://localhost:{second.port}"], tls)
        self.wait_up(daemon, str(second.port))
        self.assertIn("the broker's certificate 'localhost' is revoked", daemon.read_log())

    def test_a_revoked_gateway(self):
        city = Authority(self.folder, "revoking")
        server = city.issue("localhost", LOOPBACK)
        certificate, key = city.issue("tls-gateway")
        city.revoke("tls-gateway")
        broker = self.broker(server_lines(*server, city.ca, city.list()))
        daemon = self.daemon([f"mqtts://localhost:{broker.port}"],
                             f"ca_file: {city.ca}, certificate_file: {certificate}, key_file: {key}")
        self.wait_reason(daemon, "certificate revoked")

    def test_the_gateway_has_no_certificate(self):
        broker = self.broker(server_lines(*self.server, self.city.ca))
        self.wait_reason(self.daemon([f"mqtts://localhost:{broker.port}"], f"ca_file: {self.city.ca}"),
                         "certificate required")

    def test_a_broker_without_tls(self):
        broker = self.broker("")
        self.wait_reason(self.daemon([f"mqtts://localhost:{broker.port}"], f"ca_file: {self.city.ca}"),
                         "the TLS handshake failed")

    def test_files(self):
        """What is wrong with them is told by --check, and a gateway that runs keeps running."""
        certificate, key = self.city.issue("tls-gateway", file="open")
        os.chmod(key, 0o644)
        daemon = self.daemon(["mqtts://localhost:1"],
                             f"ca_file: {self.city.ca}, certificate_file: {certificate}, key_file: {key}")
        uplink = self.wait_reason(daemon, "chmod 0600")
        self.assertIn("a private key that others may read (mode 0644)", uplink["tls_problem"])
        checked = subprocess.run([os.path.join(BIN, "waysided"), "--config", os.path.join(self.folder, "gateway.yaml"),
                                  "--check"], capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 78)
        self.assertIn("open.key: a private key that others may read", checked.stderr)

    def test_alarm_before_the_end(self):
        broker = self.broker(server_lines(*self.server))
        certificate, key = self.city.issue("tls-gateway", end=5, file="ending")
        daemon = self.daemon([f"mqtts://localhost:{broker.port}"],
                             f"ca_file: {self.city.ca}, certificate_file: {certificate}, key_file: {key}")
        self.wait_up(daemon)
        alarms = wait_for(lambda: [a for a in daemon.ask_list("alarms") if "certificate" in str(a["alarm"])],
                          "an alarm about the certificate")
        raised = {a["alarm"].split()[0]: a["state"] for a in alarms}
        self.assertEqual(raised.get("gateway/certificate-ends-in-7-days"), "raised")
        self.assertNotEqual(raised.get("gateway/certificate-ends-in-30-days"), "raised")

    def test_renewed_without_a_restart(self):
        broker = self.broker(server_lines(*self.server, self.city.ca))
        certificate, key = self.city.issue("tls-gateway", end=5, file="renewed")
        daemon = self.daemon([f"mqtts://localhost:{broker.port}"],
                             f"ca_file: {self.city.ca}, certificate_file: {certificate}, key_file: {key}")
        before = int(self.wait_up(daemon)["certificate_until_us"])
        self.city.issue("tls-gateway", end=90, file="renewed")
        wait_for(lambda: int(self.uplink(daemon)["certificate_until_us"]) > before, "the new certificate is known", 80)
        wait_for(lambda: int(self.uplink(daemon)["connects"]) == 2, "a connection with it is made")
        wait_for(lambda: not [a for a in daemon.ask_list("alarms") if "certificate" in str(a["alarm"])],
                 "the alarm is over")

    def test_another_client_with_our_id(self):
        """Told by the broker (reason 0x8E): an alarm, and no storm."""
        broker = self.own(ScriptedBroker(disconnect=0x8E))
        daemon = self.daemon([f"mqtt://127.0.0.1:{broker.port}"])
        self.wait_reason(daemon, "another client has connected with our client id")
        wait_for(lambda: [a for a in daemon.ask_list("alarms") if a["alarm"].startswith("gateway/client-id-taken")],
                 "an alarm about it")
        time.sleep(3)
        self.assertEqual(broker.connects, 1)

    def test_another_client_with_our_id_untold(self):
        """mosquitto 2.0 only ends the connection: the gateways' attempts become rare, and an alarm is raised."""
        broker = self.broker("")
        daemon = self.daemon([f"mqtt://127.0.0.1:{broker.port}"])
        self.wait_up(daemon)
        thief = mqtt.Client("tls-gateway", protocol=mqtt.MQTTv5)
        thief.connect("127.0.0.1", broker.port)
        thief.loop_start()
        self.addCleanup(thief.loop_stop)
        self.addCleanup(thief.disconnect)
        wait_for(lambda: [a for a in daemon.ask_list("alarms") if a["alarm"].startswith("gateway/connections-end")],
                 "an alarm about it", 60)

    def test_refusals(self):
        for code, words in ((0x86, "user name or password are wrong"), (0x87, "not authorised"),
                            (0x88, "it is not available now"), (0x9C, "code 156")):
            with self.subTest(code=hex(code)):
                broker = self.own(ScriptedBroker(connack=code))
                daemon = self.daemon([f"mqtt://127.0.0.1:{broker.port}"])
                self.wait_reason(daemon, words)
                daemon.stop()

    def test_a_broker_that_only_knows_3_1_1(self):
        """It answers MQTT 5 in the words of 3.1.1 (two bytes), or not at all: asked again in 3.1.1."""
        for answer in ("refuse", "close"):
            with self.subTest(answer=answer):
                broker = self.own(ScriptedBroker(only_v3=answer))
                daemon = self.daemon([f"mqtt://127.0.0.1:{broker.port}"])
                self.assertEqual(self.wait_up(daemon)["mqtt"], "3.1.1")
                daemon.stop()

    def test_connacks_that_are_none(self):
        """Cut, too long, of another kind, garbage: the gateway goes on trying."""
        for name, answer in (("cut", b"\x20\x09\x00"), ("short", b"\x20\x01\x00"), ("long", b"\x20\xff\xff\xff\xff\x7f"),
                             ("properties", b"\x20\x06\x00\x00\xff\xff\xff\x7f"), ("publish", b"\x30\x03\x00\x01a"),
                             ("text", b"HTTP/1.1 400 Bad Request\r\n\r\n")):
            with self.subTest(answer=name):
                broker = self.own(ScriptedBroker(raw=answer))
                daemon = self.daemon([f"mqtt://127.0.0.1:{broker.port}"])
                wait_for(lambda broker=broker: broker.connects >= 2, f"after '{name}' it tries again", 40)
                self.assertTrue(daemon.is_running(), daemon.tail())
                daemon.stop()

    def test_unreachable(self):
        self.wait_reason(self.daemon(["mqtt://127.0.0.1:1"]), "Connection refused")

    def test_the_next_broker(self):
        first, second = self.broker("", "broker-1"), self.broker("", "broker-2")
        daemon = self.daemon([f"mqtt://127.0.0.1:{first.port}", f"mqtt://127.0.0.1:{second.port}"])
        self.wait_up(daemon, str(first.port))
        first.stop()
        self.wait_up(daemon, str(second.port))
        first.start()
        time.sleep(2)
        self.assertIn(str(second.port), self.uplink(daemon)["broker"])  # it stays where it works

    def test_mqtt_3_1_1(self):
        broker = self.broker("")
        daemon = self.daemon([f"mqtt://127.0.0.1:{broker.port}"], extra=', mqtt: "3.1.1"')
        states = []
        reader = mqtt.Client("reader")
        reader.on_message = lambda _client, _data, message: states.append(message)
        reader.connect("127.0.0.1", broker.port)
        reader.subscribe("wayside/v1/+/+/+/+/+/up/state", qos=1)
        reader.loop_start()
        self.addCleanup(reader.loop_stop)
        uplink = self.wait_up(daemon)
        self.assertEqual(uplink["mqtt"], "3.1.1")
        wait_for(lambda: int(self.uplink(daemon)["acknowledged"]) > 0, "chunks are acknowledged")
        wait_for(lambda: states, "the birth")
        births = len(states)
        daemon.stop()
        # An orderly end throws the will away in 3.1.1: the gateway has said it itself.
        wait_for(lambda: len(states) > births, "the state says offline")


if __name__ == "__main__":
    unittest.main()
