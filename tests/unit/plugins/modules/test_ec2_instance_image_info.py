# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import read
from ansible_collections.fleetpatch.aws.plugins.module_utils._ec2.images import run

FLEET = [{"name": "sql", "platform": "windows-2022"}]


@pytest.mark.parametrize("others", [0, 198, 199, 400])
def test_images_are_found_among_any_number_of_instances(serve, connect, others):
    """A request takes 200 filter values, those of all filters together."""
    aws = serve({"clock": {"rate": 0}, "fleet": FLEET})
    ec2 = connect(aws, "ec2")
    [reservation] = aws.client("ec2").describe_instances()["Reservations"]
    instance_id = reservation["Instances"][0]["InstanceId"]
    request = run.Request((instance_id,), "r1", "w1", "fleetpatch", True, {})
    quiet = {"wait": True, "timeout": 7200, "interval": 15, "say": lambda line: None, "check": False}
    run.ensure(ec2, request, **quiet)
    ids = [f"i-{number:017x}" for number in range(others)] + [instance_id]
    assert [one["instance_id"] for one in read.listed(ec2, "r1", "w1", ids)] == [instance_id]
