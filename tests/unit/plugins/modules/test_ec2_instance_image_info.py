# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.run import Following
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import read
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import run
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import wire

FLEET = [{"name": "sql", "platform": "windows-2022"}]


@pytest.mark.parametrize("others", [0, 198, 199, 400])
def test_images_are_found_among_any_number_of_instances(serve, connect, others):
    """A request takes 200 filter values, those of all filters together."""
    aws = serve({"clock": {"rate": 0}, "fleet": FLEET})
    ec2 = connect(aws, "ec2")
    [reservation] = aws.client("ec2").describe_instances()["Reservations"]
    instance_id = reservation["Instances"][0]["InstanceId"]
    request = wire.Request((instance_id,), "r1", "w1", "fleetpatch", True, {})
    run.ensure(ec2, request, Following(True, 7200, 15, "none", lambda line: None), check=False)
    ids = [f"i-{number:017x}" for number in range(others)] + [instance_id]
    assert [one["instance_id"] for one in read.listed(ec2, "r1", "w1", ids)] == [instance_id]
