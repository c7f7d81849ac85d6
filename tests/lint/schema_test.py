#!/usr/bin/env python3
"""The JSON Schemas against the shipped files, and against files that the loader refuses.

    schema_test.py SOURCE_DIR

What the loader accepts, the schema must accept; of what it refuses, the schema must find what a schema can.
"""
import copy
import glob
import json
import os
import re
import sys
import unittest

import jsonschema
import yaml

ROOT = sys.argv.pop(1)
SCHEMAS = os.path.join(ROOT, "firmware/config/schema")


class Strict(yaml.SafeLoader):
    """YAML 1.2's truths only: 'on' and 'off' are words, as for the loader."""


Strict.yaml_implicit_resolvers = copy.deepcopy(yaml.SafeLoader.yaml_implicit_resolvers)
for first, resolvers in Strict.yaml_implicit_resolvers.items():
    Strict.yaml_implicit_resolvers[first] = [r for r in resolvers if r[0] not in (
        "tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int")]
Strict.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), "tTfF")
Strict.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^(-?[0-9]+|0x[0-9a-fA-F]+)$"), "-0123456789")
Strict.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value, 0)
                       if node.value.startswith("0x") else int(node.value))


def words_as_keys(value):
    """JSON has only texts as keys: {0: safe} is {"0": safe}."""
    if isinstance(value, dict):
        return {str(k): words_as_keys(v) for k, v in value.items()}
    return [words_as_keys(v) for v in value] if isinstance(value, list) else value


def load(text):
    return words_as_keys(yaml.load(text, Loader=Strict))


