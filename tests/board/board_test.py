#!/usr/bin/python3
"""An image of the board qemu-arm64, from its first start to an update that works and one that does not.

    board_test.py [--image FILE] [--next BUNDLE] [--broken BUNDLE] [--keep]

Without arguments scripts/image makes all three. The guest polls a simulated meter and publishes to a broker, both on this
machine; nothing that it recorded may be lost on the way.
"""
import argparse
import glob
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import wayside_consumer  # noqa: E402
from guest import HOST, IMAGES, Guest, Report, remove  # noqa: E402
from wayside_e2e import ROOT, Broker, Slave, wait_for  # noqa: E402

GATEWAY = """\
gateway: {{id: gw-board, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
clock: {{trust: rtc}}
profiles: [/usr/share/wayside/drivers/streetlight/profiles]
buses:
  - {{id: field-1, tcp: {{host: {host}, port: {slave}}}}}
devices:
  - {{id: m-1, bus: field-1, unit: 1, profile: eastron-sdm630, period: 1s}}
store: {{path: /var/lib/wayside/wayside.db}}
audit: {{key_file: /var/lib/wayside/gateway.key}}
control: {{socket: /run/wayside/control.sock}}
uplink: {{broker: "mqtt://{host}:{broker}", insecure: true}}
"""


def make_images():
    def made(*arguments):
        subprocess.run([os.path.join(ROOT, "scripts", "image"), "qemu-arm64", *arguments], check=True)

    made("--version", "1.0.0")
    made("--version", "1.0.1", "--only-update")
    made("--version", "1.0.2", "--only-update", "--break")
    return [glob.glob(f"{IMAGES}/wayside-qemu-arm64-{name}")[0] for name in ("1.0.0.img.zst", "1.0.1.raucb", "1.0.2.raucb")]


class BoardTest:
    def __init__(self, arguments):
        self.folder = tempfile.mkdtemp(prefix="wayside-board.")
        self.keep = arguments.keep
        if not arguments.image:
            arguments.image, arguments.next, arguments.broken = make_images()
        self.files = arguments
        self.report = Report()
        self.broker = Broker(self.folder, extra="")
        self.slave = Slave(self.folder)
        self.guest = Guest(self.folder, arguments.image)
        self.consumer = None

    def run(self):
        self.broker.start()
        self.slave.start()
        self.slave.set_float(1, 0x0034, 1234.5)
        self.consumer = wayside_consumer.Consumer(wayside_consumer.Messages(os.path.join(ROOT, "proto")), port=self.broker.port)
        with self.consumer:
            self.first_start()
            self.next_version()
            self.broken_version()
            self.power_cut()
            self.nothing_lost()
        self.report.tell("all good")

    def first_start(self):
        self.guest.provision({"id": "gw-board"}, GATEWAY.format(host=HOST, slave=self.slave.port, broker=self.broker.port))
        begin = time.monotonic()
        done = self.report.timed("start to the first event at the broker")
        self.guest.start()
        wait_for(self.published, "the first event", 300)
        done()
        self.guest.wait_answers()
        self.report.tell(f"start to SSH: {time.monotonic() - begin:.0f} s")
        wait_for(self.marked_good, "slot A is marked good", 300)
        state = self.guest.ssh("systemctl is-system-running --wait || systemctl --failed --no-legend", seconds=300).strip()
        assert state == "running", f"{state}\n{self.guest.console()}"
        assert self.guest.slot() == "A"
        self.report.tell("memory: " + self.guest.ssh("grep -E 'VmRSS' /proc/$(pidof waysided)/status").strip())
        self.report.tell("root: " + self.guest.ssh("df -m / | tail -n 1").strip())
        self.report.tell(self.guest.ssh("systemd-analyze time | head -n 1").strip())
        assert "root::" not in self.guest.ssh("cat /etc/shadow")
        status, _ = self.guest.ssh("touch /usr/x 2>/dev/null", check=False)
        assert status != 0, "the root is writable"

    def published(self):
        return bool(self.consumer.report().get("streams"))

    def marked_good(self):
        status, said = self.guest.ssh("systemctl show -p ActiveState,Result wayside-mark-good; fw_printenv", check=False)
        return status == 0 and "ActiveState=inactive" in said and "Result=success" in said

    def update(self, bundle):
        before = self.guest.boot_id()
        self.guest.copy(bundle, "/data/update.raucb")
        done = self.report.timed(f"{os.path.basename(bundle)} written into the other slot")
        said = self.guest.ssh("/usr/lib/wayside/update /data/update.raucb", seconds=900)
        done()
        print(said)
        return before

    def next_version(self):
        done = self.report.timed("an update: from the order until the new slot is good")
        self.guest.wait_next_boot(self.update(self.files.next))
        assert self.guest.slot() == "B", self.guest.slot()
        wait_for(self.marked_good, f"slot B is marked good\n{self.guest.console()}", 400)
        done()

    def broken_version(self):
        done = self.report.timed("a broken update: from the order until the slot before is good again")
        first = self.update(self.files.broken)
        self.guest.wait_next_boot(first)
        assert self.guest.slot() == "A"
        second = self.guest.boot_id()
        self.guest.wait_next_boot(second, 600)
        assert self.guest.slot() == "B", "did not go back"
        wait_for(self.marked_good, f"slot B is good again\n{self.guest.console()}", 400)
        done()

    def power_cut(self):
        """In the middle of writing the other slot."""
        cutting = subprocess.Popen(["ssh", *self.guest._ssh_options(), "-p", str(self.guest.ssh_port), "root@127.0.0.1",
                                    "/usr/lib/wayside/update /data/update.raucb"])
        time.sleep(12)
        self.guest.power_off()
        cutting.wait(60)
        done = self.report.timed("power back to SSH, after a cut in the middle of an update")
        self.guest.start()
        self.guest.wait_answers()
        done()
        assert self.guest.slot() == "B"
        wait_for(self.marked_good, f"slot B is good after the cut\n{self.guest.console()}", 400)

    def nothing_lost(self):
        self.guest.shut_down()
        report = self.consumer.report()
        print(report)
        assert report["missing"] == 0 and report["defects"] == 0 and report["without_catalogue"] == 0, report
        assert len({one["epoch"] for one in report["streams"]}) == 1, "the store was begun anew"
        self.report.tell(f"{report['events']} events at the broker, none missing")

    def close(self):
        self.guest.power_off()
        for one in (self.slave, self.broker):
            one.stop(signal.SIGTERM)
        if self.keep:
            print("board: kept", self.folder)
        else:
            remove(self.folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("image", "next", "broken"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--keep", action="store_true", help="the folder with disk and console")
    test = BoardTest(parser.parse_args())
    try:
        test.run()
    finally:
        test.close()


main()
