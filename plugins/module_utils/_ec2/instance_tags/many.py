# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The same tags on many instances and hybrid nodes: read all, write those that differ, instances in batches, read them again."""

from __future__ import annotations

from collections import Counter
from typing import Any
from typing import Callable
from typing import NamedTuple

from ..._core.calls import Connection
from ..._core.calls import chunks
from ..._core.compare import diff
from ..._core.errors import InvalidInput
from ..._core.errors import NotFound
from ..._core.errors import RunFailed
from ..._core.errors import ServiceError
from ..._core.tags import from_wire as tags_from_wire
from ..._core.tags import text as tag_text
from ..._core.tags import texts as tag_texts
from ..._core.tags import values_of as tag_values
from .. import connection
from ..instances import api as instance_api
from . import api

# An instance that is about to be gone keeps its tags for a while and takes no new ones.
STATES = ["pending", "running", "stopping", "stopped"]
MOST_TAGS = 50  # of a resource, without those of AWS ("Tag your Amazon EC2 resources", EC2 user guide)
PAUSES = (0.5, 1.0, 2.0, 4.0)


class Nodes(NamedTuple):
    """Hybrid nodes, whose tags another service keeps. read(ids) -> {id: tags}; write(ids, tags) -> {id: failure}."""

    read: Callable[[list[str]], dict[str, dict]]
    write: Callable[[list[str], dict[str, str]], dict[str, dict]]


def is_node(instance_id: str) -> bool:
    """Whether this is the id of a hybrid node."""
    return instance_id.startswith("mi-")


def checked(tags: dict[str, Any], option: str = "tags") -> dict[str, str]:
    """Tags as text, if EC2 takes them. Raises InvalidInput."""
    made = tag_texts(tags, option) or {}
    for key, value in made.items():
        if not 1 <= len(key) <= 128 or key.lower().startswith("aws:"):
            raise InvalidInput(f"{option}: the key {key!r} must be 1–128 characters that do not start with aws:")
        if len(value) > 256:
            raise InvalidInput(f"{option}: the value of {key} has {len(value)} characters; the maximum is 256")
    if not made:
        raise InvalidInput(f"{option}: must not be empty")
    return made


def ensure(
    aws: Connection,
    tags: dict[str, str],
    *,
    instance_ids: list[str] | None = None,
    where: dict[str, Any] | None = None,
    check: bool = False,
    nodes: Nodes | None = None,
) -> dict:
    """Add or overwrite the tags on instances, given by id or by the tags that they have now; other tags stay.

    nodes: has to be there when ids of hybrid nodes are given. Tags find EC2 instances only.
    Raises InvalidInput before anything is written, NotFound for ids without an instance, and RunFailed with all results
    when some instances could not be tagged.
    """
    wanted = checked(tags)
    before = _by_id(aws, instance_ids, nodes) if instance_ids is not None else _by_tags(aws, where)
    after = {name: {**old, **wanted} for name, old in before.items()}
    for name, new in after.items():
        if sum(not key.startswith("aws:") for key in new) > MOST_TAGS:
            raise InvalidInput(f"tags: {name} would have more than {MOST_TAGS} tags")
    differing = sorted(name for name in before if before[name] != after[name])
    failures: dict[str, dict] = {}
    if differing and not check:
        failures = _write(aws, differing, wanted, nodes)
        after = {**after, **_reread(aws, after, differing, failures, nodes)}
    return _result(before, after, wanted, failures)


def _read(aws: Connection, ids: list[str], nodes: Nodes | None) -> dict[str, dict]:
    """{id: tags} of those that exist."""
    instances = [name for name in ids if not is_node(name)]
    found = {
        one["InstanceId"]: tags_from_wire(one.get("Tags"))
        for one in instance_api.list_instances(aws, instance_ids=instances)
    }
    return {**found, **nodes.read([name for name in ids if is_node(name)])} if nodes else found


def _by_id(aws: Connection, instance_ids: list[str], nodes: Nodes | None) -> dict[str, dict]:
    found = _read(aws, list(dict.fromkeys(instance_ids)), nodes)
    missing = sorted(set(instance_ids) - set(found))
    if missing:
        raise NotFound(f"instance_ids: no such instance: {', '.join(missing)}", details={"missing": missing})
    return found


def _by_tags(aws: Connection, where: dict[str, Any] | None) -> dict[str, dict]:
    """{instance id: tags}. Values are compared exactly, whatever a filter would take along."""
    asked = {tag_text(key): _values(key, values) for key, values in (where or {}).items()}
    if not asked:
        raise InvalidInput("where: must not be empty, because that would select every instance")
    # in a filter a backslash escapes; any character in its place finds more, which is sorted out below
    wire = {key: [value.replace("\\", "?") for value in values] for key, values in asked.items()}
    found = {
        one["InstanceId"]: tags_from_wire(one.get("Tags"))
        for one in instance_api.list_tagged_instances(aws, wire, STATES)
    }
    return {
        name: tags
        for name, tags in found.items()
        if all(key in tags and (not values or tags[key] in values) for key, values in asked.items())
    }


def _values(key: Any, values: Any) -> list[str]:
    listed = tag_values(f"where.{key}", values)
    if len(listed) > connection.FILTER_VALUES:
        raise InvalidInput(f"where: {key} has {len(listed)} values; the maximum is {connection.FILTER_VALUES}")
    return listed


def _write(aws: Connection, names: list[str], tags: dict[str, str], nodes: Nodes | None) -> dict[str, dict]:
    """Tag in batches; {instance id: failure} of batches that were refused, which does not stop the others."""
    failures: dict[str, dict] = nodes.write([name for name in names if is_node(name)], tags) if nodes else {}
    for part in chunks([name for name in names if not is_node(name)], api.TAGGED_AT_ONCE):
        try:
            api.create_tags(aws, instance_ids=part, tags=tags)
        except ServiceError as error:
            failure = {"code": error.code, "message": error.message, "details": error.details}
            failures.update({name: failure for name in part})
    return failures


def _reread(
    aws: Connection, after: dict[str, dict], names: list[str], failures: dict, nodes: Nodes | None
) -> dict[str, dict]:
    """What the instances carry now; read again while a read lags behind the write."""
    for pause in (*PAUSES, None):
        now = _read(aws, names, nodes)
        waiting = [name for name in names if name not in failures and now.get(name) != after[name]]
        if not waiting or pause is None:
            return now
        aws.clock.sleep(pause)
    return {}


def _result(before: dict, after: dict, wanted: dict[str, str], failures: dict[str, dict]) -> dict:
    instances = []
    for name in sorted(before):
        changed = before[name] != after[name]
        one = {
            "instance_id": name,
            "action": "failed" if name in failures else "updated" if changed else "unchanged",
            "changed": changed,
            "tags": after[name],
        }
        if name in failures:
            one["failure"] = failures[name]
        elif any(after[name].get(key) != value for key, value in wanted.items()):
            one["unconfirmed"] = sorted(key for key, value in wanted.items() if after[name].get(key) != value)
        instances.append(one)
    counted = Counter(one["action"] for one in instances)
    result = {
        "changed": any(one["changed"] for one in instances),
        "instances": instances,
        "summary": {action: counted[action] for action in ("updated", "unchanged", "failed")},
        "diff": [
            {"before_header": name, "after_header": name, **diff(before[name], after[name])}
            for name in sorted(before)
            if before[name] != after[name]
        ],
    }
    if failures:
        first = next(iter(failures.values()))
        raise RunFailed(
            f"{len(failures)} of {len(before)} instances could not be tagged: {first['message']}", results=result
        )
    return result
