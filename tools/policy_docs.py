# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tables of IAM policies for README.md of a role and docs/permissions.md, from files/policies/*.json.

files/policies/policies.yml says of each file who has it, and which of its statements only an option needs; `unused` is for
permissions.py.
"""

import json

import yaml

BEGIN = "<!-- permissions: generated from files/policies by make format -->\n"
END = "<!-- end of permissions -->\n"


def policies(folder):
    """{name of the file without .json: (its document, what policies.yml says of it)}, in the order of policies.yml."""
    about = folder / "policies.yml"
    if not about.exists():
        return {}
    known = yaml.safe_load(about.read_text(encoding="utf-8"))
    return {
        name: (json.loads((folder / f"{name}.json").read_text(encoding="utf-8")), facts)
        for name, facts in known.items()
    }


def _listed(value):
    return value if isinstance(value, list) else [value]


def _cell(values):
    return "<br>".join(f"`{one}`" for one in values)


def _conditions(statement):
    rows = statement.get("Condition", {}).values()
    return [f"{key} = {' or '.join(_listed(value))}" for row in rows for key, value in row.items()]


def _row(statement, optional):
    resources = [one.removeprefix("arn:aws:") for one in _listed(statement["Resource"])]
    where = _cell(["all"] if resources == ["*"] else resources).replace("`all`", "")
    conditions = _cell(_conditions(statement))
    with_what = optional.get(statement["Sid"], "")
    cells = (f"`{statement['Sid']}`", with_what, _cell(_listed(statement["Action"])), where, conditions)
    return "| " + " | ".join(cells) + " |\n"


def text(folder, link):
    """The sections of a folder's policies. link: path of the folder as seen from the page."""
    parts = []
    for name, (document, facts) in policies(folder).items():
        optional = facts.get("optional") or {}
        head = "| statement | with | actions | on `arn:aws:` | condition |\n|---|---|---|---|---|\n"
        rows = "".join(_row(statement, optional) for statement in document["Statement"])
        parts.append(f"[{name}.json]({link}/{name}.json): {facts['who']}\n\n{head}{rows}")
    return "\n".join(parts)


def filled(page, folder, link):
    """A page with its tables as they have to be; None when there are policies and it has no place for them."""
    before, begin, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        return None if policies(folder) else page
    return f"{before}{begin}\n{text(folder, link)}\n{end}{after}"
