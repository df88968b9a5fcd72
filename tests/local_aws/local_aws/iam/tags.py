# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The tags of a resource, for conditions with aws:ResourceTag and the keys of the services that mean the same."""

from typing import Any

from local_aws.iam import catalogue

SSM = {arn_type: name for name, arn_type in catalogue.SSM_TYPES.items()}


def tags_of(arn: str) -> dict[str, str]:
    """{key: value}; {} for a resource without tags, or one that does not exist yet."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or arn.endswith("*"):
        return {}
    service, region, account, rest = parts[2], parts[3], parts[4], parts[5]
    kind, _, number = rest.partition("/")
    if service == "ec2":
        return _ec2(account, region, number)
    if service == "ssm":
        return _ssm(account, region, kind, number)
    if service == "elasticloadbalancing":
        return _elb(account, region, arn)
    return _role(account, arn) if service == "iam" else {}


def _ec2(account: str, region: str, number: str) -> dict[str, str]:
    from moto.ec2.models import ec2_backends

    # Images and snapshots have no account in their ARN.
    backends = [ec2_backends[account]] if account else [ec2_backends[one] for one in list(ec2_backends)]
    for one in backends:
        if region in one and number in one[region].tags:
            return dict(one[region].tags[number])
    return {}


def _ssm(account: str, region: str, kind: str, number: str) -> dict[str, str]:
    from moto.ssm.models import ssm_backends

    from local_aws.ssm.tags import model

    if kind == "parameter":
        known = ssm_backends[account][region]
        name = number if number in known._parameters else f"/{number}"
        return dict(known._resource_tags["Parameter"].get(name) or {})
    return dict(model.of(account, region, SSM.get(kind, kind), number)) if account else {}


def _elb(account: str, region: str, arn: str) -> dict[str, str]:
    from moto.elbv2.models import elbv2_backends

    known: Any = elbv2_backends[account][region]
    return dict(known.tagging_service.get_tag_dict_for_resource(arn))


def _role(account: str, arn: str) -> dict[str, str]:
    from moto.iam.models import iam_backends

    roles = iam_backends[account]["aws"].roles.values()
    found: Any = next((one for one in roles if one.arn == arn), None)
    return {one["Key"]: one["Value"] for one in found.get_tags()} if found else {}
