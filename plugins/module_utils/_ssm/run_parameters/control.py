# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The state of a run, kept in Parameter Store."""

from __future__ import annotations

from ..._core.calls import Connection
from ..._core.errors import FleetpatchError
from ..._core.errors import ServiceError
from ..._core.ownership import OWNER
from ..._core.ownership import OWNER_TAG
from ..._core.run import check_identity
from ..wire import iso
from . import api
from . import wire


def keep(aws: Connection, run_id: str, state: str, message: str, wave: str, attempts: int, check: bool) -> dict:
    """Keep the state unless it is kept already. Returns {changed, before, run}. Raises FleetpatchError for a run that was rolled back.

    A run that another controller completed meanwhile stays completed.
    """
    check_identity(run_id, "state")
    name = wire.STATE_PREFIX + run_id
    found, now = api.find_parameters(aws, names=[name])
    before = wire.state_to_model(found.get(name))
    if before.get("state") == wire.ROLLED_BACK != state:
        text = f"Run {run_id} is finished: {before['message']}; start a new run, with another patch_run_id"
        raise FleetpatchError(text, code="run_finished", details=before, results={"run": before})
    value = wire.state_to_wire(state, message, wave, attempts)
    wanted = {**wire.state_to_model({"Value": value}), "time": before.get("time")}
    if wanted == before or (before.get("state"), state) == (wire.COMPLETED, wire.RUNNING):
        return {"changed": False, "before": before, "run": before}
    if not check:
        _write(aws, name, value, bool(before))
    return {"changed": True, "before": before, "run": {**wanted, "time": iso(now)}}


def _write(aws: Connection, name: str, value: str, exists: bool) -> None:
    try:
        if not exists:
            api.create_parameter(
                aws,
                name=name,
                value=value,
                description="State of a patch run of fleetpatch.aws",
                tags={OWNER_TAG: OWNER},
            )
            return
    except ServiceError as error:
        # Another controller wrote it since, or this call did and its answer was lost.
        if error.code != api.EXISTS:
            raise
    api.update_parameter(aws, name=name, value=value)
