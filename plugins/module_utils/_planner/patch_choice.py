# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The option patch_run_only: which Windows patches a run installs, whatever the baselines approve."""

from __future__ import annotations

import datetime
import re
import typing as t

ONLY_KEYS = ("kbs", "exclude_kbs", "classifications", "severities", "released_until")
# API BaselineOverride: approved and rejected patches are at most 50; API PatchFilter: 20 values.
MAX_PATCHES = 50
MAX_VALUES = 20
_KB = re.compile(r"KB[0-9]{4,10}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_Dict = t.Mapping[str, t.Any]


def only_problems(only: _Dict) -> list[str]:
    """What is wrong with the choice of Windows patches, in words; empty when nothing is. {} chooses nothing."""
    if not isinstance(only, dict):
        return [f"patch_run_only is {only!r}, not a dictionary"]
    unknown = sorted(set(only) - set(ONLY_KEYS))
    if unknown:
        return [f"patch_run_only has unknown keys {', '.join(unknown)}; known are {', '.join(ONLY_KEYS)}"]
    found = [text for key in ONLY_KEYS[:4] for text in _list_problems(key, only.get(key))]
    found += _date_problems(only.get("released_until"))
    if found or not only:
        return found
    if not any(only.get(key) for key in ONLY_KEYS):
        return ["patch_run_only selects nothing: all its values are empty"]
    if only.get("kbs") and any(only.get(key) for key in ONLY_KEYS[2:]):
        # A baseline approves what it names, whatever its rules say: both together would be a union, not a choice.
        return [f"patch_run_only has kbs and also one of {', '.join(ONLY_KEYS[2:])}; a baseline does not support both"]
    both = sorted(set(only.get("kbs") or ()) & set(only.get("exclude_kbs") or ()))
    return [f"patch_run_only names {', '.join(both)} in kbs and in exclude_kbs"] if both else []


def _list_problems(key: str, value: t.Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) and one.strip() == one for one in value):
        return [f"patch_run_only.{key} is {value!r}, not a list of texts"]
    most = MAX_PATCHES if key.endswith("kbs") else MAX_VALUES
    found = [f"patch_run_only.{key} has {len(value)} entries; the limit of AWS is {most}"] if len(value) > most else []
    if key.endswith("kbs"):
        found += [
            f"{one!r} in patch_run_only.{key} is not a KB number such as KB5034123" for one in value if not is_kb(one)
        ]
    return found


def is_kb(text: str) -> bool:
    """Whether a text is the number of an article of Microsoft's knowledge base, such as KB5034123."""
    return _KB.fullmatch(text) is not None


def _date_problems(value: t.Any) -> list[str]:
    if value in (None, ""):
        return []
    try:
        text = str(value)  # YAML turns an unquoted date into one.
        datetime.date.fromisoformat(text if _DATE.fullmatch(text) else "no date")
    except ValueError:
        return [f"patch_run_only.released_until is {value!r}, not a date such as 2026-03-10"]
    return []
