# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import calls
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import retry
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import wait


class Time:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.seconds, self.slept = 0.0, []

    def clock(self):
        return wait.Clock(now=lambda: self.seconds, sleep=self.sleep)

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds


def client_error(code, status=400):
    from botocore.exceptions import ClientError

    answer = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Anything")


def attempts_of(error, safety, failures=2):
    """How often a call is sent that fails `failures` times, and whether it succeeded in the end."""
    sent = []

    @calls.api_call("do it to {name}", safety, missing=("Gone",))
    def call(client, name):
        sent.append(name)
        if len(sent) <= failures:
            raise error
        return "done"

    try:
        done = call(calls.Connection(None, clock=Time().clock()), name="x") == "done"
    except errors.ServiceError:
        done = False
    return len(sent), done


def transport_error():
    from botocore.exceptions import EndpointConnectionError

    return EndpointConnectionError(endpoint_url="https://ssm.us-east-1.amazonaws.com/")


@pytest.mark.parametrize(
    "error, safety, expected",
    [
        (client_error("ThrottlingException"), retry.READ, (3, True)),
        (client_error("Throttling"), retry.PROTECTED, (3, True)),
        (client_error("RequestLimitExceeded", 503), retry.PROTECTED, (3, True)),
        (client_error("TooManyUpdates"), retry.PROTECTED, (3, True)),
        (client_error("InternalServerError", 500), retry.READ, (3, True)),
        (client_error("InternalServerError", 500), retry.PROTECTED, (3, True)),
        (transport_error(), retry.READ, (3, True)),
        (client_error("InternalServerError", 500), retry.ONCE, (1, False)),
        (client_error("ThrottlingException"), retry.ONCE, (1, False)),
        (transport_error(), retry.ONCE, (1, False)),
        (client_error("ValidationException"), retry.READ, (1, False)),
        (client_error("AccessDeniedException"), retry.READ, (1, False)),
        (client_error("Gone"), retry.READ, (1, False)),
        (client_error("NotImplemented", 501), retry.READ, (1, False)),
    ],
)
def test_who_is_repeated(error, safety, expected):
    assert attempts_of(error, safety) == expected


def test_gives_up_and_says_how_often():
    with pytest.raises(errors.ServiceError) as caught:
        policy = retry.Policy(attempts=3)
        failing = errors.ServiceError("no", code="ThrottlingException")

        def send():
            raise failing

        retry.call(send, safety=retry.READ, clock=Time().clock(), policy=policy)
    assert caught.value.details["attempts"] == 3


def test_pause_grows_with_jitter_up_to_the_cap():
    low, high = retry.Policy(random=lambda: 0.0), retry.Policy(random=lambda: 1.0)
    assert [low.pause(n) for n in (1, 2, 3, 20)] == [0.25, 0.5, 1.0, 10.0]
    assert [high.pause(n) for n in (1, 2, 3, 20)] == [0.5, 1.0, 2.0, 20.0]


@pytest.mark.parametrize(
    "code, status, kind",
    [
        ("Gone", 400, errors.NotFound),
        ("AccessDeniedException", 400, errors.AccessDenied),
        ("UnauthorizedOperation", 403, errors.AccessDenied),
        ("InternalServerError", 500, errors.Unavailable),
        ("ServiceUnavailable", 503, errors.Unavailable),
        ("RequestTimeout", 400, errors.Unavailable),
        ("Anything", 400, errors.ServiceError),
    ],
)
def test_errors_are_typed_and_name_the_thing(code, status, kind):
    error = errors.from_sdk(client_error(code, status), "read thing x", frozenset({"Gone"}))
    assert error.__class__ is kind
    assert error.code == code
    assert error.message == f"Could not read thing x: {code}: no"


@pytest.mark.parametrize(
    "name", ["HTTPClientError", "SSLError", "ConnectionClosedError", "ResponseStreamingError", "ReadTimeoutError"]
)
def test_a_lost_connection_leaves_open_what_happened(name):
    import botocore.exceptions

    error = getattr(botocore.exceptions, name)(endpoint_url="https://x/", error="broken")
    assert errors.from_sdk(error, "start it").__class__ is errors.Unavailable


def test_missing_credentials_are_no_lost_connection():
    from botocore.exceptions import NoCredentialsError

    assert errors.from_sdk(NoCredentialsError(), "start it").__class__ is errors.ServiceError


def test_only_errors_of_the_sdk_are_translated():
    @calls.api_call("do it")
    def call(client):
        raise KeyError("bug")

    with pytest.raises(KeyError):
        call(calls.Connection(None))


def test_pace_waits_before_the_request():
    time = Time()
    pace = wait.Pace(3, 1.0)
    moments = []
    for _number in range(7):
        pace.wait(time.clock())
        moments.append(time.seconds)
    assert moments == [0, 0, 0, 1, 1, 1, 2]


def test_pages_are_read_to_the_end_and_a_repeated_page_is_an_error():
    answers = {None: {"Items": [1, 2], "NextToken": "b"}, "b": {"Items": [], "NextToken": "c"}, "c": {"Items": [3]}}
    assert list(calls.paged(lambda token: answers[token], "Items")) == [1, 2, 3]
    with pytest.raises(errors.ServiceError, match="same page"):
        list(calls.paged(lambda token: {"Items": [1], "NextToken": "a"}, "Items"))
