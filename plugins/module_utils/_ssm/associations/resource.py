# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""State Manager associations as resources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..._core.calls import Connection
from ..._core.compare import compare
from ..._core.compare import merge
from ..._core.converge import Resource
from ..._core.converge import converge
from ..._core.errors import AccessDenied
from ..._core.errors import FleetpatchError
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.run import start_once
from ..._core.tags import to_wire as tags_to_wire
from ..documents import api as document_api
from ..documents.wire import same_document
from ..tags import api as tag_api
from . import api
from . import limits
from . import wire
from .wire import NEW_ASSOCIATION
from .wire import SERVER_FIELDS

_PARAMETER = "automation_target_parameter_name"
LOOKS = (1.0, 2.0, 4.0)  # seconds before each look for what may have been carried out


@dataclass(frozen=True)
class Desired:
    """What the options ask for; None = leave as it is. content holds the fields of NEW_ASSOCIATION by name."""

    association_name: str | None
    association_id: str | None
    content: dict
    recreate: bool = False
    absent: bool = False

    def given(self) -> frozenset[str]:
        """Names of the fields that were given."""
        own = {"association_name": self.association_name, **self.content}
        return frozenset(name for name, value in own.items() if value is not None)


@dataclass
class Seen:
    """What one run of the module knows: the id, once there is one."""

    association_id: str | None = None


# Which one is meant


def _named(aws: Connection, name: str) -> list[dict]:
    found = api.list_associations(aws, {"AssociationName": name})
    return [one for one in found if one.get("AssociationName") == name]


def choose(named: list[dict], name: str) -> str | None:
    """The id of the one association of a name, or None. Names are not unique: InvalidInput lists them."""
    if len(named) > 1:
        listed = [f"{one['AssociationId']} ({one['Name']})" for one in named]
        raise InvalidInput(
            f"association_name: {len(named)} associations have the name {name}: {', '.join(listed)}; set association_id",
            code="ambiguous_name",
            details={"associations": listed},
        )
    return named[0]["AssociationId"] if named else None


def read(aws: Connection, desired: Desired, seen: Seen) -> dict | None:
    """The model with tags, None when there is none: two calls, and one before them to find it by its name."""
    known = seen.association_id or desired.association_id
    known = known or choose(_named(aws, desired.association_name), desired.association_name)
    model = details(aws, known) if known else None
    if model and not seen.association_id:
        _refuse_taken_name(aws, desired, model)
        seen.association_id = model["association_id"]
    return model


def details(aws: Connection, association_id: str) -> dict | None:
    """The whole association; None when there is none."""
    try:
        found = api.describe_association(aws, association_id=association_id)
        tags = tag_api.list_tags(aws, kind="Association", resource_id=association_id)
    except NotFound:
        return None
    return wire.association_to_model(found, tags=tags)


def _refuse_taken_name(aws: Connection, desired: Desired, model: dict) -> None:
    """An association that is known by its id must not get the name of another one."""
    name = desired.association_name
    if desired.absent or name in (None, model["association_name"]):
        return
    others = [one for one in _named(aws, name) if one["AssociationId"] != model["association_id"]]
    if others:
        text = f"{others[0]['AssociationId']} ({others[0]['Name']}) already has the name {name}"
        raise InvalidInput(f"association_name: {text}")


# What it will be


def predict(before: dict | None, desired: Desired) -> dict:
    """The model after the change. Raises InvalidInput with the option's name for what cannot be."""
    if before is None:
        _refuse_new(desired)
    start = before or {**dict.fromkeys(SERVER_FIELDS), "association_name": None, **NEW_ASSOCIATION}
    wanted = {"association_name": desired.association_name, **desired.content}
    after = wire.canonical_association(merge(start, wanted))
    if after["sync_compliance"] == "MANUAL" and "AssociationId" in (desired.content.get("parameters") or {}):
        raise InvalidInput("parameters: AssociationId must not be given; AWS sets it when sync_compliance is MANUAL")
    if before and same_document(before["document_name"], after["document_name"]):
        after["document_name"] = before["document_name"]
    replaced = before is not None and before["document_name"] != after["document_name"]
    if replaced and not desired.recreate:
        raise InvalidInput(
            f"document_name: association {before['association_id']} runs {before['document_name']}, which cannot be "
            f"changed; set recreate to replace the association by one that runs {after['document_name']}",
            code="immutable",
        )
    limits.check(after, frozenset(after) if before is None or replaced else desired.given())
    return after


