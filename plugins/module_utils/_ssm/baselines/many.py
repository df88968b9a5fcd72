# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Many patch baselines from one listing: who is meant, who gives what to whom, what is removed, what was confirmed."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import replace
from functools import partial

from ..._core.calls import Connection
from ..._core.compare import compare
from ..._core.converge_many import WORKERS
from ..._core.converge_many import Item
from ..._core.converge_many import converge_many
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.errors import RunFailed
from ..._core.ownership import DEPLOYMENT_TAG
from ..._core.ownership import is_ours
from ..._core.ownership import owned_tags
from ..._core.tags import texts as tag_texts
from ..tags import api as tag_api
from . import api
from . import options
from . import resource as baselines
from . import wire
from .resource import Account
from .resource import Claims
from .resource import Desired
from .resource import Seen

# Quotas of Systems Manager (AWS General Reference). Both are adjustable, so going beyond them is a warning.
MOST_BASELINES = 50
MOST_GROUPS = 25
# Replaced and removed baselines come after those that take their groups and defaults.
REPLACED, REMOVED = 1, 2


@dataclass(frozen=True)
class Entry:
    """One entry of the list: what its options ask for, its tags (None = leave them), and its identity when it exists."""

    desired: Desired
    tags: dict[str, str] | None
    purge_tags: bool
    identity: dict | None = None

    @property
    def system(self) -> str | None:
        """The operating system that it will have; None when nobody says."""
        return self.desired.operating_system or (self.identity or {}).get("OperatingSystem")

    @property
    def rank(self) -> int:
        if self.desired.absent:
            return REMOVED
        return REPLACED if self.identity and self.identity["OperatingSystem"] != self.system else 0


def entries_of(items: list[dict], *, tags: dict | None, purge_tags: bool, deployment: str | None) -> list[Entry]:
    """The entries of validated items, with the tags of the list under their own ones, and those that say whose they are.

    Tags that are only those of the deployment are added to what is there; nothing was asked to be purged then.
    Raises InvalidInput that names every item with a wrong name or id, and for a wrong name of the deployment.
    """
    owned = owned_tags(deployment) if deployment is not None else {}
    entries, wrong = [], []
    for number, item in enumerate(items):
        try:
            desired = options.desired_of(item)
        except InvalidInput as error:
            wrong.append(f"{options.place(number, item)}: {error.message}")
            continue
        own = tag_texts(item["tags"])
        if own is None and tags is None:
            entries.append(Entry(desired, owned or None, False))
            continue
        purge = purge_tags if item["purge_tags"] is None else item["purge_tags"]
        entries.append(Entry(desired, {**(tags or {}), **(own or {}), **owned}, purge))
    if wrong:
        raise InvalidInput("; ".join(wrong), details={"option": "baselines"})
    return entries


def make_many(aws: Connection, entries: list[Entry], *, deployment: str | None, purge: bool, check_mode: bool) -> dict:
    """Converge the baselines of the list; with purge also remove those of the deployment that are not in it.

    The kernel's answer, moved_patch_groups of each result, and warnings. Raises what converge_many raises.
    """
    listing = api.list_baselines(aws, {})
    own = [one for one in listing if not one["BaselineId"].startswith("arn:")]
    entries = matched(own, entries)
    if purge:
        entries = entries + _surplus(aws, own, entries, deployment)
    account = Account(provided=[one for one in listing if one["BaselineId"].startswith("arn:")])
    if any(entry.desired.patch_groups is not None or entry.rank == REPLACED for entry in entries):
        account.groups.update(baselines.registrations(aws))
    seen = [
        Seen(entry.identity and entry.identity["BaselineId"], others, account)
        for entry, others in zip(entries, claims(entries), strict=True)
    ]
    labels, groups = _labels(entries), dict(account.groups)
    items = _items(aws, entries, seen, labels)
    warnings = quota_warnings(own, entries)
    try:
        answer = converge_many(items, check_mode=check_mode, confirm=lambda models: _confirm(aws, models, seen, labels))
    except RunFailed as error:
        error.results = _finished(error.results, groups, warnings, deployment)
        raise
    return _finished(answer, groups, warnings, deployment)


