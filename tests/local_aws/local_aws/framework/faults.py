# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Errors on demand."""

import itertools
from typing import Any

from moto.core.utils import get_service_model

from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context

# How each service says "too fast": (code, HTTP status). API references, common errors.
THROTTLING = {
    "ssm": ("ThrottlingException", 400),
    "glue": ("ThrottlingException", 400),
    "quicksight": ("ThrottlingException", 429),
    "autoscaling": ("Throttling", 400),
    "ec2": ("RequestLimitExceeded", 503),
    "s3": ("SlowDown", 503),
    "sts": ("Throttling", 400),
    "iam": ("Throttling", 400),
    "sns": ("Throttled", 429),
    "ses": ("Throttling", 400),
    "sesv2": ("TooManyRequestsException", 429),
}
STATUS = {
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
    "Unavailable": 503,
    "RequestLimitExceeded": 503,
    "SlowDown": 503,
    "AccessDenied": 403,
    "UnauthorizedOperation": 403,
    "AuthFailure": 401,
    "ExpiredToken": 403,
    "ExpiredTokenException": 400,
}
KEYS = {
    "service", "operation", "instance", "account", "region", "source", "match", "phase", "code", "message", "status",
    "count", "skip",
}  # fmt: skip

FAULTS: dict[int, dict[str, Any]] = {}
_ids = itertools.count(1)


def add(spec: dict[str, Any]) -> int:
    """Add a fault; returns its id. code "throttle" means the service's own throttling error. ValueError when wrong."""
    unknown = set(spec) - KEYS
    if unknown:
        raise ValueError(f"unknown key of a fault: {sorted(unknown)}")
    for needed in ("service", "operation", "code"):
        if not spec.get(needed):
            raise ValueError(f"a fault needs {needed}")
    fault = {"phase": "before", "count": 1, "skip": 0, "match": {}, **spec, "hits": 0}
    if fault["phase"] not in ("before", "after"):
        raise ValueError("phase is before or after")
    _check_names(fault)
    number = next(_ids)
    FAULTS[number] = {"id": number, **fault}
    return number


def _check_names(fault: dict[str, Any]) -> None:
    """A fault that can never hit would make a test pass for nothing."""
    if fault["service"] == "*":
        return
    try:
        model = get_service_model(fault["service"])
    except Exception:
        raise ValueError(f"there is no service {fault['service']!r}") from None
    if fault["operation"] == "*":
        return
    if fault["operation"] not in model.operation_names:
        raise ValueError(f"{fault['service']} has no operation {fault['operation']!r}")
    shape = model.operation_model(fault["operation"]).input_shape
    unknown = set(fault["match"]) - set(shape.members if shape is not None else ())
    if unknown:
        raise ValueError(f"{fault['operation']} has no parameter {sorted(unknown)}")


def take(ctx: Context, service: str, operation: str, params: dict) -> dict[str, Any] | None:
    """The first fault that hits this call; counts it."""
    for fault in list(FAULTS.values()):
        if not _hits(fault, ctx, service, operation, params):
            continue
        if fault["skip"] > 0:
            fault["skip"] -= 1
            continue
        if fault["count"] == 0:
            continue
        if fault["count"] > 0:
            fault["count"] -= 1
        fault["hits"] += 1
        return fault
    return None


def _hits(fault: dict, ctx: Context, service: str, operation: str, params: dict) -> bool:
    if fault["service"] not in ("*", service) or fault["operation"] not in ("*", operation):
        return False
    for name in ("account", "region", "source"):
        if fault.get(name) and fault[name] != getattr(ctx, name):
            return False
    if fault.get("instance") and not _mentions(params, fault["instance"]):
        return False
    return all(_equals(params.get(name), wanted) for name, wanted in fault["match"].items())


def _equals(value: Any, wanted: Any) -> bool:
    return value == wanted or (isinstance(value, list) and wanted in value)


def _mentions(value: Any, text: str) -> bool:
    if isinstance(value, str):
        return value == text
    if isinstance(value, dict):
        return any(_mentions(item, text) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(_mentions(item, text) for item in value)
    return False


def throttling(service: str, message: str = "Rate exceeded") -> AwsError:
    """The service's own throttling error."""
    code, status = THROTTLING.get(service, ("ThrottlingException", 400))
    return AwsError(code, message, status)


def error(fault: dict[str, Any], service: str) -> AwsError:
    """The error that a fault answers."""
    if fault["code"] == "throttle":
        return throttling(service, fault.get("message") or "Rate exceeded")
    known = {code: status for code, status in THROTTLING.values()}
    status = fault.get("status") or STATUS.get(fault["code"]) or known.get(fault["code"])
    return AwsError(fault["code"], fault.get("message") or "injected by a fault of the local AWS", status)


state.on_reset(FAULTS.clear)
