# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Attempts at a wave: whether the last one was cancelled, whether there is another one, and which stopped hosts may have been started."""

from __future__ import annotations

import typing as t

from .._planner.model import Wave
from .verdict import GONE
from .verdict import WaveVerdict

_Dict = t.Mapping[str, t.Any]


def attempt_decision(verdict: WaveVerdict, execution: _Dict, attempt: int, retries: int) -> dict[str, bool]:
    """{cancelled, again} after an attempt.

    verdict: after the attempt. execution: of ssm_automation_execution for it (targets, executions). attempt: its number,
    from 1 on. retries: how many may follow the first.

    cancelled: somebody cancelled what the attempt did on a host. again: hosts are left to retry, and either retries are left, or the run was
    resumed after all of them: then there is one more, because somebody looked after the hosts. An attempt that a terminated instance ended
    costs no retry: AWS counts it as an error and starts no more hosts.
    """
    cancelled = any(target["outcome"] == "cancelled" for target in execution["targets"])
    executions = execution.get("executions") or ()
    adopted = bool(executions) and all(one.get("adopted") for one in executions)
    resumed = adopted and (verdict.spent or cancelled)
    gone = {row.instance_id for row in verdict.hosts if row.outcome == GONE}
    ended = any(target["target"] in gone and target["outcome"] != "not_started" for target in execution["targets"])
    free = ended and not adopted and all(row.attempts == 0 for row in verdict.hosts if row.instance_id in verdict.retry)
    return {"cancelled": cancelled, "again": bool(verdict.retry) and (attempt <= retries or resumed or free)}


def stopped_hosts(wave: Wave, verdict: WaveVerdict) -> list[str]:
    """Ids of the hosts that were stopped when the plan was made and that this run has not started yet, in the order of the plan.

    A host that this run started and could not stop again is not one that somebody else started: the next attempt stops it.
    """
    tried = {row.instance_id for row in verdict.hosts if row.attempts}
    ids = [host.instance_id for host in wave.hosts if host.former_state == "stopped"]
    return [one for one in ids if one in verdict.retry and one not in tried]
