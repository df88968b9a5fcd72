# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Writes what follows from a role's files: defaults/main.yml, the tables of variables in README.md and the list of all names from
meta/argument_specs.yml, the tables of permissions in README.md and docs/permissions.md from files/policies.

A comment above an option of the entry point main begins a section, in both files.
"""

import json
import pathlib
import re
import sys
import textwrap

import yaml

import policy_docs

BEGIN = "<!-- variables: generated from meta/argument_specs.yml by make format -->\n"
END = "<!-- end of variables -->\n"
LONGEST_DEFAULT = 60
LONGEST_LINE = 140
DEFAULTS_HEAD = "---\n# Generated from meta/argument_specs.yml, which explains each variable, by make format.\n"
NAMES_HEAD = """# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

\"\"\"Options of all roles. Generated from meta/argument_specs.yml by make format.\"\"\"

from __future__ import annotations

"""


class _Dumper(yaml.SafeDumper):
    """Indents lists as ansible-lint wants them, and quotes with double quotes."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


def _string(dumper, text):
    quoted = yaml.safe_dump(text, width=1000).startswith("'")
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if quoted else None)


_Dumper.add_representer(str, _string)


def entry_points(role):
    """{entry point: its spec} of a role's folder, in the order of the file."""
    path = role / "meta" / "argument_specs.yml"
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("argument_specs", {}) if path.exists() else {}


def sections(role):
    """[(title, [option])] of the entry point main; options before the first comment have the title ""."""
    main = entry_points(role).get("main", {}).get("options", {})
    titles, found, title = [""], {"": []}, ""
    comment = ""
    for line in (role / "meta" / "argument_specs.yml").read_text(encoding="utf-8").splitlines():
        name = re.match(r"\s*(\w+):", line)
        if name and name.group(1) in main and not any(name.group(1) in names for names in found.values()):
            if comment:
                title = comment
                titles.append(title)
                found[title] = []
            found[title].append(name.group(1))
        comment = line.strip().removeprefix("# ") if re.match(r"\s*# ", line) else ""
    return [(title, found[title]) for title in titles if found[title]]


def options(role):
    """{option: its spec} of all entry points, each once."""
    return {name: option for entry in entry_points(role).values() for name, option in entry.get("options", {}).items()}


def _setting(name, value):
    """name: value as YAML; a value of several items stands in one line where it fits."""
    for flow in (True, None, False):
        text = yaml.dump(value, Dumper=_Dumper, default_flow_style=flow, sort_keys=False, width=10_000)
        text = text.removesuffix("...\n").rstrip("\n")
        if not isinstance(value, (dict, list)) or flow and len(f"{name}: {text}") <= LONGEST_LINE:
            return f"{name}: {text}\n"
        if max(map(len, text.splitlines())) <= LONGEST_LINE:
            break
    return f"{name}:\n{textwrap.indent(text, '  ')}\n"


def defaults_text(role):
    """The text of defaults/main.yml: every option with a default, those of other entry points last."""
    known = options(role)
    groups = sections(role)
    listed = {name for _title, names in groups for name in names}
    groups.append(("For other entry points", [name for name in known if name not in listed]))
    parts = [DEFAULTS_HEAD]
    for title, names in groups:
        lines = [_setting(name, known[name]["default"]) for name in names if "default" in known[name]]
        parts += [f"\n# {title}\n" if title and lines else "", *lines]
    return "".join(parts)


def _markdown(text):
    """Text of a spec with Ansible's markup, as Markdown that fits into a cell."""
    text = text if isinstance(text, str) else " ".join(text)
    text = re.sub(r"\b[CVO]\(([^()]*(?:\([^()]*\))?[^()]*)\)", r"`\1`", text)
    text = re.sub(r"\bP\([\w.]+\.(\w+)#\w+\)", r"`\1`", text)
    text = re.sub(r"\bM\(([\w.]+)\)", r"`\1`", text)
    return " ".join(text.split()).replace("|", "\\|")


