# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Associations as they are, for the info module."""

from __future__ import annotations

from ..._core.calls import Connection
from . import api
from . import resource
from . import wire


def listed(
    aws: Connection,
    *,
    association_ids: list[str] | None,
    association_names: list[str] | None,
    filters: dict[str, str],
    executions: int,
    execution_targets: bool,
) -> list[dict]:
    """The associations that all of the selections name (None = any), with their last executions, by name and id.

    filters are those of ListAssociations. One that is deleted in between is left out.
    """
    found = api.list_associations(aws, filters)
    if association_ids is not None:
        wanted = {one.lower() for one in association_ids}
        found = [one for one in found if one["AssociationId"].lower() in wanted]
    if association_names is not None:
        found = [one for one in found if one.get("AssociationName") in association_names]
    models = [model for model in (resource.details(aws, one["AssociationId"]) for one in found) if model]
    if executions:
        models = [{**one, "executions": _executions(aws, one, executions, execution_targets)} for one in models]
    models.sort(key=lambda one: (one["association_name"] or "", one["association_id"]))
    return wire.redacted(models)


def _executions(aws: Connection, model: dict, count: int, with_targets: bool) -> list[dict]:
    association_id = model["association_id"]
    found = api.list_executions(aws, association_id=association_id, count=count)
    models = [wire.execution_to_model(one) for one in found]
    if not with_targets:
        return models
    return [
        {
            **one,
            "targets": [
                wire.target_to_model(target)
                for target in api.list_execution_targets(aws, association_id, one["execution_id"])
            ],
        }
        for one in models
    ]
