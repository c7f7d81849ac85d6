#!/usr/bin/python3
"""Baselines leave a gateway as parameters and come back as a prior: `wayside baseline`, and `wayside replay` with a
prior. The merging is done once more here, from the comments of baseline.proto alone, as a platform would."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_consumer import Consumer, Messages  # noqa: E402
from wayside_e2e import BIN, ROOT, Broker, Daemon, Slave, run_cli, wait_for  # noqa: E402

POWER_TOTAL = 0x34
REGISTERS = (0x00, 0x06, POWER_TOTAL, 0x46, 0x48)
RULE = 'seasonal_score("power", power_total)'
RULES = f"""\
groups:
  - name: site
    rules:
      - alert: unusual-power
        expr: '{RULE} > 0.9'
"""
CONFIG = """\
gateway: {{id: {gateway}, area: {{city: a, district: b, street: c, grid: d}}, department: roads, time_zone: UTC}}
clock: {{trust: rtc}}
profiles: [{root}/drivers/streetlight/profiles]
rules: [rules.yaml]
buses:
  - {{id: field-1, tcp: {{host: 127.0.0.1, port: {port}}}}}
devices:
  - {{id: {device}, bus: field-1, unit: 1, profile: eastron-sdm630, period: 500ms}}
store: {{path: {folder}/{gateway}.db}}
uplink: {{broker: "mqtt://127.0.0.1:{broker}"}}
control: {{socket: {folder}/{gateway}.sock}}
"""
MESSAGES = Messages(os.path.join(ROOT, "proto"))


def wayside(*arguments):
    done = subprocess.run([os.path.join(BIN, "wayside"), *map(str, arguments)], capture_output=True, text=True,
                          check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


def day_of(scale, days):
    rows = ["timestamp,power_total"]
    for i in range(days * 96):
        value = scale * (i // 4 % 24 * 10 + (i * 37 + i // 96 * 11) % 9)
        rows.append(f"2024-01-{1 + i // 96:02} {i // 4 % 24:02}:{i % 4 * 15:02}:00,{value}")
    return "\n".join(rows) + "\n"


def cells_at(slot, level):
    shift = level - slot.level
    return [((column >> shift, row >> shift), count) for column, row, count in zip(slot.column, slot.row, slot.count)]


def merged(a, b):
    """Two SeasonalBaselines of two channels, as the comments of the message say it."""
    out = type(a)()
    out.CopyFrom(a)
    out.gateways, out.points = a.gateways + b.gateways, a.points + b.points
    for into, left, right in zip(out.slots, a.slots, b.slots):
        level = max(left.level, right.level)
        cells = {}
        for place, count in cells_at(left, level) + cells_at(right, level):
            cells[place] = cells.get(place, 0) + count
        while len(cells) > 96 and level < 11:
            level, coarser = level + 1, {}
            for (column, row), count in cells.items():
                place = (column >> 1, row >> 1)
                coarser[place] = coarser.get(place, 0) + count
            cells = coarser
        into.level = level
        places = sorted(cells)
        into.column[:] = [place[0] for place in places]
        into.row[:] = [place[1] for place in places]
        into.count[:] = [cells[place] for place in places]
    return out


class Files(unittest.TestCase):
    """Without a daemon."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_well(self, *arguments):
        code, output, errors = wayside(*arguments)
        self.assertEqual(code, 0, output + errors)
        return output

    def learned(self, name, csv, rule=RULE):
        series, out = self.folder / f"{name}.csv", self.folder / f"{name}.baselines"
        series.write_text(csv)
        self.run_well("replay", "--csv", series, "--rule", rule, "--out", self.folder / "out.csv", "--export", out)
        return out

    def test_what_is_learned_is_exported_merged_and_begun_with(self):
        files = [self.learned(f"g{i}", day_of(scale, 25)) for i, scale in enumerate((1, 3, 7))]
        prior = self.folder / "prior.baselines"
        listed = json.loads(self.run_well("--json", "baseline", "merge", *files, "--out", prior))["baselines"]
        self.assertEqual(len(listed), 1)
        self.assertEqual((listed[0]["gateways"], listed[0]["points"], listed[0]["metrics"]), (3, 3, ["power_total"]))
        self.assertGreater(int(listed[0]["samples"]), 0.98 * 3 * 25 * 96)  # the first of all find their scale
        self.assertIn(RULE, self.run_well("baseline", "show", prior))
        series = self.folder / "new.csv"
        series.write_text(day_of(50, 3) + "2024-01-04 00:00:00,5000\n")
        scores = self.run_well("replay", "--csv", series, "--rule", RULE, "--prior", prior).splitlines()[1:]
        values = [float(row.split(",")[1]) for row in scores]
        self.assertEqual(set(values[:144]), {0.0})  # its own middles are not known
        self.assertLess(max(values[200:-1]), 0.21)
        self.assertTrue(values[-1] >= 0 and values[-2] >= 0)

    def test_a_platform_merges_to_the_same_with_the_proto_file_alone(self):
        rule = 'seasonal_score("traffic", volume, density)'
        files = []
        for name, step in (("a", 37), ("b", 53)):
            rows = ["timestamp,volume,density"]
            for i in range(20 * 96):
                at = f"2024-01-{1 + i // 96:02} {i // 4 % 24:02}:{i % 4 * 15:02}:00"
                rows.append(f"{at},{100 + i * step % 71 + i // 96},{10 + i * step % 13 + i // 96 * 0.3}")
            files.append(self.learned(name, "\n".join(rows) + "\n", rule))
        out = self.folder / "merged.baselines"
        self.run_well("baseline", "merge", *files, "--out", out)
        a, b, ours = (MESSAGES.BaselineSet.FromString(path.read_bytes()) for path in (*files, out))
        theirs = merged(a.baselines[0].seasonal, b.baselines[0].seasonal)
        self.assertEqual(ours.baselines[0].seasonal, theirs)
        self.assertEqual(theirs.gateways, 2)
        self.assertNotIn(b"2024", files[0].read_bytes())

    def test_files_that_are_not_right_are_refused_with_what_is_wrong(self):
        good = self.learned("good", day_of(1, 3))
        bad = self.folder / "bad"
        for content, said in ((b"\xff\xfe\x00garbage", "not a set of baselines"), (b"", "without a baseline"),
                              (good.read_bytes()[:-3], "bad: "), (b"\0" * (9 << 20), "at most")):
            bad.write_bytes(content)
            code, _, errors = wayside("baseline", "show", bad)
            self.assertEqual(code, 1, errors)
            self.assertIn(said, errors)
        wrong = MESSAGES.BaselineSet.FromString(good.read_bytes())
        wrong.baselines[0].seasonal.slots[7].count[0] = 0
        bad.write_bytes(wrong.SerializeToString())
        out = self.folder / "merged"
        code, _, errors = wayside("baseline", "merge", good, bad, "--out", out)
        self.assertEqual(code, 1)
        self.assertIn("baselines[0].slots[7]", errors)
        self.assertFalse(out.exists())
        self.assertIn("cannot be read", wayside("baseline", "show", self.folder / "none")[2])
        series = self.folder / "good.csv"
        code, _, errors = wayside("replay", "--csv", series, "--rule", "power_total", "--prior", good)
        self.assertEqual(code, 1)
        self.assertIn("nothing in it fits", errors)


