# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Patch baselines as they are, for the info module."""

from __future__ import annotations

from ..._core.calls import Connection
from . import api
from . import resource
from . import wire


def listed(
    aws: Connection,
    *,
    baseline_ids: list[str] | None,
    names: list[str] | None,
    operating_system: str | None,
    owner: str,
    patch_group: str | None,
) -> list[dict]:
    """The baselines that all of the selections name (None = any), with details and owner, sorted by name and id."""
    filters = {} if owner == "All" else {"OWNER": [owner]}
    if operating_system:
        filters["OPERATING_SYSTEM"] = [operating_system]
    found = api.list_baselines(aws, filters)
    if baseline_ids is not None:
        wanted = {_short(baseline_id) for baseline_id in baseline_ids}
        found = [one for one in found if _short(one["BaselineId"]) in wanted]
    if names is not None:
        found = [one for one in found if one["BaselineName"] in names]
    if patch_group is not None:
        pairs = api.list_patch_groups(aws, {"NAME_PREFIX": [patch_group]})
        ids = {pair["BaselineIdentity"]["BaselineId"] for pair in pairs if pair["PatchGroup"] == patch_group}
        found = [one for one in found if one["BaselineId"] in ids]
    models = [
        {**model, "owner": "AWS" if model["baseline_id"].startswith("arn:") else "Self"}
        for model in (resource.details(aws, one) for one in found)
        if model
    ]
    return wire.redacted(sorted(models, key=lambda model: (model["name"], model["baseline_id"])))


def _short(baseline_id: str) -> str:
    """pb-... also of an ARN."""
    return baseline_id.rpartition("/")[2]
