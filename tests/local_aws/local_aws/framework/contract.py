# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rules of the botocore model for requests and for our own answers."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

import regex
from moto.core.utils import get_service_model

from local_aws.framework.registry import AwsError

# Error code of a request that does not fit the model, by service, else by protocol. The model does not tell them;
# from the common errors page of each service's API reference.
SERVICE_CODES = {
    "athena": "InvalidRequestException",
    "organizations": "InvalidInputException",
    "sns": "InvalidParameter",
    "sqs": "InvalidParameterValue",
    "cloudwatch": "InvalidParameterValue",
}
PROTOCOL_CODES = {
    "json": "ValidationException",
    "rest-json": "ValidationException",
    "query": "ValidationError",
    "ec2": "InvalidParameterValue",
    "rest-xml": "InvalidArgument",
}
# EC2 says which required parameter is missing with a code of its own (EC2 API reference, common client errors).
MISSING_CODES = {"ec2": "MissingParameter"}


# Members whose mistakes have a code of their own (EC2 API reference, error codes), by operation.
MEMBER_CODES = {"CreateImage": {"name": "InvalidAMIName.Malformed"}}


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> "regex.Pattern | None":
    """A pattern of the model (Java syntax). None when `regex` cannot read it: then it is not checked."""
    # Java writes characters beyond the BMP as surrogate pairs.
    pattern = pattern.replace("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\\U00010000-\\U0010FFFF")
    pattern = pattern.replace("\\ud800\\udc00-\\udbff\\udfff", "\\U00010000-\\U0010FFFF")
    try:
        return regex.compile(pattern, regex.V0)
    except regex.error:
        return None


def validate(operation: Any, params: dict) -> None:
    """Raise the service's validation error when params do not fit the operation's input shape."""
    shape = operation.input_shape
    if shape is None:
        return
    problems: list[tuple[str, str]] = []
    _check(shape, params, "", problems)
    if problems:
        raise _error(operation, problems)


def _error(operation: Any, problems: list[tuple[str, str]]) -> AwsError:
    model = operation.service_model
    protocol = model.protocol
    if protocol == "ec2":
        kind, text = problems[0]
        code = MISSING_CODES["ec2"] if kind == "missing" else PROTOCOL_CODES["ec2"]
        for member, special in MEMBER_CODES.get(operation.name, {}).items():
            if kind != "missing" and f"at '{member}'" in text:
                code = special
        return AwsError(code, text, 400)
    code = SERVICE_CODES.get(model.service_name) or PROTOCOL_CODES.get(protocol, "ValidationException")
    count = len(problems)
    head = f"{count} validation error{'s' if count > 1 else ''} detected: "
    return AwsError(code, head + "; ".join(text for _, text in problems), 400)


def _check(shape: Any, value: Any, path: str, problems: list) -> None:
    kind = shape.type_name
    if kind == "structure":
        _structure(shape, value, path, problems)
    elif kind == "list":
        _length(shape, value, path, problems)
        for index, item in enumerate(value, 1):
            _check(shape.member, item, f"{path}.{index}.member", problems)
    elif kind == "map":
        _length(shape, value, path, problems)
        for key, item in value.items():
            _check(shape.key, key, f"{path}.key", problems)
            _check(shape.value, item, f"{path}.{key}.member", problems)
    elif kind == "string":
        _string(shape, value, path, problems)
    elif kind in ("integer", "long", "float", "double"):
        _number(shape, value, path, problems)
    elif kind == "boolean" and not isinstance(value, bool):
        problems.append(("type", f"Value '{value}' at '{path}' failed to satisfy constraint: Member must be a boolean"))
    elif kind == "blob":
        _length(shape, value, path, problems)


def _structure(shape: Any, value: Any, path: str, problems: list) -> None:
    if not isinstance(value, dict):
        problems.append(
            ("type", f"Value '{value}' at '{path}' failed to satisfy constraint: Member must be a structure")
        )
        return
    for name in shape.required_members:
        if value.get(name) is None:
            problems.append(("missing", _missing(path, name)))
    for name, member in shape.members.items():
        if value.get(name) is not None:
            _check(member, value[name], f"{path}.{name}" if path else name, problems)


def _missing(path: str, name: str) -> str:
    if not path:
        return f"Value null at '{lower(name)}' failed to satisfy constraint: Member must not be null"
    return f"Value null at '{lower(path)}.{lower(name)}' failed to satisfy constraint: Member must not be null"


def lower(path: str) -> str:
    """AWS names members in these messages with a small first letter: 'documentName'."""
    return ".".join(part[:1].lower() + part[1:] for part in path.split("."))


def _say(problems: list, value: Any, path: str, constraint: str) -> None:
    text = f"Value '{value}' at '{lower(path)}' failed to satisfy constraint: Member must {constraint}"
    problems.append(("constraint", text))


def _string(shape: Any, value: Any, path: str, problems: list) -> None:
    if not isinstance(value, str):
        _say(problems, value, path, "be a string")
        return
    if shape.enum and value not in shape.enum:
        _say(problems, value, path, f"satisfy enum value set: [{', '.join(shape.enum)}]")
    _length(shape, value, path, problems)
    pattern = shape.metadata.get("pattern")
    if pattern:
        expression = compiled(pattern)
        if expression is not None and not expression.fullmatch(value):
            _say(problems, value, path, f"satisfy regular expression pattern: {pattern}")


