# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A small fleet on a clock that stands still unless a test moves it."""

import contextlib

import pytest
from botocore.exceptions import ClientError

FLEET = [
    {
        "name": "win",
        "count": 2,
        "platform": "windows-2022",
        "missing": 4,
        "tags": {"PatchGroup": "prod", "Role": "data"},
        "patch_seconds": 900,
        "scan_seconds": 60,
        "reboot_seconds": 200,
    },
    {
        "name": "lin",
        "count": 2,
        "platform": "amazon-linux-2023",
        "missing": 3,
        "tags": {"Role": "app"},
        "patch_seconds": 300,
        "scan_seconds": 30,
        "reboot_seconds": 60,
    },
]


def scenario(fleet=None, **more):
    """A scenario with a clock that stands still."""
    return {"clock": {"rate": 0}, "fleet": FLEET if fleet is None else fleet, **more}


def ids(server):
    """{Name: instance id}, terminated ones too."""
    found = {}
    for reservation in server.client("ec2").describe_instances()["Reservations"]:
        for instance in reservation["Instances"]:
            name = next(tag["Value"] for tag in instance.get("Tags", []) if tag["Key"] == "Name")
            found[name] = instance["InstanceId"]
    return found


@contextlib.contextmanager
def refused(code, text=""):
    """The block must raise a ClientError with this code."""
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code, caught.value
    assert text in str(caught.value)


def send(ssm, document, instance_ids=None, parameters=None, **more):
    """Send a command; returns its id."""
    if instance_ids is not None:
        more["InstanceIds"] = instance_ids
    return ssm.send_command(DocumentName=document, Parameters=parameters or {}, **more)["Command"]["CommandId"]


def command(ssm, command_id):
    """The command as ListCommands shows it."""
    return ssm.list_commands(CommandId=command_id)["Commands"][0]


def details(ssm, command_id):
    """{instance id: StatusDetails}"""
    found = {}
    for page in ssm.get_paginator("list_command_invocations").paginate(CommandId=command_id):
        found.update({one["InstanceId"]: one["StatusDetails"] for one in page["CommandInvocations"]})
    return found


def patch(server, ssm, instance_ids, operation="Install", **parameters):
    """Run AWS-RunPatchBaseline to its end; returns {instance id: StatusDetails}."""
    wanted = {"Operation": [operation], **{key: [value] for key, value in parameters.items()}}
    command_id = send(ssm, "AWS-RunPatchBaseline", instance_ids, wanted, MaxErrors="100%")
    server.clock(jump="idle")
    return details(ssm, command_id)


def state(ssm, instance_id):
    """The patch state of one node, None when it was never scanned."""
    found = ssm.describe_instance_patch_states(InstanceIds=[instance_id])["InstancePatchStates"]
    return found[0] if found else None


def patches(ssm, instance_id, **filters):
    """All rows of DescribeInstancePatches."""
    wanted = [{"Key": key, "Values": [value]} for key, value in filters.items()]
    pages = ssm.get_paginator("describe_instance_patches").paginate(InstanceId=instance_id, Filters=wanted)
    return [row for page in pages for row in page["Patches"]]
