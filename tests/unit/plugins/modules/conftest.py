# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A runbook whose target decides its fate, and the modules' code driven by the clock of the local AWS."""

import json

import pytest

RUNBOOK = {
    "schemaVersion": "0.3",
    "description": "Works a minute on Host; a Host that begins with bad fails, one that begins with slow works an hour",
    "parameters": {"Host": {"type": "String"}, "Note": {"type": "String", "default": "none"}},
    "mainSteps": [
        {
            "name": "choose",
            "action": "aws:branch",
            "inputs": {
                "Choices": [
                    {"NextStep": "crash", "Variable": "{{ Host }}", "StartsWith": "bad"},
                    {"NextStep": "hour", "Variable": "{{ Host }}", "StartsWith": "slow"},
                ],
                "Default": "minute",
            },
        },
        {"name": "minute", "action": "aws:sleep", "inputs": {"Duration": "PT1M"}, "isEnd": True},
        {"name": "hour", "action": "aws:sleep", "inputs": {"Duration": "PT1H"}, "isEnd": True},
        {
            "name": "crash",
            "action": "aws:executeAwsApi",
            "inputs": {"Service": "ssm", "Api": "DescribeDocument", "Name": "no-such-document"},
            "isEnd": True,
        },
    ],
}


@pytest.fixture(name="aws")
def fixture_aws(serve):
    """The local AWS with the runbook; its clock stands still until somebody sleeps."""
    documents = [{"name": "work-on-host", "type": "Automation", "content": json.dumps(RUNBOOK), "format": "JSON"}]
    return serve({"clock": {"rate": 0}, "switches": {"request_rates": False}, "documents": documents})


@pytest.fixture(name="connect")
def fixture_connect():
    """connect(aws, service) -> a Connection whose sleeps move the clock of the local AWS."""
    from ansible_collections.fleetpatch.aws.plugins.module_utils._core import calls
    from ansible_collections.fleetpatch.aws.plugins.module_utils._core import wait
    from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection

    def connect(aws, service):
        clock = wait.Clock(now=lambda: aws.clock()["timestamp"], sleep=lambda seconds: aws.clock(advance=seconds))
        return calls.Connection(aws.client(service), clock=clock, paces=connection.paces())

    return connect


@pytest.fixture(name="connection")
def fixture_connection(aws, connect):
    """connection(service) -> a Connection to the local AWS with the runbook."""
    return lambda service: connect(aws, service)
