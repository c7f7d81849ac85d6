"""A fresh Debian in a folder (from .cache/package-root.tar, `scripts/bootstrap package`), and commands in it with a /proc
of their own. For root, since only root may enter one."""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import ROOT, wait_for  # noqa: E402

ARCHIVE = os.path.join(ROOT, ".cache", "package-root.tar")


class CleanRoot:
    def __init__(self, folder):
        self.path = os.path.join(folder, "root")
        os.mkdir(self.path, 0o755)
        subprocess.run(["tar", "-xf", ARCHIVE, "-C", self.path, "--numeric-owner"], check=True)

    def file(self, path):
        return os.path.join(self.path, path.lstrip("/"))

    def read(self, path):
        with open(self.file(path), encoding="utf-8") as file:
            return file.read()

    def command(self, words, user=None):
        """For Popen: the words themselves become the process, in a mount namespace whose /proc goes with it."""
        enter = ["chroot", *([f"--userspec={user}"] if user else []), self.path]
        script = 'mount -t proc proc "$0/proc" && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", script, self.path, *enter, *words]

    def run(self, *words, user=None, status=0):
        """What it prints. Fails with that where it ends otherwise than expected."""
        done = subprocess.run(self.command(words, user), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                                   "DEBIAN_FRONTEND": "noninteractive"}, check=False)
        if done.returncode != status:
            raise AssertionError(f"{' '.join(words)}: exit status {done.returncode}, expected {status}:\n{done.stdout}")
        return done.stdout

    def all_files(self):
        """Every path but what dpkg keeps of its own work."""
        found = set()
        for base, folders, names in os.walk(self.path):
            inside = base[len(self.path):]
            if inside in ("/proc", "/sys", "/dev", "/var/lib/dpkg", "/var/log", "/var/cache"):
                folders.clear()
                continue
            found.update(os.path.join(inside, name) for name in [*folders, *names])
        return found


# The mounts of a machine, and systemd as its first process; $0 is the root. Shared, since systemd hands credentials to
# services by mounts that must reach them.
BOOT = """set -e
mount --make-rprivate /
mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount -t sysfs sysfs "$0/sys"
mount -t cgroup2 cgroup2 "$0/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$0/run"
mount -t tmpfs -o mode=755 tmpfs "$0/dev"
for device in null zero random urandom full tty; do cp -a "/dev/$device" "$0/dev/"; done
mkdir "$0/dev/pts" "$0/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$0/dev/pts"
mount -t tmpfs tmpfs "$0/dev/shm"
ln -s pts/ptmx "$0/dev/ptmx"
mount --make-rshared "$0"
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$0" /lib/systemd/systemd --unit=multi-user.target
"""


class Booted:
    """A clean root with a systemd of its own, in namespaces of its own: what units promise, kept by the real thing."""

    def __init__(self, root):
        self.root = root
        self.outer = subprocess.Popen(
            ["unshare", "--pid", "--mount", "--net", "--ipc", "--uts", "--cgroup", "--fork", "--kill-child", "sh", "-c",
             BOOT, root.path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.init = wait_for(self.first_process, "the first process")
        wait_for(lambda: self.ask("systemctl", "is-system-running") == "running", "systemd is running", 60)

    def first_process(self):
        assert self.outer.poll() is None, "systemd could not be started"
        with open(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children", encoding="ascii") as file:
            children = file.read().split()
        if not children:
            return None
        with open(f"/proc/{children[0]}/comm", encoding="utf-8") as file:
            return children[0] if file.read().strip() == "systemd" else None

    def ask(self, *words, status=None):
        done = subprocess.run(["nsenter", "-t", self.init, "-m", "-p", "-n", "-i", "-u", "-C", "chroot", self.root.path,
                               "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", *words],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if status is not None and done.returncode != status:
            raise AssertionError(f"{' '.join(words)}: exit status {done.returncode}:\n{done.stdout}")
        return done.stdout.strip()

    def show(self, unit, name):
        return self.ask("systemctl", "show", "--property", name, "--value", unit)

    def stop(self):
        if self.outer.poll() is None:
            os.kill(int(self.init), signal.SIGKILL)  # and with it all that runs in there
        self.outer.wait(60)