def _refuse_new(desired: Desired) -> None:
    if desired.association_id:
        raise InvalidInput(
            f"association_id: no such association: {desired.association_id}; omit association_id to create one"
        )
    if not desired.content.get("document_name"):
        raise InvalidInput(f"document_name: is required to create association {desired.association_name}")


# Making it so


def make(aws: Connection, desired: Desired, *, tags: dict[str, str] | None, purge_tags: bool, check_mode: bool) -> dict:
    """Converge one association; the kernel's result, with hashes for the values of parameters."""
    seen = Seen()
    resource = Resource(
        kind="association",
        name=desired.association_name or desired.association_id,
        find=lambda: read(aws, desired, seen),
        predict=lambda before, wanted: _with_target_parameter(aws, before, predict(before, wanted)),
        create=lambda after: _create(aws, after, seen),
        update=lambda before, after, names: _update(aws, before, after, names, seen),
        delete=lambda before: _delete(aws, before["association_id"]),
        set_tags=lambda after, to_set, to_remove: tag_api.change_tags(
            aws, "Association", seen.association_id, to_set, to_remove
        ),
        server=SERVER_FIELDS,
        raced=("AssociationAlreadyExists",),
    )
    wanted = None if desired.absent else desired
    result = converge(resource, wanted, tags=tags, purge_tags=purge_tags, check_mode=check_mode, clock=aws.clock)
    return wire.redacted(result)


def _with_target_parameter(aws: Connection, before: dict | None, after: dict) -> dict:
    """The model after the change. Raises InvalidInput for a runbook whose targets go to no parameter of it.

    CreateAssociation: the target parameter is "required for associations that use an Automation runbook and target resources". Only AWS
    knows which documents are runbooks; it is asked where targets or document change.
    """
    same = before and all(before[name] == after[name] for name in ("document_name", "targets", _PARAMETER))
    if same or not after["targets"] or after[_PARAMETER]:
        return after
    try:
        kind = document_api.describe_document(aws, name=after["document_name"]).get("DocumentType")
    except (AccessDenied, NotFound):
        return after  # AWS checks again what cannot be read here
    if kind == "Automation":
        raise InvalidInput(f"{_PARAMETER}: is required with targets for the runbook {after['document_name']}")
    return after


def _create(aws: Connection, after: dict, seen: Seen) -> None:
    request = wire.association_to_wire(after, explicit=False)
    if after["tags"]:
        request["Tags"] = tags_to_wire(after["tags"])
    former = seen.association_id

    def made() -> str | None:
        named = _named(aws, after["association_name"])
        return choose([one for one in named if one["AssociationId"] != former], after["association_name"])

    seen.association_id = _carefully(aws, lambda: api.create_association(aws, **request), made)


def _update(aws: Connection, before: dict, after: dict, names: frozenset, seen: Seen) -> None:
    """UpdateAssociation gets the whole association, because it "overwrites with null" what is not resent."""
    if "document_name" in names:
        _replace(aws, before, after, seen)
        return
    request = wire.association_to_wire(after, explicit=True)
    if before["association_version"]:
        # Refused when somebody else has changed it since it was read, instead of overwriting that.
        request["AssociationVersion"] = before["association_version"]

    def made() -> bool | None:
        now = details(aws, seen.association_id)
        return not compare(after, now, ignore=(*SERVER_FIELDS, "tags")) or None

    send = {"AssociationId": seen.association_id, **request}
    _carefully(aws, lambda: api.update_association(aws, **send), made)


def _replace(aws: Connection, before: dict, after: dict, seen: Seen) -> None:
    """Another document is another association: the new one is there before the former one goes."""
    old = before["association_id"]
    _create(aws, after, seen)
    try:
        _delete(aws, old)
    except FleetpatchError as error:
        error.message += f"; {seen.association_id} was created to replace {old}; remove {old} by its association_id"
        raise


def _delete(aws: Connection, association_id: str) -> None:
    try:
        api.delete_association(aws, association_id=association_id)
    except NotFound:
        pass


def _carefully(aws: Connection, send: Callable[[], Any], made: Callable[[], Any]) -> Any:
    """Send what must not be carried out twice, a creation without token or an update that runs the association.

    made() looks whether it was carried out (None = no). When it was not seen, the error stands, and the next run of the
    module goes on from what there is then.
    """
    answer, _found = start_once(
        send, made, is_reuse=lambda error: False, clock=aws.clock, repeat=aws.policy, looks=LOOKS
    )
    return answer
