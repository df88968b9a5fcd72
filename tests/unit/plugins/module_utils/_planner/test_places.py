# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Hosts at once beside the automations that run already."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import PlanError


@pytest.mark.parametrize(
    ("options", "running", "at_once"),
    [
        ({"max_concurrency": "120"}, 0, 99),  # one place is that of the wave's own execution
        ({"max_concurrency": "100%"}, 0, 99),
        ({"max_concurrency": "100%", "automation_quota": 500}, 0, 120),
        ({"max_concurrency": "50"}, 60, 39),
        ({"max_concurrency": "39"}, 60, 39),
        ({"max_concurrency": "10"}, 99, 1),
        ({"max_concurrency": "10"}, 1000, 1),
        ({"max_concurrency": "auto", "automation_quota": 10}, 2, 7),  # auto: 8 % of 120
    ],
)
def test_a_wave_takes_the_places_that_are_left(facts, make, options, running, at_once):
    plan = make([facts(number) for number in range(120)], options, automations=running)
    (wave,) = plan.waves
    assert wave.max_concurrency == str(at_once)
    warned = [one.message for one in plan.warnings if one.code == "automation_quota"]
    if options["max_concurrency"] == "39" or options.get("automation_quota") == 500:
        assert warned == []
        return
    quota = options.get("automation_quota", 100)
    beside = f", beside {running} automations already running" if running else ""
    hosts = "1 host" if at_once == 1 else f"{at_once} hosts"
    assert warned == [
        f"at most {hosts} at once in 1 wave: the account runs at most {quota} automations at once{beside} (patch_run_automation_quota)"
    ]


@pytest.mark.parametrize("quota", [0, 501])
def test_a_quota_that_aws_cannot_have_is_refused(facts, make, quota):
    with pytest.raises(PlanError, match=f"patch_run_automation_quota: {quota} must be from 1 to 500"):
        make([facts(1)], {"automation_quota": quota})
