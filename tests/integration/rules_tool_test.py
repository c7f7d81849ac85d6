"""`wayside rules check` and `wayside rules test` as a writer of rules uses them: what they say, exit status, JSON."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

WAYSIDE = pathlib.Path(os.environ["WAYSIDE_BIN_DIR"]) / "wayside"
ROOT = pathlib.Path(__file__).resolve().parents[2]

RULES = """groups:
  - name: site
    rules:
      - record: load
        expr: sum(power) by (feeder)
        unit: W
        meaning: Power of the lamps of a feeder
      - alert: High
        expr: avg_over(power, 1m) > 100
        clear: power < 80
        for: 20s
        severity: high
        department: lighting
        labels: {kind: lamp}
        acknowledge: required
        annotations: {summary: "{{ $labels.device }} draws {{ $value }} W"}
      - alert: Off
        expr: mode == "off"
"""
DEVICES = """rule_files: [site.yaml]
interval: 10s
devices:
  - {id: lamp-1, labels: {feeder: "3"}, points: [{name: power, unit: W}, {name: mode, values: {0: off, 1: on}}]}
  - {id: lamp-2, labels: {feeder: "3"}, points: [{name: power, unit: W}]}
tests:
"""
GOOD = DEVICES + """  - name: a lamp draws too much
    input_series:
      - {series: lamp-1.power, values: 50x2 200x12 10x30}
      - {series: lamp-2.power, values: 50x50}
      - {series: lamp-1.mode, values: '"on"x5 "off"x50'}
    orders:
      - {at: 2m, do: ack, alarm: site/High lamp-1, by: wang}
      - {at: 2m, do: reset, alarm: site/High lamp-1, refused: true}
    alert_test:
      - eval_time: 100s
        alertname: High
        exp_alerts:
          - device: lamp-1
            severity: high
            department: lighting
            labels: {kind: lamp, feeder: "3"}
            annotations: {summary: "lamp-1 draws 150 W"}
      - {eval_time: 2m, alertname: site/High, exp_alerts: [{device: lamp-1, state: acknowledged}]}
      - {eval_time: 5m, alertname: High, exp_alerts: [{device: lamp-1, state: normal, transitions: 3}]}
      - {eval_time: 5m, exp_alerts: [{alertname: Off, device: lamp-1}]}
    point_test:
      - {eval_time: 1m, point: gateway.feeder-3.load, value: 250, quality: good}
      - {eval_time: 1m, point: lamp-1.mode, value: off}
  - name: a lamp that falls silent is unknown
    input_series:
      - {series: lamp-1.power, values: 50x5 _x9 50x2 stale _x9}
    alert_test:
      - {eval_time: 80s, alertname: High, exp_alerts: [{device: lamp-1, state: normal}]}
      - {eval_time: 81s, alertname: High, exp_alerts: [{device: lamp-1, state: unknown}, {device: lamp-2, state: unknown}]}
      - {eval_time: 170s, alertname: High, exp_alerts: [{device: lamp-1, state: normal}]}
      - {eval_time: 180s, alertname: High, exp_alerts: [{device: lamp-1, state: unknown}]}
