# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rule of a composite alarm: ALARM(), OK(), INSUFFICIENT_DATA(), TRUE, FALSE, AND, OR, NOT, parentheses.

Source: API PutCompositeAlarm, AlarmRule.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from local_aws.framework.registry import AwsError
from local_aws.framework.switches import assume

CHILDREN, ELEMENTS = 100, 500
TOKEN = re.compile(
    r"\s*(?:(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"(?P<quoted>[^\"]+)\"|(?P<plain>[^()\"]+?))\s*\)"
    r"|(?P<bracket>[()]))",
    re.IGNORECASE,
)

assume(
    "alarm-rule-grammar",
    "NOT binds before AND, AND before OR; words are read without regard to case.",
    "API PutCompositeAlarm gives examples, no grammar; its text calls the constant false in lower case",
)

States = dict[str, str]
Test = Callable[[States], bool]


@dataclass(frozen=True)
class Rule:
    """names: of the children, in the order of the rule. holds: whether it is TRUE with these states (name to state)."""

    names: tuple[str, ...]
    holds: Test


def read(text: str) -> Rule:
    """Raises AwsError ValidationError, or LimitExceeded beyond 100 children or 500 elements."""
    tokens, position = [], 0
    while text[position:].strip():
        found = TOKEN.match(text, position)
        if found is None:
            raise _broken(text)
        tokens.append(found)
        position = found.end()
    names = tuple(dict.fromkeys(_name(one) for one in tokens if one["state"]))
    elements = sum(1 for one in tokens if (one["word"] or "").upper() not in ("AND", "OR", "NOT"))
    if len(names) > CHILDREN or elements > ELEMENTS:
        raise AwsError("LimitExceeded", f"AlarmRule has {len(names)} alarms and {elements} elements")
    reader = _Reader(text, tokens)
    test = reader.either()
    if reader.tokens:
        raise _broken(text)
    return Rule(names, test)


def _broken(text: str) -> AwsError:
    return AwsError("ValidationError", f"AlarmRule must not contain invalid syntax: {text}")


def _name(token: re.Match) -> str:
    """The name of an alarm that is given by name or ARN."""
    given = token["quoted"] or token["plain"]
    return given.split(":alarm:", 1)[1] if given.startswith("arn:") and ":alarm:" in given else given


class _Reader:
    """Takes tokens from the front."""

    def __init__(self, text: str, tokens: list[re.Match]):
        self.text, self.tokens = text, list(tokens)

    def _take(self, *words: str) -> bool:
        if self.tokens and (self.tokens[0]["word"] or self.tokens[0]["bracket"] or "").upper() in words:
            self.tokens.pop(0)
            return True
        return False

    def either(self) -> Test:
        parts = [self.both()]
        while self._take("OR"):
            parts.append(self.both())
        return lambda states: any(part(states) for part in parts)

    def both(self) -> Test:
        parts = [self.one()]
        while self._take("AND"):
            parts.append(self.one())
        return lambda states: all(part(states) for part in parts)

    def one(self) -> Test:
        if self._take("NOT"):
            inner = self.one()
            return lambda states: not inner(states)
        if self._take("("):
            inner = self.either()
            if not self._take(")"):
                raise _broken(self.text)
            return inner
        for word, value in (("TRUE", True), ("FALSE", False)):
            if self._take(word):
                return lambda states, value=value: value
        if not self.tokens or not self.tokens[0]["state"]:
            raise _broken(self.text)
        token = self.tokens.pop(0)
        name, wanted = _name(token), token["state"].upper()
        return lambda states: states.get(name) == wanted
