# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Operations on patch baselines and patch groups."""

import re
from typing import Any

from local_aws.fleet import catalogue
from local_aws.fleet import seeding
from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.baselines import defaults
from local_aws.ssm.baselines import model as groups
from local_aws.ssm.baselines import rules
from local_aws.ssm.baselines.wire import CONTENT
from local_aws.ssm.baselines.wire import complete
from local_aws.ssm.baselines.wire import identity_of
from local_aws.ssm.baselines.wire import shown_baseline
from local_aws.ssm.tags import model as tags_model

define(
    "patch_quotas", {"baselines": 50, "groups_per_baseline": 25}, dict, "quotas of Patch Manager per account and Region"
)
assume(
    "delete-default-baseline",
    "Deleting a baseline that is a default is a ResourceInUseException; deleting an unknown id succeeds.",
    "DeletePatchBaseline declares ResourceInUseException and InternalServerError only",
)


_ID = re.compile(r"(arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:patchbaseline/)?pb-[0-9a-f]{17}")


def get(ctx: Context, baseline_id: str) -> dict:
    """The baseline; raises InvalidResourceId when it is no id at all, DoesNotExistException when there is none."""
    if not _ID.fullmatch(baseline_id):
        raise AwsError("InvalidResourceId", f"{baseline_id} is not the id of a patch baseline.")
    found = groups.find(ctx.account, ctx.region, baseline_id)
    if found is None:
        raise AwsError("DoesNotExistException", f"Patch Baseline {baseline_id} does not exist.")
    return found


@op("ssm", "CreatePatchBaseline")
def create_patch_baseline(ctx: Context, params: dict) -> dict:
    catalogue.anchor()
    known = groups.book(ctx.account, ctx.region)
    token = params.get("ClientToken")
    wanted = {key: value for key, value in params.items() if key != "ClientToken"}
    if token in known.tokens:
        before, baseline_id = known.tokens[token]
        if before != wanted:
            raise AwsError("IdempotentParameterMismatch", "The client token was used with other parameters before.")
        return {"BaselineId": baseline_id}
    content = {key: params[key] for key in CONTENT if key in params}
    tags_model.check(params.get("Tags") or [])
    baseline = complete({**content, "OperatingSystem": params.get("OperatingSystem", "WINDOWS")})
    rules.check(baseline)
    limit = SWITCHES["patch_quotas"]["baselines"]
    if len(known.own) >= limit:
        raise AwsError("ResourceLimitExceededException", f"The limit of {limit} patch baselines has been reached.")
    baseline_id = state.new_id("pb-0", 16)
    now = clock.now()
    baseline.update(BaselineId=baseline_id, CreatedDate=now, ModifiedDate=now, Owner="Self", Revision=0)
    known.own[baseline_id] = baseline
    _tag(ctx, baseline_id, params.get("Tags"))
    if token:
        known.tokens[token] = (wanted, baseline_id)
    return {"BaselineId": baseline_id}


def _tag(ctx: Context, baseline_id: str, wanted: list[dict] | None) -> None:
    tags_model.put(ctx.account, ctx.region, "PatchBaseline", baseline_id, wanted)


def _exists(account: str, region: str, baseline_id: str) -> bool:
    return baseline_id in groups.book(account, region).own


tags_model.register("PatchBaseline", _exists)


@op("ssm", "UpdatePatchBaseline")
def update_patch_baseline(ctx: Context, params: dict) -> dict:
    """Without Replace what is not given stays; with Replace it becomes null, and what Create requires is required."""
    old = get(ctx, params["BaselineId"])
    if old["Owner"] == "AWS":
        raise AwsError("DoesNotExistException", "A patch baseline provided by AWS cannot be changed.")
    given = {key: params[key] for key in CONTENT if key in params}
    kept = {key: old[key] for key in ("BaselineId", "OperatingSystem", "CreatedDate", "Owner", "Revision")}
    if params.get("Replace"):
        if not given.get("Name"):
            raise rules.invalid("Name is required when Replace is true.")
    else:
        kept = {**old}
    new = complete({**kept, **given})
    rules.check(new)
    new.update(ModifiedDate=clock.now(), Revision=old["Revision"] + 1)
    groups.book(ctx.account, ctx.region).own[old["BaselineId"]] = new
    return shown_baseline(new)


@op("ssm", "GetPatchBaseline")
def get_patch_baseline(ctx: Context, params: dict) -> dict:
    found = get(ctx, params["BaselineId"])
    return {**shown_baseline(found), "PatchGroups": groups.groups_of(ctx.account, ctx.region, found["BaselineId"])}


