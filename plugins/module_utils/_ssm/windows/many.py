# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Many maintenance windows in one go, from one listing; reading them for the info module."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..._core.calls import Connection
from ..._core.compare import compare
from ..._core.converge import Resource
from ..._core.converge_many import WORKERS
from ..._core.converge_many import Item
from ..._core.converge_many import converge_many
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.errors import RunFailed
from ..._core.ownership import is_ours
from ..._core.ownership import owned_tags
from ..._core.tags import texts as tag_texts
from ..tags import api as tag_api
from . import api
from . import limits
from . import options
from . import resource as windows
from . import wire
from .predict import Desired

# What a listing does not tell. It is read where it is asked for, and left out of the result where it was not.
NOT_LISTED = ("allow_unassociated_targets", "created_date", "modified_date")
LISTED = tuple(name for name in (*wire.WINDOW, "window_id", "next_execution_time") if name not in NOT_LISTED)


@dataclass(frozen=True)
class Wanted:
    """One window of the list, with its tags: None = leave them."""

    desired: Desired
    tags: dict[str, str] | None
    purge_tags: bool


# The list


def wanted_of(
    items: list[dict], *, tags: dict[str, str] | None, purge_tags: bool, deployment: str | None
) -> list[Wanted]:
    """The list of options (already of the right types) in one form. Raises InvalidInput, with the item, for what can never be."""
    owned = owned_tags(deployment) if deployment else {}
    result = []
    for number, item in enumerate(items):
        try:
            own = tag_texts(item["tags"])
            limits.tags("tags", own)
            result.append(_wanted(item, own, tags, purge_tags, owned))
        except InvalidInput as error:
            label = item["name"] or item["window_id"]
            raise InvalidInput(
                f"windows[{number}] ({label}): {error.message}",
                code=error.code,
                details={**error.details, "item": number},
            ) from error
    _refuse_twice(result)
    return result


def _wanted(item: dict, own: dict | None, tags: dict | None, purge_tags: bool, owned: dict) -> Wanted:
    given = own is not None or tags is not None
    purge = purge_tags if item["purge_tags"] is None else item["purge_tags"]
    merged = {**(tags or {}), **(own or {}), **owned} if given or owned else None
    return Wanted(options.desired_of(item), merged, purge and given)


def _refuse_twice(wanted: list[Wanted]) -> None:
    for option in ("name", "window_id"):
        values = [getattr(one.desired, option) for one in wanted]
        for number, value in enumerate(values):
            if value is not None and value in values[:number]:
                raise InvalidInput(
                    f"windows[{number}] ({wanted[number].desired.label}): {option}: {value!r} is given more than once"
                )


# Making it so


def make_many(aws: Connection, wanted: list[Wanted], *, deployment: str | None, purge: bool, check_mode: bool) -> dict:
    """Converge the windows of the list; with purge, those of the deployment that are not in it are removed.

    The result of converge_many as it is shown. Raises InvalidInput before anything is written, and RunFailed with all results.
    """
    identities = api.list_windows(aws)
    items = [_item(aws, one, identities) for one in wanted]
    if purge:
        items += _others(aws, wanted, identities, deployment)
    by_id = {one.desired.window_id: one.desired.label for one in wanted if one.desired.window_id}
    try:
        result = converge_many(items, check_mode=check_mode, confirm=lambda models: _confirm(aws, models, by_id))
    except RunFailed as error:
        error.results = _finished(error.results)
        raise
    return _finished(result)


def _item(aws: Connection, wanted: Wanted, identities: list[dict]) -> Item:
    desired = wanted.desired
    resource = windows.resource(aws, desired, lambda: _find(aws, desired, identities))
    return Item(resource, None if desired.absent else desired, wanted.tags, wanted.purge_tags)


def _find(aws: Connection, desired: Desired, identities: list[dict]) -> dict | None:
    """From the listing; GetMaintenanceWindow only where something is wanted that the listing does not tell."""
    raw = windows.choose(identities, desired)
    asked = desired.window["allow_unassociated_targets"] is not None or any(
        task["instance_ids"] for task in desired.tasks or []
    )
    if raw and asked and not desired.absent:
        try:
            raw = api.get_window(aws, window_id=raw["WindowId"])
        except NotFound:
            return None
    return windows.details(aws, raw) if raw else None


def _others(aws: Connection, wanted: list[Wanted], identities: list[dict], deployment: str) -> list[Item]:
    """Windows of the deployment that nobody wants any more."""
    names = {one.desired.name for one in wanted if not one.desired.window_id}
    ids = {one.desired.window_id for one in wanted}
    rest = [one for one in identities if one["Name"] not in names and one["WindowId"] not in ids]
    tags = read_tags(aws, [one["WindowId"] for one in rest])
    return [
        Item(_doomed(aws, one, tags[one["WindowId"]]), None)
        for one in rest
        if is_ours(tags[one["WindowId"]], deployment)
    ]


def read_tags(aws: Connection, ids: list[str]) -> dict[str, dict]:
    """{window id: tags}; one that was deleted in between has none."""

    def read(window_id: str) -> dict:
        try:
            return tag_api.list_tags(aws, kind=windows.KIND, resource_id=window_id)
        except NotFound:
            return {}

    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        return dict(zip(ids, pool.map(read, ids), strict=True))


def _doomed(aws: Connection, identity: dict, tags: dict) -> Resource:
    def refuse(*_given: object) -> None:
        raise AssertionError("a window that is purged is not written")

    return Resource(
        kind="window",
        name=identity["Name"],
        find=lambda: windows.details(aws, identity, tags=tags),
        create=refuse,
        update=refuse,
        delete=lambda before: windows.delete(aws, before["window_id"]),
    )


def _confirm(aws: Connection, models: list[dict], by_id: dict[str, str]) -> dict[str, dict]:
    """{name of the item: the window as listed}, listed again while it lags behind what was written."""
    for pause in (0.5, 1.0, 2.0, 4.0, None):
        listed = {one["WindowId"]: wire.window_to_model(one) for one in api.list_windows(aws)}
        seen = [_seen(model, listed.get(model["window_id"])) for model in models]
        lags = any(map(_lags, models, seen))
        if pause is None or not lags:
            break
        aws.clock.sleep(pause)
    return {by_id.get(model["window_id"], model["name"]): one for model, one in zip(models, seen, strict=True)}


def _seen(model: dict, found: dict | None) -> dict:
    read = windows.started(found, model["start_date"]) if found else dict.fromkeys(LISTED)
    return {name: read[name] for name in LISTED}


def _lags(model: dict, seen: dict) -> bool:
    return bool(compare({name: model[name] for name in LISTED}, seen, ignore=windows.SERVER_FIELDS))


def _finished(result: dict) -> dict:
    """As it is shown, without the fields that were not read."""
    return _read_only(wire.finished(result))


def _read_only(result: dict) -> dict:
    return {**result, "results": [{**one, "window": _without(one["window"])} for one in result["results"]]}


def _without(model: dict) -> dict:
    return {name: value for name, value in model.items() if name not in NOT_LISTED or value is not None}


# Reading for the info module
