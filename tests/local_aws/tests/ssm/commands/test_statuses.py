# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Each row is a sentence of the user guide page "Understanding command statuses" (monitor-commands)."""

import pytest

from local_aws.framework import switches
from local_aws.ssm.commands import statuses
from local_aws.ssm.commands.statuses import aggregate

S, F, E, D, U, P, A, T, C = (
    "Success",
    "Failed",
    "ExecutionTimedOut",
    "DeliveryTimedOut",
    "Undeliverable",
    "InvalidPlatform",
    "AccessDenied",
    "Terminated",
    "Cancelled",
)


@pytest.fixture(autouse=True)
def _switches():
    switches.reset()
    yield
    switches.reset()


@pytest.mark.parametrize(
    ("details", "max_errors", "expected"),
    [
        # "The command wasn't yet received by an agent on any instances."
        (["Pending", "Pending"], 0, "Pending"),
        # "has been sent to at least one instance but hasn't reached a final state on all instances"
        (["InProgress", "Pending"], 0, "InProgress"),
        ([S, "InProgress"], 0, "InProgress"),
        (["Delayed", "Pending"], 0, "InProgress"),
        # "received on all ... and returned an exit code of zero ... the value of max-errors wasn't reached"
        ([S, S, S], 0, S),
        # "The value of max-errors or more command invocations shows a status of Failed."
        ([F], 0, F),
        ([S, F, S], 1, F),
        ([S, F, S, S], 2, "Incomplete"),
        ([S, F, F, S], 2, F),
        ([F, T, T, T], 0, F),
        # the same for timeouts
        ([E, S], 0, E),
        ([D, S], 0, D),
        ([D, D], 0, D),
        # "Delivery timeouts ... do contribute to whether the parent command status is Success or Incomplete."
        ([D, S, S, S], 2, "Incomplete"),
        # "if all invocations in a command have the status Undeliverable, then the command status returned is Failed"
        ([U, U, U], 5, F),
        # "four of which return the status Undeliverable and one of which returns the status Success, then ... Success"
        ([U, U, U, U, S], 0, S),
        # Invalid Platform and Access Denied: the same two examples
        ([P, P], 5, F),
        ([P, P, P, P, S], 0, S),
        ([A, A], 5, F),
        ([A, A, A, A, S], 0, S),
        # "attempted on all instances and one or more ... doesn't have a value of Success. However, not enough ...
        # failed" ([U, F, S], 2, "Incomplete"),
        # "The tag key-pair value or resource group targeted by the command doesn't match any managed instances."
        ([], 0, "NoInstancesInTag"),
        # Failed and Execution Timed Out both count against max-errors
        ([F, E, S, S], 2, F),
        ([C, C], 0, C),
    ],
)
def test_status_of_a_command(details, max_errors, expected):
    assert aggregate(details, max_errors) == expected


def test_cancelled_before_it_was_completed():
    assert aggregate([S, C], 0, cancelled=True) == "Cancelled"
    assert aggregate([S, "Cancelling"], 0, cancelled=True) == "Cancelling"


@pytest.mark.parametrize("detail", [D, U, P, A, T, C, S])
def test_what_does_not_count_against_max_errors(detail):
    assert not statuses.must_stop([detail] * 10, 0)


@pytest.mark.parametrize(
    ("max_errors", "targets", "errors", "stopped"),
    [
        # "If you specify 3 ... the system stops sending the command when the fourth error is received."
        ("3", 50, 3, False),
        ("3", 50, 4, True),
        # "If you specify 0, then the system stops ... after the first error result is returned."
        ("0", 50, 0, False),
        ("0", 50, 1, True),
        # "50 instances and set max-errors to 10%, then the system stops ... when the sixth error is received"
        ("10%", 50, 5, False),
        ("10%", 50, 6, True),
    ],
)
def test_when_sending_stops(max_errors, targets, errors, stopped):
    assert statuses.must_stop([F] * errors, statuses.limit(max_errors, targets)) is stopped


@pytest.mark.parametrize(
    ("text", "targets", "number"), [("50", 10, 50), ("10%", 200, 20), ("1%", 10, 1), ("100%", 7, 7)]
)
def test_max_concurrency_is_at_least_one(text, targets, number):
    assert statuses.limit(text, targets, least=1) == number


def test_switches_change_what_the_page_leaves_open():
    switches.set_switches({"command_failed_at": "exceeded", "undeliverable_parent": "incomplete"})
    assert aggregate([S, F, S], 1) == "Incomplete"
    assert aggregate([U, S], 0) == "Incomplete"


def test_every_detail_has_a_status_of_the_model():
    from botocore.session import get_session

    model = get_session().get_service_model("ssm")
    assert set(statuses.INVOCATION.values()) <= set(model.shape_for("CommandInvocationStatus").enum)
    assert set(statuses.COMMAND.values()) <= set(model.shape_for("CommandStatus").enum)
