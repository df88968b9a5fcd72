# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.filter.target_parameters import filter_target_parameters


def test_only_hosts_that_need_parameters_have_some():
    plain = {"instance_id": "i-1", "former_state": "running", "target_groups": []}
    asleep = {"instance_id": "i-2", "former_state": "stopped", "target_groups": ["web"]}
    balanced = {"instance_id": "i-3", "target_groups": ["web", "api"]}
    assert filter_target_parameters([plain, asleep, balanced, {"instance_id": "i-4"}]) == {
        "i-2": {"FormerState": ["stopped"]},
        "i-3": {"Drain": ["yes"], "TargetGroups": ["web", "api"]},
    }


def test_a_host_that_somebody_started_since_is_not_stopped():
    asleep = {"instance_id": "i-2", "former_state": "stopped", "target_groups": ["web"]}
    assert filter_target_parameters([asleep], started=["i-2"]) == {"i-2": {"Drain": ["yes"], "TargetGroups": ["web"]}}


@pytest.mark.parametrize("hosts", ["i-1", [{"host": "web"}], ["i-1"]])
def test_what_is_no_host_is_refused(hosts):
    with pytest.raises(AnsibleFilterError, match="must be a list of hosts"):
        filter_target_parameters(hosts)
