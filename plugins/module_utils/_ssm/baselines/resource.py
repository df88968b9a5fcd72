# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Patch baselines as resources: content, patch groups, the default of an operating system, tags."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import field
from functools import partial
from typing import Callable

from ..._core.calls import Connection
from ..._core.calls import enumeration
from ..._core.compare import merge
from ..._core.compare import merge_set
from ..._core.converge import Resource
from ..._core.converge import converge
from ..._core.converge_many import WORKERS
from ..._core.errors import FleetpatchError
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.errors import ServiceError
from ..._core.tags import to_wire as tags_to_wire
from ..tags import api as tag_api
from ..wire import iso
from . import api
from . import limits
from . import wire

STATUS = "available_security_updates_compliance_status"
SERVER_FIELDS = ("baseline_id", "created_date", "modified_date")
CONTENT = ("name", *wire.NEW_BASELINE)


@dataclass(frozen=True)
class Desired:
    """What the options ask for; None = leave as it is. content holds the fields of NEW_BASELINE by name."""

    name: str | None
    baseline_id: str | None
    operating_system: str | None
    content: dict
    patch_groups: list[str] | None
    purge_patch_groups: bool
    default: bool | None
    recreate: bool
    absent: bool = False

    def given(self) -> frozenset[str]:
        """Names of the fields that were given."""
        own = {"name": self.name, "operating_system": self.operating_system, "patch_groups": self.patch_groups}
        return frozenset(name for name, value in {**own, **self.content}.items() if value is not None)


def removal(identity: dict) -> Desired:
    """What asks for the removal of the baseline of this identity."""
    return Desired(
        name=identity["BaselineName"],
        baseline_id=identity["BaselineId"],
        operating_system=None,
        content={},
        patch_groups=None,
        purge_patch_groups=True,
        default=None,
        recreate=False,
        absent=True,
    )


@dataclass(frozen=True)
class Claims:
    """What other baselines of the same list will have: {(system, patch group)}, and systems whose default one will be."""

    groups: frozenset[tuple[str, str]] = frozenset()
    defaults: frozenset[str] = frozenset()


@dataclass
class Account:
    """What is known of the account while baselines are converged; a list of baselines shares one."""

    groups: dict[tuple[str, str], str | None] = field(default_factory=dict)  # {(system, group): id or ARN}
    defaults: dict[str, str] = field(default_factory=dict)  # {system: the baseline that became the default}
    provided: list[dict] | None = None  # identities of AWS's own baselines, None = not listed
    failed_moves: bool = False


@dataclass
class Seen:
    """What one run knows of one baseline: its id once there is one, what others will have, and the account."""

    baseline_id: str | None = None
    others: Claims = Claims()
    account: Account = field(default_factory=Account)


# Which one is meant


def choose(identities: list[dict], desired: Desired) -> dict | None:
    """The one identity (DescribePatchBaselines) that is meant, or None. Names are not unique in the API.

    Raises InvalidInput when more than one has the name, unless the operating system tells them apart.
    """
    if desired.baseline_id:
        found = [one for one in identities if one["BaselineId"] == desired.baseline_id]
        return found[0] if found else None
    found = [one for one in identities if one["BaselineName"] == desired.name]
    system = [one for one in found if one["OperatingSystem"] == desired.operating_system]
    if len(system) == 1 or (desired.absent and desired.operating_system and not system):
        return system[0] if system else None
    if len(found) > 1:
        listed = [f"{one['BaselineId']} ({one['OperatingSystem']})" for one in found]
        raise InvalidInput(
            f"name: {len(found)} patch baselines have the name {desired.name}: {', '.join(listed)}; "
            "set baseline_id, or operating_system if it distinguishes them",
            code="ambiguous_name",
            details={"baselines": listed},
        )
    return found[0] if found else None


def _identities(aws: Connection, desired: Desired) -> list[dict]:
    """Own baselines; all of them when the identity is an id, because a prefix of the name is not known then."""
    filters = {"OWNER": ["Self"]}
    if not desired.baseline_id:
        filters["NAME_PREFIX"] = [desired.name]
    return api.list_baselines(aws, filters)