"""


class Rules(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.write("site.yaml", RULES)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def run_it(self, *arguments):
        done = subprocess.run([WAYSIDE, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
        text = lambda out: out.replace(str(self.folder) + "/", "")
        return done.returncode, text(done.stdout), text(done.stderr)

    def test_tests_that_pass(self):
        code, out, errors = self.run_it("rules", "test", self.write("good.test.yaml", GOOD))
        self.assertEqual(out, "PASS  a lamp draws too much\nPASS  a lamp that falls silent is unknown\n2 tests passed\n", errors)
        self.assertEqual((code, errors), (0, ""))

    def test_tests_that_fail_say_where_and_what(self):
        bad = GOOD.replace("draws 150 W", "draws 200 W").replace("value: 250", "value: 300").replace(
            "transitions: 3", "transitions: 4").replace("refused: true", "refused: false").replace(
            "[{alertname: Off, device: lamp-1}]", "[]").replace("kind: lamp,", "kind: lamb,")
        file = self.write("bad.test.yaml", bad)
        code, out, errors = self.run_it("rules", "test", file)
        self.assertEqual((code, errors), (1, ""))
        lines = out.splitlines()
        self.assertEqual(lines[0], "FAIL  a lamp draws too much")
        self.assertEqual(lines[-2:], ["PASS  a lamp that falls silent is unknown", "1 of 2 tests failed"])
        for what in ('at 100s: site/High lamp-1: expected summary "lamp-1 draws 200 W", got "lamp-1 draws 150 W"',
                     'at 100s: site/High lamp-1: expected label kind="lamb", got "lamp"',
                     "at 2m: reset site/High lamp-1: expected done, got refused: ",
                     "at 5m: site/High lamp-1: expected 4 transitions, got 3",
                     "at 5m: site/Off lamp-1: expected normal (it is not among exp_alerts), got raised",
                     "at 1m: gateway.feeder-3.load: expected 300, got 250 (good)"):
            self.assertTrue(any(what in line for line in lines), (what, out))
        self.assertTrue(all(line.startswith("      bad.test.yaml:") for line in lines[1:-2]), out)
        code, out, _ = self.run_it("--json", "rules", "test", file)
        told = json.loads(out)
        self.assertEqual((code, told["passed"], told["failed"]), (1, 1, 1))
        failures = told["files"][0]["tests"][0]["failures"]
        self.assertEqual(len(failures), 6)
        self.assertEqual(set(failures[0]), {"file", "line", "column", "at", "what", "expected", "got"})

    def test_an_alarm_that_is_not_there_has_a_near_one(self):
        file = self.write("t.test.yaml", GOOD.replace("exp_alerts: [{device: lamp-1, state: acknowledged}]",
                                                      "exp_alerts: [{device: lamp-1}, {device: lamp-3}]"))
        _, out, _ = self.run_it("rules", "test", file)
        self.assertIn("expected raised, got acknowledged: ", out)
        self.assertIn("site/High lamp-3: expected raised, got no such alarm; did you mean", out)

    def test_files_that_cannot_be_run(self):
        code, out, errors = self.run_it("rules", "test", self.folder / "none.test.yaml")
        self.assertEqual((code, errors), (66, "none.test.yaml:1:1: no such file\n"))
        for wrong, said in [
                (GOOD.replace("50x50", "50x50 sale"), "t.test.yaml:10:"),
                (GOOD.replace("lamp-2.power, values", "lamp-2.powr, values"), "did you mean 'lamp-2.power'?"),
                (GOOD.replace('"off"x50', '"of"x50'), 'lamp-1.mode has no value "of"'),
                (GOOD.replace("eval_time: 100s", "eval_time: -100s"), "bad duration '-100s'"),
                (GOOD.replace("eval_time: 100s", "eval_time: 9999d"), "expected a duration from 0s to 400d"),
                (GOOD.replace("values: 50x50", "values: 50x5000000000"), "more than 1000000000 samples"),
                (GOOD.replace("[site.yaml]", "[siet.yaml]"), "no such file"),
                (GOOD.replace("[site.yaml]", "[site.yaml]\ntime_zone: Mars/Olympus"), "does not know the time zone"),
                ("[" * 5000, "not valid YAML"), ("a: &a [*a]\n" * 2, "t.test.yaml:"), ("", "t.test.yaml:1:1"),
                ("\x00\xff", "t.test.yaml:1:1")]:
            with self.subTest(said):
                code, out, errors = self.run_it("rules", "test", self.write("t.test.yaml", wrong))
                self.assertEqual(code, 65, (out, errors))
                self.assertIn(said, errors)
                code, out, _ = self.run_it("rules", "test", "--json", self.folder / "t.test.yaml")
                self.assertTrue(json.loads(out)["files"][0]["problems"])
                self.assertEqual(code, 65)

    def test_a_rule_that_is_wrong_is_told_once(self):
        self.write("site.yaml", RULES.replace("avg_over(power", "avg_over(powr"))
        code, out, errors = self.run_it("rules", "test", self.write("t.test.yaml", GOOD))
        self.assertEqual(code, 65)
        self.assertEqual(errors, 'site.yaml:9:24: no point has metric "powr" (nearest: "power")\n')
        self.assertIn("2 of 2 tests failed", out)

    def test_every_pack_with_tests_passes_them(self):
        files = sorted(ROOT.glob("drivers/*/rules/tests/*.test.yaml"))
        self.assertGreaterEqual(len(files), 3)
        for file in files:
            pack = file.parent.parent / file.name.replace(".test.yaml", ".yaml")
            self.assertTrue(pack.exists(), f"{file} tests no pack")
        code, out, errors = self.run_it("rules", "test", *files)
        self.assertEqual((code, errors), (0, ""), out)

    def test_every_pack_is_checked_against_its_profiles(self):
        files = sorted(ROOT.glob("drivers/*/rules/*.yaml"))
        code, out, errors = self.run_it("--json", "rules", "check", *files)
        told = json.loads(out)
        self.assertEqual((code, told["problems"], errors), (0, [], ""))
        self.assertEqual(told["totals"]["rules"], len(told["rules"]))
        feeder = next(rule for rule in told["rules"] if rule["rule"] == "feeder/FeederStep")
        self.assertIn("delta(power_total, 30s)", feeder["looks_at"])
        self.assertGreater(feeder["bytes"], 0)

    def test_check_tells_all_at_once_each_at_its_place(self):
        file = self.write("wrong.yaml", """groups:
  - name: g
    rules:
      - alert: A
        expr: powr > 3 and
      - alert: B
        expr: "avg_ovr(power, 5m) > 1"
        severty: low
      - alert: C
        expr: >-
          power > 3
          and pwer = 4
      - alert: D
        expr: 'power > "a'
