# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A local AWS for the tests of documents and automation: stopped clock, jumps only."""

import json

import pytest
from botocore.exceptions import ClientError

from local_aws.testing import serve

from .helpers import scenario

ROLE = "arn:aws:iam::123456789012:role/automation"
SCENARIO = {
    "clock": {"rate": 0},
    "roles": [
        {"name": "automation", "trust": ["ssm.amazonaws.com"]},
        {"name": "other", "trust": ["ec2.amazonaws.com"]},
    ],
    "fleet": [{"name": "web", "count": 3, "platform": "amazon-linux-2023", "tags": {"Tier": "web"}}],
}
SWITCHES = {"request_rates": False}


class Lab:
    """Short ways to create documents, run them and look at them."""

    def __init__(self, served):
        self.served = served
        self.ssm = served.client("ssm")
        self.ec2 = served.client("ec2")
        self.count = 0

    def instances(self):
        found = self.ec2.describe_instances()["Reservations"]
        return [instance["InstanceId"] for one in found for instance in one["Instances"]]

    def document(self, steps, name=None, **top):
        self.count += 1
        name = name or f"document-{self.count}"
        content = {"schemaVersion": "0.3", "mainSteps": steps, **top}
        self.ssm.create_document(
            Name=name, Content=json.dumps(content), DocumentType="Automation", DocumentFormat="JSON"
        )
        return name

    def start(self, document, **params):
        return self.ssm.start_automation_execution(DocumentName=document, **params)["AutomationExecutionId"]

    def get(self, execution):
        return self.ssm.get_automation_execution(AutomationExecutionId=execution)["AutomationExecution"]

    def settle(self):
        self.served.clock(jump="idle")

    def advance(self, seconds):
        self.served.clock(advance=seconds)

    def run(self, steps, params=None, **top):
        """Create, start, wait until nothing is left; the execution."""
        execution = self.start(self.document(steps, **top), **(params or {}))
        self.settle()
        return self.get(execution)

    def children(self, parent):
        """Oldest first."""
        pages = self.ssm.get_paginator("describe_automation_executions").paginate(
            Filters=[{"Key": "ParentExecutionId", "Values": [parent]}]
        )
        return [row for page in pages for row in page["AutomationExecutionMetadataList"]][::-1]

    def code(self, function, **params):
        """The error code of a call that must fail."""
        with pytest.raises(ClientError) as caught:
            function(**params)
        return caught.value.response["Error"]["Code"]


@pytest.fixture(scope="module")
def base():
    return scenario()


@pytest.fixture(scope="module")
def served():
    with serve(SCENARIO, switches=SWITCHES) as running:
        yield running


@pytest.fixture
def lab(served):
    served.reset(SCENARIO)
    served.switches(**SWITCHES)
    return Lab(served)