def refuse_taken_name(identities: list[dict], desired: Desired) -> None:
    """A baseline that is known by its id must not get the name of another one."""
    if desired.absent or not (desired.baseline_id and desired.name):
        return
    for one in identities:
        if one["BaselineName"] == desired.name and one["BaselineId"] != desired.baseline_id:
            raise InvalidInput(
                f"name: {one['BaselineId']} ({one['OperatingSystem']}) already has the name {desired.name}"
            )


def read(aws: Connection, desired: Desired, seen: Seen) -> dict | None:
    """The model with groups, default flag and tags; None when there is no such baseline. Three calls."""
    identities = _identities(aws, desired)
    if seen.baseline_id:
        identity = next((one for one in identities if one["BaselineId"] == seen.baseline_id), None)
    else:
        identity = choose(identities, desired)
        refuse_taken_name(identities, desired)
    return details(aws, identity) if identity else None


def details(aws: Connection, identity: dict) -> dict | None:
    """The whole baseline of an identity; None when it was deleted in between. Tags of AWS's own are not asked for."""
    baseline_id = identity["BaselineId"]
    try:
        baseline = api.get_baseline(aws, baseline_id=baseline_id)
        own = not baseline_id.startswith("arn:")
        tags = tag_api.list_tags(aws, kind="PatchBaseline", resource_id=baseline_id) if own else {}
    except NotFound:
        return None
    return wire.baseline_to_model(baseline, default=bool(identity.get("DefaultBaseline")), tags=tags)


# What it will be


def predict(before: dict | None, desired: Desired, *, systems: tuple, keys: tuple, others: Claims = Claims()) -> dict:
    """The model after the change. Raises InvalidInput with the option's name for what cannot be."""
    after = _without(_merged(before, desired), others)
    fresh = before is None or before["operating_system"] != after["operating_system"]
    if before and fresh and not desired.recreate:
        raise InvalidInput(
            f"operating_system: patch baseline {before['name']} ({before['baseline_id']}) is for "
            f"{before['operating_system']}, which cannot be changed; set recreate to replace it by one for "
            f"{after['operating_system']}",
            code="immutable",
        )
    given = frozenset(after) if fresh else desired.given()
    limits.check(after, given, systems=systems, keys=keys)
    return after


def _merged(before: dict | None, desired: Desired) -> dict:
    if before is None and desired.baseline_id:
        raise InvalidInput(
            f"baseline_id: the account has no patch baseline {desired.baseline_id}; omit baseline_id to create one",
        )
    if before is None and not desired.operating_system:
        raise InvalidInput(f"operating_system: is required to create patch baseline {desired.name}")
    start = before or {**dict.fromkeys(SERVER_FIELDS), **wire.NEW_BASELINE, "default": False, "patch_groups": []}
    wanted = {"name": desired.name, "operating_system": desired.operating_system, "default": desired.default}
    after = merge(start, {**wanted, **desired.content})
    if after["operating_system"] != "WINDOWS" and not desired.content.get(STATUS):
        after[STATUS] = None  # a Windows baseline that is replaced by another one always has it
    after["patch_groups"] = merge_set(start["patch_groups"], desired.patch_groups, desired.purge_patch_groups)
    return wire.canonical_baseline(after)


def _without(after: dict, others: Claims) -> dict:
    """A group has one baseline of a system, and a system one default: what others will have is not this one's."""
    system = after["operating_system"]
    groups = [group for group in after["patch_groups"] if (system, group) not in others.groups]
    return {**after, "patch_groups": groups, "default": after["default"] and system not in others.defaults}


# Making it so


