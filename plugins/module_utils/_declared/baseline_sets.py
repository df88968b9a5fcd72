# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Sets of patch baselines, copies of AWS's own ones and own declarations -> one list, as the baseline modules take it."""

from __future__ import annotations

import dataclasses
import difflib
import typing as t

from .set_error import SetError

Given = t.Mapping[str, t.Any]
SET_OPTIONS = ("set", "operating_systems", "patch_groups", "default", "prefix", "overrides")
# A baseline of a set is whole: what the set does not say is what CreatePatchBaseline takes then, so that what somebody adds by
# hand is drift. (To the modules, what is omitted is left as it is.)
WHOLE: dict[str, t.Any] = {
    "global_filters": [],
    "approval_rules": [],
    "approved_patches": [],
    "approved_patches_compliance_level": "UNSPECIFIED",
    "approved_patches_enable_non_security": False,
    "rejected_patches": [],
    "rejected_patches_action": "ALLOW_AS_DEPENDENCY",
    "sources": [],
}
# What a copy takes over (GetPatchBaseline); AWS's own baselines have no sources, tags and patch groups.
COPIED = (
    "global_filters",
    "approval_rules",
    "approved_patches",
    "approved_patches_compliance_level",
    "approved_patches_enable_non_security",
    "rejected_patches",
    "rejected_patches_action",
    "available_security_updates_compliance_status",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Common:
    """What a set does without options of its own.

    operating_systems: words of the API, empty takes all of the set. patch_groups: empty takes those of the set. default: whether
    its baselines are the defaults of their systems. prefix: stands before the names that the collection chose.
    """

    operating_systems: tuple[str, ...] = ()
    patch_groups: tuple[str, ...] = ()
    default: bool = False
    prefix: str = ""


def baselines_of(
    sets: t.Iterable[t.Any],
    shipped: Given,
    common: Common,
    duplicates: t.Iterable[Given] = (),
    provided: t.Iterable[Given] = (),
    baselines: t.Iterable[Given] = (),
) -> list[dict[str, t.Any]]:
    """The baselines of all sets, then the copies, then the own ones.

    sets: names, or dictionaries with SET_OPTIONS. shipped: {name of a set: {"baselines": [declarations]}}. duplicates:
    {operating_system, source} and options of the baseline modules. provided: AWS's own baselines, as ssm_patch_baseline_info
    returns them. Raises SetError.
    """
    made: list[tuple[str, dict[str, t.Any]]] = []
    systems: set[str] = set()
    for given in sets:
        options = _options(given, shipped)
        data = shipped[options["set"]]["baselines"]
        systems |= {one["operating_system"] for one in data}
        where = f"set {options['set']}"
        made += [(where, one) for one in _of_set(where, data, options, common)]
    _known("operating_systems", common.operating_systems, systems or set(common.operating_systems))
    known = list(provided)
    made += [(f"copy of {one.get('operating_system')}", _copy(one, known, common.prefix)) for one in duplicates]
    made += [(f"baseline {one.get('name') or one.get('baseline_id')}", dict(one)) for one in baselines]
    _refuse_twice(made)
    return [baseline for _where, baseline in made]


def _options(given: t.Any, shipped: Given) -> Given:
    """The options of a set; a name alone is a set without options."""
    options = {"set": given} if isinstance(given, str) else given
    if not isinstance(options, t.Mapping) or "set" not in options:
        raise SetError(f"set: {given!r} is neither the name of a set nor a dictionary with one under 'set'")
    _known("set", [options["set"]], set(shipped))
    _known(f"option of set {options['set']}", options, set(SET_OPTIONS))
    return options


def _known(what: str, names: t.Iterable[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(str(name), sorted(known), 1)
            hint = f"did you mean {close[0]}?" if close else f"valid sets are {', '.join(sorted(known))}"
            raise SetError(f"{what}: {name} is unknown; {hint}")


def _of_set(where: str, data: list[Given], options: Given, common: Common) -> list[dict[str, t.Any]]:
    systems = options.get("operating_systems") or common.operating_systems
    prefix = options["prefix"] if options.get("prefix") is not None else common.prefix
    groups = options.get("patch_groups") or common.patch_groups
    default = options["default"] if options.get("default") is not None else common.default
    overrides = options.get("overrides") or {}
    own = {one["operating_system"] for one in data}
    _known(f"{where}: overrides", overrides, own)
    _known(f"{where}: operating_systems", options.get("operating_systems") or (), own)
    return [
        {
            **WHOLE,
            **one,
            "name": prefix + one["name"],
            "patch_groups": list(groups or one.get("patch_groups", ())),
            "default": bool(default),
            **overrides.get(one["operating_system"], {}),
        }
        for one in data
        if not systems or one["operating_system"] in systems
    ]


def _copy(given: Given, provided: list[Given], prefix: str) -> dict[str, t.Any]:
    """A declaration with the content of a baseline of AWS; what the entry says beside it wins."""
    if not given.get("operating_system"):
        raise SetError("duplicates: operating_system: missing; it selects the AWS baseline to copy")
    source = _source(given, provided)
    content = {name: source[name] for name in COPIED if source.get(name) is not None}
    rest = {name: value for name, value in given.items() if name != "source"}
    rules = [{name: value for name, value in rule.items() if value is not None} for rule in content["approval_rules"]]
    return {
        **WHOLE,
        "name": f"{prefix}copy-of-{source['name']}",
        "description": f"Copy of {source['name']}",
        "patch_groups": [],
        "default": True,
        **content,
        "approval_rules": rules,
        **rest,
    }


def _source(given: Given, provided: list[Given]) -> Given:
    """The baseline of AWS that is meant: the named one, or the default one of the system, which says so in its name."""
    system, name = given["operating_system"], given.get("source")
    found = [one for one in provided if one["operating_system"] == system and one.get("owner") == "AWS"]
    if name:
        chosen = [one for one in found if one["name"] == name]
    else:
        chosen = found if len(found) == 1 else [one for one in found if "Default" in one["name"]]
    if len(chosen) != 1:
        names = ", ".join(sorted(one["name"] for one in found)) or "none"
        what = name or "the default one"
        raise SetError(f"duplicates: {what} for {system} is not exactly one of the baselines of AWS: {names}")
    return chosen[0]


def _refuse_twice(made: list[tuple[str, dict[str, t.Any]]]) -> None:
    """One baseline of a name and system, one for a patch group and system, one default for a system."""
    owners: dict[tuple, str] = {}
    for where, baseline in made:
        if baseline.get("state") == "absent":
            continue
        system = baseline.get("operating_system")
        keys = [("name", baseline.get("name"), system)] if baseline.get("name") else []
        if system:
            keys += [("patch group", group, system) for group in dict.fromkeys(baseline.get("patch_groups") or ())]
            keys += [("default", system, system)] if baseline.get("default") else []
        for key in keys:
            what = f"the {key[0]} {key[1]}" + (f" for {system}" if key[0] != "default" else "")
            if key in owners:
                raise SetError(f"{where}: {what} is also that of {owners[key]}")
            owners[key] = where
