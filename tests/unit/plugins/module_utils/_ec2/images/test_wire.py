# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import wire


def test_every_state_of_the_service_model_is_known():
    import botocore.session

    shape = botocore.session.get_session().get_service_model("ec2").shape_for("ImageState")
    assert set(shape.enum) == set(wire.IMAGE_STATES)


@pytest.mark.parametrize(
    "prefix, run_id, expected",
    [("fleetpatch", "r1", "fleetpatch-r1-i-1"), ("fp", "10:20 (x)", "fp-10-20 (x)-i-1"), ("ü", "ß", "----i-1")],
)
def test_image_name(prefix, run_id, expected):
    assert wire.image_name(prefix, run_id, "i-1") == expected


def test_tags_of_the_run_win():
    tags = wire.image_tags("r", "w", "i-1", {"fleetpatch:run": "other", "team": 7})
    assert tags == {
        "team": "7",
        "fleetpatch:run": "r",
        "fleetpatch:step": "w",
        "fleetpatch:instance": "i-1",
        "fleetpatch:owner": "fleetpatch",
    }


def test_snapshots_in_the_order_of_the_devices():
    image = {
        "BlockDeviceMappings": [
            {"Ebs": {"SnapshotId": "snap-2"}},
            {"VirtualName": "x"},
            {"Ebs": {}},
            {"Ebs": {"SnapshotId": "snap-1"}},
        ]
    }
    assert wire.snapshots_of(image) == ["snap-2", "snap-1"]
