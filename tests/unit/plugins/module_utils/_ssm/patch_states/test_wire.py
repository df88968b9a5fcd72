# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import datetime

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.patch_states import wire as patch_state_wire

NOW = datetime.datetime(2026, 3, 10, 12, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    "counts, hours, status, stale",
    [
        ({}, None, "compliant", None),
        ({"InstalledCount": 5, "InstalledOtherCount": 2, "NotApplicableCount": 9}, 3, "compliant", False),
        ({"MissingCount": 1}, 1, "non_compliant", True),
        ({"FailedCount": 1}, None, "non_compliant", None),
        ({"InstalledPendingRebootCount": 1}, None, "non_compliant", None),
        ({"InstalledRejectedCount": 1}, None, "non_compliant", None),
        ({"OtherNonCompliantCount": 1}, None, "non_compliant", None),
    ],
)
def test_patch_state(counts, hours, status, stale):
    wire = {"InstanceId": "i-1", "OperationEndTime": NOW - datetime.timedelta(hours=2), **counts}
    state = patch_state_wire.patch_state_to_model(wire, now=NOW, stale_after_hours=hours)
    assert (state["status"], state["stale"]) == (status, stale)
    assert state["operation_end_time"] == "2026-03-10T10:00:00Z"
    assert set(state) == set(patch_state_wire.never_scanned("i-1"))
