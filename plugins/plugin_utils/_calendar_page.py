# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The calendar of windows as one self-contained HTML page."""

from __future__ import annotations

import datetime
import typing as t

from . import _render
from ._calendar_view import KINDS
from ._calendar_view import Item
from ._calendar_view import View


def render(model: t.Mapping[str, t.Any]) -> str:
    """The page. model: of window_calendar."""
    view = View(model)
    openings = model["occurrences"]
    return _render.page(
        "calendar.html.j2",
        "calendar.js",
        {"day": day, "span": span, "local": local, "utc": utc, "places": places, "summed": summed},
        model=model,
        view=view,
        view_kinds=KINDS,
        heading=heading(view.first, view.last),
        following=_following(view),
        installing=sum(one["operation"] in ("Install", "Patch") for one in openings),
        scanning=sum(one["operation"] == "Scan" for one in openings),
        hit=sum(bool(one["conflicts"]) for one in openings),
    )


def heading(first: datetime.date, last: datetime.date) -> str:
    """March 2026, March – April 2026, December 2026 – January 2027."""
    if (first.year, first.month) == (last.year, last.month):
        return f"{first:%B %Y}"
    return f"{first:%B} – {last:%B %Y}" if first.year == last.year else f"{first:%B %Y} – {last:%B %Y}"


def day(date: datetime.date) -> str:
    return f"{date:%A}, {date.day} {date:%B %Y}"


def span(first: datetime.date, last: datetime.date) -> str:
    """9 – 15 March 2026, 30 March – 5 April 2026, 28 December 2026 – 3 January 2027."""
    end = f"{last.day} {last:%B %Y}"
    if first == last:
        return end
    if first.year != last.year:
        return f"{first.day} {first:%B %Y} – {end}"
    return f"{first.day} – {end}" if first.month == last.month else f"{first.day} {first:%B} – {end}"


def local(text: str) -> str:
    """Sat 28 Mar 2026, 00:00 of local ISO-8601 text."""
    moment = datetime.datetime.fromisoformat(text)
    return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M}"


def utc(text: str) -> str:
    """Sat 28 Mar 02:00 of UTC ISO-8601 text."""
    moment = datetime.datetime.fromisoformat(text)
    return f"{moment:%a} {moment.day} {moment:%b %H:%M}"


def places(item: Item, view: View) -> str:
    """account:region numbers for the script of the page, as in its lists to choose from."""
    accounts, regions = view.model["accounts"], view.model["regions"]
    numbers = (view.places[number] for number in item.places)
    return " ".join(f"{_index(accounts, account)}:{_index(regions, region)}" for account, region in numbers)


def summed(items: t.Sequence[Item]) -> dict[str, bool]:
    """Whether some of these are in conflict, or in a freeze."""
    return {"conflicts": any(item.conflicts for item in items), "freezes": any(item.freezes for item in items)}


def _index(names: t.Sequence[str], name: str) -> str:
    return str(names.index(name)) if name in names else ""


def _following(view: View) -> tuple[datetime.date, Item] | None:
    """The first opening that is still to come: day and item."""
    for date, one in view.days.items():
        for item in one.items:
            if datetime.datetime.fromisoformat(item.first["start"]) >= view.now:
                return date, item
    return None
