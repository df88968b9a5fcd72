# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The error of schedules and times."""

from __future__ import annotations

from .._core.errors import InvalidInput


class ScheduleError(InvalidInput):
    """A schedule or time that cannot be used; the text names the field or option and says why."""


class OpenQuestion(ScheduleError):
    """What AWS's page neither shows nor excludes. Nothing is planned by it, and only AWS can say whether it takes it."""
