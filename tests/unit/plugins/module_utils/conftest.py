# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Facts of hosts as the aws_ec2 inventory gives them, and plans of them."""

import datetime
import json

import pytest

NOW = datetime.datetime(2026, 3, 10, 2, tzinfo=datetime.timezone.utc)


def _facts(number, role="Web Server", zone="us-east-1a", tags=None, state="running", **selection):
    instance_id = f"i-{number:017x}"
    who = {"solution": "shop", "environment": "production", "instance": role, **selection}
    made = {"Name": f"host-{number}", "instancedata": json.dumps(who), **(tags or {})}
    return (
        f"host-{number}",
        {
            "instance_id": instance_id,
            "tags": {key: value for key, value in made.items() if value is not None},
            "placement": {
                "availability_zone": zone,
                "availability_zone_id": f"use1-az{'abcdef'.index(zone[-1]) + 1}",
                "region": zone[:9],
            },
            "state": {"name": state},
            "platform_details": "Linux/UNIX",
        },
    )


@pytest.fixture(scope="session", name="facts")
def fixture_facts():
    """facts(number, role, zone, tags, state, **selection) -> (inventory name, host variables)."""
    return _facts


@pytest.fixture(scope="session", name="make")
def fixture_make():
    """make(facts, options, **knowledge) -> Plan."""
    # The collection becomes importable only after the conftest files are loaded.
    from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import waves
    from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.options import PlanOptions
    from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.survey import survey

    def make(facts, options=None, **knowledge):
        chosen = PlanOptions.from_dict(options or {})
        return waves.plan(survey(facts, chosen), chosen, run_id="spring", now=NOW, **knowledge)

    return make


@pytest.fixture(scope="session", name="reason")
def fixture_reason(make):
    """reason(facts, options, **knowledge) -> code of why the one host is left out, or None."""

    def reason(host, options=None, **knowledge):
        plan = make([host], {"allow_empty": True, **(options or {})}, **knowledge)
        return plan.exclusions[0].reason if plan.exclusions else None

    return reason
