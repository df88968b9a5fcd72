# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The clock, the only sleep, the pace of requests and the deadline. Times are seconds."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from dataclasses import field
from typing import Callable


@dataclass(frozen=True)
class Clock:
    """Seconds that only grow, and how to let them pass; tests hand in another one."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass
class Pace:
    """No more than `requests` in any window of `seconds`: waits before a request instead of being refused after it."""

    requests: int
    seconds: float
    _sent: deque = field(default_factory=deque)

    def wait(self, clock: Clock) -> None:
        """Sleep until one more request fits, and count it."""
        while len(self._sent) >= self.requests:
            left = self._sent[0] + self.seconds - clock.now()
            if left <= 0:
                self._sent.popleft()
            else:
                clock.sleep(left)
        self._sent.append(clock.now())


@dataclass(frozen=True)
class Deadline:
    """A moment on the clock after which waiting ends."""

    clock: Clock
    at: float

    @classmethod
    def after(cls, clock: Clock, seconds: float) -> "Deadline":
        return cls(clock, clock.now() + seconds)

    def left(self) -> float:
        return self.at - self.clock.now()

    def pause(self, seconds: float) -> bool:
        """Sleep for the interval, but not beyond the deadline; False when the deadline has passed."""
        left = self.left()
        if left <= 0:
            return False
        self.clock.sleep(min(seconds, left))
        return True


def hms(seconds: float) -> str:
    """Elapsed time for people: 00:02:15."""
    whole = max(0, int(seconds))
    return f"{whole // 3600:02d}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
