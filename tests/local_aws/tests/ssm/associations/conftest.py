# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A small fleet, documents, and short ways to associate them; the clock stands still unless a test moves it."""

import json

import pytest
from botocore.exceptions import ClientError

from local_aws.testing import serve

COMMAND = {
    "schemaVersion": "2.2",
    "parameters": {"Word": {"type": "String", "default": "none", "allowedPattern": "^[a-z]*$"}},
    "mainSteps": [{"action": "aws:runShellScript", "name": "say", "inputs": {"runCommand": ["echo {{ Word }}"]}}],
}
SLOW = {
    "schemaVersion": "2.2",
    "mainSteps": [
        {
            "action": "aws:runShellScript",
            "name": "rest",
            "inputs": {"runCommand": ["sleep 10000"], "timeoutSeconds": "14400"},
        }
    ],
}
RUNBOOK = {
    "schemaVersion": "0.3",
    "parameters": {"Host": {"type": "String"}, "Note": {"type": "String", "default": "none"}},
    "mainSteps": [
        {
            "name": "choose",
            "action": "aws:branch",
            "inputs": {
                "Choices": [{"NextStep": "crash", "Variable": "{{ Host }}", "StartsWith": "bad"}],
                "Default": "minute",
            },
        },
        {"name": "minute", "action": "aws:sleep", "inputs": {"Duration": "PT1M"}, "isEnd": True},
        {
            "name": "crash",
            "action": "aws:executeAwsApi",
            "inputs": {"Service": "ssm", "Api": "DescribeDocument", "Name": "no-such-document"},
            "isEnd": True,
        },
    ],
}
SCENARIO = {
    "clock": {"rate": 0},
    "fleet": [
        {"name": "web", "count": 3, "platform": "amazon-linux-2023", "missing": 3, "tags": {"Tier": "web"}},
        {"name": "db", "count": 2, "platform": "windows-2022", "tags": {"Tier": "db"}},
    ],
    "documents": [
        {"name": "say", "type": "Command", "content": json.dumps(COMMAND), "format": "JSON"},
        {"name": "rest", "type": "Command", "content": json.dumps(SLOW), "format": "JSON"},
        {"name": "runbook", "type": "Automation", "content": json.dumps(RUNBOOK), "format": "JSON"},
    ],
}
WEB = [{"Key": "tag:Tier", "Values": ["web"]}]


class Lab:
    """Short ways to make associations and to look at them."""

    def __init__(self, served):
        self.served = served
        self.ssm = served.client("ssm")

    def nodes(self, name):
        """Instance ids by the name of the fleet."""
        pages = self.served.client("ec2").describe_instances(Filters=[{"Name": "tag:Name", "Values": [f"{name}*"]}])
        return [one["InstanceId"] for found in pages["Reservations"] for one in found["Instances"]]

    def make(self, **members):
        """Create an association (document say on the web nodes, unless told otherwise); its id."""
        wanted = {"Name": "say", "Targets": WEB, **members}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        return self.ssm.create_association(**wanted)["AssociationDescription"]["AssociationId"]

    def get(self, association_id, **more):
        return self.ssm.describe_association(AssociationId=association_id, **more)["AssociationDescription"]

    def runs(self, association_id, **more):
        """Executions, oldest first."""
        answer = self.ssm.describe_association_executions(AssociationId=association_id, **more)
        return answer["AssociationExecutions"][::-1]

    def times(self, association_id):
        """When it was run."""
        return [run["CreatedTime"].astimezone(_utc()).strftime("%m-%d %H:%M") for run in self.runs(association_id)]

    def targets(self, association_id, number=-1, **more):
        execution = self.runs(association_id)[number]["ExecutionId"]
        return self.ssm.describe_association_execution_targets(
            AssociationId=association_id, ExecutionId=execution, **more
        )["AssociationExecutionTargets"]

    def listed(self, **filters):
        """Ids of the associations that fit."""
        wanted = [{"key": key, "value": value} for key, value in filters.items()]
        optional = {"AssociationFilterList": wanted} if wanted else {}
        return [one["AssociationId"] for one in self.ssm.list_associations(**optional)["Associations"]]

    def settle(self):
        self.served.clock(jump="idle")

    def days(self, number):
        self.served.clock(advance=number * 86400)
        self.settle()

    def code(self, function, **params):
        """The error code of a call that must fail."""
        with pytest.raises(ClientError) as caught:
            function(**params)
        return caught.value.response["Error"]["Code"]


def _utc():
    import datetime

    return datetime.UTC


@pytest.fixture(scope="module")
def served():
    with serve(SCENARIO) as running:
        yield running


@pytest.fixture
def lab(served):
    served.reset(SCENARIO)
    return Lab(served)
