# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Patch baselines and patch groups: one function is one API operation; lists come whole."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.calls import next_token
from ..._core.calls import paged
from ..._core.retry import PROTECTED

NO_BASELINE = ("DoesNotExistException",)


@api_call("read the baseline of patch group {patch_group} for {operating_system}")
def get_baseline_for_group(client: Any, patch_group: str, operating_system: str) -> str | None:
    """GetPatchBaselineForPatchGroup: the id, or None when none is registered."""
    answer = client.get_patch_baseline_for_patch_group(PatchGroup=patch_group, OperatingSystem=operating_system)
    return answer.get("BaselineId")


@api_call("read the default baseline for {operating_system}")
def get_default_baseline(client: Any, operating_system: str) -> str:
    """GetDefaultPatchBaseline: the id (an ARN when AWS owns the baseline)."""
    return client.get_default_patch_baseline(OperatingSystem=operating_system)["BaselineId"]


@api_call("read patch baseline {baseline_id}", missing=NO_BASELINE)
def get_baseline(client: Any, baseline_id: str) -> dict:
    """GetPatchBaseline."""
    return client.get_patch_baseline(BaselineId=baseline_id)


@api_call("list patch baselines")
def _baselines_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_patch_baselines(Filters=filters, MaxResults=100, **next_token(token))


def list_baselines(aws: Connection, filters: dict[str, list[str]]) -> list[dict]:
    """DescribePatchBaselines: the identities; filters (OWNER, NAME_PREFIX, OPERATING_SYSTEM) as {Key: [Values]}."""
    wire = [{"Key": key, "Values": values} for key, values in filters.items()]
    return list(paged(partial(_baselines_page, aws, filters=wire), "BaselineIdentities"))


@api_call("list patch groups")
def _groups_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_patch_groups(Filters=filters, MaxResults=50, **next_token(token))


def list_patch_groups(aws: Connection, filters: dict[str, list[str]]) -> list[dict]:
    """DescribePatchGroups: registrations {PatchGroup, BaselineIdentity}; filters (NAME_PREFIX, OPERATING_SYSTEM)."""
    wire = [{"Key": key, "Values": values} for key, values in filters.items()]
    return list(paged(partial(_groups_page, aws, filters=wire), "Mappings"))


@api_call("create patch baseline {Name}", PROTECTED)
def create_baseline(client: Any, **request: Any) -> str:
    """CreatePatchBaseline: the id; names are not unique, the ClientToken in the request protects against a second one."""
    return client.create_patch_baseline(**request)["BaselineId"]


@api_call("update patch baseline {BaselineId}", PROTECTED, missing=NO_BASELINE)
def update_baseline(client: Any, **request: Any) -> dict:
    """UpdatePatchBaseline: the baseline as it is then; the same request twice ends in the same state."""
    return client.update_patch_baseline(**request)


@api_call("delete patch baseline {baseline_id}", PROTECTED, missing=NO_BASELINE)
def delete_baseline(client: Any, baseline_id: str) -> None:
    """DeletePatchBaseline; refused while the baseline has patch groups or is a default."""
    client.delete_patch_baseline(BaselineId=baseline_id)


@api_call("make patch baseline {baseline_id} the default", PROTECTED, missing=NO_BASELINE)
def register_default_baseline(client: Any, baseline_id: str) -> None:
    """RegisterDefaultPatchBaseline; a baseline of AWS by its ARN."""
    client.register_default_patch_baseline(BaselineId=baseline_id)


@api_call("register patch group {patch_group} with {baseline_id}", PROTECTED, missing=NO_BASELINE)
def register_group(client: Any, baseline_id: str, patch_group: str) -> None:
    """RegisterPatchBaselineForPatchGroup; AlreadyExistsException when the group has a baseline for the system."""
    client.register_patch_baseline_for_patch_group(BaselineId=baseline_id, PatchGroup=patch_group)


@api_call("deregister patch group {patch_group} from {baseline_id}", PROTECTED)
def deregister_group(client: Any, baseline_id: str, patch_group: str) -> None:
    """DeregisterPatchBaselineForPatchGroup."""
    client.deregister_patch_baseline_for_patch_group(BaselineId=baseline_id, PatchGroup=patch_group)
