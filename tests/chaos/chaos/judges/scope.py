# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The plan holds the hosts that it has to hold, and nobody else is touched."""

from __future__ import annotations

import typing as t

from chaos.evidence import Evidence
from chaos.judges import common

# What a run may change in AWS; everything else is a surprise.
ALLOWED = {
    "client": {
        "CreateImage", "CreateTags", "CreateDocument", "UpdateDocument", "UpdateDocumentDefaultVersion", "AddTagsToResource",
        "StartAutomationExecution", "StopAutomationExecution", "PutParameter",
    },
    "automation": {
        "SendCommand", "CancelCommand", "StartAutomationExecution", "StopAutomationExecution", "RegisterTargets",
        "DeregisterTargets", "StartInstances", "StopInstances",
    },
}  # fmt: skip


def plan_is_right(found: Evidence) -> t.Iterator[str]:
    """The planned hosts are those whose tags, power and agents say so, each once."""
    wanted, planned = common.expected(found), [number for wave in common.waves(found) for number in wave]
    if found.plan is None:
        return
    for number in sorted(set(planned) - wanted):
        yield f"{common.name(found, number)} is planned, and should not be"
    for number in sorted(wanted - set(planned)):
        yield f"{common.name(found, number)} is not planned, and should be"
    if len(planned) != len(set(planned)):
        yield "a host is planned twice"


def nobody_else_is_touched(found: Evidence) -> t.Iterator[str]:
    """Nothing was done to a machine that does not take part."""
    wanted = common.expected(found)
    others = set(found.hosts.values()) - wanted
    for entry in found.last.history:
        if entry["instance_id"] not in wanted:
            yield f"{entry['kind']} of {common.name(found, entry['instance_id'])}, which takes no part"
    for call in found.calls:
        if call["mutating"]:
            for number in sorted(others & set(_texts(call["params"]))):
                yield f"{call['operation']} names {common.name(found, number)}, which takes no part"


def _texts(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


def nothing_else_is_changed(found: Evidence) -> t.Iterator[str]:
    """Only the operations of a run; and no instance has other tags than before."""
    for call in found.calls:
        if call["mutating"] and call["operation"] not in ALLOWED.get(call["source"], (call["operation"],)):
            yield f"{call['source']} called {call['service']}:{call['operation']}"
    for number, tags in found.first.tags.items():
        if number in found.last.tags and found.last.tags[number] != tags:
            yield f"{common.name(found, number)} has other tags: {tags} became {found.last.tags[number]}"


JUDGES = (plan_is_right, nobody_else_is_touched, nothing_else_is_changed)