def _length(shape: Any, value: Any, path: str, problems: list) -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and len(value) < low:
        _say(problems, _shown(value), path, f"have length greater than or equal to {low}")
    if high is not None and len(value) > high:
        _say(problems, _shown(value), path, f"have length less than or equal to {high}")


def _shown(value: Any) -> Any:
    return value if isinstance(value, str) else (f"{value}"[:500])


def _number(shape: Any, value: Any, path: str, problems: list) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _say(problems, value, path, "be a number")
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and value < low:
        _say(problems, value, path, f"have value greater than or equal to {low}")
    if high is not None and value > high:
        _say(problems, value, path, f"have value less than or equal to {high}")


ENDS = 10
TYPES = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (datetime, int, float),
    "blob": (bytes, str),
    "list": (list, tuple),
    "map": dict,
    "structure": dict,
}


# Adds to a list what does not fit in a value; each problem begins with the path inside the value.
Check = Callable[[Any, list[str]], None]

_checks: dict[tuple[str, str], Check] = {}


def answer_problems(operation: Any, answer: dict) -> list[str]:
    """What of a handler's answer does not fit the output shape: unknown members, types, enums, missing required ones."""
    if operation.output_shape is None:
        return [f"{operation.name} has no output but the handler answers {sorted(answer)}"] if answer else []
    key = (operation.service_model.service_name, operation.name)
    if key not in _checks:
        _checks[key] = _fits(operation.output_shape, {})
    problems: list[str] = []
    _checks[key](answer, problems)
    return [operation.name + problem for problem in problems]


def _fits(shape: Any, known: dict[str, Check]) -> Check:
    """The check of a shape, built once: an answer has thousands of values."""
    kind = shape.type_name
    if kind == "structure":
        return _fits_structure(shape, known)
    inner = _of_kind(shape)
    if kind == "list":
        return _fits_list(inner, _fits(shape.member, known))
    if kind == "map":
        return _fits_map(inner, _fits(shape.key, known), _fits(shape.value, known))
    if kind == "string" and shape.enum:
        return _fits_enum(inner, frozenset(shape.enum))
    return _fits_time(inner) if kind == "timestamp" else inner


def _of_kind(shape: Any) -> Check:
    kind, expected = shape.type_name, TYPES[shape.type_name]

    def check(value: Any, problems: list[str]) -> None:
        if not isinstance(value, expected) or (value.__class__ is bool and kind != "boolean"):
            problems.append(f": {type(value).__name__} is no {kind}")

    return check


def _fits_structure(shape: Any, known: dict[str, Check]) -> Check:
    if shape.name in known:
        return lambda value, problems: known[shape.name](value, problems)  # recursive shapes
    members: dict[str, Check] = {}
    required = tuple(shape.required_members)
    of_kind = _of_kind(shape)

    def check(value: Any, problems: list[str]) -> None:
        if not isinstance(value, dict):
            of_kind(value, problems)
            return
        for name, item in value.items():
            member = members.get(name)
            if member is None:
                problems.append(f".{name}: not in the model")
            elif item is not None:
                before = len(problems)
                member(item, problems)
                if len(problems) > before:
                    problems[before:] = [f".{name}{problem}" for problem in problems[before:]]
        for name in required:
            if value.get(name) is None:
                problems.append(f".{name}: required but missing")

    known[shape.name] = check
    members.update((name, _fits(member, known)) for name, member in shape.members.items())
    return check


def _fits_list(of_kind: Check, member: Check) -> Check:
    def check(value: Any, problems: list[str]) -> None:
        before = len(problems)
        of_kind(value, problems)
        if len(problems) > before:
            return
        # Of a long list the ends are enough: it is made by one function. Checking all would be half of the time.
        for item in value if len(value) <= 2 * ENDS else [*value[:ENDS], *value[-ENDS:]]:
            if item is not None:
                member(item, problems)
        if len(problems) > before:
            problems[before:] = [f"[]{problem}" for problem in problems[before:]]

    return check


def _fits_map(of_kind: Check, key_check: Check, value_check: Check) -> Check:
    def check(value: Any, problems: list[str]) -> None:
        before = len(problems)
        of_kind(value, problems)
        if len(problems) > before:
            return
        for key, item in value.items():
            before = len(problems)
            key_check(key, problems)
            if item is not None:
                value_check(item, problems)
            if len(problems) > before:
                problems[before:] = [f".{key}{problem}" for problem in problems[before:]]

    return check


def _fits_enum(of_kind: Check, words: frozenset[str]) -> Check:
    def check(value: Any, problems: list[str]) -> None:
        if value.__class__ is not str or value not in words:
            before = len(problems)
            of_kind(value, problems)
            if len(problems) == before and value not in words:
                problems.append(f": {value!r} is not in the enum")

    return check


def _fits_time(of_kind: Check) -> Check:
    def check(value: Any, problems: list[str]) -> None:
        of_kind(value, problems)
        if isinstance(value, datetime) and value.tzinfo is None:
            problems.append(": naive datetime")

    return check


def operation_model(service: str, name: str) -> Any:
    """The operation's model of moto.core (a botocore OperationModel)."""
    return get_service_model(service).operation_model(name)
