# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The calendar of windows as text for a terminal."""

from __future__ import annotations

import textwrap
import typing as t
import unicodedata

from ._calendar_view import Day
from ._calendar_view import Item
from ._calendar_view import View
from ._text import clean
from ._words import plural

WIDTH = 116
_COLUMNS = (("time", 15), ("", 2), ("environment", 15), ("window", 30), ("does", 9), ("where", 36))


def render(model: t.Mapping[str, t.Any]) -> str:
    """The agenda in at most 116 columns: weeks as headings, `!` marks conflicts and `*` runs in a freeze."""
    view = View(model)
    lines = [
        f"Maintenance windows, {view.first} to {view.last}, times in {model['timezone']}",
        f"  {plural(len(model['occurrences']), 'run')} of {plural(len(model['windows']), 'window')}; "
        f"{plural(len(model['conflicts']), 'conflict')}, {plural(len(model['freezes']), 'freeze')}",
    ]
    lines += _findings("Conflicts", model["conflicts"])
    lines += _freezes(model["freezes"])
    for week in view.weeks():
        lines += _week(view, week)
    lines += _listed("Disabled windows", model["disabled"], "description")
    lines += _listed("Invalid windows", model["unreadable"], "problem")
    lines += _findings("Notices", model["notices"])
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _week(view: View, week: t.Sequence[Day]) -> t.Iterator[str]:
    number = week[0].date.isocalendar().week
    yield ""
    yield f"Week {number}, {week[0].date:%d %B} to {week[-1].date:%d %B %Y}"
    if not any(day.items for day in week):
        yield "  no runs"
    for day in week:
        if not day.items:
            continue
        frozen = "; ".join(f"freeze {clean(one['name'])}{_only(one)}" for one in day.freezes)
        today = " (today)" if day.today else ""
        yield from _wrapped(f"{day.date:%a %d %b}{today}{'  * ' + frozen if frozen else ''}", "  ", "    ")
        for item in day.items:
            yield _row(view, item)


def _row(view: View, item: Item) -> str:
    environment = view.environments[item.environment]["name"]
    marks = ("!" if item.conflicts else "") + ("*" if item.freezes else "")
    sites = item.sites
    first = " / ".join(filter(None, (sites[0]["account"], sites[0]["region"])))
    where = first + (f" and {len(sites) - 1} more" if len(sites) > 1 else "")
    when = item.when + (f" {len(item.starts)}x" if len(item.starts) > 1 else "")
    cells = (when, marks, environment, item.first["name"], item.first["operation"], where)
    return "    " + " ".join(fit(cell, width) for cell, (_title, width) in zip(cells, _COLUMNS, strict=True))


def fit(value: t.Any, width: int) -> str:
    """Cut or filled to so many columns of a terminal; wide characters take two."""
    text = clean(value)
    if _columns(text) > width:
        while _columns(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - _columns(text))


def _columns(text: str) -> int:
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def _only(freeze: t.Mapping[str, t.Any]) -> str:
    return f" ({clean(', '.join(freeze['environments']))})" if freeze["environments"] else ""


def _findings(title: str, findings: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
    if not findings:
        return []
    lines = ["", title]
    for one in findings:
        first = f", first {one['local_first'][:16].replace('T', ' ')}" if one["local_first"] else ""
        where = f" [{'; '.join(map(clean, one['places']))}]" if one["places"] else ""
        lines += _wrapped(f"! {clean(one['message'])}{first}{where}", "  ", "    ")
    return lines


def _freezes(freezes: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
    if not freezes:
        return []
    lines = ["", "Freezes"]
    for one in freezes:
        start, end = (one[key][:16].replace("T", " ") for key in ("local_start", "local_end"))
        why = f": {clean(one['why'])}" if one["why"] else ""
        lines += _wrapped(f"* {clean(one['name'])}{_only(one)}, {start} to {end}{why}", "  ", "    ")
    return lines


def _listed(title: str, windows: t.Sequence[t.Mapping[str, t.Any]], key: str) -> list[str]:
    if not windows:
        return []
    lines = ["", title]
    for one in windows:
        where = " / ".join(filter(None, (one["account"], one["region"])))
        lines += _wrapped(
            f"- {clean(one['name'] or one['window_id'])} [{clean(where)}]: {clean(one[key])}", "  ", "    "
        )
    return lines
