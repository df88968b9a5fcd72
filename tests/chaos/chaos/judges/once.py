# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Nothing is done twice."""

from __future__ import annotations

import itertools
import typing as t

from chaos.evidence import Evidence
from chaos.judges import common


def images_once(found: Evidence) -> t.Iterator[str]:
    """A host has one image, unless an earlier one failed."""
    by_host: dict[str, list[dict[str, t.Any]]] = {}
    for entry in found.last.history:
        if entry["kind"] == "image" and entry.get("outcome") != "failed":
            by_host.setdefault(entry["instance_id"], []).append(entry)
    for number, entries in by_host.items():
        if len(entries) > 1:
            yield f"{common.name(found, number)} has {len(entries)} images"


def installs_once(found: Evidence) -> t.Iterator[str]:
    """A host is patched again only after an execution that did not succeed."""
    for number in sorted({one["host"] for one in found.last.executions}):
        for earlier, later in itertools.pairwise(common.executions(found.last, number)):
            if earlier["status"] == "Success" and _scanned(found, earlier):
                done, again = (f"{one['step']} attempt {one['attempt']}" for one in (earlier, later))
                yield f"{common.name(found, number)} was patched by {done} and again by {again}"


def _scanned(found: Evidence, execution: dict[str, t.Any]) -> bool:
    """Whether a scan of the execution ended; without one nobody knows that the host is patched."""
    scans = [one for one in found.last.history if one["kind"] == "scan" and one["instance_id"] == execution["host"]]
    return any(one["outcome"] == "done" and execution["start"] <= one["start"] <= execution["end"] for one in scans)


def installs_belong_to_executions(found: Evidence) -> t.Iterator[str]:
    """Every installation is part of an execution of the runbook; one execution installs once, or twice with a second pass."""
    most = 2 if found.seed.options["patch_run_second_pass"] else 1
    installs = [one for one in found.last.history if one["kind"] == "install"]
    counted = 0
    for execution in common.executions(found.last):
        host, start, end = execution["host"], execution["start"], execution["end"] or found.last.time
        own = [one for one in installs if one["instance_id"] == host and start <= one["start"] <= end]
        counted += len(own)
        if len(own) > most:
            yield f"{common.name(found, host)}: {len(own)} installations in one execution"
    if counted != len(installs):
        yield f"{len(installs)} installations, of which {counted} belong to executions of the runbook"


def never_two_at_once(found: Evidence) -> t.Iterator[str]:
    """No two executions of the runbook, and no two patch operations, are on a host at the same time."""
    for number in sorted({one["host"] for one in found.last.executions}):
        of_host = [one for one in found.last.history if one["instance_id"] == number]
        operations = [one for one in of_host if one["kind"] in ("install", "scan")]
        for kind, entries in (("executions", common.executions(found.last, number)), ("patch operations", operations)):
            for earlier, later in itertools.pairwise(sorted(entries, key=lambda one: one["start"])):
                if earlier["end"] is None or later["start"] < earlier["end"]:
                    yield f"{common.name(found, number)}: two {kind} at {later['start']:.0f}"


JUDGES = (images_once, installs_once, installs_belong_to_executions, never_two_at_once)
