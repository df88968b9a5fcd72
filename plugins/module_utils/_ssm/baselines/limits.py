# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a patch baseline may contain, checked with the names of the options before anything is sent. Pure.

Sources: the API model of CreatePatchBaseline, PatchRule, PatchFilter, PatchSource and RegisterPatchBaselineForPatchGroup.
Which products, classifications and severities there are, and which filters a system knows, changes with every release of
an operating system; that is left to the service.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from typing import Iterable

from ..._core.limits import refuse
from ..._core.limits import require
from ..._core.limits import wrong_choice
from ..._core.limits import wrong_count
from ..._core.limits import wrong_form
from ..._core.limits import wrong_length
from ..._core.limits import wrong_letters
from ..._core.limits import wrong_number
from .wire import WITHOUT_APPROVAL_DATES

NAME = re.compile(r"[a-zA-Z0-9_.\-]{3,128}")
NAME_WORDS = "3–128 letters, digits, underscores, dots or hyphens"
SOURCE_NAME = re.compile(r"[a-zA-Z0-9_.\-]{3,50}")
SOURCE_NAME_WORDS = "3–50 letters, digits, underscores, dots or hyphens"
BASELINE_ID = re.compile(r"pb-[0-9a-f]{17}")


def check(model: dict, given: Iterable[str], *, systems: Iterable[str], keys: Iterable[str]) -> None:
    """Raise InvalidInput with the option's name for the fields in given (all of them for a new baseline).

    systems and keys are the values that the SDK knows for operating systems and keys of filters.
    """
    system = model["operating_system"]
    checks = {
        "operating_system": lambda value: require("operating_system", wrong_choice(value, systems)),
        "name": lambda value: require("name", wrong_form(value, NAME, NAME_WORDS)),
        "description": lambda value: require("description", wrong_length(value or "", 0, 1024)),
        "global_filters": lambda value: _filters("global_filters", value, keys),
        "approval_rules": lambda value: _rules(value, system, keys),
        "approved_patches": lambda value: _patches("approved_patches", value),
        "approved_patches_enable_non_security": lambda value: _linux(
            "approved_patches_enable_non_security", value, system
        ),
        "rejected_patches": lambda value: _patches("rejected_patches", value),
        "sources": lambda value: _sources(value, system),
        "available_security_updates_compliance_status": lambda value: _windows(value, system),
        "patch_groups": _groups,
    }
    for option, function in checks.items():
        if option in given:
            function(model[option])


def _texts(option: str, items: list[str], most: int) -> None:
    for text in items:
        require(option, wrong_length(text, 1, most))


def _filters(option: str, filters: list[dict], keys: Iterable[str]) -> None:
    require(option, wrong_count(filters, 0, 4))
    for one in filters:
        require(f"{option}.key", wrong_choice(one["key"], keys))
        require(f"{option}.values", wrong_count(one["values"], 1, 20))
        _texts(f"{option}.values", one["values"], 64)


def _patches(option: str, patches: list[str]) -> None:
    require(option, wrong_count(patches, 0, 50))
    _texts(option, patches, 100)


def _linux(option: str, value: Any, system: str) -> None:
    if value and system == "WINDOWS":
        refuse(option, "is not supported for WINDOWS")


def _windows(value: Any, system: str) -> None:
    if value and system != "WINDOWS":
        refuse("available_security_updates_compliance_status", f"is supported for WINDOWS only, not for {system}")


def _rules(rules: list[dict], system: str, keys: Iterable[str]) -> None:
    require("approval_rules", wrong_count(rules, 0, 10))
    for number, rule in enumerate(rules):
        option = f"approval_rules[{number}]"
        _filters(f"{option}.patch_filters", rule["patch_filters"], keys)
        _linux(f"{option}.enable_non_security", rule["enable_non_security"], system)
        _dates(option, rule, system)


def _dates(option: str, rule: dict, system: str) -> None:
    days, until = rule["approve_after_days"], rule["approve_until_date"]
    if system in WITHOUT_APPROVAL_DATES:
        for name, value in (("approve_after_days", days), ("approve_until_date", until)):
            if value is not None:
                refuse(f"{option}.{name}", f"is not supported for {system}")
        return
    if (days is None) == (until is None):
        text = "exactly one of approve_after_days and approve_until_date is required"
        refuse(f"{option}.approve_after_days", text)
    if days is not None:
        require(f"{option}.approve_after_days", wrong_number(days, 0, 360))
    if until is not None:
        _date(f"{option}.approve_until_date", until)


def _date(option: str, text: str) -> None:
    try:
        valid = bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) and date.fromisoformat(text))
    except ValueError:
        valid = False
    if not valid:
        refuse(option, f"{text!r} must be a date such as 2026-03-31")


def _sources(sources: list[dict], system: str) -> None:
    _linux("sources", sources, system)
    require("sources", wrong_count(sources, 0, 20))
    for source in sources:
        require("sources.name", wrong_form(source["name"], SOURCE_NAME, SOURCE_NAME_WORDS))
        require("sources.products", wrong_count(source["products"], 1, 20))
        _texts("sources.products", source["products"], 128)
        wrong = wrong_length(source["configuration"], 1, 1024, secret=True)
        require("sources.configuration", wrong and f"of {source['name']} {wrong}")
    names = [source["name"] for source in sources]
    if len(names) != len(set(names)):
        refuse("sources.name", "the same name is given more than once")


def _groups(groups: list[str]) -> None:
    for group in groups:
        require("patch_groups", wrong_letters(group, 1, 256, "_.:/=+-@"))
