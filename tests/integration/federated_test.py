#!/usr/bin/python3
"""Learning without moving the data, on public data (scripts/detect-federated): held to what was measured."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("WAYSIDE_DETECT_DATA", ROOT.parent / "shared/data"))
MARGIN = 0.05  # of the goal
NOISE = 0.03   # what another seed moves a mean by


class Federated(unittest.TestCase):
    def measured(self, corpus):
        if not (DATA / corpus).is_dir():
            self.skipTest(f"{DATA / corpus} is not here")
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "federated.json"
            subprocess.run([sys.executable, ROOT / "scripts/detect-federated", "--data", DATA, "--only", corpus,
                            "--json", out], check=False)
            rows = [json.loads(line) for line in out.read_text().splitlines()]
        return next(row for row in rows if row["left_out"] == "mean")

    def test_a_line_that_begins_with_the_others_is_within_the_goal(self):
        mean = self.measured("streetlight")
        self.assertGreaterEqual(mean["with"], mean["own"] - MARGIN)

    def test_a_station_that_begins_with_the_others_is_not_worse_for_it(self):
        mean = self.measured("loop_traffic")
        self.assertGreaterEqual(mean["with"], mean["without"] - NOISE)


if __name__ == "__main__":
    unittest.main(verbosity=2)
