# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Names of variables that are none of the roles of this collection."""

from __future__ import annotations

import difflib
import typing as t

from .role_variables import OPTIONS

PREFIX = "patch_"
# What roles publish: later plays have them as facts, later jobs of a workflow as extra variables.
PUBLISHED = frozenset(
    {
        "patch_notify_results",
        "patch_run_message",
        "patch_run_outcome",
        "patch_run_plan_digest",
        "patch_run_plan_page",
        "patch_run_report_page",
    }
)
KNOWN = PUBLISHED | set(OPTIONS)


def unknown(names: t.Iterable[str]) -> list[str]:
    """A sentence for each name with the prefix of the roles that no role knows, with the nearest one that they know."""
    found = []
    for name in sorted(set(names)):
        if not name.startswith(PREFIX) or name in KNOWN:
            continue
        near = difflib.get_close_matches(name, KNOWN, n=1, cutoff=0.6)
        advice = f"did you mean {near[0]}?" if near else f"names of your own must not start with {PREFIX}"
        found.append(f"{name} is not a variable of this collection; {advice}")
    return found
