# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Hybrid nodes among the hosts: machines outside of EC2, whose tags Systems Manager keeps."""

from __future__ import annotations

import typing as t

from .fleet import is_hybrid

Facts = t.Sequence[tuple[str, t.Mapping[str, t.Any]]]


def id_of(variables: t.Mapping[str, t.Any]) -> str:
    """The id of a hybrid node of the inventory, "" of another host."""
    given = variables.get("instance_id")
    return given if isinstance(given, str) and is_hybrid(given) else ""


def untagged(facts: Facts) -> list[str]:
    """Ids of the hybrid nodes of the inventory that have no variable `tags`: Systems Manager has to be asked."""
    return sorted({id_of(variables) for _name, variables in facts if id_of(variables) and not variables.get("tags")})


def region_of(facts: Facts) -> str:
    """The Region that the hybrid nodes of the inventory name, "" when none or several do."""
    named = {variables["region"] for _name, variables in facts if id_of(variables) and variables.get("region")}
    return named.pop() if len(named) == 1 else ""


def joined(
    facts: Facts,
    nodes: t.Iterable[t.Mapping[str, t.Any]],
    region: str,
    everything: bool,
    left_out: t.Collection[str] = (),
) -> Facts:
    """The hosts with what Systems Manager knows of hybrid nodes.

    nodes: of ssm_managed_node_info with their tags, read in region. Those that the inventory has keep its variables and get the tags
    that it does not give. With everything the others join as hosts, under their computer names; where such a name is taken, under
    their ids. left_out: ids of nodes that the inventory has and that were not chosen from it; they do not join.
    """
    known = {node["instance_id"]: node for node in nodes}
    taken = {name for name, _variables in facts}
    found = [(name, _completed(variables, known.get(id_of(variables)), region)) for name, variables in facts]
    for _name, variables in facts:
        known.pop(id_of(variables), None)
    for number in sorted(set(known) - set(left_out)) if everything else ():
        name = known[number].get("computer_name") or known[number].get("name") or number
        name = number if name in taken else name
        taken.add(name)
        found.append((name, _completed({"instance_id": number}, known[number], region)))
    return found


def _completed(
    variables: t.Mapping[str, t.Any], node: t.Mapping[str, t.Any] | None, region: str
) -> t.Mapping[str, t.Any]:
    if node is None:
        return variables
    platform = " ".join(word for word in (node.get("platform_name"), node.get("platform_version")) if word)
    learned = {"tags": node.get("tags") or {}, "region": region, "platform": platform}
    return {**learned, **{key: value for key, value in variables.items() if key not in learned or value}}
