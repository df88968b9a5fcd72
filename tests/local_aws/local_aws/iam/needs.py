# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""From an operation and its parameters to what the caller must be allowed to do, by the tables of the catalogue."""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from local_aws.framework.registry import Context
from local_aws.framework.switches import assume
from local_aws.iam import catalogue

assume(
    "iam.send-command-targets",
    "SendCommand with Targets needs ssm:SendCommand on instance/*, and on managed-instance/* of an account with such nodes.",
    "user guide, Run Command: restrict access based on tags",
)
assume(
    "iam.deregister-with-snapshots",
    "DeregisterImage with DeleteAssociatedSnapshots needs ec2:DeleteSnapshot on the snapshots too.",
    "EC2 user guide, deregister an AMI",
)
assume(
    "iam.delete-replaced-root",
    "DeleteReplacedRootVolume of CreateReplaceRootVolumeTask needs ec2:DeleteVolume too.",
    "CreateReplaceRootVolumeTask",
)
assume(
    "iam.tags-at-creation",
    "Tags in a request of Systems Manager that creates something need ssm:AddTagsToResource on it too.",
    "API references of the operations; the text of the error is known for PutParameter",
)


@dataclass(frozen=True)
class Need:
    """One action on one resource. resource: "" for an action without resource types; facts: condition keys, lower case."""

    action: str
    resource: str
    facts: dict[str, Any] = field(default_factory=dict)


class Unknown(Exception):
    """The catalogue has no row for the operation."""


def needs(ctx: Context, service: str, operation: str, params: dict) -> list[Need]:
    """All that the caller must be allowed to do. Raises Unknown."""
    if (service, operation) in catalogue.FREE:
        return []
    facts = {"aws:requestedregion": ctx.region, **_request_tags(params)}
    action = action_of(service, operation, params)
    found = [Need(action, one, facts) for one in resources(ctx, service, operation, params)]
    return [*found, *_further(ctx, service, operation, params, facts), *_passing(ctx, service, operation, params)]


def action_of(service: str, operation: str, params: dict) -> str:
    """The action of an operation; SendEmail of version 2 is SendRawEmail for raw content (SES developer guide)."""
    if service == "sesv2" and operation == "SendEmail" and (params.get("Content") or {}).get("Raw"):
        return "ses:SendRawEmail"
    name = catalogue.ACTIONS.get((service, operation), operation)
    return f"{catalogue.PREFIXES.get(service, service)}:{name}"


def resources(ctx: Context, service: str, operation: str, params: dict) -> list[str]:
    """ARNs of the operation's own action. Raises Unknown."""
    if service == "s3":
        return [_s3(params)]
    words = catalogue.OPERATIONS.get(service, {}).get(operation)
    if words is None and reads_without(service, operation):
        words = "*"
    if words is None:
        raise Unknown(f"{service}:{operation}")
    return [arn for word in words.split() for arn in _arns(ctx, word, params)]


def reads_without(service: str, operation: str) -> bool:
    """Whether it is one of the many reads without resource types."""
    if service not in catalogue.READS_WITHOUT or operation in catalogue.READS_WITH:
        return False
    return operation.startswith("Describe")


def _s3(params: dict) -> str:
    bucket, key = params.get("Bucket"), params.get("Key")
    if not bucket:
        return ""
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"


def _arns(ctx: Context, word: str, params: dict) -> Iterator[str]:
    if word == "*":
        yield ""
        return
    kind, _, member = word.partition(":")
    kind, optional = kind.removesuffix("?"), kind.endswith("?")
    if kind in SPECIAL:
        yield from SPECIAL[kind](ctx, params)
        return
    value = _member(params, member)
    ids = value if isinstance(value, list) else [value] if value else []
    if not ids and not optional:
        ids = ["*"]
    for one in ids:
        # What is no ARN where one belongs is an error of the operation itself.
        if kind != "arn" or str(one).startswith("arn:"):
            yield arn(ctx, kind, str(one), params)


def _member(params: Any, path: str) -> Any:
    for name in path.split(".") if path else []:
        params = params.get(name) if isinstance(params, dict) else None
    return params if path else None


def arn(ctx: Context, kind: str, number: str, params: dict) -> str:
    """The ARN of a resource; ids that are ARNs stay."""
    if kind == "automation-definition":
        name = document(ctx, number).replace(":document/", ":automation-definition/")
        return f"{name}:{params.get('DocumentVersion') or '$DEFAULT'}"
    if kind == "document":
        return document(ctx, number)
    if number.startswith("arn:") or kind == "arn":
        return number
    if kind == "node":
        kind = "managed-instance" if number.startswith("mi-") else "instance"
    if kind == "ec2":
        kind = catalogue.EC2_TYPES.get(number.split("-")[0], "*")
    if kind == "parameter":
        number = number.partition(":")[0].lstrip("/")
    template = catalogue.ARNS.get(kind, f"arn:aws:ec2:{{region}}:{{account}}:{kind}/{{id}}")
    return template.format(region=ctx.region, account=ctx.account, id=number)


