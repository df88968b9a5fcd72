# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an aws_ec2 inventory does to hosts: it may put a prefix or suffix on their variables, and it may miss instances."""

from __future__ import annotations

import re
import typing as t

from .._core.tags import text as as_text
from .._core.words import counted
from .fleet import Reader
from .fleet import why_left_out
from .model import Warned
from .options import PlanOptions
from .survey import role_of
from .survey import tier_of_role

Facts = t.Iterable[tuple[str, t.Mapping[str, t.Any]]]
# The variables of aws_ec2 that the planner reads.
_READ = ("instance_id", "tags", "placement", "state", "platform_details", "platform", "block_device_mappings")
# Beside the id: another variable, such as bastion_instance_id, does not come with both of them.
_SURE = ("placement", "state")
_ID = re.compile(r"(.*)instance_id(.*)", re.DOTALL)
_VALUES = 200  # of a filter of EC2


def unprefixed(facts: Facts) -> list[tuple[str, t.Mapping[str, t.Any]]]:
    """The hosts with their variables under the names of aws_ec2, also where its options hostvars_prefix or hostvars_suffix are set."""
    known: set[tuple[str, str]] = set()
    return [(name, _plain(variables, known)) for name, variables in facts]


def _plain(variables: t.Mapping[str, t.Any], known: set[tuple[str, str]]) -> t.Mapping[str, t.Any]:
    if "instance_id" in variables:
        return variables
    for prefix, suffix in known or _affixes(variables):
        if _fits(variables, prefix, suffix):
            known.add((prefix, suffix))
            names = {key: f"{prefix}{key}{suffix}" for key in _READ}
            return {key: variables[name] for key, name in names.items() if name in variables}
    return variables


def _affixes(variables: t.Mapping[str, t.Any]) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for key in variables if isinstance(key, str) and (found := _ID.fullmatch(key))]


def _fits(variables: t.Mapping[str, t.Any], prefix: str, suffix: str) -> bool:
    given = variables.get(f"{prefix}instance_id{suffix}")
    return isinstance(given, str) and all(f"{prefix}{key}{suffix}" in variables for key in _SURE)


def asked(options: PlanOptions, chosen: t.Collection[str], everyone: Facts) -> dict[str, t.Any]:
    """What patch_host_info reads to find instances that the inventory misses: {tags, states, known_ids, names}.

    chosen: names of the hosts that the run is for. everyone: all hosts of the inventory. Without a selection (solutions, environments) an
    inventory that filters is itself the selection, and so is a pattern of hosts: only instances count then whose name one of the chosen
    hosts has taken. These names are in names, which is None where all instances count.
    """
    selector = options.selector
    tags: dict[str, list[str]] = {}
    if selector.type == "json":
        tags[selector.tag] = []
    else:
        for key, values in ((selector.solution, options.solutions), (selector.environment, options.environments)):
            if key:
                tags[key] = list(values) if len(values) <= _VALUES else []
        tags[selector.role] = []
    hosts = list(everyone)
    whole = bool(options.solutions or options.environments) and len(chosen) == len(hosts)
    return {
        "tags": tags,
        "states": ["running", "stopped"] if options.start_stopped else ["running"],
        "known_ids": sorted(
            {one for _name, variables in hosts if isinstance(one := variables.get("instance_id"), str)}
        ),
        "names": None if whole else sorted(chosen),
    }


def missed(instances: t.Iterable[t.Mapping[str, t.Any]], options: PlanOptions, region: str) -> tuple[Warned, ...]:
    """A warning about instances that the run would patch if they were in the inventory. instances: as patch_host_info returns them."""
    reader, tiers = Reader(options), tier_of_role(options)
    lost = []
    for variables in instances:
        host = reader.host(variables["instance_id"], variables)
        if why_left_out(host, reader, options, region) is None and _chosen(tiers.get(role_of(host)), options):
            name = as_text(host.tags.get("Name"))
            lost.append(f"{name} ({host.instance_id})" if name else host.instance_id)
    if not lost:
        return ()
    words = (
        f"{counted(len(lost), 'instance')} of the selection {'is' if len(lost) == 1 else 'are'} not in the inventory: not patched; check its "
        "hostnames (instances with the same name become one host; instance-id is unique), its filters and its cache"
    )
    return (Warned("not_in_inventory", words, tuple(sorted(lost))),)


def _chosen(tier: str | None, options: PlanOptions) -> bool:
    return tier is not None and (not options.only_tiers or tier in options.only_tiers)
