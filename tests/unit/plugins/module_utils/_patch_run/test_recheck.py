# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who opted out since the plan was made, or is no longer what was planned, is left out of its wave with the reason."""

from __future__ import annotations

import json

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import recheck
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import Plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.options import PlanOptions

TIERS = [{"name": "data", "roles": ["SQL Server", "File Server"]}, {"name": "application", "roles": ["Web Server"]}]
OPTIONS = PlanOptions.from_dict({"tiers": TIERS, "environments": ["production"], "solutions": ["shop"]}).to_dict()
ID = "i-0123456789abcdef0"


def plan(**more):
    host = {
        "instance_id": ID,
        "host": "sql",
        "name": "sql",
        "role": "SQL Server",
        "tier": "data",
        "zone": "us-east-1a",
        **more,
    }
    waves = (
        read_wave({"id": "data.use1a", "hosts": [host]}),
        read_wave({"id": "other", "hosts": [{**host, "instance_id": "i-1"}]}),
    )
    return Plan("spring", "2026-03-10T02:00:00Z", "us-east-1", OPTIONS, {}, waves, (), ())


def instance(state="running", role="SQL Server", environment="production", solution="shop", **tags):
    about = {"instancedata": json.dumps({"solution": solution, "environment": environment, "instance": role})}
    return {"instance_id": ID, "state": state, "zone": "us-east-1a", "tags": {**about, **tags}}


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (instance(), ""),
        (instance(install_patch="yes"), ""),
        (instance(install_patch="no"), "tag install_patch is no"),
        (instance(Patch_Install=" No "), "tag Patch_Install is  No "),
        (instance(environment="staging"), "environment is 'staging'; the run is for 'production'"),
        (instance(solution="crm"), "solution is 'crm'; the run is for 'shop'"),
        (instance(role="Web Server"), "role is 'Web Server', and was planned as 'SQL Server' in tier data"),
        (instance(role="Toaster"), "role is 'Toaster', and was planned as 'SQL Server' in tier data"),
        (instance(role="File Server"), ""),  # of the same tier
        (instance(state="stopped"), "is stopped; only running hosts are patched"),
        (instance(**{"aws:autoscaling:groupName": "web"}), "aws:autoscaling:groupName = web"),
        ({**instance(), "tags": {}}, "instancedata"),
    ],
)
def test_the_reason_is_that_of_a_plan_that_is_made_now(now, reason):
    said = recheck.left_out(plan(), "data.use1a", [now])
    assert list(said) == ([ID] if reason else []) and reason in said.get(ID, "")


@pytest.mark.parametrize("state", ["stopped", "running"])
def test_a_host_that_the_run_starts_may_be_stopped_or_running(state):
    assert not recheck.left_out(plan(former_state="stopped"), "data.use1a", [instance(state=state)])


def test_hosts_that_were_not_read_and_hosts_of_other_waves_are_not_judged():
    assert recheck.left_out(plan(), "data.use1a", []) == {}
    assert recheck.left_out(plan(), "other", [instance(install_patch="no")]) == {}
