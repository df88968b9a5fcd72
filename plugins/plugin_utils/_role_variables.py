# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The variables that the roles of this collection know, from their argument_specs, and names that are none of them."""

from __future__ import annotations

import difflib
import functools
import pathlib
import typing as t

import yaml

PREFIX = "patch_"
ROLES = pathlib.Path(__file__).resolve().parents[2] / "roles"
# What roles publish: later plays have them as facts, later jobs of a workflow as extra variables.
PUBLISHED = frozenset(
    {"patch_notify_results", "patch_run_message", "patch_run_outcome", "patch_run_plan_page", "patch_run_report_page"}
)


@functools.cache
def known() -> frozenset[str]:
    """Names of the options of all roles and of what they publish."""
    names = set(PUBLISHED)
    for path in sorted(ROLES.glob("*/meta/argument_specs.yml")):
        with path.open(encoding="utf-8") as stream:
            specs = yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["argument_specs"]
        for entry_point in specs.values():
            names.update(entry_point.get("options", {}))
    return frozenset(names)


def unknown(names: t.Iterable[str]) -> list[str]:
    """A sentence for each name with the prefix of the roles that no role knows, with the nearest one that they know."""
    found = []
    for name in sorted(set(names)):
        if not name.startswith(PREFIX) or name in known():
            continue
        near = difflib.get_close_matches(name, known(), n=1, cutoff=0.6)
        advice = f"did you mean {near[0]}?" if near else f"names of your own must not start with {PREFIX}"
        found.append(f"{name} is not a variable of this collection; {advice}")
    return found
