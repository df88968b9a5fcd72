# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the options of a set of windows take: readers of plain values that name the option when they refuse."""

from __future__ import annotations

import calendar
import dataclasses
import difflib
import re
import typing as t

from .._core import limits
from .._core import tags
from .._core.errors import InvalidInput
from .._schedule import rate_control
from .._schedule.clock import instant
from .._schedule.clock import zone_named
from .._schedule.expressions import describe
from .._schedule.schedule_error import ScheduleError
from .set_error import SetError

NAME = re.compile(r"[a-zA-Z0-9_\-.]{3,128}")  # names of windows, targets and tasks: the API's model
DAY_CODES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# names of the "backward" file of the time zone database that AWS's examples and older templates use
_RENAMED = {
    "US/Alaska": "America/Anchorage",
    "US/Arizona": "America/Phoenix",
    "US/Central": "America/Chicago",
    "US/Eastern": "America/New_York",
    "US/Hawaii": "Pacific/Honolulu",
    "US/Mountain": "America/Denver",
    "US/Pacific": "America/Los_Angeles",
}


Reader = t.Callable[[str, t.Any], t.Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """One option. read: (name, value) -> checked value, raises SetError. default: a checked value."""

    read: Reader
    default: t.Any = None
    required: bool = False


def read_options(options: t.Mapping[str, Option], given: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Every option with its checked value or default; None counts as not given. Raises SetError, also for unknown names."""
    for name in given:
        if name not in options:
            raise SetError(f"{name}: unknown option{suggestion(str(name), options)}")
    missing = [name for name, option in options.items() if option.required and given.get(name) is None]
    if missing:
        raise SetError(f"{missing[0]}: missing")
    return {
        name: option.default if given.get(name) is None else option.read(name, given[name])
        for name, option in options.items()
    }


def suggestion(wrong: str, known: t.Iterable[str]) -> str:
    """ ", did you mean ...?" with the names that are near, else all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(wrong, names, n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(near)}?" if near else f"; valid options are {', '.join(names)}"


def _refuse(name: str, wrong: str | None, between: str = ":") -> None:
    """Raises SetError for what limits found wrong."""
    if wrong:
        raise SetError(f"{name}{between} {wrong}")


def text(least: int = 1, most: int = 256, pattern: str = "", what: str = "") -> Reader:
    """Text of a length and form. what: how the form is said."""

    def read(name: str, value: t.Any) -> str:
        if isinstance(value, (bool, dict, list)):
            raise SetError(f"{name}: {value!r} must be a string")
        _refuse(name, limits.wrong_length(str(value), least, most))
        _refuse(name, limits.wrong_form(str(value), re.compile(pattern), what) if pattern else None)
        return str(value)

    return read


def tag_value(least: int = 0, most: int = 256) -> Reader:
    """The value of a tag: YAML's true, 1 and null are the texts that every module makes of them."""

    def read(name: str, value: t.Any) -> str:
        try:
            found = tags.value_of(name, value)
        except InvalidInput as error:
            raise SetError(error.message) from error
        _refuse(name, limits.wrong_length(found, least, most))
        return found

    return read


def number(least: int, most: int, what: str = "number") -> Reader:
    """A whole number, also as text: variables of the command line are text."""

    def read(name: str, value: t.Any) -> int:
        whole = isinstance(value, int) or (isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value))
        if isinstance(value, bool) or not whole:
            raise SetError(f"{name}: {what} {value!r} must be a whole number from {least} to {most}")
        _refuse(f"{name}: {what}", limits.wrong_number(int(value), least, most), "")
        return int(value)

    return read


def flag(name: str, value: t.Any) -> bool:
    """A yes or no, also as text."""
    said = {"true": True, "yes": True, "false": False, "no": False}.get(str(value).lower())
    if said is None:
        raise SetError(f"{name}: {value!r} is not true or false")
    return said


def one_of(*choices: str) -> Reader:
    """One of these, exactly."""

    def read(name: str, value: t.Any) -> str:
        _refuse(name, limits.wrong_choice(str(value), choices))
        return str(value)

    return read


def listed(read: Reader, least: int = 1) -> Reader:
    """A list, or one value for a list of it. A value that is given twice counts once."""

    def read_all(name: str, value: t.Any) -> tuple:
        values = list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]
        if len(values) < least:
            raise SetError(f"{name}: empty; at least {least} required")
        return tuple(dict.fromkeys(read(name, item) for item in values))

    return read_all


