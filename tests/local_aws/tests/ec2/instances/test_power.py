# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What EC2 and Systems Manager say of an instance that is started: status checks, and an agent that is online later."""

import pytest

from ...helpers import ids


def checks(ec2, number):
    (one,) = ec2.describe_instance_status(InstanceIds=[number])["InstanceStatuses"]
    return one["InstanceStatus"]["Status"], one["SystemStatus"]["Status"]


def agents(ssm, number):
    found = ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": [number]}])
    return [one["PingStatus"] for one in found["InstanceInformationList"]]


@pytest.fixture
def stopped(server, ec2):
    number = ids(server)["web-1"]
    ec2.stop_instances(InstanceIds=[number])
    server.clock(advance=3600)
    return number


def test_a_start_takes_its_time(server, ec2, ssm, stopped):
    assert agents(ssm, stopped) == []
    assert ec2.describe_instance_status(InstanceIds=[stopped])["InstanceStatuses"] == []
    ec2.start_instances(InstanceIds=[stopped])
    assert checks(ec2, stopped) == ("initializing", "ok")
    assert agents(ssm, stopped) == ["ConnectionLost"]
    server.clock(jump="idle")
    assert checks(ec2, stopped) == ("ok", "ok")
    assert agents(ssm, stopped) == ["Online"]


def test_an_instance_that_does_not_boot(server, ec2, ssm, stopped):
    server.set_machine(stopped, no_boot=True)
    ec2.start_instances(InstanceIds=[stopped])
    server.clock(advance=301)
    assert checks(ec2, stopped) == ("impaired", "ok")
    filters = [{"Name": "instance-status.status", "Values": ["impaired"]}]
    assert [one["InstanceId"] for one in ec2.describe_instance_status(Filters=filters)["InstanceStatuses"]] == [stopped]
    assert agents(ssm, stopped) == ["ConnectionLost"]
    ec2.stop_instances(InstanceIds=[stopped])
    server.set_machine(stopped, no_boot=False)
    ec2.start_instances(InstanceIds=[stopped])
    server.clock(jump="idle")
    assert checks(ec2, stopped) == ("ok", "ok")


def test_a_start_that_is_stopped_halfway_boots_nothing(server, ec2, ssm, stopped):
    for _time in range(2):
        ec2.start_instances(InstanceIds=[stopped])
        server.clock(advance=30)
        ec2.stop_instances(InstanceIds=[stopped])
    ec2.start_instances(InstanceIds=[stopped])
    server.clock(advance=45)
    assert checks(ec2, stopped) == ("initializing", "ok")
    server.clock(jump="idle")
    assert agents(ssm, stopped) == ["Online"]


def test_a_reboot_is_not_seen_in_the_checks_unless_it_does_not_end(server, ec2):
    number = ids(server)["web-1"]
    ec2.reboot_instances(InstanceIds=[number])
    assert checks(ec2, number) == ("ok", "ok")
    server.clock(jump="idle")
    server.set_machine(number, no_return=True)
    ec2.reboot_instances(InstanceIds=[number])
    server.clock(advance=301)
    assert checks(ec2, number) == ("impaired", "ok")
