# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The health command of a run: what has to succeed on every host of a wave after it was patched."""

from __future__ import annotations

import typing as t

from .._core.errors import InvalidInput
from .._planner.model import PlannedHost
from .._planner.model import Wave
from .._planner.model import is_windows

KEYS = frozenset({"document", "parameters", "linux", "windows", "timeout"})
DOCUMENTS = {"linux": "AWS-RunShellScript", "windows": "AWS-RunPowerShellScript"}
# AWS-RunShellScript and AWS-RunPowerShellScript: executionTimeout is 1 to 172800 seconds (48 hours).
MAX_TIMEOUT = 172800
DEFAULT_TIMEOUT = 600


class HealthError(InvalidInput):
    """A health command that cannot be sent; the text says what is wrong with it."""


def health_commands(
    command: t.Mapping[str, t.Any], wave: Wave, instance_ids: t.Collection[str]
) -> list[dict[str, t.Any]]:
    """What to send with Run Command, one entry a document: {step, document_name, parameters, instance_ids}.

    command: {} for none; {document, parameters} or {linux, windows, timeout (seconds)}, a script as text or lines.
    instance_ids: the hosts that were patched. A platform without a script is not asked, and neither is a host that was stopped again
    after it was patched. Raises HealthError.
    """
    _check(command)
    if not command:
        return []
    hosts = [host for host in wave.hosts if host.instance_id in instance_ids and host.former_state != "stopped"]
    step = f"gate.{wave.number}"
    if command.get("document"):
        ids = [host.instance_id for host in hosts]
        made = [(step, command["document"], dict(command.get("parameters") or {}), ids)]
    else:
        made = [
            (f"{step}.{platform}", DOCUMENTS[platform], _script(command, platform), _of(hosts, platform))
            for platform in DOCUMENTS
            if command.get(platform)
        ]
    keys = ("step", "document_name", "parameters", "instance_ids")
    return [dict(zip(keys, one, strict=True)) for one in made if one[3]]


def health_findings(results: t.Sequence[t.Mapping[str, t.Any]]) -> list[dict[str, str]]:
    """The gate health_command as [{gate, message}] when a command did not succeed, else []. results: of ssm_command, failed ones too."""
    sick = [str(one.get("msg") or "no reason is known") for one in results if one.get("outcome") != "succeeded"]
    said = "the health command did not succeed on every host: " + "; ".join(sick)
    return [{"gate": "health_command", "message": said}] if sick else []


def _of(hosts: t.Sequence[PlannedHost], platform: str) -> list[str]:
    windows = platform == "windows"
    return [host.instance_id for host in hosts if is_windows(host.platform) == windows]


def _script(command: t.Mapping[str, t.Any], platform: str) -> dict[str, list[str]]:
    script = command[platform]
    lines = script.splitlines() if isinstance(script, str) else list(script)
    return {"commands": lines, "executionTimeout": [str(int(command.get("timeout", DEFAULT_TIMEOUT)))]}


def _check(command: t.Any) -> None:
    if not isinstance(command, t.Mapping):
        raise HealthError(f"the health command is {command!r}, not a dictionary")
    unknown = sorted(set(command) - KEYS)
    if unknown:
        raise HealthError(
            f"the health command has unknown keys {', '.join(unknown)}; valid keys are {', '.join(sorted(KEYS))}"
        )
    scripts = [platform for platform in DOCUMENTS if command.get(platform)]
    if command and bool(command.get("document")) == bool(scripts):
        raise HealthError("the health command must have either a document or a script for linux or windows")
    if command.get("document") and "timeout" in command:
        raise HealthError(
            "the health command has a document and a timeout; set the timeout in the parameters of the document"
        )
    if scripts and command.get("parameters"):
        raise HealthError("the health command has a script and parameters; parameters require a document")
    if not isinstance(command.get("parameters") or {}, t.Mapping):
        raise HealthError("the parameters of the health command must be a dictionary")
    for platform in scripts:
        script = command[platform]
        if not isinstance(script, (str, list)) or not all(isinstance(line, str) for line in script):
            raise HealthError(f"the {platform} script of the health command must be a string or a list of lines")
    timeout = str(command.get("timeout", DEFAULT_TIMEOUT))
    if not (timeout.isascii() and timeout.isdigit() and 1 <= int(timeout) <= MAX_TIMEOUT):
        raise HealthError(
            f"the timeout of the health command is {timeout!r}; must be a number of seconds from 1 to {MAX_TIMEOUT}"
        )
