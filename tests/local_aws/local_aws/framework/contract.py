# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rules of the botocore model for requests and for our own answers."""

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


def answer_problems(operation: Any, answer: dict) -> list[str]:
    """What of a handler's answer does not fit the output shape: unknown members, types, enums, missing required ones."""
    problems: list[str] = []
    if operation.output_shape is None:
        if answer:
            problems.append(f"{operation.name} has no output but the handler answers {sorted(answer)}")
        return problems
    _fits(operation.output_shape, answer, operation.name, problems)
    return problems


def _fits(shape: Any, value: Any, path: str, problems: list[str]) -> None:
    if value is None:
        return
    kind = shape.type_name
    expected = TYPES[kind]
    if not isinstance(value, expected) or (isinstance(value, bool) and kind != "boolean"):
        problems.append(f"{path}: {type(value).__name__} is no {kind}")
    elif kind == "structure":
        for name in value:
            if name not in shape.members:
                problems.append(f"{path}.{name}: not in the model")
        for name in shape.required_members:
            if value.get(name) is None:
                problems.append(f"{path}.{name}: required but missing")
        for name, member in shape.members.items():
            if name in value:
                _fits(member, value[name], f"{path}.{name}", problems)
    elif kind == "list":
        # Of a long list the ends are enough: it is made by one function. Checking all would be half of the time.
        for item in value if len(value) <= 2 * ENDS else [*value[:ENDS], *value[-ENDS:]]:
            _fits(shape.member, item, f"{path}[]", problems)
    elif kind == "map":
        for key, item in value.items():
            _fits(shape.key, key, f"{path}.key", problems)
            _fits(shape.value, item, f"{path}.{key}", problems)
    elif kind == "string" and shape.enum and value not in shape.enum:
        problems.append(f"{path}: {value!r} is not in the enum")
    elif kind == "timestamp" and isinstance(value, datetime) and value.tzinfo is None:
        problems.append(f"{path}: naive datetime")


def operation_model(service: str, name: str) -> Any:
    """The operation's model of moto.core (a botocore OperationModel)."""
    return get_service_model(service).operation_model(name)
