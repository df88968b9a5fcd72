# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The conditions of aws:branch and of the loops. Pure. Source: user guide page of aws:branch.

At least two conditions for And and Or: AWS's message in https://github.com/awsdocs/aws-systems-manager-user-guide/pull/186.
"""

from collections.abc import Callable
from typing import Any

from local_aws.ssm.automation.templates import text

STRING = {
    "StringEquals": lambda have, want: have == want,
    "EqualsIgnoreCase": lambda have, want: have.lower() == want.lower(),
    "StartsWith": lambda have, want: have.startswith(want),
    "EndsWith": lambda have, want: have.endswith(want),
    "Contains": lambda have, want: want in have,
}
NUMERIC = {
    "NumericEquals": lambda have, want: have == want,
    "NumericGreater": lambda have, want: have > want,
    "NumericLesser": lambda have, want: have < want,
    "NumericGreaterOrEquals": lambda have, want: have >= want,
    "NumericLesserOrEquals": lambda have, want: have <= want,
}
OPERATORS = frozenset(STRING) | frozenset(NUMERIC) | {"BooleanEquals"}
COMBINED = ("And", "Or", "Not")


class ConditionError(ValueError):
    """A value that an operator cannot compare (a text that is not a number, for example)."""


def problems(rule: Any, top: bool = False) -> list[str]:
    """What is wrong with the form of a rule. top: a choice of a branch, which has NextStep."""
    if not isinstance(rule, dict):
        return ["a condition must be a map"]
    keys = set(rule) - ({"NextStep"} if top else set())
    if len(keys) == 1 and keys & set(COMBINED):
        word = keys.pop()
        inner = rule[word]
        if word == "Not":
            return problems(inner)
        if not isinstance(inner, list) or len(inner) < 2:
            return [f"{word} needs a list of at least two conditions"]
        return [problem for item in inner for problem in problems(item)]
    if "Variable" not in keys:
        return ["a condition needs Variable"]
    operators = keys - {"Variable"}
    unknown = operators - OPERATORS
    if unknown:
        return [f"unsupported operation {', '.join(sorted(unknown))}"]
    return [] if len(operators) == 1 else ["a condition needs exactly one operation"]


def holds(rule: dict, resolve: Callable[[Any], Any]) -> bool:
    """Whether a rule is true; resolve() replaces the references of a value. Raises ConditionError."""
    if "And" in rule:
        return all(holds(item, resolve) for item in rule["And"])
    if "Or" in rule:
        return any(holds(item, resolve) for item in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], resolve)
    word = next(key for key in rule if key in OPERATORS)
    have, want = resolve(rule["Variable"]), resolve(rule[word])
    if word in STRING:
        return STRING[word](text(have), text(want))
    if word in NUMERIC:
        return NUMERIC[word](_number(have), _number(want))
    return _boolean(have) == _boolean(want)


def _number(value: Any) -> float:
    try:
        return float(text(value))
    except ValueError:
        raise ConditionError(f"{text(value)!r} is not a number") from None


def _boolean(value: Any) -> bool:
    word = text(value).lower()
    if word not in ("true", "false"):
        raise ConditionError(f"{text(value)!r} is not a boolean")
    return word == "true"
