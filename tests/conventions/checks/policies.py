# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""IAM policies of roles and playbooks: valid, described, and shown where they belong."""

import json

import yaml

import policy_docs
import role_docs


def folders(root):
    return sorted([*(root / "roles").glob("*/files/policies"), *(root / "playbooks").glob("files/policies")])


def _described(folder):
    path = folder / "policies.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {} if path.exists() else {}


def file_findings(root):
    """A role has files/policies/controller.json; policies.yml describes exactly the files beside it and names their statements."""
    found = [
        f"roles/{role.name}: has no files/policies/controller.json"
        for role in sorted((root / "roles").glob("*"))
        if not (role / "files" / "policies" / "controller.json").exists()
    ]
    for folder in folders(root):
        where, known = folder.relative_to(root), _described(folder)
        files = {path.stem for path in folder.glob("*.json")}
        found += [f"{where}/policies.yml: nothing about {name}.json" for name in sorted(files - set(known))]
        found += [f"{where}/policies.yml: there is no {name}.json" for name in sorted(set(known) - files)]
        for name in sorted(files & set(known)):
            document = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
            sids = [statement.get("Sid") for statement in document["Statement"]]
            if None in sids or len(set(sids)) < len(sids):
                found.append(f"{where}/{name}.json: every statement needs a Sid of its own")
            strange = sorted(set(known[name].get("optional") or {}) - set(sids))
            found += [f"{where}/policies.yml: {name}.json has no statement {sid}" for sid in strange]
    return found


def content_findings(root):
    """parliament finds nothing in a policy: unknown actions and condition keys, resources that an action does not have, ..."""
    import parliament  # it reads AWS's table of all actions, which takes a second

    found = []
    for folder in folders(root):
        for path in sorted(folder.glob("*.json")):
            policy = parliament.analyze_policy_string(path.read_text(encoding="utf-8"))
            found += [f"{path.relative_to(root)}: {one.issue} {one.detail}" for one in policy.findings]
    return found


def page_findings(root):
    """docs/permissions.md is what `make format` writes."""
    found = []
    for path, text in role_docs.pages(root).items():
        if text is None:
            found.append(f"{path.relative_to(root)}: has no lines {policy_docs.BEGIN!r} and {policy_docs.END!r}")
        elif path.read_text(encoding="utf-8") != text:
            found.append(f"{path.relative_to(root)}: differs from files/policies; run make format")
    return found
