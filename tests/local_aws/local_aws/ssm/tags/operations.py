# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tags of Systems Manager resources: one store, with a check of existence for each resource type.

AddTagsToResource, RemoveTagsFromResource, ListTagsForResource. Types that nobody registered stay with moto.
"""

from typing import Any

from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.ssm.tags.model import TYPES
from local_aws.ssm.tags.model import check
from local_aws.ssm.tags.model import listed
from local_aws.ssm.tags.model import of
from local_aws.ssm.tags.model import put


def _ours(ctx: Context, params: dict) -> bool:
    resource_type = params["ResourceType"]
    if resource_type not in TYPES:
        return False
    if not TYPES[resource_type](ctx.account, ctx.region, params["ResourceId"]):
        raise AwsError("InvalidResourceId", f"{resource_type} {params['ResourceId']} does not exist.")
    return True


def _moto(ctx: Context) -> Any:
    from moto.ssm.models import ssm_backends

    return ssm_backends[ctx.account][ctx.region]


@op("ssm", "AddTagsToResource")
def add_tags(ctx: Context, params: dict) -> dict:
    if _ours(ctx, params):
        put(ctx.account, ctx.region, params["ResourceType"], params["ResourceId"], params["Tags"])
        return {}
    check(params["Tags"])
    tags = {tag["Key"]: tag["Value"] for tag in params["Tags"]}
    _moto(ctx).add_tags_to_resource(params["ResourceType"], params["ResourceId"], tags)
    return {}


@op("ssm", "RemoveTagsFromResource")
def remove_tags(ctx: Context, params: dict) -> dict:
    if _ours(ctx, params):
        have = of(ctx.account, ctx.region, params["ResourceType"], params["ResourceId"])
        for key in params["TagKeys"]:
            have.pop(key, None)
        return {}
    _moto(ctx).remove_tags_from_resource(params["ResourceType"], params["ResourceId"], params["TagKeys"])
    return {}


@op("ssm", "ListTagsForResource")
def list_tags(ctx: Context, params: dict) -> dict:
    if _ours(ctx, params):
        return {"TagList": listed(ctx.account, ctx.region, params["ResourceType"], params["ResourceId"])}
    have = _moto(ctx).list_tags_for_resource(params["ResourceType"], params["ResourceId"])
    return {"TagList": [{"Key": key, "Value": value} for key, value in have.items()]}
