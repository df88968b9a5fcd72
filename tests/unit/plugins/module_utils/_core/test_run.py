# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Nothing runs twice: lost answers, used tokens, several controllers, controllers that died; and the verdict of a run.

The service is one in memory that behaves as AWS documents: a token starts one thing, its second use is refused or answered
alike, lists lag behind, an answer can be lost before or after the work was done.
"""

import dataclasses
import functools
import itertools
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import follow
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import retry
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import run as kernel
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import wait

WORDS = kernel.Words("job", "jobs", "hosts", "a job ended before it had started all of its hosts")
REUSED = "TokenReused"
NO_ANSWER = functools.partial(errors.Unavailable, "no answer", code="InternalServerError")
NO_CLEAR_ANSWER = functools.partial(errors.Unavailable, "slow down", code="SlowDown")
THROTTLED = functools.partial(errors.ServiceError, "slow down", code="ThrottlingException")
REFUSED = functools.partial(errors.ServiceError, "no such thing", code="Invalid")
DENIED = functools.partial(errors.AccessDenied, "you may not", code="AccessDeniedException")


class Time:
    """A clock that sleeping moves."""

    def __init__(self):
        self.seconds = 0.0

    def clock(self):
        return wait.Clock(now=lambda: self.seconds, sleep=self.sleep)

    def sleep(self, seconds):
        self.seconds += seconds


class Service:
    """Jobs by their tokens. Each takes `takes` seconds; hosts whose names begin with bad fail.

    faults: what the next starts answer with: (makes an error, or None; whether the work is done nevertheless). lag: seconds until a job can be
    seen. tokens: whether the service knows them; with answers_alike the second use of one is answered as the first was.
    """

    def __init__(self, time, *, takes=30, lag=0, tokens=True, answers_alike=False):
        self.time, self.takes, self.lag, self.tokens, self.answers_alike = time, takes, lag, tokens, answers_alike
        self.jobs, self.faults, self.starts, self.lists = [], [], 0, 0

    def start(self, request):
        self.starts += 1
        error, done = self.faults.pop(0) if self.faults else (None, True)
        same = next((job for job in self.jobs if self.tokens and job["token"] == request["token"]), None)
        if same and not error:
            if self.answers_alike:
                return same
            raise errors.ServiceError("the token cannot be reused", code=REUSED)
        if done and not same:
            self.jobs.append({**request, "at": self.time.seconds, "id": len(self.jobs)})
        if error:
            raise error()
        return self.jobs[-1]

    def list(self):
        self.lists += 1
        return [job for job in self.jobs if self.time.seconds >= job["at"] + self.lag]

    def outcome(self, job, host):
        if self.time.seconds < job["at"] + self.takes:
            return follow.RUNNING
        return follow.FAILED if host.startswith("bad") else follow.SUCCEEDED

    def worked_on(self):
        """Every host, as often as something was done on it."""
        return sorted(host for job in self.jobs for host in job["hosts"])


class Call:
    """One call of a module on one controller: pieces of `size` hosts, one after another, within a budget of errors."""

    def __init__(
        self, service, hosts, *, size=2, budget=0, timeout=600, repeat=None, give_up=True, waits=True, most=None
    ):
        self.service, self.hosts, self.size, self.budget, self.give_up = service, hosts, size, budget, give_up
        self.lines, self.todo, self.jobs, self.under_way, self.adopted = [], [], [], [], set()
        self.dies_after, self.most = None, most
        following = kernel.Following(waits, timeout, 10, "none", self.lines.append)
        self.run = kernel.Run.begin(service.time.clock(), following)
        self.kind = kernel.Kind(
            items=tuple(hosts),
            adopt=self.adopt,
            next=self.next,
            start=lambda piece: service.start(piece.request),
            find=self.find,
            is_reuse=lambda error: error.code == REUSED,
            started=self.started,
            failed=self.failed,
            follow=self.follow,
            result=self.result,
            verdict=self.verdict,
            repeat=repeat,
        )

    def execute(self):
        """The result, or that of the error with its code and message."""
        try:
            return kernel.execute(self.kind, self.run)
        except errors.FleetpatchError as error:
            return {**error.results, "code": error.code, "error": error.message, "details": error.details}

    def adopt(self):
        self.jobs = self.service.list()
        self.adopted = {job["id"] for job in self.jobs}
        self.under_way = list(self.jobs)
        covered = {host for job in self.jobs for host in job["hosts"]}
        self.todo = [host for host in self.hosts if host not in covered]

    def next(self):
        if not self.todo or not kernel.may_go_on(self.run, WORDS, self.targets(), self.errors(), self.budget):
            return None
        hosts, self.todo = self.todo[: self.size], self.todo[self.size :]
        return kernel.Piece(tuple(hosts), {"hosts": hosts, "token": " ".join(hosts)})

    def find(self, piece):
        return next((job for job in self.service.list() if set(job["hosts"]) >= set(piece.items)), None)

    def started(self, piece, job, found):
        if self.dies_after is not None and len(self.service.jobs) >= self.dies_after:
            raise KeyboardInterrupt
        if found:
            self.adopted.add(job["id"])
        self.jobs.append(job)
        self.under_way.append(job)

    def failed(self, piece, error, unclear):
        if not unclear:
            self.todo = [*piece.items, *self.todo]
        raise error

    def follow(self):
        if self.under_way:
            self.run.follow(self.look)
            self.under_way = []

    def look(self):
        outcomes = [self.service.outcome(job, host) for job in self.under_way for host in job["hosts"]]
        left = outcomes.count(follow.RUNNING)
        return follow.Seen(not left, f"{left} left")

    def targets(self):
        return [
            {"target": host, "outcome": self.service.outcome(job, host), "status": "?"}
            for job in self.jobs
            for host in job["hosts"]
        ]

    def errors(self):
        return sum(target["outcome"] in kernel.BAD for target in self.targets())

    def result(self):
        absent = [{"target": host, "outcome": follow.UNKNOWN, "status": None} for host in self.run.unsure]
        absent += [{"target": host, "outcome": follow.NOT_STARTED, "status": None} for host in self.todo]
        changed = any(job["id"] not in self.adopted for job in self.jobs)
        return {"changed": changed, **kernel.ended(self.run, [*self.targets(), *absent])}

    def verdict(self, answer):
        reasons = [f"stopped: {self.run.stopped}"] if self.run.stopped else []
        text = kernel.sentence("run", answer["summary"], "hosts", reasons, none="nothing")
        return kernel.verdict(self.run, WORDS, answer, text, ids={"job_ids": [job["id"] for job in self.jobs]})


def outcomes(result):
    return {target["target"]: target["outcome"] for target in result["targets"]}


HOSTS = ["a", "b", "c", "d", "e"]


@pytest.fixture(name="time")
def fixture_time():
    return Time()


# The way of a run


def test_pieces_one_after_another(time):
    service = Service(time)
    call = Call(service, HOSTS)
    result = call.execute()
    assert [job["hosts"] for job in service.jobs] == [["a", "b"], ["c", "d"], ["e"]]
    assert [job["at"] for job in service.jobs] == [0, 30, 60]
    assert result["changed"] and set(outcomes(result).values()) == {"succeeded"} and result["polls"] == 12
    assert result["msg"] == "run: 5 hosts: 5 succeeded" and result["outcome"] == "succeeded"
    assert call.lines[0] == "2 left, 00:00:00" and call.lines[-1] == "0 left, 00:01:30"


def test_the_second_call_starts_nothing(time):
    service = Service(time)
    Call(service, HOSTS).execute()
    result = Call(service, HOSTS).execute()
    assert not result["changed"] and service.starts == 3 and result["outcome"] == "succeeded"


def test_new_hosts_are_started_and_only_those(time):
    service = Service(time)
    Call(service, HOSTS[:3]).execute()
    result = Call(service, HOSTS).execute()
    assert result["changed"] and service.worked_on() == HOSTS and service.jobs[-1]["hosts"] == ["d", "e"]


def test_nobody_wants_to_wait(time):
    service = Service(time)
    result = Call(service, HOSTS[:2], waits=False).execute()
    assert time.seconds == 0 and result["outcome"] == "running" and result["msg"] == "run: 2 hosts: 2 running"
    assert Call(service, HOSTS[:2]).execute()["outcome"] == "succeeded" and service.worked_on() == ["a", "b"]


def test_the_deadline(time):
    service = Service(time, takes=100)
    result = Call(service, HOSTS, timeout=45).execute()
    assert (
        result["code"] == "deadline_exceeded"
        and result["error"].endswith("; the jobs continue in AWS")
        and time.seconds == 45
    )
    assert outcomes(result) == {
        "a": "running",
        "b": "running",
        "c": "not_started",
        "d": "not_started",
        "e": "not_started",
    }
    assert "earlier jobs of this run have not ended" in result["error"]


@pytest.mark.parametrize("budget, worked", [(0, 2), (1, 4), (2, 5)])
def test_the_budget(time, budget, worked):
    hosts = ["bad-1", "a", "bad-2", "b", "c"]
    service = Service(time)
    result = Call(service, hosts, budget=budget).execute()
    assert len(service.worked_on()) == worked and result["code"] == "run_failed"
    assert list(outcomes(result).values()).count("not_started") == len(hosts) - worked
    assert ("max_errors allows" in result["error"]) is (worked < len(hosts))
    assert set(result["details"]["targets"]) == {host for host in hosts if outcomes(result)[host] != "succeeded"}
    assert result["details"]["job_ids"] == [job["id"] for job in service.jobs]


def test_what_ended_early_starts_nothing_more(time):
    service = Service(time)
    call = Call(service, HOSTS)
    call.service.outcome = lambda job, host: follow.NOT_STARTED if host == "b" else follow.SUCCEEDED
    result = call.execute()
    assert len(service.jobs) == 1 and WORDS.cut_short in result["error"]


def test_an_unknown_status_is_no_success_and_starts_nothing_more(time):
    service = Service(time)
    service.outcome = lambda job, host: follow.UNKNOWN
    result = Call(service, HOSTS).execute()
    assert result["code"] == "unknown_status" and len(service.jobs) == 1
    assert result["error"] == "Unknown job status: a has '?', b has '?'"
    assert outcomes(result)["e"] == "not_started"


# Lost answers


def test_an_answer_that_was_lost_after_the_start(time):
    service = Service(time, lag=12)
    service.faults = [(NO_ANSWER, True)]
    result = Call(service, HOSTS[:2]).execute()
    assert service.worked_on() == ["a", "b"] and service.starts == 1
    assert not result["changed"] and result["outcome"] == "succeeded"


@pytest.mark.parametrize("done", [True, False])
def test_an_answer_that_stays_lost_leaves_nobody_free(time, done):
    """Not seen within the looks: the call ends with the first error, the hosts are unknown, the others not started."""
    service = Service(time, lag=1000)
    service.faults = [(NO_ANSWER, done)]
    result = Call(service, HOSTS).execute()
    assert result["error"] == "no answer" and result["code"] == "InternalServerError"
    assert outcomes(result) == {
        "a": "unknown",
        "b": "unknown",
        "c": "not_started",
        "d": "not_started",
        "e": "not_started",
    }
    assert service.starts == 1 and time.seconds == 25


def test_the_next_call_finds_what_was_lost(time):
    service = Service(time, lag=100)
    service.faults = [(NO_ANSWER, True)]
    assert Call(service, HOSTS).execute()["error"] == "no answer"
    time.sleep(100)
    assert Call(service, HOSTS).execute()["outcome"] == "succeeded" and service.worked_on() == HOSTS


def test_a_list_that_cannot_be_read_says_nothing(time):
    service = Service(time)
    service.faults = [(NO_ANSWER, True)]
    call = Call(service, HOSTS[:2])
    lists = iter([[]])

    def read():
        for answer in lists:
            return answer
        raise DENIED()

    service.list = read
    result = call.execute()
    assert result["error"] == "no answer" and outcomes(result) == {"a": "unknown", "b": "unknown"}


def test_nobody_knows_of_anything_before_it_was_found(time):
    service = Service(time)
    call = Call(service, HOSTS)

    def read():
        raise DENIED()

    service.list = read
    result = call.execute()
    assert result["error"] == "you may not" and set(outcomes(result).values()) == {"unknown"} and service.starts == 0


# Refusals


def test_what_was_refused_was_not_started(time):
    service = Service(time)
    service.faults = [(REFUSED, False)]
    result = Call(service, HOSTS).execute()
    assert set(outcomes(result).values()) == {"not_started"} and service.starts == 1 and time.seconds == 0
    assert Call(service, HOSTS).execute()["outcome"] == "succeeded"


POLICY = retry.Policy(attempts=3, base=4.0, random=lambda: 1.0)


def test_throttling_is_repeated_where_the_kind_says_so(time):
    service = Service(time, tokens=False)
    service.faults = [(THROTTLED, False)] * 2
    assert Call(service, HOSTS[:2], repeat=POLICY).execute()["outcome"] == "succeeded"
    assert service.starts == 3 and service.jobs[0]["at"] == 4 + 8


def test_throttling_ends(time):
    service = Service(time, tokens=False)
    service.faults = [(THROTTLED, False)] * 3
    result = Call(service, HOSTS[:2], repeat=POLICY).execute()
    assert result["code"] == "ThrottlingException" and outcomes(result) == {"a": "not_started", "b": "not_started"}
    assert service.starts == 3


def test_what_is_unclear_is_never_sent_again(time):
    service = Service(time, tokens=False)
    service.faults = [(NO_CLEAR_ANSWER, False), (None, True)]
    result = Call(service, HOSTS[:2], repeat=POLICY).execute()
    assert service.starts == 1 and set(outcomes(result).values()) == {"unknown"}


def test_somebody_started_it_while_a_refused_start_waited(time):
    service = Service(time, tokens=False)
    service.faults = [(THROTTLED, False)]
    other = {"hosts": ["a", "b"], "token": "other", "at": 0, "id": 0}
    clock = time.clock()
    call = Call(service, HOSTS[:2], repeat=POLICY)
    call.run.clock = wait.Clock(now=clock.now, sleep=lambda seconds: (service.jobs.append(other), clock.sleep(seconds)))
    result = call.execute()
    assert not result["changed"] and service.starts == 1 and service.worked_on() == ["a", "b"]


# Several controllers


@pytest.mark.parametrize("alike", [True, False])
def test_two_controllers_that_start_at_the_same_moment(time, alike):
    """Neither has seen the other's job when it decides: the token is what keeps the second start from working."""
    service = Service(time, answers_alike=alike, lag=3)
    first, second = Call(service, HOSTS[:2]), Call(service, HOSTS[:2])
    for call in (first, second):
        call.adopt()
        call.adopt = lambda: None  # both looked before either started
        call.kind = dataclasses.replace(call.kind, adopt=call.adopt)
    results = [call.execute() for call in (first, second)]
    assert service.worked_on() == ["a", "b"] and [result["outcome"] for result in results] == ["succeeded"] * 2


