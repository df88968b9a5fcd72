# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What CreateReplaceRootVolumeTask takes, and what a run needs to be found again. Pure."""

from __future__ import annotations

from ..._core.errors import InvalidInput
from ..._core.limits import repeated
from ..._core.limits import require
from ..._core.limits import wrong_number
from ..._core.run import check_identity
from ..._core.tags import ec2_problems
from .wire import OLD_ROOT_TAG
from .wire import Request

RATE = (100, 300)  # API CreateReplaceRootVolumeTask, VolumeInitializationRate, MiB/s


def validate(request: Request, *, wait: bool) -> None:
    """Raise InvalidInput for what AWS would refuse or this module could not keep apart."""
    twice = repeated(request.instance_ids)
    if not request.instance_ids or twice:
        raise InvalidInput(f"instance_ids: must contain at least one id and no duplicates: {twice}", code="no_targets")
    check_identity(request.run_id, request.step)
    if request.source.snapshot_id and len(request.instance_ids) > 1:
        raise InvalidInput(
            "snapshot_id: is the snapshot of one root volume, so instance_ids must contain only one instance"
        )
    wrong = ec2_problems(request.tags, "tags", {*request.identity(""), OLD_ROOT_TAG})
    if wrong:
        raise InvalidInput("; ".join(wrong), details={"option": "tags"})
    require("max_concurrency", wrong_number(request.max_concurrency, 0))
    if request.rate is not None:
        require("volume_initialization_rate", wrong_number(request.rate, *RATE))
    if request.max_concurrency and not wait:
        raise InvalidInput(
            "max_concurrency: requires wait=true, because the module starts the next task when another one ends"
        )
