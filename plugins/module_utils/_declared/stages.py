# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Stages, such as Test before Production, whose monthly windows change their order in some months."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import re
import typing as t

from .._schedule.clock import iso
from .._schedule.expressions import Schedule
from .window_checks import HORIZON
from .window_checks import Notice

# The words by which people name stages, in the order of patching.
_WORDS = (
    ("sandbox", "sbx"),
    ("development", "develop", "dev"),
    ("test", "testing", "qa", "integration"),
    ("acceptance", "uat", "staging", "stage", "preproduction", "preprod"),
    ("production", "prod", "live"),
)
_RANKS = {word: rank for rank, words in enumerate(_WORDS) for word in words}
_OFTEN = HORIZON.days // 28  # a window that runs more often than once a month has no order in a month


class Stage(t.NamedTuple):
    """A stage of something. family: the words around the stage's own, in lower case. label: as it is given."""

    family: tuple[str, ...]
    rank: int
    label: str


@dataclasses.dataclass(frozen=True, slots=True)
class Staged:
    """A window and the stages of the hosts that it targets."""

    name: str
    stages: tuple[Stage, ...]
    schedule: Schedule


def stages_of(values: t.Iterable[str]) -> tuple[Stage, ...]:
    """The stages that values of tags name: "Shop Test" is the stage Test of Shop. Values with no stage, or with several, name none."""
    found = []
    for value in values:
        words = [word for word in re.split(r"[^a-z0-9]+", value.casefold()) if word]
        own = [word for word in words if word in _RANKS]
        if len(own) == 1:
            found.append(Stage(tuple(word for word in words if word != own[0]), _RANKS[own[0]], value))
    return tuple(dict.fromkeys(found))


def order_notices(windows: t.Iterable[Staged], after: datetime.datetime) -> list[Notice]:
    """A warning for each two windows of which a later stage comes first in some months of the next 400 days, but not in all."""
    found = []
    monthly = [(one, runs) for one in windows if one.stages and (runs := _runs(one, after))]
    for (one, mine), (other, theirs) in itertools.permutations(monthly, 2):
        pair = _pair(one, other)
        months = sorted(set(mine) & set(theirs))
        wrong = [month for month in months if theirs[month] <= mine[month]]
        if pair and wrong and len(wrong) < len(months):
            first = theirs[wrong[0]]
            found.append(
                Notice(
                    "stage_order",
                    f"{pair[1].label} ({other.name}) runs before {pair[0].label} ({one.name}) in {len(wrong)} of {len(months)} months, "
                    f"first at {iso(first)}; use the same weekday for both, or schedule_offset",
                    (one.name, other.name),
                )
            )
    return found


def _pair(earlier: Staged, later: Staged) -> tuple[Stage, Stage] | None:
    pairs = itertools.product(earlier.stages, later.stages)
    return next(((one, two) for one, two in pairs if one.family == two.family and one.rank < two.rank), None)


def _runs(one: Staged, after: datetime.datetime) -> dict[tuple[int, int], datetime.datetime]:
    """Month on the clock of the window to its run; {} for a window that runs more often than once a month."""
    moments = itertools.takewhile(lambda run: run - after < HORIZON, one.schedule.after(after))
    runs = list(itertools.islice(moments, _OFTEN + 2))
    months: dict[tuple[int, int], datetime.datetime] = {}
    for run in runs:
        local = run.astimezone(one.schedule.zone)
        months.setdefault((local.year, local.month), run)
    return months if len(months) == len(runs) else {}
