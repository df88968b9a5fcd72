# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which schedules and time zones AWS refuses for certain, and which of them its pages leave open; in words for options of modules.

A refusal that is not certain would keep people from what AWS takes, so a module only warns of it.
"""

from __future__ import annotations

import re

from . import associations
from . import expressions
from .clock import zone_named
from .schedule_error import OpenQuestion
from .schedule_error import ScheduleError

# No name of the database that AWS refers to: an offset from UTC ("GMT+2" is there as Etc/GMT-2 only).
_OFFSET = re.compile(r"(?:UTC|GMT)?[+-]\d{1,2}(?::?\d\d)?")
_KNOWN = ("Europe/Paris", "America/New_York")  # one that is missing means that no database is installed


def wrong_schedule(expression: str) -> str | None:
    """Why no maintenance window and no association can have this expression, None when it may be one."""
    try:
        expressions.parse(expression)
    except OpenQuestion:
        return None
    except ScheduleError as error:
        return str(error)
    return None


def doubtful_schedule(expression: str, *, association: bool = False) -> str | None:
    """What AWS's page leaves open about an expression that is not wrong, None for nothing."""
    try:
        (associations if association else expressions).parse(expression)
    except ScheduleError as error:
        return (
            None
            if wrong_schedule(expression)
            else f"{error}; AWS's documentation does not say whether this is supported"
        )
    return None


def wrong_timezone(name: str) -> str | None:
    """Why a name is no IANA time zone for certain: an offset, or letters in another case."""
    if _OFFSET.fullmatch(name):
        return f"{name!r} is an offset; must be the name of an IANA time zone such as Europe/Berlin"
    if _known(name) or not all(map(_known, _KNOWN)):
        return None
    for other in (name.title().replace("_Of_", "_of_"), name.upper()):
        if other != name and _known(other):
            return f"{name!r} must be {other!r}: names of time zones are case-sensitive"
    return None if "/" in name else f"{name!r} is not an IANA time zone; use a name such as Europe/Berlin"


def doubtful_timezone(name: str) -> str | None:
    """A name that the installed database does not have: it may be too old, or the name wrong."""
    if wrong_timezone(name) or _known(name) or not all(map(_known, _KNOWN)):
        return None
    return f"{name!r} is not in the installed IANA database; AWS rejects names that do not exist"


def _known(name: str) -> bool:
    try:
        return zone_named(name).key == name
    except ScheduleError:
        return False