def make(aws: Connection, desired: Desired, *, tags: dict[str, str] | None, purge_tags: bool, check_mode: bool) -> dict:
    """Converge one baseline; the kernel's result, and the patch groups that are taken from other baselines."""
    seen = Seen()
    first = [read(aws, desired, seen)]
    if first[0]:
        seen.baseline_id = first[0]["baseline_id"]
    known, moved = known_values(aws), []
    if not desired.absent:
        after = predict(first[0], desired, **known)
        added, system = added_groups(first[0], after), after["operating_system"]
        if added:
            seen.account.groups.update(registrations(aws, system))
        moved = moves(added, system, seen.account.groups, seen.baseline_id)
    # What was read to know who has the groups is what the kernel compares with.
    made = resource(aws, desired, seen, known, find=lambda: first.pop() if first else read(aws, desired, seen))
    wanted = None if desired.absent else desired
    result = converge(made, wanted, tags=tags, purge_tags=purge_tags, check_mode=check_mode, clock=aws.clock)
    return wire.redacted({**result, "moved_patch_groups": moved})


def known_values(aws: Connection) -> dict[str, tuple]:
    """The values that the installed SDK knows for operating systems and keys of filters; no call is sent."""
    return {"systems": enumeration(aws, "OperatingSystem"), "keys": enumeration(aws, "PatchFilterKey")}


def resource(
    aws: Connection, desired: Desired, seen: Seen, known: dict, *, find: Callable, name: str | None = None
) -> Resource:
    """The baseline as the kernel takes it; name is how it is called in results."""
    return Resource(
        kind="baseline",
        name=name or desired.name or desired.baseline_id,
        find=find,
        predict=partial(predict, **known, others=seen.others),
        create=lambda after: _create(aws, after, seen),
        update=lambda before, after, names: _update(aws, before, after, names, seen),
        delete=lambda before: _delete(aws, before, seen),
        set_tags=lambda after, to_set, to_remove: tag_api.change_tags(
            aws, "PatchBaseline", seen.baseline_id, to_set, to_remove
        ),
        # Which status a Windows baseline has when none is given is not documented.
        server=SERVER_FIELDS if desired.content.get(STATUS) else (*SERVER_FIELDS, STATUS),
    )


def added_groups(before: dict | None, after: dict) -> list[str]:
    """The groups that have to be registered; all of them for a baseline that is made or replaced."""
    same = before and before["operating_system"] == after["operating_system"]
    return sorted(set(after["patch_groups"]) - set(before["patch_groups"] if same else ()))


def moves(added: list[str], system: str, groups: dict[tuple[str, str], str | None], own: str | None) -> list[dict]:
    """Those of the added groups that other baselines than the own one have."""
    found = {group: groups.get((system, group)) for group in added}
    return [{"patch_group": group, "from": former} for group, former in found.items() if former not in (None, own)]


def registrations(aws: Connection, system: str | None = None) -> dict[tuple[str, str], str]:
    """{(system, patch group): id or ARN of its baseline}, of one operating system or of all."""
    found = api.list_patch_groups(aws, {"OPERATING_SYSTEM": [system]} if system else {})
    identities = [(one["PatchGroup"], one["BaselineIdentity"]) for one in found]
    return {(one["OperatingSystem"], group): one["BaselineId"] for group, one in identities}


def _create(aws: Connection, after: dict, seen: Seen) -> dict:
    request = {
        **_full(after),
        "OperatingSystem": after["operating_system"],
        # Made here, outside of the repeated call: names are not unique, the token is what keeps a second try harmless.
        "ClientToken": str(uuid.uuid4()),
    }
    if after["tags"]:
        request["Tags"] = tags_to_wire(after["tags"])
    seen.baseline_id = api.create_baseline(aws, **request)
    _take_all(aws, after["patch_groups"], after["operating_system"], seen)
    if after["default"]:
        _make_default(aws, seen.baseline_id, after["operating_system"], seen)
    return {"baseline_id": seen.baseline_id}


def _make_default(aws: Connection, baseline_id: str, system: str, seen: Seen) -> None:
    api.register_default_baseline(aws, baseline_id=baseline_id)
    seen.account.defaults[system] = baseline_id


def _full(after: dict) -> dict:
    """All members that say something: what is empty or a default is left out, and means the same."""
    names = {name for name in CONTENT if after[name] != wire.NEW_BASELINE.get(name)}
    return wire.baseline_to_wire(after, names)