def mapped(read: Reader, least: int = 0, most: int = 200) -> Reader:
    """A dictionary with values that `read` takes."""

    def read_all(name: str, value: t.Any) -> dict[str, t.Any]:
        if not isinstance(value, t.Mapping):
            raise SetError(f"{name}: {value!r} must be a dictionary")
        _refuse(name, limits.wrong_count(value, least, most))
        return {str(key): read(f"{name}.{key}", item) for key, item in value.items()}

    return read_all


def nested(options: t.Mapping[str, Option]) -> Reader:
    """A dictionary with options of its own, without those that are None."""

    def read(name: str, value: t.Any) -> dict[str, t.Any]:
        if not isinstance(value, t.Mapping):
            raise SetError(f"{name}: {value!r} is not a dictionary; valid keys are {', '.join(options)}")
        try:
            found = read_options(options, value)
        except SetError as error:
            raise SetError(f"{name}.{error}") from error
        return {key: item for key, item in found.items() if item is not None}

    return read


def zone(name: str, value: t.Any) -> str:
    """A time zone by the name that the IANA database uses today."""
    wanted = _RENAMED.get(str(value), str(value))
    try:
        return zone_named(wanted).key
    except ScheduleError as error:
        raise SetError(f"{name}: {value!r} is not an IANA time zone") from error


def schedule(name: str, value: t.Any) -> str:
    """A cron, rate or at expression of maintenance windows."""
    try:
        describe(value if isinstance(value, str) else str(value))
    except ScheduleError as error:
        raise SetError(f"{name}: {error}") from error
    return str(value)


def date(name: str, value: t.Any) -> str:
    """A moment in ISO-8601, as given; "" clears."""
    try:
        instant(name, value if value == "" else str(value))
    except ScheduleError as error:
        raise SetError(f"{name}: {error}") from error
    return str(value)


def concurrency(name: str, value: t.Any) -> str:
    """Hosts at once: number or percentage, not 0. The API's pattern of MaxConcurrency."""
    return _rate(name, value, rate_control.concurrency, "[1-9][0-9]{0,6}|[1-9][0-9]?%|100%")


def errors(name: str, value: t.Any) -> str:
    """Failures before nothing more starts: number or percentage. The API's pattern of MaxErrors."""
    return _rate(name, value, rate_control.errors, "0|[1-9][0-9]{0,6}|[0-9]%|[1-9][0-9]%|100%")


def _rate(name: str, value: t.Any, check: t.Callable[[t.Any, int], int], pattern: str) -> str:
    try:
        if isinstance(value, (bool, float)) or not re.fullmatch(pattern, str(value)):
            raise rate_control.BudgetError(f"{name}: {value!r}")
        check(value, 1)
    except rate_control.BudgetError as error:
        raise SetError(f"{name}: {value!r} is not a whole number or a percentage such as 10 or 25%") from error
    return str(value)


def weekday(name: str, value: t.Any) -> str:
    """A day of the week by its English name or its first three letters, as the code of a cron expression."""
    known = {label.upper(): label[:3].upper() for label in calendar.day_name}
    known.update({code: code for code in DAY_CODES})
    code = known.get(str(value).upper())
    if code is None:
        raise SetError(f"{name}: {value!r} is not a day of the week, Monday to Sunday or MON to SUN")
    return code


def nth_weekday(name: str, value: t.Any) -> str:
    """TUE#1, the first Tuesday; FRIL is not taken, it is another form."""
    found = re.fullmatch(r"([A-Za-z]+)#([1-5])", str(value))
    if not found:
        raise SetError(f"{name}: {value!r} is not the n-th weekday of a month, such as TUE#1")
    return f"{weekday(name, found[1])}#{found[2]}"


def slug(label: str) -> str:
    """A label as part of a name: what names do not take becomes a hyphen."""
    return re.sub(r"[^a-zA-Z0-9_\-.]+", "-", label).strip("-")
