#!/usr/bin/python3
"""The technician's commands against a real daemon, a real broker and simulated devices: what is read over the bus, what
`why` and `check` make of a fault, what stands in a report, what the shell completes, and `top` in a terminal (tmux).
"""
import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from wayside_e2e import BIN, PATIENCE, ROOT, Broker, Daemon, Program, free_port, run_cli, wait_for  # noqa: E402

SCENE = """\
seed: 5
start: "2026-03-01T12:00:00"
lines:
  - {{name: cabinet, tcp: "127.0.0.1:{port}"}}
devices:
  - {{name: relay-1, line: cabinet, unit: 1, kind: relay}}
  - {{name: cable-1, line: cabinet, unit: 2, kind: seahawk-10k, length: 300}}
  - {{name: cable-2, line: cabinet, unit: 3, kind: seahawk-10k, length: 423}}
"""

CONFIG = """\
gateway: {{id: technician-gateway, area: {{city: a, district: b, street: c, grid: d}}, department: lighting}}
clock: {{trust: rtc}}
profiles: [{root}/drivers/pipe_leak/profiles, {folder}/profiles]
rules: [{root}/drivers/pipe_leak/rules/leak_cable.yaml]
buses:
  - {{id: cabinet, tcp: {{host: 127.0.0.1, port: {port}}}}}
devices:
  - {{id: cable-1, bus: cabinet, unit: 2, profile: rle-seahawk-10k, period: 500ms}}
  - {{id: secret-1, bus: cabinet, unit: 3, profile: secret-cable, period: 500ms}}
  - {{id: ghost-1, bus: cabinet, unit: 9, profile: rle-seahawk-10k, period: 500ms}}
store: {{path: wayside.db}}
uplink: {{broker: "mqtt://127.0.0.1:{broker}"}}
control: {{socket: control.sock}}
"""


