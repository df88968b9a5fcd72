# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""/_emu/reset: forget everything and seed again."""

from typing import Any

from local_aws.framework.control import route
from local_aws.scenario import seed


@route("POST", "reset")
def _reset(path: list, query: dict, body: Any) -> dict:
    return seed.restart(body.get("scenario", body) if body else None)