def validator(name):
    with open(os.path.join(SCHEMAS, name + ".schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


RULES_TEST = validator("rules-test")
PROFILE = validator("profile")
GATEWAY = validator("gateway")
HEAD = "profile: p\nversion: 1\nfamily: f\n"
POINT = HEAD + "points:\n  - {name: a, register: %s, address: 1, %s}\n"


class Schemas(unittest.TestCase):
    def test_every_shipped_file_fits(self):
        files = {"profile": "drivers/*/profiles/*.yaml", "rules": "drivers/*/rules/*.yaml",
                 "rules-test": "drivers/*/rules/tests/*.test.yaml"}
        for name, pattern in files.items():
            schema = validator(name)
            found = glob.glob(os.path.join(ROOT, pattern))
            self.assertTrue(found)
            for path in found:
                with self.subTest(path), open(path, encoding="utf-8") as file:
                    schema.validate(load(file.read()))

    def test_points_that_the_loader_takes(self):
        for kind, rest in [
                ("holding", "type: u16, write: true"), ("coil", "write: {settle: 1s, read_back: b}"),
                ("input", "type: text, length: 4"), ("input", "type: bcd64, error_values: [0x9999, [1, 2]]"),
                ("input", "type: u64, bit: 63"), ("input", "bits: [4, 3], scale: 0.5"),
                ("input", "type: u16, values: {0: off, 0x10: on fire}"), ("input", "type: u16, only_when: [[1, 32767]]"),
                ("input", "type: f32, error_values: [-9999, 0xFFFFFFFF], max_rate: 1, dead_band: {percent: 1}"),
                ("input", "type: u16, since_firmware: 2.3.0, write: {register: holding, address: 3}")]:
            with self.subTest(rest):
                PROFILE.validate(load(POINT % (kind, rest)))

    def test_points_that_the_loader_refuses(self):
        for kind, rest in [
                ("holding", "type: u8"), ("coil", "type: u16"), ("coil", "bit: 1"), ("input", "type: text"),
                ("input", "type: u16, length: 2"), ("input", "type: f32, bit: 1"), ("input", "bit: 1, bits: [1, 2]"),
                ("input", "scale: 1"), ("input", "type: u16, scale: 0"), ("input", "bit: 1, range: [0, 1]"),
                ("input", "type: u16, values: {}"), ("holding", "type: u16, write: false"),
                ("holding", "type: u16, write: {address: 1}"), ("holding", "type: u16, write: {setle: 1s}"),
                ("input", "type: u16, dead_band: {at_least: 1s}"), ("input", "type: u16, max_rate: 0"),
                ("input", "type: u16, colour: red")]:
            with self.subTest(rest):
                self.assertFalse(PROFILE.is_valid(load(POINT % (kind, rest))))

    def test_set_up_and_identity(self):
        good = HEAD + ("limits: {quiet: 5ms}\nidentity: {serial: {register: input, address: 1, type: u32}}\n"
                       "setup:\n  - {title: a, register: holding, address: 8, type: u16, value: 60, when: {lanes: 2}}\n"
                       "  - {title: b, register: coil, address: 8, values: [1, 0], read_first: false}\n")
        PROFILE.validate(load(good))
        self.assertFalse(PROFILE.is_valid(load(good.replace("value: 60, ", ""))))
        self.assertFalse(PROFILE.is_valid(load(good.replace("register: coil", "register: input"))))
        self.assertFalse(PROFILE.is_valid(load(good.replace("identity: {serial", "identity: {serail"))))

    def test_devices(self):
        def device(rest):
            return load("gateway: {id: g, area: {city: c, district: d, street: s, grid: g}, department: x}\n"
                        "store: {path: a}\ncontrol: {socket: b}\nbuses: []\ndevices: [{id: a, bus: b, profile: p%s}]\n" % rest)
        GATEWAY.validate(device(", unit: 1, commands: {allow: [a.b], max_per_minute: 3, interlocks: "
                                "[{point: a.b, when: [off, 1], only_if: 'x == 1'}]}"))
        GATEWAY.validate(device(", options: {address: 3}"))
        for rest in (", unit: 1, commands: {}", ", commands: {allow: [a, a]}", ", commands: {allow: [a], max_per_minute: 0}",
                     ", commands: {allow: [a], interlocks: [{point: a}]}"):
            with self.subTest(rest):
                self.assertFalse(GATEWAY.is_valid(device(rest)))

    def test_rules_and_alarms_of_a_gateway(self):
        def gateway(rest):
            return load("gateway: {id: g, area: {city: c, district: d, street: s, grid: g}, department: x}\n"
                        "store: {path: a}\ncontrol: {socket: b}\nbuses: []\ndevices: []\n" + rest)
        for rest in ("health: {period: 5m}", "rules: [a.yaml]", "rules: {files: [a.yaml], memory: 16 MiB}", "rules: {memory: 64KiB}",
                     "alarms: {flood: {count: 20, within: 5m, until: 10}, chatter: {count: 5, within: 1m, over_after: 5m}}"):
            with self.subTest(rest):
                GATEWAY.validate(gateway(rest))
        for rest in ("health: {period: 5}", "health: {every: 5m}", "rules: {files: a.yaml}", "rules: {memory: 16}", "rules: {memory: 16 MB}", "alarms: {flood: 10}",
                     "alarms: {chatter: {count: 1}}"):
            with self.subTest(rest):
                self.assertFalse(GATEWAY.is_valid(gateway(rest)))

    def test_tests_of_rules(self):
        def file(rest, devices="[{id: a, points: [{name: lane-1.x, unit: m, values: {0: off}}]}]"):
            return load("rule_files: [r.yaml]\ndevices: %s\ntests:\n  - name: t\n    input_series: "
                        "[{series: [a.x, a.y], values: 1x3 bad}, {series: a.z, values: 5}]\n%s" % (devices, rest))
        check = "    alert_test: [{eval_time: 1m}]\n"
        for rest in (check, "    point_test: [{eval_time: 1m, point: a.x, value: 3, quality: good}]\n",
                     check + "    orders: [{at: 1m, do: shelve, alarm: g/A a, for: 1h, reason: r, refused: true}]\n",
                     "    start: 2026-06-21 12:00\n    alert_test: [{eval_time: 1m, alertname: A, exp_alerts: "
                     "[{device: a, state: pending, labels: {k: v}, annotations: {summary: s}, transitions: 2}]}]\n"):
            with self.subTest(rest):
                RULES_TEST.validate(file(rest))
        RULES_TEST.validate(file(check, "[{id: a, profile: p, options: {lamps: 3}, labels: {feeder: '1'}, period: 1s}]"))
        for rest in ("", "    alert_test: [{alertname: A}]\n", "    point_test: [{eval_time: 1m, point: a.x}]\n",
                     "    alert_test: [{eval_time: -1m}]\n", "    alert_test: [{eval_time: 1m, exp_alerts: [{state: raised}]}]\n",
                     check + "    start: yesterday\n", check + "    orders: [{at: 1m, do: kick, alarm: g/A a}]\n"):
            with self.subTest(rest):
                self.assertFalse(RULES_TEST.is_valid(file(rest)))
        self.assertFalse(RULES_TEST.is_valid(file(check, "[{id: a}]")))
        self.assertFalse(RULES_TEST.is_valid(file(check, "[{id: a, profile: p, points: []}]")))


if __name__ == "__main__":
    unittest.main()
