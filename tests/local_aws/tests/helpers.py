# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the tests of a patch run's surroundings share."""

import contextlib

import pytest
from botocore.exceptions import ClientError

SQL = {"name": "sql", "platform": "windows-2022", "missing": 4, "volumes": [80, 500], "tags": {"PatchGroup": "prod"}}
WEB = {"name": "web", "count": 2, "platform": "amazon-linux-2023", "missing": 3, "tags": {"Role": "web"}}
TIMES = {"patch_seconds": 300, "scan_seconds": 30, "reboot_seconds": 60, "image_seconds": 200}


def scenario(*groups, **more):
    """Groups of machines (a Windows one with a data volume and two of Linux), and a clock that stands still."""
    return {"clock": {"rate": 0}, "fleet": [{**TIMES, **group} for group in groups or (SQL, WEB)], **more}


def ids(server):
    """{Name: instance id}"""
    found = {}
    for reservation in server.client("ec2").describe_instances()["Reservations"]:
        for instance in reservation["Instances"]:
            tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
            found[tags["Name"]] = instance["InstanceId"]
    return found


@contextlib.contextmanager
def refused(code, text=""):
    """The block must raise a ClientError with this code."""
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code, caught.value
    assert text in str(caught.value)


def run(server, document, instance_ids, **parameters):
    """Run a command to its end; its invocations with plugins, by instance id."""
    ssm = server.client("ssm")
    wanted = {key: value if isinstance(value, list) else [value] for key, value in parameters.items()}
    command_id = ssm.send_command(DocumentName=document, InstanceIds=instance_ids, Parameters=wanted, MaxErrors="100%")[
        "Command"
    ]["CommandId"]
    server.clock(jump="idle")
    found = ssm.list_command_invocations(CommandId=command_id, Details=True)["CommandInvocations"]
    return {one["InstanceId"]: one for one in found}


def install(server, instance_ids, **more):
    """AWS-RunPatchBaseline Install to its end; {instance id: StatusDetails}."""
    found = run(server, "AWS-RunPatchBaseline", instance_ids, Operation="Install", **more)
    return {number: one["StatusDetails"] for number, one in found.items()}
