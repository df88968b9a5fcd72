# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Maintenance windows as they are, for the info module."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ..._core.calls import Connection
from ..._core.converge_many import WORKERS
from ..._core.errors import NotFound
from . import api
from . import many
from . import resource
from . import wire


def listed(
    aws: Connection,
    *,
    window_ids: list[str] | None,
    names: list[str] | None,
    prefix: str | None,
    wanted: Callable[[dict], bool] | None,
) -> list[dict]:
    """The windows that all of the selections name (None = any), whole, sorted by name and id. wanted judges their tags."""
    ids = None if window_ids is None else {window_id.rpartition("/")[2] for window_id in window_ids}
    found = [
        one
        for one in api.list_windows(aws, names[0] if names and len(names) == 1 else None)
        if (ids is None or one["WindowId"] in ids)
        and (names is None or one["Name"] in names)
        and one["Name"].startswith(prefix or "")
    ]
    tags = many.read_tags(aws, [one["WindowId"] for one in found])
    kept = [one["WindowId"] for one in found if wanted is None or wanted(tags[one["WindowId"]])]
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        models = list(pool.map(lambda window_id: _whole(aws, window_id, tags[window_id]), kept))
    models = sorted((model for model in models if model), key=lambda model: (model["name"], model["window_id"]))
    return wire.finished(models)


def _whole(aws: Connection, window_id: str, tags: dict) -> dict | None:
    try:
        raw = api.get_window(aws, window_id=window_id)
    except NotFound:
        return None
    return resource.details(aws, raw, tags=tags)