@pytest.mark.parametrize("lag", [0, 7])
def test_a_token_that_was_used_is_looked_for(time, lag):
    service = Service(time, lag=lag)
    service.start({"hosts": ["a", "b"], "token": "a b"})
    call = Call(service, HOSTS[:2])
    service.jobs[0]["at"] = time.seconds
    seen, service.list = service.list, lambda: []
    call.todo = list(HOSTS[:2])
    piece = call.next()
    service.list = seen
    job, found = kernel.start_once(
        lambda: service.start(piece.request),
        lambda: call.find(piece),
        is_reuse=call.kind.is_reuse,
        clock=time.clock(),
    )
    assert found and job["id"] == 0 and service.worked_on() == ["a", "b"]


# Controllers that die


@pytest.mark.parametrize("after", [1, 2, 3])
@pytest.mark.parametrize("lag", [0, 4])
def test_a_controller_that_dies_after_a_start(time, after, lag):
    service = Service(time, lag=lag)
    call = Call(service, HOSTS)
    call.dies_after = after
    with pytest.raises(KeyboardInterrupt):
        call.execute()
    time.sleep(lag)
    result = Call(service, HOSTS).execute()
    assert service.worked_on() == HOSTS and result["outcome"] == "succeeded"
    assert result["changed"] is (after < 3)