def document(ctx: Context, name: str) -> str:
    """The ARN of a document; those of Amazon have no account."""
    if name.startswith("arn:"):
        return name
    account = "" if name.startswith(("AWS-", "AWSEC2-", "Amazon", "AWSSupport-")) else ctx.account
    return f"arn:aws:ssm:{ctx.region}:{account}:document/{name}"


def _nodes(ctx: Context, params: dict) -> Iterator[str]:
    from local_aws.fleet import machine

    named = list(params.get("InstanceIds") or [])
    chosen = False
    for target in params.get("Targets") or []:
        if target.get("Key", "").lower() == "instanceids" and "*" not in target.get("Values", []):
            named += target["Values"]
        else:
            chosen = True
    for one in named:
        yield arn(ctx, "node", one, params)
    if chosen:
        yield arn(ctx, "instance", "*", params)
        if any(one.startswith("mi-") for one in machine.machines(ctx.account, ctx.region)):
            yield arn(ctx, "managed-instance", "*", params)


def _tagged(ctx: Context, params: dict) -> Iterator[str]:
    yield arn(
        ctx, catalogue.SSM_TYPES.get(params.get("ResourceType", ""), "opsitem"), params.get("ResourceId", ""), params
    )


def _sender(ctx: Context, params: dict) -> Iterator[str]:
    from local_aws.ses import model

    given = params.get("Source") or params.get("FromEmailAddress") or ""
    address = given.rpartition("<")[2].rstrip(">").strip()
    known = model.ses_backend(ctx).email_identities
    identity = address if address in known else address.rpartition("@")[2]
    yield params.get("SourceArn") or params.get("FromEmailAddressIdentityArn") or arn(ctx, "identity", identity, params)


SPECIAL = {"nodes": _nodes, "tagged": _tagged, "sender": _sender}


def _request_tags(params: dict) -> dict[str, Any]:
    tags = params.get("Tags")
    pairs = list(tags) if isinstance(tags, list) else []
    for spec in params.get("TagSpecifications") or []:
        pairs += spec.get("Tags") or []
    return _as_facts({one["Key"]: one.get("Value", "") for one in pairs if isinstance(one, dict) and "Key" in one})


def _as_facts(tags: dict[str, str]) -> dict[str, Any]:
    facts: dict[str, Any] = {f"aws:requesttag/{key.lower()}": value for key, value in tags.items()}
    return {**facts, "aws:tagkeys": list(tags)} if tags else {}


def _further(ctx: Context, service: str, operation: str, params: dict, facts: dict) -> Iterator[Need]:
    if service == "ssm" and operation in catalogue.TAGGED_AT_CREATION and params.get("Tags"):
        for one in _arns(ctx, catalogue.TAGGED_AT_CREATION[operation], params):
            yield Need("ssm:AddTagsToResource", one, facts)
    if service != "ec2":
        return
    if operation == "CreateReplaceRootVolumeTask" and params.get("DeleteReplacedRootVolume"):
        yield Need("ec2:DeleteVolume", arn(ctx, "volume", "*", params), facts)
    if operation == "DeregisterImage" and params.get("DeleteAssociatedSnapshots"):
        for one in _snapshots(ctx, params.get("ImageId", "")):
            yield Need("ec2:DeleteSnapshot", arn(ctx, "snapshot", one, params), facts)
    for spec in params.get("TagSpecifications") or []:
        given = {one["Key"]: one.get("Value", "") for one in spec.get("Tags") or []}
        own = {"aws:requestedregion": ctx.region, "ec2:createaction": operation, **_as_facts(given)}
        if given:
            yield Need("ec2:CreateTags", arn(ctx, spec.get("ResourceType", "*"), "*", params), own)


def _snapshots(ctx: Context, image: str) -> list[str]:
    from moto.ec2.models import ec2_backends

    from local_aws.ec2.images.model import image_mappings

    found = ec2_backends[ctx.account][ctx.region].amis.get(image)
    return [one["Ebs"]["SnapshotId"] for one in image_mappings(found) if "Ebs" in one] if found else []


def _passing(ctx: Context, service: str, operation: str, params: dict) -> Iterator[Need]:
    to, members = catalogue.PASSED.get((service, operation), ("", ()))
    for member in members:
        value = _member(params, member)
        if value:
            yield passing(ctx, value, to)
    linked = catalogue.SERVICE_LINKED.get((service, operation))
    if linked and not params.get(linked[2]) and not _exists(ctx, linked[1]):
        role = f"arn:aws:iam::{ctx.account}:role/aws-service-role/{linked[0]}/{linked[1]}"
        yield Need("iam:CreateServiceLinkedRole", role, {"iam:awsservicename": linked[0]})


def passing(ctx: Context, role: str, to: str) -> Need:
    """Passing a role, by ARN or name, to a service."""
    arn_of = role if role.startswith("arn:") else f"arn:aws:iam::{ctx.account}:role/{role}"
    return Need("iam:PassRole", arn_of.replace(":instance-profile/", ":role/"), {"iam:passedtoservice": to})


def _exists(ctx: Context, role: str) -> bool:
    from moto.iam.models import iam_backends

    return any(one.name == role for one in iam_backends[ctx.account]["aws"].roles.values())
