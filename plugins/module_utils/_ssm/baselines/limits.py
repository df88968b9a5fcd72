# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a patch baseline may hold, told in the words of the options before anything is sent. Pure.

Sources: the API model of CreatePatchBaseline, PatchRule, PatchFilter, PatchSource and RegisterPatchBaselineForPatchGroup.
Which products, classifications and severities there are, and which filters a system knows, changes with every release of
an operating system; that is left to the service.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any
from typing import Iterable

from ..._core.errors import InvalidInput
from .wire import WITHOUT_APPROVAL_DATES

NAME = re.compile(r"[a-zA-Z0-9_.\-]{3,128}")
SOURCE_NAME = re.compile(r"[a-zA-Z0-9_.\-]{3,50}")
BASELINE_ID = re.compile(r"pb-[0-9a-f]{17}")


def check(model: dict, given: Iterable[str], *, systems: Iterable[str], keys: Iterable[str]) -> None:
    """Raise InvalidInput with the option's name for the fields in given (all of them for a new baseline).

    systems and keys are the values that the SDK knows for operating systems and keys of filters.
    """
    system = model["operating_system"]
    checks = {
        "operating_system": lambda value: _one_of("operating_system", value, systems),
        "name": _name,
        "description": _description,
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


def _refuse(option: str, text: str) -> None:
    raise InvalidInput(f"{option}: {text}", details={"option": option})


def _one_of(option: str, value: Any, values: Iterable[str]) -> None:
    if value not in values:
        _refuse(option, f"{value!r} is none of {', '.join(sorted(values))}")


def _at_most(option: str, items: list, most: int, least: int = 0) -> None:
    if not least <= len(items) <= most:
        _refuse(option, f"has {len(items)} entries; {f'{least} to ' if least else 'at most '}{most} are possible")


def _texts(option: str, items: list[str], most: int) -> None:
    for text in items:
        if not 1 <= len(text) <= most:
            _refuse(option, f"{text!r} is not 1 to {most} characters long")


def _filters(option: str, filters: list[dict], keys: Iterable[str]) -> None:
    _at_most(option, filters, 4)
    for one in filters:
        _one_of(f"{option}.key", one["key"], keys)
        _at_most(f"{option}.values", one["values"], 20, least=1)
        _texts(f"{option}.values", one["values"], 64)


def _name(name: str) -> None:
    if not NAME.fullmatch(name):
        _refuse("name", f"{name!r} is not 3 to 128 letters, digits, underscores, dots and hyphens")


def _description(text: str | None) -> None:
    if len(text or "") > 1024:
        _refuse("description", "has more than 1024 characters")


def _patches(option: str, patches: list[str]) -> None:
    _at_most(option, patches, 50)
    _texts(option, patches, 100)


def _linux(option: str, value: Any, system: str) -> None:
    if value and system == "WINDOWS":
        _refuse(option, "is not possible for WINDOWS")


def _windows(value: Any, system: str) -> None:
    if value and system != "WINDOWS":
        _refuse("available_security_updates_compliance_status", f"is possible for WINDOWS only, not for {system}")


def _rules(rules: list[dict], system: str, keys: Iterable[str]) -> None:
    _at_most("approval_rules", rules, 10)
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
                _refuse(f"{option}.{name}", f"is not possible for {system}")
        return
    if (days is None) == (until is None):
        text = "exactly one of approve_after_days and approve_until_date is needed"
        _refuse(f"{option}.approve_after_days", text)
    if days is not None and not 0 <= days <= 360:
        _refuse(f"{option}.approve_after_days", f"{days} is not 0 to 360")
    if until is not None:
        _date(f"{option}.approve_until_date", until)


def _date(option: str, text: str) -> None:
    try:
        valid = bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) and date.fromisoformat(text))
    except ValueError:
        valid = False
    if not valid:
        _refuse(option, f"{text!r} is not a date like 2026-03-31")


def _sources(sources: list[dict], system: str) -> None:
    _linux("sources", sources, system)
    _at_most("sources", sources, 20)
    for source in sources:
        if not SOURCE_NAME.fullmatch(source["name"]):
            text = "is not 3 to 50 letters, digits, underscores, dots and hyphens"
            _refuse("sources.name", f"{source['name']!r} {text}")
        _at_most("sources.products", source["products"], 20, least=1)
        _texts("sources.products", source["products"], 128)
        if not 1 <= len(source["configuration"]) <= 1024:  # not shown: it may hold a password
            _refuse("sources.configuration", f"of {source['name']} is not 1 to 1024 characters long")
    names = [source["name"] for source in sources]
    if len(names) != len(set(names)):
        _refuse("sources.name", "the same name is given more than once")


def _groups(groups: list[str]) -> None:
    for group in groups:
        known = all(letter in "_.:/=+-@" or unicodedata.category(letter)[0] in "LZN" for letter in group)
        if not known or not 1 <= len(group) <= 256:
            _refuse("patch_groups", f"{group!r} is not 1 to 256 letters, digits, spaces and _.:/=+-@")