def _update(aws: Connection, before: dict, after: dict, names: frozenset, seen: Seen) -> dict:
    """Returns the fields that the service assigned."""
    if "operating_system" in names:
        return _replace(aws, before, after, seen)
    content, system, assigned = names & frozenset(CONTENT), after["operating_system"], {}
    if content:
        answer = api.update_baseline(aws, BaselineId=seen.baseline_id, **_changes(after, content))
        assigned = {"modified_date": iso(answer.get("ModifiedDate"))}
    # First what goes: with 25 groups, which is the quota, there is no place for another one.
    for group in sorted(set(before["patch_groups"]) - set(after["patch_groups"])):
        if (system, group) not in seen.others.groups:  # those are moved, by the baseline that gets them
            api.deregister_group(aws, baseline_id=seen.baseline_id, patch_group=group)
    _take_all(aws, added_groups(before, after), system, seen)
    if "default" in names and after["default"]:
        _make_default(aws, seen.baseline_id, system, seen)
    elif "default" in names and system not in seen.others.defaults:
        api.register_default_baseline(aws, baseline_id=aws_default(aws, system, seen.account.provided))
    return assigned


def _changes(after: dict, names: frozenset) -> dict:
    """The members of UpdatePatchBaseline.

    Without Replace "fields not specified in the request are left unchanged": only what changes is sent, lists that are
    cleared as empty ones. So a field that this code or an older SDK does not know survives, and so does what somebody
    else changed meanwhile. Only a description cannot be cleared that way (its least length is 1): then the whole
    baseline is sent with Replace, which sets to null what is not specified.
    """
    if "description" in names and after["description"] is None:
        return {**_full(after), "Replace": True}
    return wire.baseline_to_wire(after, names)


def _replace(aws: Connection, before: dict, after: dict, seen: Seen) -> dict:
    """Another operating system is another baseline: the new one is complete before the former one goes."""
    old = before["baseline_id"]
    restore = _to_restore(aws, before, seen)
    seen.baseline_id = None
    try:
        assigned = _create(aws, after, seen)
        _remove(aws, before, restore, seen)
    except FleetpatchError as error:
        if seen.baseline_id:
            error.message += f"; {seen.baseline_id} was created to replace {old}; remove {old} by its baseline_id"
        seen.baseline_id = seen.baseline_id or old
        raise
    return {**assigned, "created_date": None, "modified_date": None}


def _delete(aws: Connection, before: dict, seen: Seen) -> None:
    # Found out before anything is taken away.
    _remove(aws, before, _to_restore(aws, before, seen), seen)


def _to_restore(aws: Connection, before: dict, seen: Seen) -> str | None:
    """The ARN of AWS's baseline that becomes the default when this one goes; None when that is not the default one.

    Raises FleetpatchError when another baseline of the list should have become the default, and did not.
    """
    system = before["operating_system"]
    if not before["default"] or seen.account.defaults.get(system, before["baseline_id"]) != before["baseline_id"]:
        return None
    if system in seen.others.defaults:
        raise _still_used(before, f"is the default for {system}")
    return aws_default(aws, system, seen.account.provided)


def _remove(aws: Connection, before: dict, restore: str | None, seen: Seen) -> None:
    """A baseline with patch groups, or one that is a default, cannot be deleted (DeletePatchBaseline)."""
    baseline_id, system = before["baseline_id"], before["operating_system"]
    moving = [group for group in before["patch_groups"] if (system, group) in seen.others.groups]
    for group in moving:
        if seen.account.groups.get((system, group)) == baseline_id:
            raise _still_used(before, f"has patch group {group}")
    for group in before["patch_groups"]:
        if group not in moving:
            api.deregister_group(aws, baseline_id=baseline_id, patch_group=group)
    if restore:
        api.register_default_baseline(aws, baseline_id=restore)
    try:
        api.delete_baseline(aws, baseline_id=baseline_id)
    except NotFound:
        pass


