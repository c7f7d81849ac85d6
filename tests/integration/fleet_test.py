#!/usr/bin/python3
"""Many gateways that lose one broker and come back to it: no wave, nothing lost, in order, repeats recognised.

wayside-sim fleet: the product's chunker, forwarder, link and back-off, many in one process. The broker is restarted
twice, once at once and once after an outage. WAYSIDE_TEST_SET: 50 gateways (ci) or 2,000 (long); WAYSIDE_FLEET: others.
"""
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import BIN, Broker, Program, wait_for  # noqa: E402

GATEWAYS = int(os.environ.get("WAYSIDE_FLEET") or (2000 if os.environ.get("WAYSIDE_TEST_SET") == "long" else 50))
OUTAGE = 20 if GATEWAYS > 100 else 5  # seconds
PATIENCE = 150  # the longest back-off, twice


class Fleet(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wayside-fleet.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = GATEWAYS + 500
        if hard != resource.RLIM_INFINITY and hard < wanted:
            self.skipTest(f"{GATEWAYS} connections need {wanted} descriptors, this process may have {hard}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
        self.broker = Broker(self.folder).start()
        self.addCleanup(self.broker.stop)
        self.fleet = Program(self.folder, "fleet", [
            os.path.join(BIN, "wayside-sim"), "fleet", str(GATEWAYS), "--broker", f"127.0.0.1:{self.broker.port}",
            "--period", "5", "--json", "yes"], stdout=subprocess.PIPE)
        self.fleet.start()
        self.addCleanup(self.fleet.stop)

    def last_progress(self):
        """Gateways that are connected, and connections that the broker ever took."""
        found = re.findall(rf"fleet: (\d+) of {GATEWAYS} up, \d+ connections tried, (\d+) taken", self.fleet.read_log())
        return tuple(map(int, found[-1])) if found else (0, 0)

    def wait_for_all(self, taken_before=0):
        """Each was taken since, and all are connected. That they were away may fall between two lines of progress."""
        def are_back():
            up, taken = self.last_progress()
            return up == GATEWAYS and taken >= taken_before + GATEWAYS
        wait_for(lambda: are_back() or not self.fleet.is_running(), "all are connected", PATIENCE)
        self.assertTrue(self.fleet.is_running(), self.fleet.tail())
        time.sleep(12)  # a connection that lasted this long was a good one
        return self.last_progress()[1]

    def test_they_come_back_one_by_one(self):
        taken = self.wait_for_all()
        self.broker.stop()
        self.broker.start()
        taken = self.wait_for_all(taken)
        self.broker.stop()
        time.sleep(OUTAGE)
        self.broker.start()
        self.wait_for_all(taken)
        output = self.fleet.process.stdout
        self.fleet.send(15)
        report = json.loads(output.read())
        self.fleet.process.wait(30)
        print(json.dumps({"case": "fleet", **report}), flush=True)
        self.assertEqual((report["lost"], report["defects"]), (0, 0), self.fleet.tail())
        self.assertEqual(self.fleet.process.returncode, 0)
        self.assertGreater(report["sent"], GATEWAYS * 5)
        self.assertEqual(report["received"], report["sent"])
        after_outage = report["waves"][-1]
        self.assertGreater(after_outage["outage_s"], OUTAGE - 2)
        # Spread by full jitter: far from all at once.
        self.assertLess(after_outage["most_100ms"], max(20, GATEWAYS / 20), report["waves"])


if __name__ == "__main__":
    if not os.access(os.path.join(BIN, "wayside-sim"), os.X_OK):
        sys.exit(f"fleet_test: not built: wayside-sim in {BIN}")
    unittest.main(verbosity=2)
