#!/usr/bin/env python3
"""The data dictionary: of the shipped profiles it contradicts itself nowhere, fits its schema and is what docs has.

    dictionary_test.py SOURCE_DIR WAYSIDE

To bring docs/dictionary.md up to date: wayside dictionary --markdown --dir drivers > docs/dictionary.md
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

import jsonschema

WAYSIDE = sys.argv.pop(2)
ROOT = sys.argv.pop(1)
DRIVERS = os.path.join(ROOT, "drivers")

HEAD = "profile: {0}\nversion: 1\nfamily: generic\ntitle: t\nsource: s\nsince: '0.2'\n"
POINT = "points:\n  - {{name: flood_level, register: input, address: 1, type: u16, unit: {1}, class: {2}, meaning: A level.{3}}}\n"


def wayside(*arguments):
    return subprocess.run([WAYSIDE, *arguments], capture_output=True, text=True, timeout=50, check=False)


class Dictionary(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def profile(self, name, unit="m", data_class="internal", more="", tail=""):
        path = os.path.join(self.folder.name, name + ".yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write((HEAD + POINT).format(name, unit, data_class, more) + tail)
        return path

    def entry(self):
        found = json.loads(wayside("--json", "dictionary", "--dir", self.folder.name, "flood_level").stdout)["entries"]
        return found[0]

    def test_the_shipped_profiles_give_every_metric_one_meaning(self):
        done = wayside("dictionary", "check", "--dir", DRIVERS)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_document_is_the_dictionary(self):
        with open(os.path.join(ROOT, "docs/dictionary.md"), encoding="utf-8") as file:
            kept = file.read()
        made = wayside("dictionary", "--markdown", "--dir", DRIVERS).stdout
        self.assertEqual(kept, made, "docs/dictionary.md is old: see the head of this test")

    def test_the_table_fits_its_schema_and_says_what_a_shipped_point_must(self):
        with open(os.path.join(ROOT, "firmware/config/schema/dictionary.schema.json"), encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.Draft202012Validator.check_schema(schema)
        table = json.loads(wayside("--json", "dictionary", "--dir", DRIVERS).stdout)
        jsonschema.Draft202012Validator(schema).validate(table)
        metrics = [entry["metric"] for entry in table["entries"]]
        self.assertEqual(metrics, sorted(set(metrics)))
        own = {"gateway", "asset record"}
        for entry in table["entries"]:
            with self.subTest(entry["metric"]):
                self.assertTrue(entry["meaning"])
                if not {origin["name"] for origin in entry["origins"]} & own:
                    self.assertTrue(entry["since"])
                    self.assertTrue(entry["departments"])

    def test_contradictions_are_told(self):
        first = self.profile("one")
        for unit, data_class, more, what in [
                ("cm", "internal", "", "unit 'm' in one and 'cm' in two"),
                ("m", "public", "", "class 'internal' in one and 'public' in two"),
                ("m", "internal", ", maps_to: {talq: b}", "talq 'a' in one and 'b' in two")]:
            with self.subTest(what):
                self.profile("one", more=", maps_to: {talq: a}")
                second = self.profile("two", unit, data_class, more)
                for arguments in (["dictionary", "check", "--dir", self.folder.name], ["profiles", "check", first, second]):
                    done = wayside(*arguments)
                    self.assertEqual(done.returncode, 65, done.stdout + done.stderr)
                    self.assertIn("flood_level: " + what, done.stderr)

    def test_what_products_say_is_brought_together(self):
        self.profile("one", more=", range: [0, 5], maps_to_unverified: {ngsi: x}")
        self.profile("two", more=", range: [-1, 3], since: 0.10, changed: 0.11, maps_to: {ngsi: x}, definition: By sonar")
        entry = self.entry()
        self.assertEqual((entry["range"], entry["since"], entry["changed"]), ([-1, 5], "0.2", "0.11"))
        self.assertEqual(entry["maps_to"], {"ngsi": {"name": "x", "verified": True}})
        self.assertEqual(entry["definition"], "By sonar")
        self.assertEqual([origin["range"] for origin in entry["origins"]], [[0, 5], [-1, 3]])
        self.profile("two")  # one without limits: the kind has none
        self.assertNotIn("range", self.entry())

    def test_what_is_retired_is_still_told(self):
        retired = "retired:\n  - {name: old_level, unit: cm, meaning: A level., retired: 0.3, replaced_by: flood_level}\n"
        self.profile("one", tail=retired)
        table = json.loads(wayside("--json", "dictionary", "--dir", self.folder.name, "old_level").stdout)
        entry = table["entries"][0]
        self.assertEqual((entry["status"], entry["since"], entry["retired"], entry["replaced_by"]),
                         ("retired", "0.2", "0.3", "flood_level"))
        # Of one that is still sent somewhere it is no contradiction.
        self.profile("two", tail="retired:\n  - {name: x, retired: 0.3}\n")
        self.profile("one", tail=retired.replace("old_level", "x"))
        self.assertEqual(wayside("dictionary", "check", "--dir", self.folder.name).returncode, 0)
        for wrong, what in [("retired:\n  - {name: flood_level, retired: 0.3}\n", "is retired and a point as well"),
                            ("retired:\n  - {name: x, retired: 0.1}\n", "'retired' must be after 'since'"),
                            ("retired:\n  - {name: x}\n", "retired")]:
            with self.subTest(what):
                done = wayside("profiles", "check", self.profile("one", tail=wrong))
                self.assertEqual(done.returncode, 65)
                self.assertIn(what, done.stderr)

    def test_wrong_names_are_helped(self):
        self.profile("one")
        done = wayside("dictionary", "--dir", self.folder.name, "flod_level")
        self.assertEqual(done.returncode, 66)
        self.assertIn("did you mean 'flood_level'", done.stderr)
        self.assertEqual(wayside("dictionary", "--config", "none.yaml").returncode, 65)
        self.assertEqual(wayside("dictionary", "--dir", "none").returncode, 66)


if __name__ == "__main__":
    unittest.main()