def _items(aws: Connection, entries: list[Entry], seen: list[Seen], labels: list[str]) -> list[Item]:
    known = baselines.known_values(aws)
    items = []
    for entry, one, label in zip(entries, seen, labels, strict=True):
        find = partial(baselines.details, aws, entry.identity) if entry.identity else lambda: None
        resource = baselines.resource(aws, entry.desired, one, known, find=find, name=label)
        wanted = None if entry.desired.absent else entry.desired
        items.append(Item(resource, wanted, tags=entry.tags, purge_tags=entry.purge_tags, rank=entry.rank))
    return items


# Which ones are meant


def matched(own: list[dict], entries: list[Entry]) -> list[Entry]:
    """The entries with their identities. Raises InvalidInput when one baseline would be two entries, or a name is not clear.

    A name and its system beat a name alone, so that "shop" for Ubuntu is a new one beside "shop" for Windows.
    """
    exact = [_exact(own, entry.desired) for entry in entries]
    taken = {one["BaselineId"] for one in exact if one}
    rest = [one for one in own if one["BaselineId"] not in taken]
    found = []
    for entry, identity in zip(entries, exact, strict=True):
        identity = identity or baselines.choose(rest, entry.desired)
        baselines.refuse_taken_name(own, entry.desired)
        found.append(replace(entry, identity=identity))
    _refuse_twice(found)
    return found


def _exact(own: list[dict], desired: Desired) -> dict | None:
    if desired.baseline_id:
        return baselines.choose(own, desired)
    both = [
        one for one in own if one["BaselineName"] == desired.name and one["OperatingSystem"] == desired.operating_system
    ]
    return both[0] if len(both) == 1 else None


def _refuse_twice(entries: list[Entry]) -> None:
    ids = Counter(entry.identity["BaselineId"] for entry in entries if entry.identity)
    new = Counter((entry.desired.name, entry.system) for entry in entries if not entry.identity)
    twice = [baseline_id for baseline_id, count in ids.items() if count > 1]
    twice += [f"{name} ({system})" for (name, system), count in new.items() if count > 1]
    if twice:
        raise InvalidInput(f"baselines: {', '.join(twice)} is defined by more than one entry", code="declared_twice")


def _labels(entries: list[Entry]) -> list[str]:
    """How each is called in the results: its name, and its system where two have the same name."""
    names = [entry.desired.name or entry.identity and entry.identity["BaselineName"] for entry in entries]
    names = [name or entry.desired.baseline_id for name, entry in zip(names, entries, strict=True)]
    return [
        f"{name} ({entry.system})" if names.count(name) > 1 else name
        for name, entry in zip(names, entries, strict=True)
    ]


def _surplus(aws: Connection, own: list[dict], entries: list[Entry], deployment: str) -> list[Entry]:
    """Entries that remove the baselines which the deployment made and the list does not name."""
    listed = {entry.identity["BaselineId"] for entry in entries if entry.identity}
    rest = [one for one in own if one["BaselineId"] not in listed]
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        tags = list(pool.map(lambda one: _tags(aws, one), rest))
    return [
        Entry(baselines.removal(one), None, False, one)
        for one, found in zip(rest, tags, strict=True)
        if is_ours(found, deployment)
    ]


def _tags(aws: Connection, identity: dict) -> dict | None:
    try:
        return tag_api.list_tags(aws, kind="PatchBaseline", resource_id=identity["BaselineId"])
    except NotFound:
        return None


# Who gives what to whom


def claims(entries: list[Entry]) -> list[Claims]:
    """For each entry, what the others will have. Raises InvalidInput where two want the same group or default."""
    present = [(number, entry) for number, entry in enumerate(entries) if not entry.desired.absent]
    groups = {
        number: {(entry.system, group) for group in entry.desired.patch_groups or []} for number, entry in present
    }
    defaults = {number: {entry.system} for number, entry in present if entry.desired.default}
    _refuse_shared("patch_groups", groups, entries)
    _refuse_shared("default", defaults, entries)
    return [Claims(_of_others(groups, number), _of_others(defaults, number)) for number in range(len(entries))]


def _of_others(wanted: dict[int, set], number: int) -> frozenset:
    return frozenset().union(*(keys for other, keys in wanted.items() if other != number))


