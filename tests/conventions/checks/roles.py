# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Roles: what they say of themselves in four places must be the same, and nothing may be missing."""

import re

import yaml

TOPICS = {
    "purpose": r"(?i)\boutcome\b|\bpurpose\b|guarantee",
    "variables": r"(?im)^#+ .*variables",
    "IAM permissions": r"(?im)^#+ .*permissions",
    "example": r"(?im)^#+ .*example",
}


def _load(path, default=None):
    return yaml.safe_load(path.read_text(encoding="utf-8")) or default if path.exists() else default


def roles(root):
    return sorted(path for path in (root / "roles").glob("*") if path.is_dir() and not path.name.startswith("_"))


def spec_findings(root):
    """meta/argument_specs.yml (entry point main) and defaults/main.yml: same variables, same defaults."""
    found = []
    for role in roles(root):
        defaults = _load(role / "defaults" / "main.yml", {})
        specs = _load(role / "meta" / "argument_specs.yml", {}).get("argument_specs", {})
        options = specs.get("main", {}).get("options", {})
        everywhere = {name for entry in specs.values() for name in entry.get("options", {})}
        where = f"roles/{role.name}"
        if "main" not in specs:
            found.append(f"{where}: meta/argument_specs.yml has no entry point main")
        found += [f"{where}: default {name} is in no argument spec" for name in defaults if name not in everywhere]
        for name, option in options.items():
            if "default" in option and name not in defaults:
                found.append(f"{where}: {name} has a default in the spec, none in defaults/main.yml")
            elif name in defaults and not option.get("required") and defaults[name] != option.get("default"):
                found.append(f"{where}: {name}: spec says {option.get('default')!r}, defaults say {defaults[name]!r}")
            if not option.get("description"):
                found.append(f"{where}: {name} has no description")
    return found


def readme_findings(root):
    """README.md has purpose, variables, permissions and an example, lists every variable, and no variable that is not."""
    found = []
    for role in roles(root):
        where = f"roles/{role.name}/README.md"
        path = root / where
        if not path.exists():
            found.append(f"{where}: is missing")
            continue
        text = path.read_text(encoding="utf-8")
        found += [
            f"{where}: nothing about {topic}" for topic, pattern in TOPICS.items() if not re.search(pattern, text)
        ]
        specs = _load(role / "meta" / "argument_specs.yml", {}).get("argument_specs", {})
        known = {name for entry in specs.values() for name in entry.get("options", {})}
        listed = set(re.findall(rf"^\|\s*`({re.escape(role.name)}_\w+)`", text, re.MULTILINE))
        found += [f"{where}: {name} is not in the table of variables" for name in sorted(known - listed)]
        found += [f"{where}: {name} is no variable of the role" for name in sorted(listed - known)]
    return found


def _names(node, place=""):
    """(name, what it is) of all variables that tasks make: register, set_fact, vars, loop_var."""
    if isinstance(node, list):
        for item in node:
            yield from _names(item, place)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("register", "loop_var", "index_var") and isinstance(value, str):
                yield value, key
            elif key in ("ansible.builtin.set_fact", "set_fact", "vars") and isinstance(value, dict):
                yield from ((name, key) for name in value if name != "cacheable")
            if key != "vars":
                yield from _names(value, key)


def prefix_findings(root):
    """Variables of a role start with its name, internal ones with two underscores more."""
    found = []
    for role in roles(root):
        own = (f"{role.name}_", f"__{role.name}_")
        for folder in ("defaults", "vars"):
            names = _load(role / folder / "main.yml", {})
            found += [f"roles/{role.name}/{folder}/main.yml: {name}" for name in names if not name.startswith(own)]
        for path in sorted((role / "tasks").rglob("*.yml")) + sorted((role / "handlers").rglob("*.yml")):
            for name, kind in _names(_load(path, [])):
                # another role of the collection is called with its own variables
                others = tuple(f"{other.name}_" for other in roles(root))
                if not name.startswith(own + (others if kind == "vars" else ()) + ("ansible_",)):
                    found.append(f"{path.relative_to(root)}: {kind} {name}")
    return found


def molecule_findings(root):
    """Every role has a scenario that converges it, runs twice without a change and verifies."""
    found = []
    for role in roles(root):
        folder = root / "extensions" / "molecule" / role.name
        found += [
            f"extensions/molecule/{role.name}/{name}: is missing"
            for name in ("molecule.yml", "converge.yml", "verify.yml")
            if not (folder / name).exists()
        ]
    return found