def _filters(params: dict, allowed: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in params.get("Filters") or []:
        if one.get("Key") not in allowed:
            raise rules.invalid(f"The filter key {one.get('Key')} is not valid. Valid keys: {', '.join(allowed)}.")
        found.setdefault(one["Key"], []).extend(one.get("Values") or [])
    return found


@op("ssm", "DescribePatchBaselines")
def describe_patch_baselines(ctx: Context, params: dict) -> dict:
    filters = _filters(params, ("NAME_PREFIX", "OWNER", "OPERATING_SYSTEM"))
    for owner in filters.get("OWNER", []):
        if owner not in ("AWS", "Self", "All"):
            raise rules.invalid(f"The value {owner} is not valid for the filter key OWNER.")
    every = [*groups.book(ctx.account, ctx.region).own.values(), *defaults.owned(ctx.region).values()]
    found = [identity_of(ctx, baseline) for baseline in every if _wanted(baseline, filters)]
    shown, token = page(found, params, default=100, maximum=100)
    return {"BaselineIdentities": shown, **({"NextToken": token} if token else {})}


def _wanted(baseline: dict, filters: dict[str, list[str]]) -> bool:
    owners = filters.get("OWNER")
    if owners and "All" not in owners and baseline["Owner"] not in owners:
        return False
    prefixes = filters.get("NAME_PREFIX")
    if prefixes and not any(baseline["Name"].startswith(prefix) for prefix in prefixes):
        return False
    systems = filters.get("OPERATING_SYSTEM")
    return not systems or baseline["OperatingSystem"] in systems


@op("ssm", "DeletePatchBaseline")
def delete_patch_baseline(ctx: Context, params: dict) -> dict:
    baseline_id = params["BaselineId"].rpartition("/")[2]
    known = groups.book(ctx.account, ctx.region)
    if params["BaselineId"] in defaults.owned(ctx.region):
        raise AwsError("ResourceInUseException", "A patch baseline provided by AWS cannot be deleted.")
    used = groups.groups_of(ctx.account, ctx.region, baseline_id)
    if used:
        text = f"PatchBaseline to be deleted is used for Patch Group: {', '.join(used)}"
        raise AwsError("ResourceInUseException", text)
    if baseline_id in known.default.values():
        raise AwsError("ResourceInUseException", "The patch baseline is the default of its operating system.")
    if known.own.pop(baseline_id, None) is not None:
        tags_model.drop(ctx.account, ctx.region, "PatchBaseline", baseline_id)
    return {"BaselineId": params["BaselineId"]}


@op("ssm", "RegisterDefaultPatchBaseline")
def register_default_patch_baseline(ctx: Context, params: dict) -> dict:
    """The default of the baseline's operating system; AWS-owned baselines by full ARN only."""
    found = get(ctx, params["BaselineId"])
    groups.book(ctx.account, ctx.region).default[found["OperatingSystem"]] = found["BaselineId"]
    _rebind(ctx)
    return {"BaselineId": found["BaselineId"]}


def _rebind(ctx: Context) -> None:
    """The machines of a scenario are drawn by the scenario's baselines, in whichever order both are seeded."""
    if ctx.source == "scenario":
        try:
            seeding.rebind(ctx.account, ctx.region)
        except ValueError as wrong:
            raise rules.invalid(str(wrong)) from None


@op("ssm", "GetDefaultPatchBaseline")
def get_default_patch_baseline(ctx: Context, params: dict) -> dict:
    system = params.get("OperatingSystem", "WINDOWS")
    return {"BaselineId": groups.default_id(ctx.account, ctx.region, system), "OperatingSystem": system}


@op("ssm", "RegisterPatchBaselineForPatchGroup")
def register_for_group(ctx: Context, params: dict) -> dict:
    found = get(ctx, params["BaselineId"])
    group, system = params["PatchGroup"], found["OperatingSystem"]
    known = groups.book(ctx.account, ctx.region)
    if (group, system) in known.groups:
        raise AwsError(
            "AlreadyExistsException",
            f"Patch Group baseline already has a baseline registered for OperatingSystem {system}.",
        )
    limit = SWITCHES["patch_quotas"]["groups_per_baseline"]
    if len(groups.groups_of(ctx.account, ctx.region, found["BaselineId"])) >= limit:
        raise AwsError("ResourceLimitExceededException", f"The limit of {limit} patch groups per baseline is reached.")
    known.groups[(group, system)] = found["BaselineId"]
    _rebind(ctx)
    return {"BaselineId": found["BaselineId"], "PatchGroup": group}


assume(
    "register-group-again",
    "Registering a group with the baseline that it already has is an AlreadyExistsException like one with another "
    "baseline.",
    "RegisterPatchBaselineForPatchGroup speaks of a different baseline only",
)
assume(
    "deregister-unregistered-group",
    "Deregistering a group that is not registered with the baseline succeeds; an unknown baseline too.",
    "DeregisterPatchBaselineForPatchGroup declares InvalidResourceId and InternalServerError only",
)


@op("ssm", "DeregisterPatchBaselineForPatchGroup")
def deregister_for_group(ctx: Context, params: dict) -> dict:
    found = groups.find(ctx.account, ctx.region, params["BaselineId"])
    if found:
        key = (params["PatchGroup"], found["OperatingSystem"])
        known = groups.book(ctx.account, ctx.region)
        if known.groups.get(key) == found["BaselineId"]:
            del known.groups[key]
    return {"BaselineId": params["BaselineId"], "PatchGroup": params["PatchGroup"]}


@op("ssm", "GetPatchBaselineForPatchGroup")
def get_for_group(ctx: Context, params: dict) -> dict:
    system = params.get("OperatingSystem", "WINDOWS")
    found, _ = groups.baseline_of(ctx.account, ctx.region, system, params["PatchGroup"])
    return {"BaselineId": found["BaselineId"], "PatchGroup": params["PatchGroup"], "OperatingSystem": system}


@op("ssm", "DescribePatchGroups")
def describe_patch_groups(ctx: Context, params: dict) -> dict:
    filters = _filters(params, ("NAME_PREFIX", "OPERATING_SYSTEM"))
    mappings: list[dict[str, Any]] = []
    for (group, system), baseline_id in sorted(groups.book(ctx.account, ctx.region).groups.items()):
        prefixes, systems = filters.get("NAME_PREFIX"), filters.get("OPERATING_SYSTEM")
        if prefixes and not any(group.startswith(prefix) for prefix in prefixes):
            continue
        if systems and system not in systems:
            continue
        baseline = groups.find(ctx.account, ctx.region, baseline_id)
        mappings.append({"PatchGroup": group, "BaselineIdentity": identity_of(ctx, baseline)})
    shown, token = page(mappings, params, default=50, maximum=50)
    return {"Mappings": shown, **({"NextToken": token} if token else {})}