@given(
    st.lists(st.sampled_from([(None, True), (NO_ANSWER, True), (NO_ANSWER, False), (THROTTLED, False)]), max_size=8),
    st.integers(0, 12),
    st.lists(st.integers(1, 3), max_size=3),
    st.booleans(),
)
def test_nothing_runs_twice_whatever_happens(faults, lag, deaths, repeats):
    """Calls until one succeeds: faults before and after the work, controllers that die, lists that lag behind."""
    time = Time()
    service = Service(time, lag=lag)
    service.faults = [fault if fault[0] else (None, True) for fault in faults]
    for number in itertools.count():
        assert number < 20
        call = Call(service, HOSTS, repeat=POLICY if repeats else None)
        call.dies_after = len(service.jobs) + deaths.pop() if deaths else None
        try:
            result = call.execute()
        except KeyboardInterrupt:
            time.sleep(lag)
            continue
        assert {host for host, outcome in outcomes(result).items() if outcome == "not_started"} & set(
            service.worked_on()
        ) == set()
        if result["outcome"] == "succeeded":
            break
        time.sleep(lag)
    assert service.worked_on() == HOSTS


# Parts


def start_with(error, found):
    """start_once with a start that fails with error, and reads that answer with the items of found."""
    time, rest = Time(), list(found)

    def start():
        if error:
            raise error
        return "new"

    answer = kernel.start_once(start, lambda: rest.pop(0), is_reuse=lambda e: e.code == "Reuse", clock=time.clock())
    return answer, time.seconds


