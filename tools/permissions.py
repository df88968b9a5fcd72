# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Permissions that policies grant and that nobody used in the system tests and the scenarios of Molecule.

That nobody lacks one is what those tests show: they run under the policies (tests/principals.yml). They leave a record of
what each statement allowed in .cache/permissions. `unused` in policies.yml has what they cannot use ("statement action"), with the reason.
"""

import json
import pathlib
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[1]
RECORDS = ROOT / ".cache" / "permissions"
PRINCIPALS = ROOT / "tests" / "principals.yml"


def holders(principals):
    """{end of the ARN of a user or role: [its policy files]}"""
    spec, found = yaml.safe_load(principals.read_text(encoding="utf-8")), {}
    for kind in ("user", "role"):
        for one in spec[f"{kind}s"]:
            found[f"{kind}/{one['name']}"] = [(principals.parent / path).resolve() for path in one["policies"]]
    return found


def granted(path):
    """{(statement, action)} of a policy file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    actions = [(one["Sid"], one["Action"]) for one in document["Statement"]]
    return {(sid, action) for sid, many in actions for action in ([many] if isinstance(many, str) else many)}


def used(records, files):
    """{policy file: {(statement, action)}} that calls needed. records: the uses that the local AWS kept."""
    found = {}
    for use in records:
        if use["verdict"] == "allowed":
            for path in files.get(use["who"].rpartition(":")[2], []):
                found.setdefault(path, set()).update((sid, use["action"]) for sid in use["sids"])
    return found


def findings(root, files, records):
    """One text for each action that a statement grants and nobody used, and for each excuse that is none."""
    done, found = used(records, files), []
    for path in sorted({path for paths in files.values() for path in paths}):
        about = yaml.safe_load((path.parent / "policies.yml").read_text(encoding="utf-8"))[path.stem]
        excused = set(about.get("unused") or {})
        where = path.relative_to(root)
        rest = {f"{sid} {action}" for sid, action in granted(path) - done.get(path, set())}
        found += [f"{where}: nobody used {one}" for one in sorted(rest - excused)]
        found += [f"{where}: {one} was used; it needs no excuse in policies.yml" for one in sorted(excused - rest)]
    return found


def recorded():
    """The uses of all records."""
    return [use for path in RECORDS.glob("*.json") for use in json.loads(path.read_text(encoding="utf-8"))["uses"]]


def main():
    found = findings(ROOT, holders(PRINCIPALS), recorded())
    print("\n".join(found) or "every permission was used")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
