# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The calendar of windows as days, weeks and months: what page and text show. Pure; the model comes from _calendar/window_calendar.py."""

from __future__ import annotations

import calendar
import dataclasses
import datetime
import re
import typing as t
import zoneinfo

_Dict = t.Mapping[str, t.Any]

MOST_STARTS = 3  # of one window on one day that are shown one by one
IN_CELL = 6  # openings in a cell of the month before the rest is folded away
# What an environment is called, and the colour it has: from the one where nothing may go wrong to the one where everything may.
_TONES = {
    "prod": ("production", "prod", "prd", "live"),
    "acc": ("acceptance", "acc", "uat", "staging", "stage", "stg", "preproduction", "preprod"),
    "test": ("test", "testing", "tst", "qa", "integration", "int"),
    "dev": ("development", "develop", "dev"),
    "box": ("sandbox", "sbx", "lab", "playground"),
    "none": ("other",),
}
_FREE_TONES = ("x1", "x2", "x3", "x4")
_SAME = ("enabled", "name", "environment", "schedule", "description", "duration", "cutoff")
KINDS = {
    "Install": ("↓", "installs patches"),
    "Patch": ("↓", "patches"),
    "Scan": ("○", "scans only"),
    "Other": ("◆", "runs another task"),
    "Nothing": ("–", "has no task"),
}


@dataclasses.dataclass(frozen=True)
class Item:
    """One line of a day: the openings of one window, or of windows of one name in several accounts and Regions.

    starts: local times. since: it opened before the day on which it is shown. days: how many days later it ends.
    """

    id: str
    first: _Dict
    members: tuple[_Dict, ...]
    starts: tuple[str, ...]
    end: str
    days: int
    since: bool
    past: bool
    environment: int
    places: tuple[int, ...]

    @property
    def conflicts(self) -> list[str]:
        return list(dict.fromkeys(one["message"] for member in self.members for one in member["conflicts"]))

    @property
    def freezes(self) -> list[int]:
        return sorted({number for member in self.members for number in member["freezes"]})

    @property
    def does(self) -> list[str]:
        return list(dict.fromkeys(words for member in self.members for words in member["does"]))

    @property
    def targets(self) -> list[str]:
        return list(dict.fromkeys(words for member in self.members for words in member["targets"]))

    @property
    def sites(self) -> list[_Dict]:
        """One member for each window."""
        return list({member["window"]: member for member in reversed(self.members)}.values())[::-1]

    @property
    def when(self) -> str:
        """03:00–08:00, or 00:00–23:00 (24 times)."""
        if len(self.starts) > 1:
            return f"{self.starts[0]}–{self.starts[-1]}"
        later = f" +{self.days}" if self.days else ""
        return f"{'…' if self.since else ''}{self.starts[0]}–{self.end}{later}"


@dataclasses.dataclass(frozen=True)
class Day:
    date: datetime.date
    inside: bool
    today: bool
    past: bool
    items: tuple[Item, ...]
    freezes: tuple[_Dict, ...]

    @property
    def shown(self) -> tuple[Item, ...]:
        return self.items if len(self.items) <= IN_CELL + 1 else self.items[:IN_CELL]

    @property
    def folded(self) -> tuple[Item, ...]:
        return self.items[len(self.shown) :]