def test_start_once_finds_what_an_unanswered_call_started():
    assert start_with(None, []) == (("new", False), 0)
    assert start_with(errors.Unavailable("?", code="InternalServerError"), ["old"]) == (("old", True), 0)
    assert start_with(errors.ServiceError("?", code="Reuse"), [None, None, "old"]) == (("old", True), 10)


def test_start_once_fails_with_the_first_error():
    with pytest.raises(errors.ServiceError, match="reused"):
        start_with(errors.ServiceError("reused", code="Reuse"), [None] * 6)
    with pytest.raises(errors.ServiceError, match="refused"):
        start_with(errors.ServiceError("refused", code="Refused"), ["never looked at"])


def test_a_failure_that_is_no_error_of_ours_passes_through(time):
    call = Call(Service(time), HOSTS)
    call.service.list = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        kernel.execute(call.kind, call.run)


def test_a_verdict_without_targets():
    run = kernel.Run.begin(Time().clock(), kernel.Following(True, 10, 1, "none", print))
    answer = kernel.ended(run, [])
    assert kernel.verdict(run, WORDS, answer, "text", ids={}).code == "no_targets"
    assert not kernel.verdict(run, WORDS, answer, "text", ids={}, fine=True).failed


def test_a_sentence():
    summary = {"total": 3, "succeeded": 2, "failed": 1, "running": 0}
    assert kernel.sentence("x", summary, "hosts", ["a: why"]) == "x: 3 hosts: 2 succeeded, 1 failed; a: why"
    assert kernel.sentence("x", dict.fromkeys(summary, 0), "hosts", [], none="none at all") == "x: 0 hosts: none at all"


@pytest.mark.parametrize("run_id, step, option", [("", "s", "run_id"), ("r", "a b", "step"), ("x" * 49, "s", "run_id")])
def test_an_identity_that_cannot_be_one(run_id, step, option):
    kernel.check_identity("2026-03.a_B", "x" * 48)
    with pytest.raises(errors.InvalidInput, match=f"^{option}: "):
        kernel.check_identity(run_id, step)


def test_tokens():
    space, other = uuid.UUID(int=1), uuid.UUID(int=2)
    assert kernel.token(space, "r", "s", "1") == kernel.token(space, "r", "s", "1") == str(uuid.uuid5(space, "r\ns\n1"))
    assert len({kernel.token(space, "r", "s"), kernel.token(space, "rs"), kernel.token(other, "r", "s")}) == 3
