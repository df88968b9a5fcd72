# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Choices where AWS is undocumented or could differ, and the list of what was assumed."""

from typing import Any

SWITCHES: dict[str, Any] = {}
DEFINED: dict[str, dict] = {}
ASSUMPTIONS: list[dict] = []


def define(name: str, default: Any, choices: Any = None, why: str = "") -> None:
    """Register a switch. choices: list of allowed values, or a type (or tuple of types) that a value must have."""
    DEFINED[name] = {"default": default, "choices": choices, "why": why}
    SWITCHES[name] = _copy(default)


def assume(key: str, text: str, source: str = "") -> None:
    """Record an undocumented choice. source: the page or operation that leaves it open."""
    if not any(entry["key"] == key for entry in ASSUMPTIONS):
        ASSUMPTIONS.append({"key": key, "text": text, "source": source})


def set_switches(values: dict[str, Any]) -> None:
    """Change switches. A dict given for a dict switch is merged. Raises ValueError on an unknown name or value."""
    for name, value in values.items():
        if name not in DEFINED:
            raise ValueError(f"unknown switch {name!r}; known: {', '.join(sorted(DEFINED))}")
        if isinstance(SWITCHES[name], dict) and isinstance(value, dict):
            unknown = set(value) - set(SWITCHES[name])
            if unknown:
                raise ValueError(f"unknown key {sorted(unknown)} of switch {name!r}")
            SWITCHES[name] = {**SWITCHES[name], **value}
            continue
        _check(name, value)
        SWITCHES[name] = value


def _check(name: str, value: Any) -> None:
    choices = DEFINED[name]["choices"]
    if choices is None:
        return
    if isinstance(choices, (type, tuple)):
        if not (value is None and DEFINED[name]["default"] is None) and not isinstance(value, choices):
            raise ValueError(f"switch {name!r} cannot be {value!r}")
    elif value not in choices:
        raise ValueError(f"switch {name!r} must be one of {choices}, not {value!r}")


def _copy(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else value


def reset() -> None:
    """All switches back to their defaults."""
    for name, definition in DEFINED.items():
        SWITCHES[name] = _copy(definition["default"])


def described() -> list[dict]:
    """[{name, value, default, choices, why}] for the control endpoint."""
    rows = []
    for name, definition in sorted(DEFINED.items()):
        choices = definition["choices"]
        if isinstance(choices, type):
            choices = choices.__name__
        elif isinstance(choices, tuple):
            choices = [kind.__name__ for kind in choices]
        rows.append({"name": name, "value": SWITCHES[name], **definition, "choices": choices})
    return rows


define("page_size", None, int, "forces pages of at most this size: an AWS page may be smaller than MaxResults")
define("eventual_reads", 0, int, "how many reads do not yet find a new object (EC2 and SSM are eventually consistent)")
define("output_contract", "raise", ["raise", "warn", "off"], "what happens when an answer does not fit the model")
define(
    "answer_delay", 0.0, (int, float), "real seconds by which an answer to a client arrives later, as over a network"
)