class Daemons(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wayside-base.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.broker = Broker(self.folder).start()
        self.addCleanup(self.broker.stop)
        self.events = []
        consumer = Consumer(MESSAGES, port=self.broker.port, client_id="baseline-consumer",
                            on_event=self.events.append)
        consumer.__enter__()
        self.addCleanup(consumer.__exit__)
        wait_for(consumer.subscribed.is_set, "the consumer is subscribed")
        self.slave = Slave(self.folder).start()
        self.addCleanup(self.slave.stop)
        for register in REGISTERS:
            self.slave.set_float(1, register, 1000.0)
        with open(os.path.join(self.folder, "rules.yaml"), "w", encoding="utf-8") as file:
            file.write(RULES)

    def daemon(self, gateway, device):
        config = os.path.join(self.folder, f"{gateway}.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(root=ROOT, port=self.slave.port, folder=self.folder, broker=self.broker.port,
                                     gateway=gateway, device=device))
        daemon = Daemon(self.folder, config, os.path.join(self.folder, f"{gateway}.sock")).start()
        self.addCleanup(daemon.stop)
        return daemon

    def ask(self, daemon, *arguments, code=0):
        status, output, errors = run_cli(daemon.socket_path, "baseline", *arguments)
        self.assertEqual(status, code, output + errors)
        return output if code == 0 else errors

    def exported(self, daemon, *arguments):
        return json.loads(self.ask(daemon, "export", "--json", *arguments))["baselines"]

    def test_a_new_device_begins_with_what_another_gateway_has_learned(self):
        teacher = self.daemon("teacher", "cabinet-1")
        wait_for(lambda: self.exported(teacher), "a sample is learned")
        path = os.path.join(self.folder, "learned")
        listed = self.exported(teacher, "--device", "cabinet-1", "--point", "power_total", "--out", path)
        self.assertEqual([(b["family"], b["profile"], b["function"]) for b in listed],
                         [("streetlight", "eastron-sdm630", RULE)])
        self.assertIn("did you mean 'cabinet-1'", self.ask(teacher, "export", "--device", "cabinet-2", code=1))
        self.assertEqual(teacher.stop(), 0)
        pupil = self.daemon("pupil", "cabinet-9")
        self.assertIn("1 functions begin with it", self.ask(pupil, "import", path, "--by", "Li Wei"))
        heard = wait_for(lambda: [e for e in self.events if e["kind"] == "baseline_import"], "the platform hears of it")
        self.assertTrue(heard[0]["by"].endswith("(Li Wei)"), heard)
        self.assertEqual((heard[0]["started"], heard[0]["kinds"]), (1, [f"streetlight/eastron-sdm630 {RULE}"]))
        self.assertEqual(self.exported(pupil), [])  # the prior is not its own experience
        pupil.kill()
        pupil.start()
        wait_for(lambda: re.search(r"rules\.priors.*started=\"?1", pupil.read_log()), "it begins with the prior again")
        self.assertEqual(self.exported(pupil), [])

    def test_what_fits_nothing_is_refused_and_changes_nothing(self):
        daemon = self.daemon("teacher", "cabinet-1")
        wait_for(lambda: self.exported(daemon), "a sample is learned")
        path = os.path.join(self.folder, "learned")
        self.exported(daemon, "--out", path)
        other = MESSAGES.BaselineSet()
        with open(path, "rb") as file:
            other.ParseFromString(file.read())
        other.baselines[0].family = "another"
        with open(path, "wb") as file:
            file.write(other.SerializeToString())
        self.assertIn("nothing in it fits", self.ask(daemon, "import", path, code=1))
        self.assertEqual(len(self.exported(daemon)), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
