#!/usr/bin/python3
"""The store of a running daemon that cannot be opened, or is damaged: the gateway runs, comes back by itself, and the
platform hears what was lost."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import command_test  # noqa: E402
from wayside_e2e import wait_for  # noqa: E402

PAGE = 1024


RULES = """\
groups:
  - name: store
    rules:
      - alert: Dry
        expr: leak == 0
"""


class Store(command_test.World):
    store = "data/wayside.db"
    relay = "rules: [rules.yaml]\n"
    files = {"rules.yaml": RULES}

    def chunks(self):
        return int(self.daemon.ask("status")["store"]["chunks_waiting"])

    def test_1_without_its_folder_the_gateway_runs_and_begins_when_it_is_there(self):
        self.assertIn("store.away", self.daemon.read_log())
        notice = self.told("notice", alarm="store/Dry cable-1")[0]
        self.assertEqual((notice["to"], notice["count"], notice["durable"]), ("raised", 1, False))
        self.assertFalse([e for e in self.events if e["kind"] == "alarm"])
        self.assertEqual(int(self.daemon.ask("status")["counters"]["notices.refused"]), 0)
        os.mkdir("data")
        event = self.told("epoch_started")[0]
        self.assertEqual(event["reason"], "first start")
        self.told("telemetry", device="cable-1")
        stored = self.told("alarm", alarm="store/Dry cable-1", count=1)[0]
        self.assertEqual((stored["to"], stored["durable"], stored["noticed"]), ("raised", True, True))
        self.assertTrue(self.daemon.is_running())

    def test_2_a_damaged_database_is_replaced_and_the_loss_is_told(self):
        self.broker.stop()
        before = self.daemon.read_log().count("gateway.started")
        wait_for(lambda: self.chunks() >= 12, "some chunks wait")
        self.daemon.stop()  # then everything stands in the file itself
        with open("data/wayside.db", "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            for page in range(12, size // PAGE, 2):
                file.seek(page * PAGE + 100)
                file.write(b"\xff" * 600)
        self.daemon.start()
        self.assertIn("store.replaced", self.daemon.read_log())
        self.assertGreater(self.daemon.read_log().count("gateway.started"), before)
        self.broker.start()
        wait_for(lambda: len(self.told("epoch_started")) > 1, "the new epoch is told")
        first, second = self.told("epoch_started")[:2]
        self.assertIn("database", second["reason"])
        self.assertNotEqual(second["old_epoch"], first["old_epoch"])
        self.assertTrue(any("set-aside" in name for name in os.listdir("data")))
        loss = self.told("loss")[0]
        self.assertEqual((loss["cause"], loss["epoch"]), ("damaged", second["old_epoch"]))
        told = self.told("telemetry", device="cable-1")
        wait_for(lambda: len(self.told("telemetry", device="cable-1")) > len(told), "telemetry goes on")


if __name__ == "__main__":
    unittest.main(failfast=True, verbosity=2)
