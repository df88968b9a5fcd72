# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import follow
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import wait


class Time:
    def __init__(self):
        self.seconds = 0.0

    def sleep(self, seconds):
        self.seconds += seconds

    def clock(self):
        return wait.Clock(now=lambda: self.seconds, sleep=self.sleep)


def looks(*seen):
    rest = list(seen)
    return lambda: rest.pop(0) if len(rest) > 1 else rest[0]


def test_tells_changes_only_with_the_elapsed_time():
    clock, told = Time().clock(), []
    steps = [follow.Seen(False, "1 left"), follow.Seen(False, "1 left"), follow.Seen(True, "0 left", "end")]
    end = follow.follow(looks(*steps), deadline=wait.Deadline.after(clock, 100), interval=45, say=told.append)
    assert told == ["1 left, 00:00:00", "0 left, 00:01:30"]
    assert (end.seen.value, end.polls, end.expired) == ("end", 3, False)


def test_deadline_returns_the_last_thing_seen():
    clock = Time().clock()
    deadline = wait.Deadline.after(clock, 25)
    end = follow.follow(looks(follow.Seen(False, "x", "last")), deadline=deadline, interval=10, say=lambda line: None)
    assert (end.expired, end.seen.value, end.elapsed) == (True, "last", 25)


def failing(error, times):
    rest = [error] * times

    def look():
        if rest:
            raise rest.pop()
        return follow.Seen(True, "done")

    return look


@pytest.mark.parametrize(
    "error", [errors.ServiceError("slow down", code="ThrottlingException"), errors.Unavailable("?")]
)
def test_a_look_without_an_answer_is_tried_again(error):
    clock, told = Time().clock(), []
    end = follow.follow(failing(error, 5), deadline=wait.Deadline.after(clock, 600), interval=60, say=told.append)
    assert (end.expired, end.polls, len(told)) == (False, 1, 6) and str(error) in told[0]


@pytest.mark.parametrize(
    "error, timeout, seconds",
    [
        (errors.AccessDenied("no", code="AccessDeniedException"), 7200, 0),
        (errors.NotFound("gone"), 7200, 0),
        (errors.ServiceError("slow down", code="ThrottlingException"), 120, 120),
        (errors.ServiceError("slow down", code="ThrottlingException"), 7200, follow.PATIENCE),
    ],
)
def test_patience_ends(error, timeout, seconds):
    time = Time()
    deadline = wait.Deadline.after(time.clock(), timeout)
    with pytest.raises(type(error)):
        follow.follow(failing(error, 1000), deadline=deadline, interval=60, say=lambda line: None)
    assert time.seconds == seconds


def test_unknown_status_is_an_error_that_names_it():
    with pytest.raises(errors.UnknownStatus, match="Execution x has the unknown status 'Odd'"):
        follow.outcome_of("Odd", {"Success": follow.SUCCEEDED}, "Execution x")


@pytest.mark.parametrize(
    "outcomes, expected",
    [
        ([], "not_started"),
        (["succeeded", "succeeded"], "succeeded"),
        (["succeeded", "not_started"], "not_started"),
        (["timed_out", "failed", "cancelled"], "failed"),
        (["failed", "unknown"], "unknown"),
    ],
)
def test_worst(outcomes, expected):
    assert follow.worst(outcomes) == expected


def test_hms():
    assert [wait.hms(n) for n in (0, 135.9, 3600, 360000)] == ["00:00:00", "00:02:15", "01:00:00", "100:00:00"]
