# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Hosts of the inventory as the planner sees them: who they are, where they stand, whose they are, why they are left out."""

from __future__ import annotations

import json
import re
import typing as t

from .._core.tags import text as as_text
from .options import PlanOptions
from .options import Selector

_REGION = re.compile(r"[a-z]+(?:-[a-z]+)+-\d+")

# Tag keys that say that something else replaces the host; patching it in place would drift or disturb its owner.
# EKS: docs.aws.amazon.com/eks/latest/userguide (eks-using-tags), eksctl.io, kubernetes.io cloud provider tags.
# ECS: AmazonECS/latest/developerguide (asg-capacity-providers). EMR: AWS-RunPatchBaseline must not reboot its nodes.
_OWNER_PREFIXES = (
    ("eks:", "eks_managed"),
    ("aws:eks:", "eks_managed"),
    ("kubernetes.io/", "eks_managed"),
    ("k8s.io/", "eks_managed"),
    ("alpha.eksctl.io/", "eks_managed"),
    ("aws:ecs:", "ecs_managed"),
    ("aws:elasticmapreduce:", "emr_managed"),
)
_OWNER_KEYS = {"aws:autoscaling:groupname": "auto_scaling_member", "amazonecsmanaged": "ecs_managed"}
_OWNER_WORDS = {
    "eks_managed": "is a Kubernetes node",
    "ecs_managed": "is an ECS container instance",
    "emr_managed": "is a node of an EMR cluster",
    "auto_scaling_member": "belongs to an Auto Scaling group",
}
_OWNERS = (*_OWNER_WORDS, "exempt")
_EXEMPT = _OWNERS.index("exempt")
_NOTHING: t.Mapping[str, t.Any] = {}
_NO = frozenset({"no", "false"})
# Machines outside of EC2 stand in no availability zone.
HYBRID_ZONE = "hybrid"


def is_hybrid(instance_id: str) -> bool:
    """Whether this is the id of a hybrid node, which has no image, no power switch and no target group."""
    return instance_id.startswith("mi-")


class Selection(t.NamedTuple):
    """Whose a host is. An attribute that the selector does not use is empty."""

    solution: str
    environment: str
    role: str


class Unreadable(t.NamedTuple):
    """A host whose tags do not say whose it is: code not_tagged or malformed_tag, and the reason in words."""

    code: str
    detail: str


class Host(t.NamedTuple):
    """One EC2 instance or hybrid node. zone: name or id, whichever the plan goes by; HYBRID_ZONE for a hybrid node.

    A named tuple, because making one costs a third of what a frozen dataclass costs, and a fleet has many.
    """

    host: str
    instance_id: str
    name: str
    zone: str
    region: str
    state: str
    platform: str
    tags: t.Mapping[str, str]
    selection: Selection | Unreadable
    disks: t.Sequence[t.Mapping[str, t.Any]] = ()

    @property
    def hybrid(self) -> bool:
        """Whether it is a machine outside of EC2."""
        return is_hybrid(self.instance_id)

    def volume_ids(self) -> t.Iterator[str]:
        """Ids of the volumes that are attached."""
        for disk in self.disks:
            volume = (disk.get("ebs") or _NOTHING).get("volume_id")
            if volume:
                yield volume


def _dict(value: t.Any) -> t.Mapping[str, t.Any]:
    return value if isinstance(value, dict) else _NOTHING


def _text(tags: t.Mapping[str, t.Any], key: str, where: str, plain: bool) -> str | Unreadable:
    """plain: a tag, whose value YAML may have taken for a number or a boolean. In JSON only a string is text."""
    value = tags.get(key)
    if value is None:
        return Unreadable("malformed_tag", f"{where} has no {key!r}")
    if plain and not isinstance(value, (str, list, dict)):
        value = as_text(value)
    if not isinstance(value, str):
        return Unreadable("malformed_tag", f"{key!r} of {where} is {json.dumps(value, default=str)}, not text")
    if value != value.strip() or not value:
        return Unreadable("malformed_tag", f"{key!r} of {where} is {value!r}, empty or with spaces around it")
    return value