def _refuse_shared(option: str, wanted: dict[int, set], entries: list[Entry]) -> None:
    counts = Counter(key for keys in wanted.values() for key in keys)
    for key in sorted((key for key, count in counts.items() if count > 1), key=str):
        names = [entries[number].desired.name or "?" for number, keys in wanted.items() if key in keys]
        what = f"{key[1]} of {key[0]}" if option == "patch_groups" else f"the default of {key}"
        raise InvalidInput(f"{option}: {what} is assigned to {' and '.join(names)}", code="declared_twice")


# What is told in the end


def _confirm(aws: Connection, models: list[dict], seen: list[Seen], labels: list[str]) -> dict[str, dict]:
    """One listing, repeated only as long as it lags behind what was written; a second one when a move failed."""
    by_id = {one.baseline_id: label for one, label in zip(seen, labels, strict=True)}
    wanted = {model["baseline_id"]: model for model in models}
    moved = baselines.registrations(aws) if any(one.account.failed_moves for one in seen) else None
    for pause in (0.5, 1.0, 2.0, 4.0, None):
        listed = {one["BaselineId"]: one for one in api.list_baselines(aws, {"OWNER": ["Self"]})}
        read = {baseline_id: _shown(listed.get(baseline_id, {}), baseline_id, moved) for baseline_id in wanted}
        if pause is None or moved or not any(_differs(wanted[one], read[one]) for one in wanted):
            return {by_id[baseline_id]: fields for baseline_id, fields in read.items()}
        aws.clock.sleep(pause)
    raise AssertionError("unreachable")


def _shown(identity: dict, baseline_id: str, moved: dict | None) -> dict:
    """The fields that the listings tell; all None for a baseline that is not there."""
    found = {
        "baseline_id": identity.get("BaselineId"),
        "name": identity.get("BaselineName"),
        "operating_system": identity.get("OperatingSystem"),
        "description": identity.get("BaselineDescription") or None,
        "default": identity.get("DefaultBaseline"),
    }
    if moved is not None:
        found["patch_groups"] = sorted(group for (_system, group), owner in moved.items() if owner == baseline_id)
    return found


def _differs(model: dict, read: dict) -> bool:
    return bool(compare({name: model[name] for name in read}, read))


def _finished(answer: dict, groups: dict, warnings: list[str], deployment: str | None) -> dict:
    """The answer with what is moved and what to beware of, without configurations of sources."""
    results = [{**result, "moved_patch_groups": _moved(result, groups)} for result in answer["results"]]
    found = [*warnings, *(text for result in results for text in _taken_over(result, deployment))]
    done = {**answer, "results": results, **({"warnings": found} if found else {})}
    return wire.redacted(done)


def _moved(result: dict, groups: dict) -> list[dict]:
    model, changes = result["baseline"], {change["field"]: change for change in result.get("changes", [])}
    if not model or not {"patch_groups", "operating_system"} & set(changes):
        return []
    before = {"patch_groups": [], "operating_system": model["operating_system"]}
    if "operating_system" not in changes:
        before["patch_groups"] = changes["patch_groups"]["before"] or []
    added = baselines.added_groups(before, model)
    return baselines.moves(added, model["operating_system"], groups, model["baseline_id"])


def _taken_over(result: dict, deployment: str | None) -> list[str]:
    change = next((one for one in result.get("changes", []) if one["field"] == "tags"), None)
    former = ((change or {}).get("before") or {}).get(DEPLOYMENT_TAG)
    if not deployment or former in (None, deployment):
        return []
    return [f"{result['name']} moved from deployment {former} to deployment {deployment}"]


def quota_warnings(own: list[dict], entries: list[Entry]) -> list[str]:
    """What goes beyond AWS's quotas. They can have been raised, which only AWS knows, so nothing is refused here."""
    made = [entry for entry in entries if not entry.desired.absent and (entry.rank == REPLACED or not entry.identity)]
    count = len(own) + len(made)
    warnings = []
    if made and count > MOST_BASELINES:
        warnings.append(
            f"There will be {count} patch baselines of the account before any is removed; AWS allows "
            f"{MOST_BASELINES} per account and Region unless the quota was increased"
        )
    for entry in entries:
        wanted = len(set(entry.desired.patch_groups or []))
        if wanted > MOST_GROUPS:
            warnings.append(
                f"{entry.desired.name or entry.desired.baseline_id} will have {wanted} patch groups; AWS allows "
                f"{MOST_GROUPS} per baseline unless the quota was increased"
            )
    return warnings
