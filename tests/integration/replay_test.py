"""`wayside replay` and `wayside rules`: series through expressions without a daemon, as a person at a desk would."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

WAYSIDE = pathlib.Path(os.environ["WAYSIDE_BIN_DIR"]) / "wayside"
ROOT = pathlib.Path(__file__).resolve().parents[2]


def replay(folder, csv, rule, *more):
    series = pathlib.Path(folder) / "series.csv"
    series.write_text(csv)
    done = subprocess.run([WAYSIDE, "replay", "--csv", series, "--rule", rule, *more], capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines(), done.stderr


class Replay(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_rule(self, csv, rule, *more):
        return replay(self.folder.name, csv, rule, *more)

    def test_a_row_in_is_a_row_out(self):
        csv = "timestamp,value\n" + "".join(f"2024-01-01 00:{i:02}:00,{v}\n" for i, v in enumerate("1 9 x 9 1".split()))
        code, rows, errors = self.run_rule(csv, "value > 5")
        self.assertEqual(code, 0)
        self.assertEqual([row.split(",")[1] for row in rows], ["anomaly_score", "0", "1", "0", "1", "0"])
        self.assertIn("1 cells are no numbers", errors)

    def test_stamps_that_repeat_or_go_back_are_rows_all_the_same(self):
        csv = "timestamp,value\n2024-10-27 02:59:00,1\n2024-10-27 02:59:00,2\n2024-10-27 02:00:00,3\n"
        code, rows, _ = self.run_rule(csv, "sum_over(value, 1h) / 10")
        self.assertEqual((code, [row.split(",")[1] for row in rows[1:]]), (0, ["0.1", "0.3", "0.6"]))

    def test_several_columns_and_windows(self):
        csv = "timestamp,power,voltage\n" + "".join(f"2024-01-01 00:00:{i:02},{i},230\n" for i in range(10))
        code, rows, _ = self.run_rule(csv, "avg_over(power, 3s) / voltage * 230 / 10")
        self.assertEqual(code, 0)
        self.assertEqual(rows[-1].split(",")[1], "0.8")

    def test_the_score_stays_between_0_and_1(self):
        csv = "timestamp,value\n2024-01-01 00:00:00,-5\n2024-01-01 00:00:01,7\n"
        self.assertEqual([row.split(",")[1] for row in self.run_rule(csv, "value")[1][1:]], ["0", "1"])

    def test_time_of_day_is_that_of_the_file(self):
        csv = "timestamp,value\n2024-01-01 21:59:00,1\n2024-01-01 22:00:00,1\n"
        rows = self.run_rule(csv, 'time_between("22:00", "05:00") and value > 0')[1]
        self.assertEqual([row.split(",")[1] for row in rows[1:]], ["0", "1"])

    def test_what_is_wrong_is_said_with_its_place(self):
        csv = "timestamp,value\n2024-01-01 00:00:00,1\n"
        self.assertIn('--rule:1:1: there is no function "anomly_score"', self.run_rule(csv, "anomly_score(value)")[2])
        self.assertIn('no point has metric "valu" (nearest: "value")', self.run_rule(csv, "valu > 1")[2])
        self.assertIn("expected a header timestamp,value", self.run_rule("a,b\n1,2\n", "value > 1")[2])
        self.assertIn("cannot be read", replay(self.folder.name, csv, "value > 1", "--learn", "/nowhere.csv")[2])
        for rule in ("value >", "robust_z(value, 3)"):
            self.assertEqual(self.run_rule(csv, rule)[0], 1)

    def test_what_was_learned_from_another_file_counts(self):
        quiet = pathlib.Path(self.folder.name) / "quiet.csv"
        quiet.write_text("timestamp,value\n" + "".join(
            f"2024-01-01 {i // 60:02}:{i % 60:02}:00,{i % 3}\n" for i in range(300)))
        csv = "timestamp,value\n2024-01-02 00:00:00,50\n"
        self.assertEqual(self.run_rule(csv, "robust_z(value, 100) / 10")[1][1].split(",")[1], "0")
        self.assertEqual(self.run_rule(csv, "robust_z(value, 100) / 10", "--learn", quiet)[1][1].split(",")[1], "1")

    def test_every_function_is_told(self):
        done = subprocess.run([WAYSIDE, "rules", "functions"], capture_output=True, text=True, check=True)
        for name in ("avg_over(x, 5m)", "sun_elevation()", "anomaly_score(x)", "share(condition)"):
            self.assertIn(name, done.stdout)

    def test_the_scores_of_public_series_hold(self):
        if not (ROOT.parent / "shared/data/nab_score.py").exists():
            self.skipTest("the scorers and the other data sets are not here: only detect_nab_test tells")
        out = pathlib.Path(self.folder.name) / "scores.json"
        subprocess.run([sys.executable, ROOT / "scripts/detect-score", "--only", "nab", "--only", "streetlight", "--json",
                        out], check=True, stdout=subprocess.DEVNULL)
        scores = {(row["case"], row["measure"]): row for row in map(json.loads, out.read_text().splitlines())}
        self.assertGreaterEqual(scores["nab", "standard"]["ours"], 72.5)
        self.assertGreaterEqual(scores["nab", "low_fp"]["ours"], 62)
        self.assertEqual(scores["streetlight", "events found"]["ours"], 36)


if __name__ == "__main__":
    unittest.main()
