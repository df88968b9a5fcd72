# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Parameters of documents: how they are declared, and what a request may give for them. Pure.

Source: user guide page "Data elements and parameters". Used by documents, Automation and Run Command.
"""

import json
import re
from functools import lru_cache
from typing import Any

import regex

from local_aws.framework.switches import assume

assume(
    "document.pattern", "allowedPattern is searched in the value; anchors are the author's choice", "sysman-doc-syntax"
)
assume(
    "document.default_pattern",
    "a default is not compared with allowedPattern, neither at creation nor at the start",
    "AWS's published runbooks have defaults that do not match",
)
assume("document.default_null", "a default of null is the same as an empty text", "AWS's published runbooks")

TYPES = ("String", "StringList", "Boolean", "Integer", "MapList", "StringMap")
AWS_TYPE = re.compile(r"AWS::[A-Za-z0-9]+::[A-Za-z0-9]+(::[A-Za-z0-9]+)?")
AWS_LIST = re.compile(r"List<AWS::[A-Za-z0-9]+::[A-Za-z0-9]+(::[A-Za-z0-9]+)?>")
KEYS = {"type", "description", "default", "allowedValues", "allowedPattern", "displayType", "minItems", "maxItems"} | {
    "minChars", "maxChars", "interpolationType"
}  # fmt: skip
SSM_DEFAULT = re.compile(r"\{\{\s*ssm:([A-Za-z0-9_.\-/]+)(:[0-9]+)?\s*\}\}")
BRACES = re.compile(r"\{\{(.*?)\}\}")
PYTHON_ONLY = re.compile(r"(?<!\\)\(\?(P|#|\(|R\)|\d|&)")


class ParameterError(ValueError):
    """A value that does not fit the declaration."""


def kind(definition: dict) -> str:
    """The basic type: AWS::EC2::Instance::Id is a String, List<...> a StringList."""
    declared = definition["type"]
    if AWS_TYPE.fullmatch(declared):
        return "String"
    return "StringList" if AWS_LIST.fullmatch(declared) else declared


def check_definitions(parameters: Any, known: set[str] = frozenset()) -> list[str]:
    """Problems of the `parameters` section. known: what a default may refer to, beside the Parameter Store."""
    if not isinstance(parameters, dict):
        return ["parameters must be a map"]
    found = []
    for name, definition in parameters.items():
        found += [f"parameter {name}: {problem}" for problem in _check_definition(str(name), definition, known)]
    return found


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> "regex.Pattern":
    """An allowedPattern (Java syntax) as a pattern of `regex`. Raises regex.error."""
    if PYTHON_ONLY.search(pattern):
        raise regex.error("no regular expression of Java")
    # Java writes characters beyond the BMP as surrogate pairs; a hyphen beside a class such as \w is a hyphen.
    words = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    return regex.compile(re.sub(r"(\\[wdsWDS])-(?=[^\]])", r"\1\\-", words), regex.V0)


def _check_definition(name: str, definition: Any, known: set[str]) -> list[str]:
    if not re.fullmatch(r"[A-Za-z0-9_.\-]{1,50}", name):
        return ["the name is not valid"]
    if not isinstance(definition, dict):
        return ["must be a map"]
    found = [f"unknown element {key!r}" for key in definition if key not in KEYS]
    declared = definition.get("type")
    if not isinstance(declared, str) or not (
        declared in TYPES or AWS_TYPE.fullmatch(declared) or AWS_LIST.fullmatch(declared)
    ):
        return found + [f"unknown type {declared!r}"]
    for key in ("minItems", "maxItems", "minChars", "maxChars"):
        number = definition.get(key, 0)
        if isinstance(number, bool) or not (isinstance(number, int) or str(number).isdigit()):
            found.append(f"{key} must be a number")
    if not isinstance(definition.get("allowedValues", []), list):
        found.append("allowedValues must be a list")
    if definition.get("displayType", "textfield") not in ("textfield", "textarea"):
        found.append("displayType must be textfield or textarea")
    if definition.get("interpolationType", "ENV_VAR") not in ("ENV_VAR", "RAW"):
        found.append("interpolationType must be ENV_VAR or RAW")
    try:
        compiled(definition.get("allowedPattern", ""))
    except (regex.error, TypeError):
        found.append("allowedPattern is not a regular expression")
    return found or _check_default(definition, known)


def _check_default(definition: dict, known: set[str]) -> list[str]:
    if definition.get("default") is None:
        return []
    default = definition["default"]
    if isinstance(default, str) and SSM_DEFAULT.fullmatch(default.strip()):
        return [] if kind(definition) in ("String", "StringList") else ["an ssm default needs String or StringList"]
    if kind(definition) in ("String", "StringList"):
        unknown = [name for name in BRACES.findall(json.dumps(default)) if name.strip() not in known]
        if unknown:
            return [f"the default cannot refer to {unknown[0].strip()!r}"]
    if not _is(default, kind(definition)):
        return [f"the default is not of type {definition['type']}"]
    if default in ("", [], {}):  # the way to declare a parameter optional
        return []
    try:
        check_value({key: value for key, value in definition.items() if key != "allowedPattern"}, default)
    except ParameterError as problem:
        return [f"default: {problem}"]
    return []


def _is(value: Any, wanted: str) -> bool:
    if wanted == "String":
        return isinstance(value, str)
    if wanted == "Boolean":
        return isinstance(value, bool)
    if wanted == "Integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted == "StringMap":
        return isinstance(value, dict)
    inner = str if wanted == "StringList" else dict
    return isinstance(value, list) and all(isinstance(item, inner) for item in value)


def parse(definition: dict, values: list[str]) -> Any:
    """The typed value of what a request gave (always a list of strings). Raises ParameterError."""
    wanted = kind(definition)
    if wanted == "StringList":
        value: Any = list(values)
    elif wanted == "MapList":
        value = [_json(item, dict) for item in values]
    elif wanted == "StringMap":
        value = _json(_single(values), dict)
    else:
        value = _scalar(wanted, _single(values))
    check_value(definition, value)
    return value


def _single(values: list[str]) -> str:
    if len(values) != 1:
        raise ParameterError(f"exactly one value is needed, {len(values)} were given")
    return values[0]


def _scalar(wanted: str, word: str) -> Any:
    if wanted == "Boolean":
        if word.lower() not in ("true", "false"):
            raise ParameterError(f"{word!r} is not a boolean")
        return word.lower() == "true"
    if wanted == "Integer":
        if not re.fullmatch(r"-?\d+", word):
            raise ParameterError(f"{word!r} is not an integer")
        return int(word)
    return word


def _json(word: str, wanted: type) -> Any:
    try:
        value = json.loads(word)
    except ValueError:
        raise ParameterError(f"{word!r} is not JSON") from None
    if not isinstance(value, wanted):
        raise ParameterError(f"{word!r} is not a map")
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def check_value(definition: dict, value: Any) -> None:
    """allowedValues, allowedPattern, minItems/maxItems, minChars/maxChars. Raises ParameterError."""
    items = value if isinstance(value, list) else [value]
    allowed = definition.get("allowedValues")
    if allowed is not None:
        for item in items:
            if _text(item) not in [_text(word) for word in allowed]:
                raise ParameterError(f"{item!r} is not one of the allowed values")
    pattern = definition.get("allowedPattern")
    for item in items:
        if pattern is not None and isinstance(item, str) and not compiled(pattern).search(item):
            raise ParameterError(f"{item!r} does not match the allowed pattern {pattern}")
    if isinstance(value, list):
        _between(len(value), definition, "minItems", "maxItems", "items")
    for item in items:
        if isinstance(item, str):
            _between(len(item), definition, "minChars", "maxChars", "characters")


def _between(size: int, definition: dict, least: str, most: str, what: str) -> None:
    if least in definition and size < int(definition[least]):
        raise ParameterError(f"fewer than {definition[least]} {what}")
    if most in definition and size > int(definition[most]):
        raise ParameterError(f"more than {definition[most]} {what}")
