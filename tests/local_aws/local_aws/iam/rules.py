# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How IAM evaluates policies: statements, wildcards, conditions; an explicit deny wins. Pure.

Facts: IAM user guide, "Policy evaluation logic", "IAM JSON policy elements" and "condition operators".
"""

import ipaddress
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from functools import lru_cache
from typing import Any

ALLOWED, NOT_ALLOWED, DENIED = "allowed", "not allowed", "denied"
VARIABLE = re.compile(r"\$\{([^}]*)\}")
CHARACTER = re.compile(r"\0?[\s\S]")
LITERAL = {"*", "?", "$"}  # ${*} is a star and no wildcard: \0 before a character says so
PATTERNS = {"StringLike", "ArnEquals", "ArnLike"}

Value = str | list[str] | None
Get = Callable[[str], Value]  # the value of a condition key, in lower case; None when the request does not have it


class WrongPolicy(Exception):
    """The text says what IAM would refuse in a policy."""


def listed(value: Any) -> list:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


@lru_cache(maxsize=8192)
def pattern(text: str, any_case: bool = False) -> re.Pattern:
    """A text with the wildcards * and ?."""
    return re.compile(_regex(text, "[\\s\\S]"), re.IGNORECASE if any_case else 0)


def _regex(text: str, any_character: str) -> str:
    wild = {"*": f"{any_character}*", "?": any_character}
    return "".join(wild.get(one) or re.escape(one.lstrip("\0")) for one in CHARACTER.findall(text))


@lru_cache(maxsize=8192)
def arn_pattern(text: str) -> re.Pattern:
    """An ARN whose wildcards stay inside its six parts; missing parts are filled up with stars."""
    parts = text.split(":", 5)
    parts += ["*"] * (6 - len(parts))
    return re.compile(":".join([*(_regex(one, "[^:]") for one in parts[:5]), _regex(parts[5], "[\\s\\S]")]))


def _filled(text: str, get: Get) -> str | None:
    """With policy variables put in; None when one has no value: then the element does not match."""
    missing: list[str] = []

    def value(found: re.Match) -> str:
        name, _, default = found.group(1).partition(",")
        if name in LITERAL:
            return f"\0{name}"
        given = get(name.strip().lower())
        if isinstance(given, str):
            return given
        if default:
            return default.strip().strip("'")
        missing.append(name)
        return ""

    filled = VARIABLE.sub(value, text) if "${" in text else text
    return None if missing else filled


def _like(value: str, wanted: str) -> bool:
    return pattern(wanted).fullmatch(value) is not None


def _arn_like(value: str, wanted: str) -> bool:
    return arn_pattern(wanted).fullmatch(value) is not None


def _moment(text: str) -> float:
    if re.fullmatch(r"\d+", text):
        return float(text)
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _in_network(value: str, wanted: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)


def _number(compare: Callable[[float, float], bool], read: Callable[[str], float] = float) -> Callable:
    return lambda value, wanted: compare(read(value), read(wanted))


# operator: compare(value of the request, one value of the policy). Those with Not are made of these.
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": _like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "NumericEquals": _number(lambda value, wanted: value == wanted),
    "NumericLessThan": _number(lambda value, wanted: value < wanted),
    "NumericLessThanEquals": _number(lambda value, wanted: value <= wanted),
    "NumericGreaterThan": _number(lambda value, wanted: value > wanted),
    "NumericGreaterThanEquals": _number(lambda value, wanted: value >= wanted),
    "DateEquals": _number(lambda value, wanted: value == wanted, _moment),
    "DateLessThan": _number(lambda value, wanted: value < wanted, _moment),
    "DateLessThanEquals": _number(lambda value, wanted: value <= wanted, _moment),
    "DateGreaterThan": _number(lambda value, wanted: value > wanted, _moment),
    "DateGreaterThanEquals": _number(lambda value, wanted: value >= wanted, _moment),
    "IpAddress": _in_network,
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}


@dataclass(frozen=True)
class Condition:
    """One key of one operator. every: ForAllValues; some: ForAnyValue; optional: IfExists."""

    operator: str
    key: str
    wanted: tuple[str, ...]
    every: bool = False
    some: bool = False
    optional: bool = False

    def holds(self, get: Get) -> bool:
        """Whether the request fulfils it."""
        value = get(self.key)
        if self.operator == "Null":
            return (value is None) == (self.wanted[0].lower() == "true")
        negated = self.operator in NEGATED
        if value is None:  # a missing key fulfils negated operators, IfExists and ForAllValues
            return (negated and not self.some) or self.optional or self.every
        fits = [self._fits(one, get) for one in listed(value)]
        if self.every:
            return all(fits)
        return any(fits) if self.some or not negated else all(fits)

    def _fits(self, value: str, get: Get) -> bool:
        name = NEGATED.get(self.operator, self.operator)
        compare = OPERATORS[name]
        filled = [one for one in (_filled(one, get) for one in self.wanted) if one is not None]
        found = any(compare(value, one if name in PATTERNS else one.replace("\0", "")) for one in filled)
        return found != (self.operator in NEGATED)


def _conditions(given: dict[str, dict]) -> tuple[Condition, ...]:
    found = []
    for written, keys in given.items():
        qualifier, _, name = written.rpartition(":")
        optional, name = name.endswith("IfExists"), name.removesuffix("IfExists")
        if name not in OPERATORS and name not in NEGATED and name != "Null":
            raise WrongPolicy(f"the condition operator {written} is unknown")
        for key, wanted in keys.items():
            texts = tuple(_text(one) for one in listed(wanted))
            every, some = qualifier == "ForAllValues", qualifier == "ForAnyValue"
            found.append(Condition(name, key.lower(), texts, every, some, optional))
    return tuple(found)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Statement:
    """One statement. sid: its name, or its number."""

    def __init__(self, given: dict, number: int):
        self.sid = given.get("Sid") or f"#{number}"
        self.effect = given["Effect"]
        self.negated_actions = "NotAction" in given
        self.negated_resources = "NotResource" in given
        self.actions = [pattern(one, True) for one in listed(given.get("NotAction") or given.get("Action"))]
        self.resources = listed(given.get("NotResource") or given.get("Resource"))
        self.conditions = _conditions(given.get("Condition") or {})
        # Without variables and conditions the answer depends on action and resource only.
        self.fixed = not self.conditions and not any("${" in one for one in self.resources)

    def covers_action(self, action: str) -> bool:
        return any(one.fullmatch(action) for one in self.actions) != self.negated_actions

    def applies(self, resource: str, get: Get) -> bool:
        """Whether the statement speaks of this resource under these circumstances."""
        if self._covers(resource, get) == self.negated_resources:
            return False
        return all(one.holds(get) for one in self.conditions)

    def _covers(self, resource: str, get: Get) -> bool:
        for one in self.resources:
            if one == "*":
                return True
            filled = _filled(one, get)
            if filled is not None and arn_pattern(filled).fullmatch(resource):
                return True
        return False


@dataclass(frozen=True)
class Decision:
    """verdict: ALLOWED, NOT_ALLOWED (no statement allows) or DENIED (one denies); sids: the statements that decided."""

    verdict: str
    sids: tuple[str, ...] = ()


class Policies:
    """The policies of one principal, compiled; decisions that depend on action and resource only are kept."""

    def __init__(self, documents: list[dict | str]):
        self.statements = [
            Statement(given, number)
            for document in documents
            for number, given in enumerate(listed(_read(document).get("Statement")), 1)
        ]
        self._by_action: dict[str, tuple[list[Statement], bool]] = {}
        self._kept: dict[tuple[str, str], Decision] = {}

    def decide(self, action: str, resource: str, get: Get) -> Decision:
        kept = self._kept.get((action, resource))
        if kept is not None:
            return kept
        if action not in self._by_action:
            found = [one for one in self.statements if one.covers_action(action)]
            self._by_action[action] = (found, all(one.fixed for one in found))
        statements, fixed = self._by_action[action]
        decision = _decision([one for one in statements if one.applies(resource, get)])
        if fixed and len(self._kept) < 100_000:
            self._kept[action, resource] = decision
        return decision


def _decision(applying: list[Statement]) -> Decision:
    denying = tuple(one.sid for one in applying if one.effect == "Deny")
    if denying:
        return Decision(DENIED, denying)
    return Decision(ALLOWED, tuple(one.sid for one in applying)) if applying else Decision(NOT_ALLOWED)


def _read(document: dict | str) -> dict:
    return json.loads(document) if isinstance(document, str) else document
