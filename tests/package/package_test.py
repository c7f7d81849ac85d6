"""The Debian packages: what is in them, that lintian and systemd find nothing, and their life in a clean root: installed,
upgraded with a configuration that was changed, removed, purged.

    package_test.py BUILD      packs what BUILD holds (`scripts/package --from BUILD`)
"""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from clean_root import CleanRoot  # noqa: E402
from service_check import check_service  # noqa: E402
from wayside_e2e import ROOT  # noqa: E402

MOST_EXPOSURE = "15"  # tenths, systemd-analyze security
CONFIG = "/etc/wayside/gateway.yaml"
STATE = "/var/lib/wayside"


def run(*words, **options):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: exit status {done.returncode}:\n{done.stdout}")
    return done.stdout


def pack(build, folder):
    os.mkdir(folder)
    run(os.path.join(ROOT, "scripts/package"), "--from", build, "--out", folder)
    return {os.path.basename(path).split("_")[0]: path for path in glob.glob(os.path.join(folder, "*.deb"))}


def next_version(deb, folder):
    """The same package one version on, with another example configuration: as an upgrade brings it."""
    tree = os.path.join(folder, "next")
    run("dpkg-deb", "-R", deb, tree)
    control = os.path.join(tree, "DEBIAN/control")
    with open(control, encoding="utf-8") as file:
        text = re.sub(r"(?m)^Version: .*$", lambda m: m[0] + "+next", file.read())
    with open(control, "w", encoding="utf-8") as file:
        file.write(text)
    with open(tree + CONFIG, "a", encoding="utf-8") as file:
        file.write("# new in the next version\n")
    out = os.path.join(folder, "next.deb")
    run("dpkg-deb", "-Znone", "--root-owner-group", "-b", tree, out)
    return out


def check_packed_again(build, folder, debs):
    """Packing is the same each time; `scripts/package --twice` shows it of compiling too."""
    again = pack(build, os.path.join(folder, "again"))
    for name, path in debs.items():
        digests = [hashlib.sha256(open(p, "rb").read()).hexdigest() for p in (path, again[name])]
        assert digests[0] == digests[1], f"{name} packed twice differs"
    print("packed twice: the same bytes")


def check_lintian(debs):
    told = run("lintian", "--fail-on", "error", "--suppress-tags", "no-manual-page,initial-upload-closes-no-bugs",
               *debs.values())
    tags = [line for line in told.splitlines() if re.match("[EWI]: ", line)]
    print("lintian: no errors" + (", but\n" + "\n".join(tags) if tags else ", no warnings"))


def check_contents(deb, unpacked):
    run("dpkg-deb", "-x", deb, unpacked)
    share = os.path.join(unpacked, "usr/share/wayside")
    for kind in ("profiles", "rules"):
        names = {os.path.relpath(path, os.path.join(ROOT, "drivers"))
                 for path in glob.glob(os.path.join(ROOT, "drivers", "*", kind, "**", "*.yaml"), recursive=True)}
        packed = {os.path.relpath(path, os.path.join(share, "drivers"))
                  for path in glob.glob(os.path.join(share, "drivers", "*", kind, "**", "*.yaml"), recursive=True)}
        assert names == packed, f"{kind}: {names ^ packed}"
    for path in ("schema/gateway.schema.json", "proto/wayside/v1/chunk.proto", "proto/wayside.v1.binpb"):
        assert os.path.getsize(os.path.join(share, path)) > 0, path
    assert run("dpkg-deb", "--info", deb, "conffiles").split() == [CONFIG]
    daemon = os.path.join(unpacked, "usr/sbin/waysided")
    print(f"waysided stripped: {os.path.getsize(daemon):,} bytes (the goal, 4 MB, is for a release build)")


def check_unit(unpacked):
    unit = os.path.join(unpacked, "lib/systemd/system/waysided.service")
    told = run("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", "--no-pager", unit)
    print(re.sub(r"[^ -~]+", "", told.splitlines()[-1]).strip())