def _default(option):
    if option.get("required"):
        return "required"
    if "default" not in option:
        return ""
    value = option["default"]
    if isinstance(value, str) and value:
        text = re.sub(r"\{\{ lookup\('ansible\.builtin\.env', '(\w+)'\) \}\}", r"$\1", value)
        text = re.sub(r"\{\{ (\w+) \}\}", r"<\1>", text)
    else:
        text = json.dumps(value)
    return f"`{text}`" if len(text) <= LONGEST_DEFAULT else "see `defaults/main.yml`"


def _rows(name, option):
    """The row of an option, and a row for each key of a dictionary."""
    kind = option.get("type", "str") + (f" of {option['elements']}" if "elements" in option else "")
    meaning = _markdown(option["description"])
    choices = [f"`{choice}`" for choice in option.get("choices", [])]
    if not all(choice in meaning for choice in choices):
        meaning += f" Choices: {', '.join(choices)}."
    yield f"| `{name}` | {kind} | {_default(option)} | {meaning} |\n"
    inside = f"{name}[]" if option.get("type") == "list" else name
    for key, part in option.get("options", {}).items():
        yield from _rows(f"{inside}.{key}", part)


def _table(names, known):
    head = "| variable | type | default | meaning |\n|---|---|---|---|\n"
    return head + "".join(row for name in names for row in _rows(name, known[name]))


def variables_text(role):
    """The tables of variables in README.md: one a section, then what other entry points take."""
    points = entry_points(role)
    main = points.get("main", {}).get("options", {})
    parts = []
    for title, names in sections(role):
        parts += [f"### {title}\n"] if title else []
        parts.append(_table(names, main))
    for entry, spec in points.items():
        if entry != "main":
            parts += _entry_point(entry, spec, main)
    return "\n".join(parts)


def _entry_point(entry, spec, main):
    """Heading, sentence and table of an entry point that is not main."""
    taken = spec.get("options", {})
    shared = [name for name in taken if name in main]
    own = [name for name in taken if name not in main]
    names = "all variables above" if shared == list(main) else ", ".join(f"`{name}`" for name in shared)
    takes = " and:" if names and own else ":" if own else "."
    parts = [f"### Entry point {entry}\n", f"{_markdown(spec['short_description'])}. Takes {names}{takes}\n"]
    return parts + ([_table(own, taken)] if own else [])


def readme_text(role):
    """README.md with its tables as they have to be; None when it has no place for them."""
    text = (role / "README.md").read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        return None
    text = f"{before}{begin}\n{variables_text(role)}\n{end}{after}"
    return policy_docs.filled(text, role / "files" / "policies", "files/policies")


def files(role):
    """{path: text as it has to be, or None} of what is generated for a role's folder."""
    return {role / "defaults" / "main.yml": defaults_text(role), role / "README.md": readme_text(role)}


def pages(root):
    """{path: text as it has to be, or None} of pages outside of roles."""
    path, folder = root / "docs" / "permissions.md", root / "playbooks" / "files" / "policies"
    if not path.exists():
        return {}
    return {path: policy_docs.filled(path.read_text(encoding="utf-8"), folder, "../playbooks/files/policies")}


def names_file(root):
    """(path, text) of the module that has the names of the options of all roles."""
    names = {
        name
        for path in (root / "roles").glob("*/meta/argument_specs.yml")
        for spec in entry_points(path.parents[1]).values()
        for name in spec.get("options", {})
    }
    lines = "".join(f'    "{name}",\n' for name in sorted(names))
    return (
        root / "plugins" / "module_utils" / "_declared" / "role_variables.py",
        NAMES_HEAD + f"OPTIONS = (\n{lines})\n",
    )


def main(root):
    status = 0
    roles = sorted(path.parents[1] for path in (root / "roles").glob("*/meta/argument_specs.yml"))
    for made in [*map(files, roles), pages(root), dict([names_file(root)])]:
        for path, text in made.items():
            if text is None:
                print(
                    f"{path.relative_to(root)}: has no lines of {BEGIN.strip()} or of {policy_docs.BEGIN.strip()}",
                    file=sys.stderr,
                )
                status = 1
            elif not path.exists() or path.read_text(encoding="utf-8") != text:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                print(f"wrote {path.relative_to(root)}")
    return status


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(__file__).resolve().parents[1]))
