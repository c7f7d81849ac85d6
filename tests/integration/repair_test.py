#!/usr/bin/python3
"""Self-repair end to end: an alarm acts on wayside-sim's relay by itself, through kill -9 too, and the platform hears
of each try. A relay of its own is the lamp that has gone out."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import command_test  # noqa: E402
from wayside_e2e import run_cli, wait_for  # noqa: E402

DEVICE = """\
  - id: switch-1
    bus: cabinet
    unit: 1
    profile: wb-mr6c
    period: 200ms
    labels: {supply: switch-1}
    commands: {allow: [relay_command], max_per_minute: 60}
rules: [rules.yaml]
"""

RULES = """\
groups:
  - name: lighting
    rules:
      - alert: WentOff
        expr: relay_on{relay="1"} == 0
        actions:
          - {do: command, point: relay-1.relay_command, value: "on", again_after: 10s, tries: 100}
      - alert: Hangs
        expr: relay_on{relay="2"} == 1
        actions:
          - {do: power_cycle, device: "{{ $labels.supply }}", point: relay-3.relay_command, off_for: 2s, tries: 5}
      - alert: NoPlatform
        expr: link_up == 0
        for: 1s
        actions:
          - do: light_plan
            match: {family: streetlight}
            point: relay-4.relay_command
            plan: [{at: "00:00", value: "on"}]
            afterwards: "off"
"""


class Repair(command_test.World):
    relay = DEVICE
    files = {"rules.yaml": RULES}

    def put(self, relay, value):
        code, result = self.write("switch-1", f"relay-{relay}.relay_command", value)
        self.assertEqual(code, command_test.DONE, result)

    def shows(self, relay, value):
        point = f"switch-1.relay-{relay}.relay_on"

        def found():
            told = [e["value"] for e in self.events if e["kind"] == "telemetry" and e["point"] == point]
            return told and told[-1] == value
        wait_for(found, f"{point} is {value}")

    def test_1_a_lamp_that_went_off_is_switched_on_again(self):
        event = self.told("repair", step="done", action="command switch-1.relay-1.relay_command = on")[0]
        self.assertEqual((event["alarm"], event["attempt"], event["tries"]), ("lighting/WentOff switch-1", 1, 100))
        commands = self.told("command", origin="rule", command=event["command"])
        self.assertEqual(commands[0]["by"], "rule lighting/WentOff")
        before = len(self.told("repair", alarm="lighting/WentOff switch-1"))
        self.put(1, "off")
        wait_for(lambda: len(self.told("repair", alarm="lighting/WentOff switch-1")) > before, "it is repaired again")

    def test_2_nothing_is_done_while_it_is_held(self):
        self.assertEqual(self.cli("hold", "switch-1", "--by", "Li Wei")[0], 0)
        code, result = self.write("switch-1", "relay-1.relay_command", "off", "--by", "Li Wei")
        self.assertEqual(code, command_test.DONE, result)
        event = self.told("repair", step="deferred", alarm="lighting/WentOff switch-1")[0]
        self.assertIn("Li Wei", event["reason"])
        self.assertEqual(self.cli("release", "switch-1", "--by", "Li Wei")[0], 0)

    def test_3_a_power_cycle_outlives_the_daemon(self):
        self.put(3, "on")
        self.put(2, "on")
        self.shows(3, 0)
        self.daemon.kill()
        self.daemon.start()
        event = self.told("repair", step="interrupted", action="power_cycle switch-1.relay-3.relay_command")[0]
        self.assertIn("on again", event["reason"])
        self.shows(3, 1)
        self.put(2, "off")
        self.put(2, "on")
        self.told("repair", step="done", action="power_cycle switch-1.relay-3.relay_command")
        self.shows(3, 1)

    def test_4_the_light_plan_is_followed_without_a_platform(self):
        self.broker.stop()
        wait_for(lambda: any("NoPlatform" in alarm["alarm"] for alarm in self.daemon.ask_list("alarms")), "it is missed")
        wait_for(lambda: "light_plan switch-1.relay-4.relay_command step=done" in self.daemon.read_log().replace('"', ""),
                 "the plan is followed")
        self.broker.start()
        self.told("repair", step="done", action="light_plan switch-1.relay-4.relay_command")
        self.shows(4, 0)

    def test_5_a_wrong_action_is_told_with_its_place(self):
        with open("wrong.yaml", "w", encoding="utf-8") as file:
            file.write(RULES.replace("relay-3.relay_command", "relay-3.relay_on")
                       .replace("relay-1.relay_command", "relay-1.relay_comand").replace('value: "on", again',
                                                                                        "value: on, again"))
        with open("gateway.yaml", encoding="utf-8") as file:
            text = file.read()
        with open("wrong-gateway.yaml", "w", encoding="utf-8") as file:
            file.write(text.replace("rules.yaml", "wrong.yaml"))
        done = command_test.subprocess.run(
            [os.path.join(command_test.BIN, "waysided"), "--check", "--config", "wrong-gateway.yaml"], capture_output=True, text=True,
            check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("wrong.yaml:7:", done.stderr)
        self.assertIn("relay-1.relay_command", done.stderr)
        self.assertIn("not in commands.allow", done.stderr)


if __name__ == "__main__":
    unittest.main(failfast=True, verbosity=2)
