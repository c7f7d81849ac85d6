"""`wayside profiles` as a technician uses it: exit status, what goes where, no overwriting."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "profiles-import"
BIN = Path(os.environ["WAYSIDE_BIN_DIR"]) / "wayside"


def run(status, *arguments):
    done = subprocess.run([BIN, "profiles", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def main():
    shipped = sorted(ROOT.glob("drivers/*/profiles/*.yaml"))
    checked = run(0, "check", *shipped)
    assert checked.stdout.count(": good") == len(shipped)
    assert "note:" not in checked.stderr, checked.stderr
    # A folder: the profiles in it, not the rule packs beside them.
    assert sorted(run(0, "check", ROOT / "drivers").stdout.splitlines()) == sorted(checked.stdout.splitlines())
    listed = run(0, "list", "--dir", ROOT / "drivers").stdout
    assert all(file.stem in listed for file in shipped), listed
    # A name after the folder is not another folder.
    some = run(0, "list", "--dir", ROOT / "drivers", "sdm").stdout
    assert "eastron-sdm630" in some and "rle-seahawk" not in some
    assert "known: " in run(66, "list", "--dir", ROOT / "drivers", "zzz").stderr
    assert "voltage_l1" in run(0, "show", "eastron-sdm630", "--dir", ROOT / "drivers").stdout
    assert "did you mean 'eastron-sdm630'" in run(66, "show", "eastron-sdm63", "--dir", ROOT / "drivers").stderr

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        assert "no profiles in" in run(66, "check", folder).stderr
        run(0, "import", DATA / "edgex/modbus.test.device.profile.yml", DATA / "telegraf/sample_register.conf", "--out", folder)
        made = sorted(folder.glob("*.yaml"))
        assert [file.name for file in made] == ["sample-register.yaml", "test-device-modbus-profile.yaml"], made
        run(0, "check", *made)
        refused = run(1, "import", DATA / "telegraf/sample_register.conf", "--out", made[0]).stderr
        assert "--force" in refused, refused
        run(0, "import", DATA / "telegraf/sample_register.conf", "--out", made[0], "--force")

        done = run(0, "import", DATA / "sunspec/model_103.json", "--model-offset", 70, "--scale-factors", "A_SF=-2,V_SF=-1")
        assert done.stdout.startswith("# Made by") and "SHA-256" in done.stdout
        assert "--scale-factors Hz_SF=VALUE" in done.stderr, done.stderr
        assert run(65, "import", DATA / "sunspec/model_103.json").stdout == ""
        run(2, "import", DATA / "sunspec/model_103.json", "--scale-factors", "A_SF=many")
        run(2, "import", DATA / "sunspec/model_103.json", "--family", "streetlite")
        run(66, "import", folder / "none.csv")

        scant = folder / "scant.yaml"
        scant.write_text("profile: scanty\nversion: 1\nfamily: generic\npoints:\n"
                         "  - {name: level, register: input, address: 0, type: u16}\n", encoding="utf-8")
        noted = run(0, "check", scant).stderr
        for what in ("no key: title, source", "no 'meaning': level", "no 'unit'", "called scanty.yaml"):
            assert what in noted, noted

        broken = folder / "broken.yaml"
        broken.write_text("profile: x\nversion: 0\nfamily: generic\npoints: []\n", encoding="utf-8")
        assert "broken.yaml:2:10: " in run(65, "check", broken).stderr
        # A family that needs a role says which; the file is made all the same, for a person to finish.
        traffic = run(0, "import", DATA / "csv/leak-locator.csv", "--family", "traffic_counter")
        assert "family: \"traffic_counter\"" in traffic.stdout
        told = run(2, "new", "nosuch", "cabinet").stderr
        for family in told.split("there are ", 1)[1].strip().split(", "):
            fresh = folder / f"{family.replace('_', '-')}-1.yaml"
            run(0, "new", family, fresh.stem, "--out", fresh)
            run(0, "check", fresh)
            assert "--force" in run(1, "new", family, fresh.stem, "--out", fresh).stderr
            run(0, "new", family, fresh.stem, "--out", fresh, "--force")
        assert "generic" in run(2, "new", "generc", "cabinet").stderr
        run(2, "new", "generic", "Not A Name", "--out", folder / "none.yaml")
        assert not (folder / "none.yaml").exists()
    print("profiles: good")


if __name__ == "__main__":
    sys.exit(main())
