# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The one tree of errors, and the one place where an error becomes the failure of a module."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import NoReturn

ACCESS_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    }
)


class FleetpatchError(Exception):
    """A failure that names the option or resource it is about.

    code is stable and meant for conditions; details are facts (JSON types); results are returned beside the
    failure, because what was seen before it is often what the reader needs.
    """

    code = "error"

    def __init__(
        self, message: str, *, code: str | None = None, details: dict | None = None, results: dict | None = None
    ):
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.details = details or {}
        self.results = results or {}


class InvalidInput(FleetpatchError):
    """The options contradict each other or the limits of the service."""

    code = "invalid_input"


class UnknownStatus(FleetpatchError):
    """The service answered with a status that no table knows: neither a success nor a reason to go on waiting."""

    code = "unknown_status"


class DeadlineExceeded(FleetpatchError):
    """The time to wait expired; the service may continue the operation."""

    code = "deadline_exceeded"


class RunFailed(FleetpatchError):
    """A run ended and not everything in it succeeded."""

    code = "run_failed"


class NotConfirmed(FleetpatchError):
    """What was written could not be read back."""

    code = "not_confirmed"


class ServiceError(FleetpatchError):
    """The service refused or failed a call; code is the service's own."""

    status = 0


class NotFound(ServiceError):
    """The resource does not exist (only codes that the caller declared; refused access never counts)."""


class AccessDenied(ServiceError):
    """The credentials may not do it."""


class Unavailable(ServiceError):
    """No answer, or an internal error: whether the call was carried out is unknown."""


def is_sdk_error(exception: BaseException) -> bool:
    """True for the exceptions of the SDK, recognised without importing it."""
    return any(kind.__module__.split(".")[0] == "botocore" for kind in type(exception).__mro__)


def from_sdk(exception: Exception, doing: str, missing: frozenset = frozenset()) -> ServiceError:
    """Translate an exception of the SDK into the tree.

    doing names the call and the resource ("read document web-patch"); missing holds the codes that mean "not found".
    """
    response = getattr(exception, "response", None)
    error = response.get("Error", {}) if isinstance(response, dict) else {}
    code = error.get("Code") or type(exception).__name__
    text = error.get("Message") or str(exception)
    meta = response.get("ResponseMetadata", {}) if isinstance(response, dict) else {}
    status = int(meta.get("HTTPStatusCode") or 0)
    kind = _kind(exception, code, status, missing)
    details = {"aws_code": code, "aws_message": text, "http_status": status, "request_id": meta.get("RequestId")}
    translated = kind(f"Could not {doing}: {code}: {text}", code=code, details=details)
    translated.status = status
    return translated


# What the SDK's errors of the transport derive from: the request may or may not have reached the service.
_TRANSPORT = frozenset({"ConnectionError", "HTTPClientError"})
_UNCLEAR = frozenset({"InternalError", "InternalServerError", "RequestTimeout", "RequestTimeoutException"})


def _kind(exception: Exception, code: str, status: int, missing: frozenset) -> type:
    if code in missing:
        return NotFound
    if code in ACCESS_DENIED:
        return AccessDenied
    transport = any(kind.__name__ in _TRANSPORT for kind in type(exception).__mro__)
    if transport or code in _UNCLEAR or status in (500, 502, 503, 504):
        return Unavailable
    return ServiceError


def fail(module: Any, error: FleetpatchError) -> NoReturn:
    """End the module with the error, its facts, and everything that was seen before it."""
    failure = {"code": error.code, "message": error.message, "details": error.details}
    results = {key: value for key, value in error.results.items() if key != "msg"}
    module.fail_json(msg=error.message, failure=failure, **results)


def run(module: Any, work: Callable[[], dict]) -> NoReturn:
    """Do the work of a module and end it: work returns the result, or raises an error of this tree."""
    try:
        result = work()
    except FleetpatchError as error:
        fail(module, error)
    module.exit_json(**result)
