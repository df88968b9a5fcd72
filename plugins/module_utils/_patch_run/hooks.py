# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Hooks: what runs on a host before it is patched, after it, and whatever happened, as parameters of the runbook."""

from __future__ import annotations

import json
import typing as t

from .._core.errors import InvalidInput
from .._core.tags import all_texts

# Limits of StartAutomationExecution, shape AutomationParameterMap.
MAX_ITEMS = 50
MAX_ITEM_LENGTH = 512

KEYS = frozenset({"document", "parameters", "linux", "windows", "timeout"})
# The runbook gives the step of a hook four hours (timeoutSeconds); AWS-RunShellScript would take 48.
MAX_TIMEOUT = 14400
# The parameter of a Command document that limits its work, as the documents of AWS name it.
TIMEOUT_PARAMETER = "executionTimeout"
NOTHING = {"linux": ["true"], "windows": ["exit 0"]}


class HookError(InvalidInput):
    """A hook that the runbook cannot run; the text names the hook and what is wrong."""


def _lines(hook: t.Mapping[str, t.Any], platform: str, which: str) -> list[str]:
    script = hook.get(platform)
    if script and not isinstance(script, (str, list)):
        raise HookError(f"the {platform} script of the {which} hook is {script!r}; must be a string or a list of lines")
    lines = script.splitlines() if isinstance(script, str) else list(script or [])
    if not all(isinstance(line, str) for line in lines):
        raise HookError(f"the {platform} script of the {which} hook has a line that is not a string")
    lines = _without_empty(lines)
    if not lines:
        return list(NOTHING[platform])
    longest = max(len(line) for line in lines)
    if len(lines) > MAX_ITEMS or longest > MAX_ITEM_LENGTH:
        raise HookError(
            f"the {platform} script of the {which} hook has {len(lines)} lines, the longest of {longest} characters; "
            f"the limit of Automation is {MAX_ITEMS} lines of {MAX_ITEM_LENGTH}. Use a Command document instead"
        )
    return lines


def _without_empty(lines: list[str]) -> list[str]:
    """The same script without empty items: a value of a parameter has at least one character (AutomationParameterMap).

    An empty line, which a here-document may need, is a line feed at the end of the item before it.
    """
    made: list[str] = []
    for line in lines:
        if line.strip():
            made.append(line)
        elif made:
            made[-1] += "\n"
    return [*made[:-1], *(line.rstrip("\n") for line in made[-1:])]


def _document_parameters(hook: t.Mapping[str, t.Any], which: str) -> dict[str, t.Any]:
    if set(hook) & {"linux", "windows"}:
        raise HookError(
            f"the {which} hook has a document and also {', '.join(sorted(set(hook) & {'linux', 'windows'}))}"
        )
    parameters = hook.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise HookError(f"the parameters of the {which} hook are {parameters!r}, not a dictionary")
    given = {name: all_texts(value) for name, value in parameters.items()}
    if "timeout" in hook:
        if TIMEOUT_PARAMETER in given:
            raise HookError(f"the {which} hook has a timeout and also the parameter {TIMEOUT_PARAMETER}")
        given[TIMEOUT_PARAMETER] = [_timeout(hook, which)]
    elif TIMEOUT_PARAMETER in given:
        # Longer than its step, it would work on the host after the run gave it up.
        _timeout({"timeout": "".join(given[TIMEOUT_PARAMETER])}, which)
    text = json.dumps(given, sort_keys=True)
    if len(text) > MAX_ITEM_LENGTH:
        raise HookError(
            f"the parameters of the {which} hook have {len(text)} characters as JSON; the limit of Automation is {MAX_ITEM_LENGTH}"
        )
    return {f"{which}Hook": "document", f"{which}HookDocument": hook["document"], f"{which}HookParameters": text}


def _timeout(hook: t.Mapping[str, t.Any], which: str) -> str:
    text = str(hook.get("timeout", 3600))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_TIMEOUT):
        raise HookError(
            f"the timeout of the {which} hook is {text!r}; must be a number of seconds from 1 to {MAX_TIMEOUT}"
        )
    # The documents of AWS take no zeros in front.
    return str(int(text))


def hook_parameters(hook: t.Mapping[str, t.Any], which: str) -> dict[str, t.Any]:
    """Give the runbook's parameters of one hook.

    hook: {} for none; {document, parameters} or {linux, windows}, either with timeout (seconds; of a document its parameter
    executionTimeout). which: "Pre", "Post" or "Exit".
    Raises HookError, which names the hook, for unknown keys and for what is over the limits of
    StartAutomationExecution (AutomationParameterMap: 50 items of 512 characters).
    """
    if not isinstance(hook, dict):
        raise HookError(f"the {which} hook is {hook!r}, not a dictionary")
    unknown = sorted(set(hook) - KEYS)
    if unknown:
        raise HookError(
            f"the {which} hook has unknown keys {', '.join(unknown)}; valid keys are {', '.join(sorted(KEYS))}"
        )
    if not hook:
        return {f"{which}Hook": "none"}
    if hook.get("document"):
        return _document_parameters(hook, which)
    if not (hook.get("linux") or hook.get("windows")):
        raise HookError(f"the {which} hook has neither a document nor a script for linux or windows")
    return {
        f"{which}Hook": "script",
        f"{which}HookLinux": _lines(hook, "linux", which),
        f"{which}HookWindows": _lines(hook, "windows", which),
        f"{which}HookTimeout": _timeout(hook, which),
    }
