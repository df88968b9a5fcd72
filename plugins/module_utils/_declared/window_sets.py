# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Sets of maintenance windows: {set: kind, options} -> declarations of windows, as the window modules take them."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .option_values import NAME
from .option_values import read_options
from .option_values import suggestion
from .patch_groups import PATCH_GROUP_KEYS
from .self_service import DEFAULT_GROUP
from .self_service import DEFAULT_WINDOW
from .self_service import KIND as SELF_SERVICE
from .self_service import WINDOW_TAG
from .set_error import SetError
from .window_draft import COMMON
from .window_draft import PATCH_DOCUMENTS
from .window_kinds import KINDS
from .window_kinds import Kind

ALL_KINDS: dict[str, Kind] = {**KINDS, "self_service": SELF_SERVICE}
PLAIN = "windows"  # the kind that holds declarations as they are
Given = t.Mapping[str, t.Any]
_ANY_DAY = datetime.date(2000, 1, 1)


def windows_of(
    sets: t.Iterable[Given], today: datetime.date | None = None, existing: t.Iterable[Given] = ()
) -> list[dict[str, t.Any]]:
    """The windows of all sets, in their order.

    today: for self-service windows, whose first run is after it. existing: windows as ssm_maintenance_window_info returns
    them; a self-service window that already runs at the right time keeps its start date. Raises SetError, which names the
    set and the option.
    """
    known = {window["name"]: window for window in existing}
    made: list[dict[str, t.Any]] = []
    owners: dict[str, str] = {}
    for number, given in enumerate(_listed(sets), 1):
        where = f"set {number}"
        try:
            kind = _kind(given)
            where = f"set {number} ({kind})"
            windows = _windows(kind, {key: value for key, value in given.items() if key != "set"}, today, known)
        except SetError as error:
            raise SetError(f"{where}: {error}") from error
        for window in windows:
            if window["name"] in owners:
                raise SetError(f"{where}: the window {window['name']} is in {owners[window['name']]}, too")
            owners[window["name"]] = where
        made += windows
    return made


def _listed(sets: t.Any) -> list[Given]:
    if isinstance(sets, (str, t.Mapping)) or not isinstance(sets, t.Iterable):
        raise SetError(f"the sets must be a list of dictionaries, not {sets!r}")
    found = list(sets)
    for number, given in enumerate(found, 1):
        if not isinstance(given, t.Mapping):
            raise SetError(f"set {number}: {given!r} is not a dictionary")
    return found


def _kind(given: Given) -> str:
    kinds = (*ALL_KINDS, PLAIN)
    if given.get("set") is None:
        raise SetError(f"set: missing; must be one of {', '.join(sorted(kinds))}")
    if str(given["set"]) not in kinds:
        raise SetError(f"set: unknown kind {given['set']!r}{suggestion(str(given['set']), kinds)}")
    return str(given["set"])


def _windows(
    kind: str, given: dict[str, t.Any], today: datetime.date | None, known: t.Mapping[str, Given]
) -> list[dict[str, t.Any]]:
    if kind == PLAIN:
        return _plain(given)
    found = ALL_KINDS[kind]
    defaults = dict(found.defaults)
    if given.get("document") is not None and str(given["document"]) not in PATCH_DOCUMENTS and not found.dated:
        defaults["operation"] = None
    common = {
        name: dataclasses.replace(option, default=defaults[name]) if name in defaults else option
        for name, option in COMMON.items()
    }
    options = read_options({**common, **found.options}, given)
    return found.make(options, today, known) if found.dated else found.make(options)


def _plain(given: Given) -> list[dict[str, t.Any]]:
    unknown = sorted(set(given) - {"windows"})
    if unknown:
        raise SetError(f"{unknown[0]}: unknown option; the kind windows only supports windows, a list")
    if not isinstance(given.get("windows"), (list, tuple)):
        raise SetError(f"windows: {given.get('windows')!r} is not a list")
    for number, window in enumerate(given["windows"], 1):
        if not isinstance(window, t.Mapping) or not NAME.fullmatch(str(window.get("name") or "")):
            raise SetError(f"windows[{number}]: name must be 3–128 letters, digits, _ - and .")
    return [dict(window) for window in given["windows"]]


def patch_groups(items: t.Iterable[Given]) -> list[str]:
    """The patch groups that windows target, sorted. items: sets (with `set`) and declarations of windows, mixed.

    Patch groups are values of the tags Patch Group and PatchGroup. Windows that are to be absent have none.
    """
    found: set[str] = set()
    for item in _listed(items):
        windows = windows_of([item], _ANY_DAY) if "set" in item else [item]
        for window in windows:
            if window.get("state", "present") == "present":
                for target in window.get("targets") or ():
                    found.update(*((target.get("tags") or {}).get(key) or () for key in PATCH_GROUP_KEYS))
    return sorted(found)


def returns_of(sets: t.Iterable[Given]) -> list[dict[str, t.Any]]:
    """Hosts of self-service windows that are to be absent: where they are found, and the tags of the default window.

    Each is {window, where: {tag: [values]}, tags: {tag: value}}. Raises SetError.
    """
    made = []
    for number, given in enumerate(_listed(sets), 1):
        if given.get("set") == "self_service" and given.get("state") == "absent":
            present = {**given, "state": "present"}
            (window,) = windows_of([present], _ANY_DAY)
            where = window["targets"][0].get("tags")
            if where is None:
                raise SetError(
                    f"set {number} (self_service): state: its hosts are known by tags only, to be tagged again"
                )
            key = str(given.get("tag_key") or "Patch Group")
            made.append(
                {"window": window["name"], "where": where, "tags": {key: DEFAULT_GROUP, WINDOW_TAG: DEFAULT_WINDOW}}
            )
    return made
