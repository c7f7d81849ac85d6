"""RabbitMQ with MQTT, one node or a cluster, on free ports of loopback under one folder: no service of the system, no
port of its own choosing, its own name server (epmd), ended by the handles of what was started.

Debian's rabbitmq-server, installed or unpacked (scripts/bootstrap platform); its wrappers refuse anyone but root and its
own user, so the scripts under them are called.
"""
import glob
import os
import shutil
import signal
import subprocess

from wayside_e2e import ROOT, Program, accepts, free_port, wait_for

START_PATIENCE = 150  # seconds: after a kill -9 of all nodes MQTT stays away for about 100
PLACES = (os.path.join(ROOT, ".cache", "rabbitmq", "usr"), "/usr")
ERLANG = "-kernel inet_dist_use_interface {127,0,0,1}"


def scripts():
    for place in PLACES:
        found = glob.glob(os.path.join(place, "lib", "rabbitmq", "lib", "rabbitmq_server-*", "sbin"))
        if found and shutil.which("erl") and shutil.which("epmd"):
            return sorted(found)[-1]
    raise FileNotFoundError("RabbitMQ is not here: scripts/bootstrap platform")


class Node(Program):
    def __init__(self, cluster, number):
        self.cluster, self.number = cluster, number
        self.node_name = f"r{number}@localhost"
        self.amqp, self.mqtt, self.distribution = free_port(), free_port(), free_port()
        self.base = os.path.join(cluster.folder, f"n{number}")
        os.makedirs(self.base)
        super().__init__(cluster.folder, f"rabbitmq-{number}", [os.path.join(cluster.scripts, "rabbitmq-server")])

    def configure(self):
        nodes = "".join(f"cluster_formation.classic_config.nodes.{n.number} = {n.node_name}\n" for n in self.cluster.nodes)
        self._write("rabbitmq.conf",
                    f"listeners.tcp.1 = 127.0.0.1:{self.amqp}\nmqtt.listeners.tcp.1 = 127.0.0.1:{self.mqtt}\n"
                    "mqtt.allow_anonymous = true\nmqtt.default_user = guest\nmqtt.default_pass = guest\n"
                    "cluster_formation.peer_discovery_backend = classic_config\n" + nodes +
                    "cluster_partition_handling = pause_minority\nvm_memory_high_watermark.absolute = 512MB\n"
                    "disk_free_limit.absolute = 50MB\nlog.console = false\n")
        self._write("advanced.config", "[].\n")
        self._write("enabled_plugins", "[rabbitmq_mqtt].\n")

    def _write(self, name, text):
        with open(os.path.join(self.base, name), "w", encoding="utf-8") as file:
            file.write(text)

    def environment(self):
        path = lambda name: os.path.join(self.base, name)  # noqa: E731
        return {**self.cluster.environment(),
                "RABBITMQ_NODENAME": self.node_name, "RABBITMQ_DIST_PORT": str(self.distribution),
                "RABBITMQ_NODE_PORT": str(self.amqp), "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
                "RABBITMQ_MNESIA_BASE": path("mnesia"), "RABBITMQ_LOG_BASE": path("log"),
                "RABBITMQ_GENERATED_CONFIG_DIR": path("gen"), "RABBITMQ_CONFIG_FILE": path("rabbitmq.conf"),
                "RABBITMQ_CONF_ENV_FILE": "/dev/null", "RABBITMQ_ADVANCED_CONFIG_FILE": path("advanced.config"),
                "RABBITMQ_ENABLED_PLUGINS_FILE": path("enabled_plugins"),
                "RABBITMQ_ALLOW_INPUT": "1",  # the script becomes the node, so that its pid is ours
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                    f"{ERLANG} +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -noinput"}

    def start(self):
        self.options["env"] = self.environment()
        super().start()
        return self

    def wait_ready(self):
        wait_for(lambda: not self.is_running() or (accepts(self.amqp) and accepts(self.mqtt)),
                 f"{self.node_name} accepts AMQP and MQTT", START_PATIENCE)
        assert self.is_running(), f"{self.node_name} did not start\n" + self.tail()
        return self

    def shut_down(self):
        """In order."""
        self.cluster.control("rabbitmqctl", self, "shutdown", "--no-wait")  # it would wait for a pid that only we can reap
        self.process.wait(60)
        return self.stop()

    def kill(self):
        return self.stop(signal.SIGKILL)

    def is_critical(self):
        """Whether quorum queues would lose their majority without this node, or its state cannot be told."""
        return self.cluster.control("rabbitmq-queues", self, "check_if_node_is_quorum_critical", check=False) != 0


class Cluster:
    def __init__(self, folder, nodes=3):
        self.scripts = scripts()
        self.folder = os.path.join(folder, "rabbitmq")
        home = os.path.join(self.folder, "home")
        os.makedirs(home)
        self.names_port = free_port()
        cookie = os.path.join(home, ".erlang.cookie")
        with open(cookie, "w", encoding="utf-8") as file:
            file.write("wayside-platform")
        os.chmod(cookie, 0o400)
        self.names = Program(self.folder, "epmd", ["epmd", "-port", str(self.names_port), "-address", "127.0.0.1"])
        self.nodes = [Node(self, number) for number in range(1, nodes + 1)]
        for node in self.nodes:
            node.configure()

    def environment(self):
        return {**os.environ, "HOME": os.path.join(self.folder, "home"), "ERL_EPMD_PORT": str(self.names_port),
                "ERL_EPMD_ADDRESS": "127.0.0.1", "RABBITMQ_CTL_ERL_ARGS": f"{ERLANG} +S 1:1 +sbwt none"}

    def start(self):
        self.names.start()
        wait_for(lambda: accepts(self.names_port), "epmd accepts")
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            node.wait_ready()
        return self

    def control(self, program, node, *words, check=True):
        done = subprocess.run([os.path.join(self.scripts, program), "-n", node.node_name, *words], capture_output=True,
                              text=True, timeout=120, env=self.environment(), check=False)
        assert not check or done.returncode == 0, f"{program} {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.returncode

    def stop(self):
        for program in (*self.nodes, self.names):
            program.stop(signal.SIGKILL)