class Technician(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wayside-tech.")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        before = os.getcwd()
        os.chdir(cls.folder)
        cls.addClassCleanup(os.chdir, before)
        port = free_port()
        cls.broker = Broker(cls.folder).start()
        cls.addClassCleanup(cls.broker.stop)
        os.mkdir("profiles")
        with open(f"{ROOT}/drivers/pipe_leak/profiles/rle-seahawk-10k.yaml", encoding="utf-8") as file:
            secret = file.read().replace("profile: rle-seahawk-10k", "profile: secret-cable")
        assert "{name: cable_length, " in secret
        with open("profiles/secret-cable.yaml", "w", encoding="utf-8") as file:
            file.write(secret.replace("{name: cable_length, ", "{name: cable_length, class: sensitive, "))
        with open("scene.yaml", "w", encoding="utf-8") as file:
            file.write(SCENE.format(port=port))
        with open("gateway.yaml", "w", encoding="utf-8") as file:
            file.write(CONFIG.format(root=ROOT, folder=cls.folder, port=port, broker=cls.broker.port))
        simulator = Program(cls.folder, "wayside-sim", [
            os.path.join(BIN, "wayside-sim"), "devices", "scene.yaml", "--control", "sim.sock"]).start()
        cls.addClassCleanup(simulator.stop)
        wait_for(lambda: os.path.exists("sim.sock"), "the simulator listens")
        cls.socket = os.path.join(cls.folder, "control.sock")
        cls.daemon = Daemon(cls.folder, os.path.join(cls.folder, "gateway.yaml"), cls.socket).start()
        cls.addClassCleanup(cls.daemon.stop)
        wait_for(lambda: cls.devices()["cable-1"]["communicating"] and cls.devices()["secret-1"]["communicating"]
                 and cls.devices()["ghost-1"]["last_error"], "two devices answer, the other was asked")

    @classmethod
    def devices(cls):
        return {device["id"]: device for device in cls.daemon.ask_list("devices")}

    def cli(self, *words, status=0):
        code, output, errors = run_cli(self.socket, *words)
        self.assertEqual(code, status, output + errors)
        return output

    def values(self, *words, status=0):
        return json.loads(self.cli(*words, "--json", status=status))

    def test_points_are_listed_with_quality_and_age(self):
        points = {f"{p['device']}.{p['point']}": p for p in self.values("points")["points"]}
        self.assertEqual(points["cable-1.leak"]["quality"], "good")
        self.assertLess(int(points["cable-1.leak"]["age_us"]), 60_000_000)
        self.assertTrue(points["cable-1.asset_running_hours"]["derived"])
        only = self.values("points", "cable-1")["points"]
        self.assertEqual({p["device"] for p in only}, {"cable-1"})
        bad = self.values("points", "--bad")["points"]
        self.assertTrue(bad)
        self.assertTrue(all(p["quality_code"] != 0 for p in bad))

    def test_a_point_is_read_over_the_bus(self):
        one = self.values("read", "cable-1", "leak")
        self.assertTrue(one["from_bus"])
        self.assertEqual([(p["point"], p["value"]) for p in one["points"]], [("leak", "false")])
        every = self.values("read", "cable-1", "all")
        listed = [p for p in self.values("points", "cable-1")["points"] if not p["derived"]]
        self.assertEqual({p["point"] for p in every["points"]}, {p["point"] for p in listed})

    def test_what_cannot_be_read_is_the_newest_sample_and_why(self):
        silent = self.values("read", "ghost-1", "leak", status=1)
        self.assertFalse(silent["from_bus"])
        self.assertTrue(silent["reason"])
        self.assertIn("computes", self.values("read", "cable-1", "asset_running_hours", status=1)["reason"])
        _, _, errors = run_cli(self.socket, "read", "cable-1", "leek")
        self.assertIn("did you mean 'cable-1.leak'", errors)

    def test_history_is_what_was_recorded(self):
        """At the rate it was recorded (500 ms), what waits and what has arrived, in the site's zone."""
        wait_for(lambda: len(self.history("cable-1.cable_length")["samples"]) >= 6, "some samples are stored")
        found = self.history("cable-1.cable_length")
        self.assertEqual(found["points"], {"cable_length": {"unit": "m", "values": {}}})
        self.assertFalse(found.get("next"))
        walls = [int(sample["wall_us"]) for sample in found["samples"]]
        self.assertEqual(walls, sorted(walls))
        steps = sorted(b - a for a, b in zip(walls, walls[1:]))
        self.assertAlmostEqual(steps[len(steps) // 2], 500_000, delta=100_000)
        for sample in found["samples"]:
            self.assertEqual((sample["number"], sample["quality"]), (300, "good"))
            self.assertLess(abs(int(sample["wall_us"]) / 1e6 - time.time()), 300)
        # What arrived at the platform is history; the store says that there is some.
        wait_for(lambda: int(self.values("store")["history_chunks"]) > 0, "something has arrived")
        self.assertGreaterEqual(len(self.history("cable-1.cable_length")["samples"]), len(walls))
        middle = walls[len(walls) // 2]
        part = self.history("cable-1.cable_length", "--from", self.utc(walls[1]), "--until", self.utc(middle))
        self.assertEqual([int(s["wall_us"]) for s in part["samples"]],
                         [w for w in walls if walls[1] // 10**6 <= w // 10**6 and w < middle // 10**6 * 10**6])
        cut = self.history("cable-1", "--most", "1")
        self.assertTrue(cut["next"])

    def history(self, *words):
        return json.loads(run_cli(self.socket, "history", *words, "--json")[1])

    @staticmethod
    def utc(wall_us):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wall_us // 10**6))

    def test_history_as_text_csv_and_drawing(self):
        wait_for(lambda: len(self.history("cable-1.cable_length")["samples"]) >= 4, "some samples are stored")
        text = self.cli("history", "cable-1.cable_length", "--last", "10m")
        self.assertIn("least 300 m at ", text)
        self.assertRegex(text, r"cable-1\.cable_length: \d+ samples, \d+ good")
        self.assertRegex(text.splitlines()[-1], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} to .*, UTC$")
        self.assertIn("cable-1.cable_length", self.cli("history", "cable-1"))
        self.assertRegex(self.cli("history", "cable-1.leak", "--rows"), r"cable-1\.leak +0 +good")
        lines = self.cli("history", "cable-1.cable_length", "--csv").splitlines()
        self.assertEqual(lines[0], "timestamp,point,value,quality,min,max,count")
        self.assertRegex(lines[1], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z,cable_length,300,good,,,$")
        drawing = os.path.join(self.folder, "cable.svg")
        self.cli("history", "cable-1", "--plot", drawing)
        with open(drawing, encoding="utf-8") as file:
            self.assertIn("<polyline", file.read())

    def test_history_says_what_is_wrong_with_the_question(self):
        for words, why in ((("cable-1.leek",), "cable-1 has no point 'leek' now; did you mean 'leak'?"),
                           (("cabel-1",), "there is no device 'cabel-1' now; did you mean 'cable-1'?")):
            self.assertIn(why, self.cli("history", *words, status=1))
        for words, why in ((("cable-1", "--from", "noon"), "--from: 'noon' is no time: write 02:00"),
                           (("cable-1", "--from", "2026-03-01", "--until", "2026-02-01"), "ends before it begins"),
                           (("cable-1", "--plot", "x.pdf"), "the file's name ends with .svg")):
            code, _, errors = run_cli(self.socket, "history", *words)
            self.assertEqual(code, 2)
            self.assertIn(why, errors)
        self.assertIn("nothing is kept of that time", self.cli("history", "cable-1", "--from", "2026-01-01", "--until",
                                                               "2026-01-02", status=1))

    def test_why_explains_a_point_by_its_frames(self):
        why = self.values("why", "cable-1.leak")["point"]
        self.assertTrue(why["device"]["device"]["communicating"])
        frames = why["device"]["exchange"]
        self.assertTrue(frames[0]["sent"])
        self.assertGreaterEqual(len(frames), 2)
        self.assertTrue(any("leak" in rule["alarm"].lower() for rule in why["rules"]), why["rules"])
        text = self.cli("why", "cable-1.leak")
        self.assertIn("Nothing is wrong", text)

    def test_why_explains_the_bus_first_where_the_device_is_silent(self):
        text = self.cli("why", "ghost-1.leak")
        self.assertIn("does not answer", text)
        self.assertLess(text.index("\n  bus"), text.index("\n  device"))
        self.assertIn("Others on bus cabinet answer", text)
        self.assertIn(" 09 84 0b", text)  # what the simulated gateway says of a unit that it does not reach

    def test_why_explains_an_alarm_and_its_silent_device(self):
        alarm = next(r["alarm"] for r in self.values("why", "ghost-1.leak")["point"]["rules"])
        why = self.values("why", *alarm.split(" "))["alarm"]
        self.assertEqual([d["device"]["id"] for d in why["silent"]], ["ghost-1"])
        self.assertTrue(why["rule"]["unknown"])
        self.assertTrue(why["rule"]["expression"])
        self.assertIn("did you mean", run_cli(self.socket, "why", alarm.replace("ghost-1", "ghst-1"))[2])

    def test_check_finds_the_silent_device_and_the_broker(self):
        found = self.values("check", status=1)
        self.assertTrue(found["daemon"])
        verdicts = {(f["check"], f["subject"]): f["verdict"] for f in found["findings"]}
        self.assertEqual(verdicts["device", "ghost-1"], "fault")
        self.assertEqual(verdicts["broker", f"mqtt://127.0.0.1:{self.broker.port}"], "ok")
        self.assertEqual([f["verdict"] for f in found["findings"] if f["check"] == "config"], ["ok"])
        self.assertTrue(all(f["remedy"] for f in found["findings"] if f["verdict"] in ("fault", "warning")))

    def test_check_works_in_part_without_a_daemon(self):
        code, output, _ = run_cli(self.folder + "/none.sock", "check", "--json", "--config", "gateway.yaml")
        found = json.loads(output)
        self.assertEqual(code, 1)
        self.assertFalse(found["daemon"])
        verdicts = {f["check"]: f["verdict"] for f in found["findings"]}
        self.assertEqual((verdicts["daemon"], verdicts["broker"], verdicts["devices"]), ("fault", "ok", "skipped"))

    def test_health_names_what_is_degraded(self):
        health = self.values("health", status=1)
        self.assertEqual([(r["part"], "ghost-1" in r["what"]) for r in health["reasons"]], [("polling", True)])

    def test_time_and_version(self):
        told = self.values("time")
        self.assertTrue(told["trusted"])
        self.assertEqual(told["source"], "rtc")
        self.assertLess(abs(int(told["wall_us"]) / 1e6 - time.time()), 30)
        version = self.values("version")
        self.assertEqual(version["wayside"]["version"], version["waysided"]["version"])
        self.assertTrue(version["waysided"]["libraries"]["sqlite"].startswith("3."))

    def test_a_report_holds_everything_and_is_whole(self):
        told = self.values("report", "--out", "report.tar.gz")
        self.assertEqual(told["file"], "report.tar.gz")
        self.assertFalse(os.path.exists("report.tar.gz.part"))
        self.assertEqual(os.stat("report.tar.gz").st_mode & 0o777, 0o600)
        with open("report.tar.gz", "rb") as file:
            unpacked = gzip.decompress(file.read())
        with tarfile.open(fileobj=io.BytesIO(unpacked)) as archive:
            texts = {os.path.basename(m.name): archive.extractfile(m).read().decode() for m in archive.getmembers()}
        for name in ("README.txt", "status.json", "points.json", "devices.txt", "audit.txt", "check.txt", "config.yaml",
                     "version.txt", "time.txt", "buses.txt", "alarms.txt"):
            self.assertTrue(texts.get(name), name)
        self.assertEqual(json.loads(texts["status.json"])["gateway"], "technician-gateway")
        self.assertIn("ghost-1", texts["check.txt"])
        self.assertEqual(told["devices_with_sensitive_points"], ["secret-1"])
        self.assertIn("secret-1", texts["README.txt"])
        points = {f"{p['device']}.{p['point']}": p for p in json.loads(texts["points.json"])["points"]}
        self.assertEqual(points["secret-1.cable_length"]["value"], "(left out)")
        self.assertNotIn("number", points["secret-1.cable_length"])
        self.assertFalse([name for name, text in texts.items() if re.search(r"(?<![\w.])423(?!\w)", text)])

    def test_the_shell_completes_commands_options_and_live_names(self):
        def complete(*words):
            command = [os.path.join(BIN, "wayside"), "--socket", self.socket, "complete", "--", *words]
            return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE,
                                  check=True).stdout.split("\n")[:-1]

        self.assertIn("points", complete("po"))
        self.assertNotIn("complete", complete(""))
        self.assertEqual(complete("bus", "li"), ["list"])
        self.assertEqual(complete("points", "gh"), ["ghost-1"])
        self.assertEqual(complete("read", "cable-1", "leak_d"), ["leak_distance"])
        self.assertIn("all", complete("read", "cable-1", ""))
        self.assertIn("cable-1.leak", complete("watch", "cable-1.le"))
        self.assertIn("--bad", complete("points", "--"))
        self.assertEqual(complete("bus", "capture", "cab"), ["cabinet"])
        self.assertEqual(complete("report", "--out", ""), [])
        done = subprocess.run([os.path.join(BIN, "wayside"), "--socket", "none", "complete", "--", "points", ""],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    @unittest.skipUnless(shutil.which("bash"), "no bash")
    def test_bash_completes_by_the_script(self):
        script = f"""
            PATH={BIN}:$PATH
            export WAYSIDE_SOCKET={self.socket}
            source {ROOT}/scripts/completions/wayside.bash
            COMP_WORDS=(wayside points gho); COMP_CWORD=2
            _wayside
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual((done.stdout, done.stderr), ("ghost-1\n", ""))

    def test_watching_into_a_pipe_goes_on_until_it_is_interrupted(self):
        process = subprocess.Popen([os.path.join(BIN, "wayside"), "devices", "--watch", "0.2", "--socket", self.socket],
                                   stdout=subprocess.PIPE, text=True)
        seen = 0
        for line in process.stdout:
            seen += line.startswith("DEVICE")
            if seen == 3:
                break
        process.send_signal(2)
        process.stdout.close()
        self.assertEqual(process.wait(PATIENCE), 0)


@unittest.skipUnless(shutil.which("tmux"), "no tmux")
class InATerminal(Technician):
    """`top` and `watch` as they stand on a screen of 80 by 24; the tests of Technician are not run again."""

    def setUp(self):
        # A server of its own each: it ends with its only session.
        self.session = self._testMethodName[:40]
        self.tmux = ["tmux", "-S", os.path.join(self.folder, f"{self.session}.tmux"), "-f", "/dev/null"]

    def open(self, *words, locale="C.UTF-8", terminal="screen"):
        command = f"env LC_ALL={locale} TERM={terminal} {BIN}/wayside {' '.join(words)} --socket {self.socket}"
        subprocess.run([*self.tmux, "new-session", "-d", "-s", self.session, "-x", "80", "-y", "24",
                        f"{command}; echo ended $?; exec cat"], check=True, timeout=PATIENCE)
        self.addCleanup(subprocess.run, [*self.tmux, "kill-session", "-t", self.session], check=False)

    def screen(self):
        return subprocess.run([*self.tmux, "capture-pane", "-p", "-t", self.session], check=True, capture_output=True,
                              text=True, timeout=PATIENCE).stdout

    def keys(self, *keys):
        subprocess.run([*self.tmux, "send-keys", "-t", self.session, *keys], check=True, timeout=PATIENCE)

    def wait(self, text):
        wait_for(lambda: text in self.screen(), f"'{text}' on the screen\n{self.screen()}")

    def test_top_shows_the_gateway_takes_keys_and_ends(self):
        self.open("top")
        self.wait("technician-gateway")
        lines = self.screen().split("\n")
        self.assertTrue(any(line.startswith("ghost-1") and "silent" in line for line in lines), lines)
        self.assertTrue(any("cabinet" in line and "%" in line for line in lines), lines)
        self.assertTrue(lines[23].startswith("F1Help"), lines)
        self.keys("b")
        self.wait("F3All")
        self.keys("F3")
        self.wait("F3Bad only")
        self.keys("?")
        self.wait("wayside top: keys")
        self.keys("?")
        self.wait("technician-gateway")
        self.keys("s")
        self.wait("Sort:device")
        self.keys("Space")
        self.wait("paused")
        self.keys("q")
        self.wait("ended 0")

    def test_top_ends_with_ctrl_c_and_leaves_the_terminal_as_it_was(self):
        self.open("top", locale="C", terminal="vt100")
        self.wait("technician-gateway")
        self.keys("C-c")
        self.wait("ended 0")

    def test_watch_draws_in_ascii_where_the_locale_is_not_utf8(self):
        self.open("watch", "cable-1.cable_length", "--every", "0.2", locale="C")
        wait_for(lambda: "*" in self.screen(), "a curve of stars\n" + self.screen())
        self.keys("C-c")
        self.wait("ended 0")

    def test_watch_draws_in_braille_where_it_may(self):
        self.open("watch", "cable-1.cable_length", "--every", "0.2")
        wait_for(lambda: any(0x2801 <= ord(c) <= 0x28FF for c in self.screen()), "a curve of dots")

    def test_a_command_that_is_watched_is_drawn_over_itself(self):
        self.open("devices", "--watch", "0.2")
        self.wait("ghost-1")
        time.sleep(1)  # several pictures
        self.assertEqual(sum(line.startswith("DEVICE") for line in self.screen().split("\n")), 1)
        self.keys("C-c")
        self.wait("ended 0")


def load_tests(loader, _tests, _pattern):
    """Those of Technician once, and of InATerminal only its own."""
    suite = loader.loadTestsFromTestCase(Technician)
    own = [name for name in loader.getTestCaseNames(InATerminal) if name in InATerminal.__dict__]
    suite.addTests(InATerminal(name) for name in own)
    return suite


if __name__ == "__main__":
    unittest.main()
