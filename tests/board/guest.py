"""A board in QEMU, as its image is: U-Boot, two slots, a data partition. Asked over SSH, with a key laid down at its
first start. Power goes by killing QEMU, which loses what the guest had not written to its disk."""
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import ROOT, Program, free_port, wait_for  # noqa: E402

BOOT_PARTITION = 1 << 20  # bytes; where it begins on the disk
HOST = "10.0.2.2"  # this machine, as the guest sees it
UBOOT = "/usr/lib/u-boot/qemu_arm64/u-boot.bin"


class Guest:
    def __init__(self, folder, image):
        """`image`: .img.zst"""
        self.folder = folder
        self.disk = os.path.join(folder, "disk")
        self.key = os.path.join(folder, "key")
        self.ssh_port = free_port()
        subprocess.run(["zstd", "--quiet", "--decompress", "--long=28", "--sparse", image, "-o", self.disk], check=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        self.qemu = Program(folder, "qemu", [
            "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-smp", "2", "-m", "512", "-display", "none",
            "-monitor", "none", "-bios", UBOOT, "-serial", f"file:{folder}/console",
            "-drive", f"file={self.disk},if=none,format=raw,id=d0", "-device", "virtio-blk-device,drive=d0",
            "-netdev", f"user,id=n0,hostfwd=tcp:127.0.0.1:{self.ssh_port}-:22", "-device", "virtio-net-device,netdev=n0",
            "-device", "virtio-rng-device", "-device", "i6300esb", "-action", "watchdog=reset"])

    def provision(self, values, gateway=None):
        """Writes what a technician writes onto the boot partition."""
        with open(self.key + ".pub", encoding="utf-8") as file:
            values = {**values, "ssh_key": file.read().strip()}
        files = {"provision.conf": "".join(f"{name}={value}\n" for name, value in values.items())}
        if gateway:
            files["gateway.yaml"] = gateway
        for name, text in files.items():
            path = os.path.join(self.folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            subprocess.run(["mcopy", "-o", "-i", f"{self.disk}@@{BOOT_PARTITION}", path, f"::{name}"], check=True)

    def boot_file(self, name):
        done = subprocess.run(["mtype", "-i", f"{self.disk}@@{BOOT_PARTITION}", f"::{name}"], capture_output=True,
                              text=True, check=False)
        return done.stdout

    def start(self):
        self.qemu.start()
        return self

    def power_off(self):
        """At once: nothing is told to anybody."""
        if self.qemu.is_running():
            self.qemu.process.kill()
            self.qemu.process.wait()
        self.qemu.process = None

    def shut_down(self):
        self.ssh("systemctl poweroff", check=False)
        wait_for(lambda: not self.qemu.is_running(), "the guest is off", 120)

    def _ssh_options(self):
        return ["-i", self.key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
                "LogLevel=ERROR", "-o", "ConnectTimeout=20", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=10"]

    def ssh(self, command, check=True, seconds=300):
        done = subprocess.run(["ssh", *self._ssh_options(), "-p", str(self.ssh_port), "root@127.0.0.1", command],
                              capture_output=True, text=True, check=False, timeout=seconds)
        if check and done.returncode != 0:
            raise AssertionError(f"`{command}` ended with {done.returncode}: {done.stdout}{done.stderr}\n{self.console()}")
        return done.stdout if check else (done.returncode, done.stdout + done.stderr)

    def copy(self, path, to):
        subprocess.run(["scp", "-q", *self._ssh_options(), "-P", str(self.ssh_port), path, f"root@127.0.0.1:{to}"],
                       check=True, timeout=600)

    def answers(self):
        try:
            return self.ssh("true", check=False, seconds=40)[0] == 0
        except subprocess.TimeoutExpired:
            return False

    def wait_answers(self, seconds=240):
        wait_for(self.answers, f"the guest answers over SSH\n{self.console()}", seconds)

    def slot(self):
        return self.ssh("sed -n 's/.*rauc\\.slot=\\([AB]\\).*/\\1/p' /proc/cmdline").strip()

    def boot_id(self):
        status, said = self.ssh("cat /proc/sys/kernel/random/boot_id", check=False)
        return said.strip() if status == 0 else None

    def wait_next_boot(self, before, seconds=400):
        wait_for(lambda: self.boot_id() not in (None, before), f"another start\n{self.console()}", seconds)

    def console(self, lines=60):
        try:
            with open(os.path.join(self.folder, "console"), encoding="utf-8", errors="replace") as file:
                return "--- console\n" + "\n".join(file.read().splitlines()[-lines:])
        except OSError:
            return "--- console: nothing"


class Report:
    """What the tests print: times and sizes."""

    def __init__(self):
        self.lines = []

    def tell(self, text):
        self.lines.append(text)
        print("board:", text, flush=True)

    def timed(self, what):
        begin = time.monotonic()
        return lambda: self.tell(f"{what}: {time.monotonic() - begin:.0f} s")


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)


IMAGES = os.path.join(ROOT, "build", "image", "qemu-arm64")
