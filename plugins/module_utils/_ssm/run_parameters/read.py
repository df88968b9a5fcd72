# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is kept of a run in Parameter Store, where every controller finds it: the request to stop it, and whether it is finished.

Executions would tell the same for 30 days only, images not of every run, and both without whether a wave was verified.
"""

from __future__ import annotations

from datetime import datetime

from ..._core.calls import Connection
from . import api
from . import wire


def read(aws: Connection, run_id: str) -> tuple[dict, dict, datetime]:
    """By one call: the latest request to stop the run, its state, and the time by AWS's clock. See wire for the first two."""
    stop, state = wire.STOP_PREFIX + run_id, wire.STATE_PREFIX + run_id
    found, now = api.find_parameters(aws, names=[stop, state])
    return wire.stop_to_model(found.get(stop)), wire.state_to_model(found.get(state)), now