def check_installed(root):
    for group in ("wayside", "wayside-view", "wayside-operate", "wayside-admin"):
        assert re.search(f"(?m)^{group}:", root.read("/etc/group")), f"no group {group}"
    assert re.search("(?m)^dialout:.*[:,]wayside(,|$)", root.read("/etc/group")), "wayside is not in dialout"
    assert os.stat(root.file("/etc/credstore")).st_mode & 0o777 == 0o700
    root.run("systemd-analyze", "verify", "waysided.service")
    told = root.run("waysided", "--check", "--config", CONFIG, user="wayside:wayside-operate")
    assert told.strip().endswith("good"), told
    count = len(root.run("wayside", "profiles", "list").splitlines()) - 1
    assert count == len(glob.glob(os.path.join(ROOT, "drivers/*/profiles/*.yaml"))), count
    root.run("wayside", "profiles", "check", "/usr/share/wayside/drivers")
    assert not os.path.exists(root.file("/etc/systemd/system/multi-user.target.wants/waysided.service")), "enabled"
    print(f"installed: {told.strip()}; {count} profiles")


def main(build):
    if os.geteuid() != 0:
        sys.exit("package_test: run as root: it installs packages in a root of its own")
    with tempfile.TemporaryDirectory() as folder:
        debs = pack(build, os.path.join(folder, "first"))
        assert sorted(debs) == ["wayside", "wayside-dev-sim"], debs
        check_packed_again(build, folder, debs)
        check_lintian(debs)
        unpacked = os.path.join(folder, "unpacked")
        check_contents(debs["wayside"], unpacked)
        check_unit(unpacked)

        root = CleanRoot(folder)
        for path in (*debs.values(), next_version(debs["wayside"], folder)):
            shutil.copy(path, root.file("/root"))  # /tmp is cleared when its systemd starts
        first, sim = (f"/root/{os.path.basename(debs[name])}" for name in ("wayside", "wayside-dev-sim"))
        before = root.all_files()
        root.run("dpkg", "-i", first)
        check_installed(root)
        root.run("dpkg", "-i", sim)
        site = "/usr/share/wayside/sim/simulation"
        root.run("wayside-sim", "run", "--hours", "0.1", "--config", f"{site}/gateway.yaml", "--scene",
                 f"{site}/scene.yaml")
        print("the whole gateway ran from a seed on the packaged profiles")
        check_service(root)

        with open(root.file(CONFIG), "a", encoding="utf-8") as file:
            file.write("# changed by the site\n")
        root.run("dpkg", "-r", "wayside-dev-sim")
        root.run("dpkg", "--force-confdef", "--force-confold", "-i", "/root/next.deb")
        assert root.read(CONFIG).endswith("# changed by the site\n"), "the site's configuration is gone"
        assert root.read(CONFIG + ".dpkg-dist").endswith("# new in the next version\n")
        print("upgraded: the site's configuration is kept, the new example lies beside it")

        root.run("dpkg", "-r", "wayside")
        assert not os.path.exists(root.file("/usr/sbin/waysided"))
        assert os.path.exists(root.file(CONFIG)) and os.path.exists(root.file(STATE + "/wayside.db"))
        root.run("dpkg", "-P", "wayside")
        left = {path for path in root.all_files() - before if not path.startswith(("/run/", "/tmp/", "/var/lib/systemd/"))}
        # The user and the credential folder stay: both may serve others.
        left -= {"/etc/credstore", "/etc/passwd-", "/etc/group-", "/etc/gshadow-", "/etc/shadow-", "/etc/.pwd.lock"}
        assert not left, f"left after the purge: {sorted(left)}"
        print("removed: configuration and data stay; purged: nothing is left")
    print("1 passed, 0 failed")


main(os.path.abspath(sys.argv[1]))
