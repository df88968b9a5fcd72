# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""State Manager associations: one function is one API operation; lists come whole.

CreateAssociation has no client token, names are not unique, and UpdateAssociation runs the association: none of them is
repeated without looking first (resource.py).
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import Any

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.calls import next_token
from ..._core.calls import paged
from ..._core.retry import ONCE
from ..._core.retry import PROTECTED

NO_ASSOCIATION = ("AssociationDoesNotExist",)


@api_call("list associations")
def _associations_page(client: Any, filters: list, token: str | None) -> dict:
    optional = {"AssociationFilterList": filters} if filters else {}
    return client.list_associations(MaxResults=50, **optional, **next_token(token))


def list_associations(aws: Connection, filters: dict[str, str]) -> list[dict]:
    """ListAssociations; filters (AssociationName, Name, InstanceId, AssociationStatusName, ...) as {key: value}."""
    wire = [{"key": key, "value": value} for key, value in filters.items()]
    return list(paged(partial(_associations_page, aws, filters=wire), "Associations"))


@api_call("read association {association_id}", missing=NO_ASSOCIATION)
def describe_association(client: Any, association_id: str) -> dict:
    """DescribeAssociation: the latest version."""
    return client.describe_association(AssociationId=association_id)["AssociationDescription"]


@api_call("create association {AssociationName}", ONCE)
def create_association(client: Any, **request: Any) -> str:
    """CreateAssociation: the id."""
    return client.create_association(**request)["AssociationDescription"]["AssociationId"]


@api_call("update association {AssociationId}", ONCE, missing=NO_ASSOCIATION)
def update_association(client: Any, **request: Any) -> None:
    """UpdateAssociation: what is not in the request is removed from the association, and it runs."""
    client.update_association(**request)


@api_call("delete association {association_id}", PROTECTED, missing=NO_ASSOCIATION)
def delete_association(client: Any, association_id: str) -> None:
    """DeleteAssociation."""
    client.delete_association(AssociationId=association_id)


@api_call("list the executions of association {association_id}", missing=NO_ASSOCIATION)
def _executions_page(client: Any, association_id: str, size: int, token: str | None) -> dict:
    return client.describe_association_executions(AssociationId=association_id, MaxResults=size, **next_token(token))


def list_executions(aws: Connection, association_id: str, count: int) -> list[dict]:
    """DescribeAssociationExecutions: the first ones, at most `count`."""
    fetch = partial(_executions_page, aws, association_id=association_id, size=min(count, 50))
    return list(islice(paged(fetch, "AssociationExecutions"), count))


@api_call("list the targets of execution {execution_id} of association {association_id}", missing=NO_ASSOCIATION)
def _targets_page(client: Any, association_id: str, execution_id: str, token: str | None) -> dict:
    return client.describe_association_execution_targets(
        AssociationId=association_id, ExecutionId=execution_id, MaxResults=50, **next_token(token)
    )


def list_execution_targets(aws: Connection, association_id: str, execution_id: str) -> list[dict]:
    """DescribeAssociationExecutionTargets."""
    fetch = partial(_targets_page, aws, association_id=association_id, execution_id=execution_id)
    return list(paged(fetch, "AssociationExecutionTargets"))
