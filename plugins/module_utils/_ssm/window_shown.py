# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Maintenance windows as they are returned: with the ids of targets and tasks, without what may be a secret. Pure.

The API model calls sensitive: parameters of Run Command, the payload of Lambda, the input of Step Functions, the
information for the owner, and descriptions. A hash stands for each, so that a change is seen, except for descriptions,
which are there to be read, and for the words with which a patching task is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .._core.compare import fingerprint
from .._core.compare import said
from .._core.errors import FleetpatchError
from . import window_wire

# Words of AWS-RunPatchBaseline, and pseudo parameters: they say what a window does, and are no secrets.
PLAIN = re.compile(r"|Scan|Install|RebootIfNeeded|NoReboot|(\{\{|\[\[)\s*[A-Z_]+\s*(\}\}|\]\])")
SECRET = {"run_command": "parameters", "lambda": "payload", "step_functions": "input"}


def finished(result: Any) -> Any:
    """A result of the kernel, or a part of it: every model in it gets its ids, and nothing sensitive stays in clear."""
    if isinstance(result, list):
        return [finished(item) for item in result]
    if not isinstance(result, dict):
        return result
    if "field" in result or "schedule" in result:  # a change, or a model
        return redacted(_with_ids(result))
    return {key: _shown_diff(value) if key == "diff" else finished(value) for key, value in result.items()}


def _shown_diff(value: dict | list) -> dict | list:
    """Of a diff, or a list of them: only what says something, as the kernel has it."""
    if isinstance(value, list):
        return [_shown_diff(one) for one in value]
    return {key: said(finished(side)) if key in ("before", "after") else side for key, side in value.items()}


def _with_ids(model: dict) -> dict:
    shown = {name: value for name, value in model.items() if name not in ("target_ids", "task_ids", "unknown")}
    for kind, option in (("target", "window_target_id"), ("task", "window_task_id")):
        if model.get(f"{kind}s"):  # in a diff only what there is
            items = zip(model[f"{kind}s"], model[f"{kind}_ids"], strict=True)
            shown[f"{kind}s"] = [{**item, option: one} for item, one in items]
    return shown


def redacted(value: Any) -> Any:
    """Models, changes or options without what is sensitive."""
    if isinstance(value, list):
        return [redacted(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _member(key, item) for key, item in value.items() if key != "unknown"}


def _member(key: str, value: Any) -> Any:
    if key in ("tags", "parameters"):  # words of the user
        return value
    if key == "owner_information" and isinstance(value, str) and value:
        return _hash(value)
    if key in SECRET and isinstance(value, dict) and value.get(SECRET[key]) is not None:
        inner = value[SECRET[key]]
        return redacted({**value, SECRET[key]: _parameters(inner) if key == "run_command" else _hash(inner)})
    return redacted(value)


def _parameters(given: Any) -> Any:
    if isinstance(given, dict):
        return {key: _parameters(value) for key, value in given.items()}
    if isinstance(given, list):
        return [_parameters(value) for value in given]
    return given if isinstance(given, str) and PLAIN.fullmatch(given) else _hash(given)


def _hash(value: Any) -> str:
    return fingerprint(window_wire.json_text(value) if isinstance(value, (str, bytes, dict, list)) else str(value))


def quiet(options: dict, work: Callable[[], dict]) -> dict:
    """Do the work of a module; the options that Ansible returns with every result are redacted, also with a failure."""
    invocation = {"invocation": {"module_args": redacted(options)}}
    try:
        return {**work(), **invocation}
    except FleetpatchError as error:
        error.results = {**error.results, **invocation}
        raise