class View:
    """Days, weeks and months of a calendar, and the tones and letters of its environments. model: of window_calendar."""

    def __init__(self, model: _Dict) -> None:
        self.model = model
        zone = zoneinfo.ZoneInfo(model["timezone"])
        self.now = _moment(model["generated_at"]).astimezone(zone)
        self.first = _moment(model["start"]).astimezone(zone).date()
        self.last = (_moment(model["end"]).astimezone(zone) - datetime.timedelta(microseconds=1)).date()
        self.environments = _environments(model["environments"])
        everything = [*model["windows"], *model["disabled"]]
        self.places = sorted({(one["account"], one["region"]) for one in everything})
        self._numbers = {one["name"]: number for number, one in enumerate(self.environments)}
        self.days = self._days()

    def _days(self) -> dict[datetime.date, Day]:
        openings: dict[datetime.date, list[_Dict]] = {}
        for one in self.model["occurrences"]:
            openings.setdefault(max(_moment(one["local_start"]).date(), self.first), []).append(one)
        length = (self.last - self.first).days + 1
        dates = [self.first + datetime.timedelta(days=number) for number in range(length)]
        return {date: self._day(date, openings.get(date, ())) for date in dates}

    def _day(self, date: datetime.date, openings: t.Iterable[_Dict]) -> Day:
        return Day(
            date=date,
            inside=True,
            today=date == self.now.date(),
            past=date < self.now.date(),
            items=tuple(self._items(date, openings)),
            freezes=tuple(one for one in self.model["freezes"] if _on(one, date)),
        )

    def _items(self, date: datetime.date, openings: t.Iterable[_Dict]) -> list[Item]:
        series: dict[tuple[t.Any, ...], dict[str, list[_Dict]]] = {}
        for one in openings:
            key = tuple(one[name] for name in ("name", "environment", "operation", "duration", "cutoff"))
            series.setdefault(key, {}).setdefault(one["local_start"], []).append(one)
        made = []
        for by_start in series.values():
            if len(by_start) > MOST_STARTS:
                made.append(self._item(date, [one for some in by_start.values() for one in some]))
            else:
                made += [self._item(date, some) for some in by_start.values()]
        return sorted(made, key=lambda item: (item.first["start"], item.environment, item.first["name"], item.id))

    def _item(self, date: datetime.date, members: t.Sequence[_Dict]) -> Item:
        members = sorted(members, key=lambda one: (one["start"], one["account"], one["region"], one["window_id"]))
        first, last = members[0], members[-1]
        starts = tuple(dict.fromkeys(_clock(one["local_start"]) for one in members))
        return Item(
            id=first["id"],
            first=first,
            members=tuple(members),
            starts=starts,
            end=_clock(first["local_end"]),
            days=(_moment(first["local_end"]).date() - date).days,
            since=_moment(first["local_start"]).date() < date,
            past=_moment(last["end"]) <= self.now,
            environment=self._numbers[first["environment"]],
            places=tuple(sorted({self.places.index((one["account"], one["region"])) for one in members})),
        )

    def weeks(self) -> list[list[Day]]:
        """The days of the calendar by weeks from Monday; the first and the last may be short."""
        found: dict[datetime.date, list[Day]] = {}
        for date, day in self.days.items():
            found.setdefault(date - datetime.timedelta(days=date.weekday()), []).append(day)
        return list(found.values())

    def months(self) -> list[dict[str, t.Any]]:
        """Months with their weeks of seven cells; None is a day of another month. Weeks without a day of the calendar are left out."""
        names = sorted({(date.year, date.month) for date in self.days})
        return [
            {"year": year, "month": month, "name": calendar.month_name[month], "weeks": self._month(year, month)}
            for year, month in names
        ]

    def _month(self, year: int, month: int) -> list[dict[str, t.Any]]:
        rows = []
        for week in calendar.Calendar().monthdatescalendar(year, month):
            own = [date for date in week if date.month == month]
            if not any(date in self.days for date in own):
                continue
            cells = [(self.days.get(date) or _blank(date)) if date.month == month else None for date in week]
            rows.append({"number": week[0].isocalendar().week, "cells": cells})
        return rows

    def series(self) -> list[list[_Dict]]:
        """The windows, those that differ only in where they are together; the disabled ones last."""
        found: dict[tuple[t.Any, ...], list[_Dict]] = {}
        for one in sorted((*self.model["windows"], *self.model["disabled"]), key=self._order):
            same = (*(one[key] for key in _SAME), tuple(one["does"]), tuple(one["targets"]))
            found.setdefault(same, []).append(one)
        return list(found.values())

    def _order(self, window: _Dict) -> tuple[t.Any, ...]:
        return (
            not window["enabled"],
            self._numbers[window["environment"]],
            window["name"],
            window["account"],
            window["region"],
        )

    def freeze(self, number: int) -> _Dict:
        return self.model["freezes"][number]


def _blank(date: datetime.date) -> Day:
    return Day(date, inside=False, today=False, past=False, items=(), freezes=())


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def _clock(text: str) -> str:
    return _moment(text).strftime("%H:%M")


def _on(freeze: _Dict, date: datetime.date) -> bool:
    first, last = _moment(freeze["local_start"]), _moment(freeze["local_end"]) - datetime.timedelta(microseconds=1)
    return first.date() <= date <= last.date()


def _environments(counted: t.Sequence[_Dict]) -> list[dict[str, t.Any]]:
    """Environments with tone and letters, the most careful one first."""
    tones = {one["name"]: tone_of(one["name"]) for one in counted}
    strangers = [name for name, tone in tones.items() if not tone]
    tones.update({name: _FREE_TONES[number % len(_FREE_TONES)] for number, name in enumerate(strangers)})
    order = [*_TONES, *_FREE_TONES]
    found = sorted(
        counted, key=lambda one: (order.index(tones[one["name"]]) if tones[one["name"]] != "none" else 99, one["name"])
    )
    letters = _letters([one["name"] for one in found])
    return [{**one, "tone": tones[one["name"]], "letters": letters[one["name"]]} for one in found]


def tone_of(name: str) -> str:
    """The tone of an environment by its name, whole words only; "" for one that says nothing."""
    words = [word for word in re.split(r"[^a-z0-9]+", name.casefold()) if word]
    if words[:1] == ["pre"]:
        return "acc"
    if words[:1] == ["non"]:
        return ""
    return next((tone for tone, known in _TONES.items() if set(words) & set(known)), "")


def _letters(names: t.Sequence[str]) -> dict[str, str]:
    """One letter for each, two where one is not enough, a number where two are not."""
    found: dict[str, str] = {}
    for number, name in enumerate(names, 1):
        letters = "".join(filter(str.isalnum, name)) or "?"
        tries = (letters[0].upper(), letters[:2].capitalize(), str(number))
        found[name] = next((one for one in tries if one not in found.values()), str(number))
    return found
