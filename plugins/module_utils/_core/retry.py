# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The one policy of repeating a call.

The SDK's own retries are switched off where the clients are made (see the connect() of each service), so that a call
is repeated here and nowhere else:

* a refused call (throttling, a concurrent update) was not carried out: it is repeated, except ONCE calls;
* a call without a clear answer (5xx, connection lost) may have been carried out: it is repeated only when a second one
  cannot do harm, that is reads and PROTECTED calls (a client token, a unique name, or the same end state);
* everything else is an answer, and is not repeated.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any
from typing import Callable

from .errors import ServiceError
from .errors import Unavailable
from .wait import Clock

READ = "read"
PROTECTED = "protected"
ONCE = "once"

# Codes with which services refuse a request before doing anything (botocore's list of throttling codes, and the code
# for a concurrent update of the same thing).
REFUSED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TooManyUpdates",
    }
)


@dataclass(frozen=True)
class Policy:
    """attempts in all; the pause before attempt n+1 is drawn from half to all of base * 2**n, at most cap seconds."""

    attempts: int = 8
    base: float = 0.5
    cap: float = 20.0
    random: Callable[[], float] = random.random

    def pause(self, failures: int) -> float:
        full = min(self.cap, self.base * 2 ** (failures - 1))
        return full / 2 + self.random() * full / 2


def may_repeat(error: ServiceError, safety: str) -> bool:
    """Whether the call that failed so may be sent again."""
    if safety == ONCE:
        return False
    return error.code in REFUSED or isinstance(error, Unavailable)


def call(send: Callable[[], Any], *, safety: str, clock: Clock, policy: Policy) -> Any:
    """Send until it is answered or the attempts are used up; raises the last ServiceError."""
    failures = 0
    while True:
        try:
            return send()
        except ServiceError as error:
            failures += 1
            if failures >= policy.attempts or not may_repeat(error, safety):
                error.details["attempts"] = failures
                raise
            clock.sleep(policy.pause(failures))