def _selection(values: t.Mapping[str, t.Any], selector: Selector, where: str) -> Selection | Unreadable:
    read: list[str] = []
    for key in (selector.solution, selector.environment, selector.role):
        value = _text(values, key, where, selector.type == "plain") if key else ""
        if isinstance(value, Unreadable):
            return value
        read.append(value)
    return Selection(*read)


class _RepeatedKey(ValueError):
    pass


def _object(pairs: list[tuple[str, t.Any]]) -> dict[str, t.Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _RepeatedKey("a key occurs twice")
    return made


def read_selection(tags: t.Mapping[str, t.Any], selector: Selector) -> Selection | Unreadable:
    """Read whose a host is from its tags. Nothing is trimmed, lower-cased or guessed.

    tags: key to value. Gives Unreadable, code not_tagged, when no tag of the selector is there, and code malformed_tag
    when there is one that cannot be read: not JSON, not an object, a key twice, a key missing, a value that is not text.
    """
    if selector.type == "plain":
        keys = [key for key in (selector.solution, selector.environment, selector.role) if key]
        if not any(key in tags for key in keys):
            return Unreadable("not_tagged", f"has none of the tags {', '.join(keys)}")
        return _selection(tags, selector, "its tags")
    if selector.tag not in tags:
        return Unreadable("not_tagged", f"has no tag {selector.tag!r}")
    where = f"tag {selector.tag!r}"
    value = tags[selector.tag]
    try:
        data = json.loads(value, object_pairs_hook=_object) if isinstance(value, str) else value
    except _RepeatedKey as error:
        return Unreadable("malformed_tag", f"{where} is not usable JSON: {error}")
    except (ValueError, RecursionError) as error:
        return Unreadable("malformed_tag", f"{where} is not JSON: {error}")
    if not isinstance(data, t.Mapping):
        return Unreadable("malformed_tag", f"{where} holds {type(data).__name__}, not a JSON object")
    return _selection(data, selector, where)


class Reader:
    """Reads hosts of one inventory; remembers what it read, since a fleet repeats the same few tag values."""

    __slots__ = ("_options", "_selections", "_kinds", "_exempt")

    def __init__(self, options: PlanOptions) -> None:
        self._options = options
        self._selections: dict[t.Any, Selection | Unreadable] = {}
        self._kinds: dict[str, int | None] = {}
        self._exempt = frozenset(key.casefold() for key in options.exempt_tags)

    def host(self, name: str, facts: t.Mapping[str, t.Any]) -> Host:
        """One host from its variables of the aws_ec2 inventory; what is absent there is empty here.

        Other hosts have variables of the same names and of any shape: what has not the shape of the inventory is absent.
        """
        instance_id = facts.get("instance_id")
        if not isinstance(instance_id, str):
            instance_id = ""
        elif not instance_id.startswith("i-"):
            if is_hybrid(instance_id):
                return self._hybrid(name, instance_id, facts)
            instance_id = ""
        tags = _dict(facts.get("ec2_tags") or facts.get("tags"))
        placement = _dict(facts.get("placement"))
        zone = placement.get("availability_zone") or ""
        disks = facts.get("block_device_mappings")
        return Host(
            name,
            instance_id,
            as_text(tags.get("Name")) or name,
            zone if self._options.zone_key == "name" else placement.get("availability_zone_id") or "",
            placement.get("region") or _region(zone),
            _dict(facts.get("state")).get("name") or "",
            facts.get("platform_details") or facts.get("platform") or "",
            tags,
            self._selection(tags),
            disks if isinstance(disks, list) else (),
        )

    def _hybrid(self, name: str, instance_id: str, facts: t.Mapping[str, t.Any]) -> Host:
        """A hybrid node: of its variables only the id, tags, region and platform count. Only its agent says whether it runs."""
        tags = _dict(facts.get("tags"))
        region, platform = (facts.get(key) for key in ("region", "platform"))
        return Host(
            name,
            instance_id,
            as_text(tags.get("Name")) or name,
            HYBRID_ZONE,
            region if isinstance(region, str) else "",
            "running",
            platform if isinstance(platform, str) else "",
            tags,
            self._selection(tags),
        )

    def _selection(self, tags: t.Mapping[str, t.Any]) -> Selection | Unreadable:
        selector = self._options.selector
        raw = tags.get(selector.tag) if selector.type == "json" else None
        if not isinstance(raw, str):
            return read_selection(tags, selector)
        known = self._selections.get(raw)
        if known is None:
            known = self._selections[raw] = read_selection(tags, selector)
        return known

    def managed(self, tags: t.Mapping[str, t.Any]) -> tuple[str, str] | None:
        """(code, tag key) of what else manages a host with these tags, or of its exemption; None when nothing does.

        With several the first code of _OWNERS counts, whatever the order of the tags. Case and spaces of an exemption
        do not matter: opting out is easy.
        """
        kinds = self._kinds
        found = None
        for key, value in tags.items():
            if key not in kinds:
                kinds[key] = self._kind(key)
            kind = kinds[key]
            if kind is None or (kind == _EXEMPT and as_text(value).strip().casefold() not in _NO):
                continue
            if found is None or (kind, key) < found:
                found = (kind, key)
        return found and (_OWNERS[found[0]], found[1])

    def _kind(self, key: str) -> int | None:
        """Place in _OWNERS of what a tag key says of its host, or None."""
        folded = key.casefold()
        if folded in self._exempt:
            return _EXEMPT
        code = next((code for prefix, code in _OWNER_PREFIXES if folded.startswith(prefix)), _OWNER_KEYS.get(folded))
        return None if code is None else _OWNERS.index(code)


def _region(zone: str) -> str:
    found = _REGION.match(zone)
    return found.group() if found else ""


def why_left_out(host: Host, reader: Reader, options: PlanOptions, region: str) -> tuple[str, str] | None:
    """(code, reason in words) when a host takes no part, or None.

    The first reason in this order counts: where it is, whose it is, who manages it, whether it is exempt, its state,
    its role. So a host of another solution is always reported as that, whatever else is true of it.
    """
    if not host.instance_id:
        return (
            "not_an_instance",
            "has no instance_id of EC2 or Systems Manager; it is not a host of the aws_ec2 inventory",
        )
    if region and host.region and host.region != region:
        return "other_region", f"is in {host.region}; the run is in {region}"
    selection = host.selection
    if isinstance(selection, Unreadable):
        return selection
    if options.solutions and selection.solution not in options.solutions:
        return "other_solution", f"solution is {selection.solution!r}; the run is for {_either(options.solutions)}"
    if options.environments and selection.environment not in options.environments:
        return (
            "other_environment",
            f"environment is {selection.environment!r}; the run is for {_either(options.environments)}",
        )
    return _managed(host, reader) or _unfit(host, options)


def _managed(host: Host, reader: Reader) -> tuple[str, str] | None:
    found = reader.managed(host.tags)
    if found is None:
        return None
    code, key = found
    if code == "exempt":
        return code, f"tag {key} is {host.tags[key]}"
    return code, f"{_OWNER_WORDS[code]} (tag {key} = {host.tags[key]}); it is patched by replacing its image"


def _unfit(host: Host, options: PlanOptions) -> tuple[str, str] | None:
    if host.state != "running" and not (host.state == "stopped" and options.start_stopped):
        return "wrong_state", f"is {host.state or 'in an unknown state'}; only running hosts are patched"
    role = t.cast(Selection, host.selection).role
    if role in options.ignored_roles:
        return "unknown_role", f"role {role!r} is declared in ignored_roles"
    return None


def _either(values: t.Sequence[str]) -> str:
    return " or ".join(repr(value) for value in values)
