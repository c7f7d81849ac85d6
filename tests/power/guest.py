"""A machine that really loses power: a small guest under QEMU (without KVM), with a Debian kernel, busybox, the gateway
and an ext4 disk. What its kernel had not written to the disk is gone when QEMU is killed.

The host is 10.0.2.2 to the guest. `scripts/bootstrap power` installs QEMU and fetches the kernel.
"""
import collections
import glob
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import BIN, ROOT, Program  # noqa: E402

KERNEL = os.path.join(ROOT, ".cache", "power-kernel")  # the unpacked package
HERE = os.path.dirname(os.path.abspath(__file__))
HOST = "10.0.2.2"
DISK_MIB = 64
# In the order in which they need each other.
MODULES = ("virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_blk",
           "failover", "net_failover", "virtio_net")


def missing():
    """What is not there, in words; empty: all is."""
    for program in ("qemu-system-x86_64", "busybox", "cpio", "debugfs", "e2fsck", "mke2fs"):
        if shutil.which(program, path=os.environ["PATH"] + ":/sbin:/usr/sbin") is None:
            return f"no {program} (scripts/bootstrap power)"
    if not glob.glob(os.path.join(KERNEL, "boot", "vmlinuz-*")):
        return f"no kernel in {KERNEL} (scripts/bootstrap power)"
    return ""


def run(*command, **options):
    environment = {**os.environ, "PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"}
    return subprocess.run(command, check=True, capture_output=True, env=environment, **options)


def libraries_of(program):
    """(where it is looked for, where it is) of everything that the loader maps."""
    listed = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    return [found for found in re.findall(r"(/\S+) \(0x", listed)]


Log = collections.namedtuple("Log", "path drive")


class Guest:
    """`files`: path in the guest -> text. `folder` is for the disk, the image and the log of the console. With the
    library the gateway's syncs can be switched off."""

    def __init__(self, folder, files, no_sync_library=None):
        self.folder = folder
        self.disk = os.path.join(folder, "disk.img")
        run("mke2fs", "-q", "-t", "ext4", "-F", self.disk, f"{DISK_MIB}M")
        self.kernel = sorted(glob.glob(os.path.join(KERNEL, "boot", "vmlinuz-*")))[-1]
        self.image = self._make_image(files, no_sync_library)
        self.log = os.path.join(folder, "console.log")
        self.program = None

    def _make_image(self, files, no_sync_library):
        root = os.path.join(self.folder, "root")
        for name in ("bin", "dev", "etc", "lib", "modules", "proc", "run", "sys"):
            os.makedirs(os.path.join(root, name))
        shutil.copy(os.path.join(HERE, "init"), os.path.join(root, "init"))
        os.chmod(os.path.join(root, "init"), 0o755)
        shutil.copy(shutil.which("busybox"), os.path.join(root, "bin", "busybox"))
        daemon = os.path.join(BIN, "waysided")
        run("strip", "-o", os.path.join(root, "bin", "waysided"), daemon)
        for library in libraries_of(daemon):
            target = root + library
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(os.path.realpath(library), target)
        os.makedirs(os.path.join(root, "usr", "share", "zoneinfo"))
        shutil.copy("/usr/share/zoneinfo/UTC", os.path.join(root, "usr", "share", "zoneinfo"))
        if no_sync_library:
            shutil.copy(no_sync_library, os.path.join(root, "lib", "no_sync.so"))
        for module in MODULES:
            found = glob.glob(os.path.join(KERNEL, "lib", "modules", "*", "kernel", "**", f"{module}.ko"),
                              recursive=True)
            shutil.copy(found[-1], os.path.join(root, "modules"))
        files = {**files, "/modules/order": "".join(f"{module}\n" for module in MODULES)}
        for path, text in files.items():
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            with open(root + path, "w", encoding="utf-8") as file:
                file.write(text)
        names = "\n".join(os.path.relpath(os.path.join(at, name), root)
                          for at, folders, there in os.walk(root) for name in (*folders, *there))
        image = os.path.join(self.folder, "initramfs.img")
        with open(image, "wb") as file:
            file.write(run("cpio", "--quiet", "-o", "-H", "newc", cwd=root, input=names.encode()).stdout)
        shutil.rmtree(root)
        return image

    def start(self, drive=None, no_sync=False):
        """`drive`: how the disk is given to QEMU, if not as the plain file that it is."""
        if os.path.exists(self.log):
            os.remove(self.log)
        drive = drive or ["-drive", f"file={self.disk},if=none,id=disk,format=raw,cache=writeback"]
        self.program = Program(self.folder, "qemu", [
            "qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", "max", "-m", "512", "-smp", "1", "-nographic",
            "-no-reboot", "-monitor", "none", "-serial", f"file:{self.log}", "-kernel", self.kernel,
            "-initrd", self.image, "-append",
            f"console=ttyS0 quiet panic=-1 nosync={'yes' if no_sync else 'no'}", *drive,
            "-device", "virtio-blk-pci,drive=disk", "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="])
        self.program.start()

    def log_writes(self):
        """A new log of the disk's writes: its path, and the drive to start with."""
        path = os.path.join(self.folder, "writes.log")
        with open(path, "wb"):
            pass
        nodes = (f"driver=file,filename={self.disk},node-name=file", "driver=raw,file=file,node-name=plain",
                 f"driver=file,filename={path},node-name=log",
                 "driver=blklogwrites,file=plain,log=log,log-sector-size=512,node-name=disk")
        return Log(path, [word for node in nodes for word in ("-blockdev", node)])

    def console(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def cut_power(self):
        self.program.process.kill()
        self.program.process.wait()
        self.program = None

    def stop(self):
        if self.program is not None and self.program.is_running():
            self.cut_power()

    def take_database(self, disk=None):
        """The database as a start after the power cut finds it: the journal of the file system replayed, in a copy."""
        copy = os.path.join(self.folder, "disk-copy.img")
        shutil.copy(disk or self.disk, copy)
        environment = {**os.environ, "PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"}
        checked = subprocess.run(["e2fsck", "-fy", copy], capture_output=True, text=True, env=environment, check=False)
        if checked.returncode > 2:
            raise AssertionError(f"the file system is lost: {checked.stdout}")
        out = os.path.join(self.folder, "taken.db")
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(out + suffix):
                os.remove(out + suffix)
        for suffix in ("", "-wal"):
            run("debugfs", "-R", f"dump /wayside.db{suffix} {out}{suffix}", copy)
        return out
