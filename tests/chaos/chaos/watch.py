# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Waits for a moment: the n-th recorded call of an operation. What is to be done then is done before its answer leaves."""

from __future__ import annotations

import threading
import typing as t

from chaos.disturbances import Moment
from local_aws.framework import recorder


class Watch:
    """Armed for one moment at a time. came: whether it was there."""

    def __init__(self) -> None:
        self.came = threading.Event()
        self._moment: Moment | None = None
        self._left = 0
        self._do: t.Callable[[], None] = lambda: None
        recorder.LISTENERS.append(self._seen)

    def arm(self, moment: Moment, do: t.Callable[[], None]) -> None:
        """Call do() at the moment, counted from now on. It runs in the thread of the call, with the clock's lock held."""
        self.came.clear()
        self._left, self._do, self._moment = moment.count, do, moment

    def disarm(self) -> None:
        self._moment = None

    def close(self) -> None:
        recorder.LISTENERS.remove(self._seen)

    def _seen(self, entry: dict[str, t.Any]) -> None:
        moment = self._moment
        if moment is None or (entry["service"], entry["operation"]) != (moment.service, moment.operation):
            return
        if entry["source"] != moment.source:
            return
        self._left -= 1
        if self._left == 0:
            self._moment = None
            self._do()
            self.came.set()
