# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether a wave is attempted again, and which stopped hosts somebody else may have started."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.attempts import attempt_decision
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.attempts import stopped_hosts
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.verdict import WaveVerdict
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave


def execution(*outcomes, adopted=()):
    return {
        "targets": [{"target": f"i-{number}", "outcome": outcome} for number, outcome in enumerate(outcomes)],
        "executions": [{"adopted": one} for one in adopted],
    }


@pytest.mark.parametrize(
    ("retry", "attempt", "again"),
    [(["i-1"], 1, True), (["i-1"], 2, True), (["i-1"], 3, False), ([], 1, False)],
)
@pytest.mark.parametrize("spent", [True, False])
def test_hosts_are_retried_as_often_as_asked(retry, attempt, again, spent):
    decision = attempt_decision(
        WaveVerdict.from_dict({"retry": retry, "spent": spent}), execution("failed", adopted=[False]), attempt, 2
    )
    assert decision == {"cancelled": False, "again": again}


@pytest.mark.parametrize(
    ("spent", "outcome", "adopted", "again"),
    [
        (True, "failed", [True, True], True),  # resumed after the last retry: one more
        (True, "failed", [True, False], False),
        (True, "failed", [False], False),
        (True, "failed", [], False),
        (False, "failed", [True], False),  # within the error budget nothing is retried again
        (False, "cancelled", [True], True),
    ],
)
def test_a_run_that_is_resumed_after_its_last_retry_gets_one_more(spent, outcome, adopted, again):
    given = execution(outcome, adopted=adopted)
    decision = attempt_decision(WaveVerdict.from_dict({"retry": ["i-0"], "spent": spent}), given, 1, 0)
    assert decision == {"cancelled": outcome == "cancelled", "again": again}


def test_an_attempt_without_executions_says_nothing_of_a_resume():
    assert not attempt_decision(WaveVerdict.from_dict({"retry": ["i-0"], "spent": True}), {"targets": []}, 1, 0)[
        "again"
    ]


def test_hosts_that_this_run_has_not_started():
    hosts = [{"instance_id": f"i-{number}", "former_state": "stopped"} for number in range(3)]
    wave = {"hosts": [*hosts, {"instance_id": "i-3", "former_state": "running"}, {"instance_id": "i-4"}]}
    rows = [{"instance_id": f"i-{number}", "attempts": number % 2} for number in range(5)]
    verdict = {"hosts": rows, "retry": ["i-4", "i-3", "i-1", "i-0"]}
    assert stopped_hosts(read_wave(wave), WaveVerdict.from_dict(verdict)) == [
        "i-0"
    ], "i-1 was started by this run, i-2 is not to be patched"


@pytest.mark.parametrize(
    ("attempts", "first", "adopted", "again"),
    [
        (0, "failed", False, True),
        (0, "not_started", False, False),
        (1, "failed", False, False),
        (0, "failed", True, False),
    ],
)
def test_an_attempt_that_a_terminated_instance_ended_costs_no_retry(attempts, first, adopted, again):
    """With an error budget of 0 AWS starts no more hosts after the one that no longer exists."""
    rows = [{"instance_id": "i-0", "outcome": "gone"}, {"instance_id": "i-1", "attempts": attempts}]
    verdict = WaveVerdict.from_dict({"hosts": rows, "retry": ["i-1"]})
    decision = attempt_decision(verdict, execution(first, "not_started", adopted=[adopted]), 1, 0)
    assert decision["again"] is again