def _still_used(before: dict, why: str) -> FleetpatchError:
    text = (
        f"{before['name']} ({before['baseline_id']}) is not removed: it still {why}, which was not moved to another one"
    )
    return FleetpatchError(text, code="still_used")


# Defaults and patch groups


def aws_default(aws: Connection, system: str, provided: list[dict] | None = None) -> str:
    """The ARN of the baseline that AWS itself has as the default of the system; there is no way to unset a default.

    provided are the identities of AWS's own baselines, when they were listed before.

    For Windows there are three (user guide, "Viewing AWS predefined patch baselines"); the default one says so in its name.
    Raises InvalidInput when it cannot be determined.
    """
    if provided is None:
        provided = api.list_baselines(aws, {"OWNER": ["AWS"], "OPERATING_SYSTEM": [system]})
    found = [one for one in provided if one["OperatingSystem"] == system]
    named = [one for one in found if "Default" in one["BaselineName"]]
    chosen = found if len(found) == 1 else named
    if len(chosen) != 1:
        names = ", ".join(sorted(one["BaselineName"] for one in found)) or "none"
        raise InvalidInput(
            f"default: AWS's own default for {system} cannot be determined among: {names}", code="no_aws_default"
        )
    return chosen[0]["BaselineId"]


def _take_all(aws: Connection, groups: list[str], system: str, seen: Seen) -> None:
    """Some groups at a time; all are tried, then the first error is raised."""
    if len(groups) < 2:
        for group in groups:
            _take(aws, group, system, seen)
        return
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        tried = [pool.submit(_take, aws, group, system, seen) for group in groups]
    for one in tried:
        one.result()


def _take(aws: Connection, group: str, system: str, seen: Seen) -> None:
    """Register the group with our baseline; one that another baseline has for the system is moved.

    A group can have one baseline for a system, so a move is a deregistration and a registration. When either fails
    the former registration is made again, because nodes of an unregistered group silently get the default baseline.
    """
    known = seen.account.groups
    former = known.get((system, group))
    if former == seen.baseline_id:
        return
    try:
        if former is not None:
            api.deregister_group(aws, baseline_id=former, patch_group=group)
        _register(aws, group, system, seen.baseline_id)
    except FleetpatchError as error:
        seen.account.failed_moves = True
        if former is None:
            raise
        failed = _restored(aws, group, system, former, seen.baseline_id, error)
        known[(system, group)] = failed.details["registered_with"]
        raise failed from error
    known[(system, group)] = seen.baseline_id


def _register(aws: Connection, group: str, system: str, baseline_id: str) -> None:
    try:
        api.register_group(aws, baseline_id=baseline_id, patch_group=group)
    except ServiceError as error:
        # The answer to our first try was lost, and the second found what the first had made; or somebody else registered it since.
        if error.code != "AlreadyExistsException":
            raise
        if registrations(aws, system).get((system, group)) != baseline_id:
            raise


def _restored(
    aws: Connection, group: str, system: str, former: str, wanted: str, cause: FleetpatchError
) -> FleetpatchError:
    """Make the former registration again, and return the error that tells what became of the group."""
    try:
        where = _put_back(aws, group, system, former)
        text = f"its registration with {where} {'was restored' if where == former else 'was made nevertheless'}"
    except FleetpatchError as error:
        where = None
        text = f"its registration with {former} could not be restored ({error.message}), so it may have no baseline now"
    return FleetpatchError(
        f"Patch group {group} could not be moved from {former} to {wanted}: {cause.message}; {text}",
        code=cause.code,
        details={**cause.details, "patch_group": group, "operating_system": system, "registered_with": where},
    )


def _put_back(aws: Connection, group: str, system: str, former: str) -> str:
    """Register the group with its former baseline; returns the baseline that it has then."""
    try:
        api.register_group(aws, baseline_id=former, patch_group=group)
    except ServiceError as error:
        # What seemed to fail may have been carried out, so that the group has a baseline: which one?
        if error.code != "AlreadyExistsException":
            raise
        where = registrations(aws, system).get((system, group))
        if where is None:
            raise
        return where
    return former


# Reading for the info module