""")
        code, out, errors = self.run_it("rules", "check", file)
        self.assertEqual((code, out), (65, ""))
        self.assertEqual([line.split(" ")[0] for line in errors.splitlines()],
                         ["wrong.yaml:5:27:", "wrong.yaml:7:16:", "wrong.yaml:8:9:", "wrong.yaml:12:20:", "wrong.yaml:14:24:"],
                         errors)
        self.assertIn("did you mean 'severity'?", errors)
        self.assertIn('there is no function "avg_ovr" of 2 arguments (nearest: "avg_over")', errors)

    def test_check_without_a_profile_needs_nothing_else(self):
        code, out, errors = self.run_it("rules", "check", self.folder / "site.yaml")
        self.assertEqual(code, 0, errors)
        self.assertIn("units and names of values are not checked", errors)
        head, *rows = [line.split() for line in out.splitlines() if line]
        self.assertEqual(head[:3], ["RULE", "CELLS", "STEPS"])
        self.assertEqual([row[0] for row in rows[:3]], ["site/load", "site/High", "site/Off"])
        self.assertIn("avg_over(power, 60s)", out)
        self.assertIn("3 rules, 3 instances", out)

    def test_check_against_a_profile_by_name(self):
        file = self.write("meter.yaml", "groups:\n  - name: g\n    rules:\n      - {alert: A, expr: power_totl > 3}\n"
                                        "      - {alert: B, expr: power_total > voltage_l1}\n")
        code, _, errors = self.run_it("rules", "check", file, "--profile", "eastron-sdm630", "--dir", ROOT / "drivers")
        self.assertEqual(code, 65)
        self.assertIn('meter.yaml:4:26: no point has metric "power_totl" (nearest: "power_total")', errors)
        self.assertIn("meter.yaml:5:38: ", errors)  # W against V
        code, _, errors = self.run_it("rules", "check", file, "--profile", "eastron-sdm63", "--dir", ROOT / "drivers")
        self.assertEqual(code, 66)
        self.assertIn("did you mean 'eastron-sdm630'?", errors)

    def gateway(self, rules, devices=2):
        lines = "".join(f"  - {{id: meter-{i}, bus: b, unit: {i + 1}, profile: eastron-sdm630, period: 1s}}\n" for i in range(devices))
        return self.write("gateway.yaml", f"""gateway:
  id: gw-1
  area: {{city: c, district: d, street: s, grid: g}}
  department: lighting
store: {{path: w.db}}
control: {{socket: c.sock}}
profiles: [{ROOT}/drivers/streetlight/profiles]
buses: [{{id: b, tcp: {{host: 127.0.0.1}}}}]
devices:
{lines}rules: {rules}
""")

    def test_check_against_a_gateway(self):
        self.write("own.yaml", "groups:\n  - name: own\n    rules:\n      - {alert: Own, expr: power_total > 3}\n")
        more = self.write("more.yaml", "groups:\n  - name: more\n    rules:\n"
                                       "      - {alert: Big, expr: 'max_over(power_total, 1h) > 3', suppressed_by: [own/Own]}\n")
        code, out, errors = self.run_it("--json", "rules", "check", more, "--config", self.gateway("{files: [own.yaml], memory: 1 MiB}"))
        told = json.loads(out)
        self.assertEqual((code, told["problems"]), (0, []), errors)
        self.assertEqual([(rule["rule"], rule["instances"]) for rule in told["rules"]], [("more/Big", 2), ("own/Own", 2)])
        self.assertEqual(told["totals"]["limit"], 1 << 20)
        self.assertLess(sum(rule["bytes"] for rule in told["rules"]), told["totals"]["bytes"])
        self.assertGreater(told["rules"][0]["bytes"], 2 * 3600 * 16)  # a sample a second, 16 bytes each
        code, _, errors = self.run_it("rules", "check", more, "--config", self.gateway("{files: [own.yaml], memory: 128 KiB}"))
        self.assertEqual(code, 65)
        self.assertRegex(errors, r"^more.yaml:4:9: the rules take more than 128.0 KiB .* more/Big .* instances of ")
        # Of a bus of a hundred meters no more is taken than there may be.
        code, _, errors = self.run_it("rules", "check", more, "--config",
                                      self.gateway("{files: [own.yaml], memory: 1 MiB}", devices=100))
        self.assertEqual(code, 65)
        self.assertIn("the biggest so far are more/Big", errors)

    def test_wrong_use(self):
        self.assertEqual(self.run_it("rules", "check")[0], 2)
        self.assertEqual(self.run_it("rules", "test")[0], 2)
        self.assertEqual(self.run_it("rules", "check", self.folder / "none.yaml")[0], 66)


if __name__ == "__main__":
    unittest.main()
