"""A fresh Debian in a folder (from .cache/package-root.tar, `scripts/bootstrap package`), and commands in it with a /proc
of their own. For root, since only root may enter one."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import ROOT  # noqa: E402

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
        """For Popen. Its processes end with it, and its /proc goes with them."""
        enter = ["chroot", *([f"--userspec={user}"] if user else []), self.path]
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.file('proc')}", *enter,
                *words]

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
