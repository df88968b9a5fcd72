# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The tables of what operations need, compared with AWS's Service Authorization Reference (the copy in parliament)."""

import re

import pytest
from moto.core.utils import get_service_model
from parliament import iam_definition

from local_aws.framework.registry import OPS
from local_aws.framework.registry import Context
from local_aws.framework.registry import load
from local_aws.iam import catalogue
from local_aws.iam import needs

load()
CTX = Context("123456789012", "us-east-1", principal="arn:aws:iam::123456789012:root")
ROWS = [(service, operation) for service, rows in catalogue.OPERATIONS.items() for operation in rows]
# Actions whose resources AWS's reference does not list, with what is known of them.
UNLISTED = {
    "ses:SendRawEmail": "identity: the developer guide's policies for SendRawEmail name the identity",
    "ses:GetSendQuota": "no resource: the developer guide, identity-based policies",
    "ses:GetIdentityVerificationAttributes": "no resource: the developer guide",
}
EXAMPLES = {
    "InstanceId": "i-0123456789abcdef0",
    "BaselineId": "pb-0123456789abcdef0",
    "RoleArn": "arn:aws:iam::123456789012:role/a",
    "TopicArn": "arn:aws:sns:us-east-1:123456789012:t",
    "ResourceArn": "arn:aws:sns:us-east-1:123456789012:t",
    "TargetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/t/0123456789abcdef",
    "CalendarNames": "cal",
    "Resources": "i-0123456789abcdef0",
    "ResourceType": "Document",
    "Source": "a@example.com",
    "FromEmailAddress": "a@example.com",
}


def services(prefix):
    return [one for one in iam_definition if one["prefix"] == prefix]


def privilege(action):
    prefix, name = action.split(":")
    found = [one for service in services(prefix) for one in service["privileges"] if one["privilege"] == name]
    # Two versions of SES have actions with the same name.
    return {"resource_types": [kind for one in found for kind in one["resource_types"]]} if found else None


def templates(action):
    """{resource type: pattern of its ARN} of an action, and the types that it requires."""
    prefix = action.split(":")[0]
    arns = {}
    for service in services(prefix):
        for one in service["resources"]:
            parts = re.split(r"\$\{[^}]+\}", one["arn"])
            arns[one["resource"]] = re.compile("[^:]*".join(map(re.escape, parts[:-1])) + "(.*)" + re.escape(parts[-1]))
    names = [one["resource_type"] for one in privilege(action)["resource_types"] if one["resource_type"]]
    return {name.rstrip("*"): arns[name.rstrip("*")] for name in names}, {n[:-1] for n in names if n.endswith("*")}


def example(service, operation):
    whole = get_service_model(service).operation_model(operation).input_shape
    found = {}
    for name, shape in (whole.members if whole else {}).items():
        value = EXAMPLES.get(name, f"{name}x")
        if shape.type_name in ("string", "list"):
            found[name] = value if shape.type_name == "string" else [value]
    return {
        key: value
        for key, value in found.items()
        if key not in ("Tags", "TagSpecifications", "Targets", "SourceArn", "FromEmailAddressIdentityArn")
    }


@pytest.mark.parametrize(("service", "operation"), ROWS)
def test_the_resources_of_an_operation_are_those_of_its_action(service, operation):
    if service == "iam" and operation == "PassRole":
        return
    action = needs.action_of(service, operation, {})
    if privilege(action) is None:
        assert action in UNLISTED
        return
    found = needs.resources(CTX, service, operation, example(service, operation))
    allowed, required = templates(action)
    if found == [""]:
        assert not required, f"{action} has resource types: {sorted(required)}"
        return
    kinds = {name for name, pattern in allowed.items() for one in found if pattern.fullmatch(one)}
    strange = [one for one in found if not any(pattern.fullmatch(one) for pattern in allowed.values())]
    assert strange == [], f"{action} has no such resource; it has {sorted(allowed)}"
    # Of an instance and a managed instance a request names one.
    missing = {one for one in required - kinds if not {"instance", "managed-instance"} & {one} & required or not kinds}
    assert missing <= {
        "instance",
        "managed-instance",
        "windowtask",
        "iam-role",
    }, f"{action} needs {sorted(missing)} too"


def test_every_own_operation_of_the_services_in_the_table_has_a_row():
    missing = set()
    for service, operation in OPS:
        read = needs.reads_without(service, operation)
        if (service, operation) not in ROWS and not read and (service, operation) not in catalogue.FREE:
            missing.add(f"{service}:{operation}")
    assert missing == set()


def test_reads_without_a_row_have_no_resource_types():
    wrong = set()
    for service in catalogue.READS_WITHOUT:
        for operation in get_service_model(service).operation_names:
            action = needs.action_of(service, operation, {})
            row = operation in catalogue.OPERATIONS[service]
            if needs.reads_without(service, operation) and not row and privilege(action) and templates(action)[1]:
                wrong.add(action)
    assert wrong == set()
