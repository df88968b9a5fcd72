# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What SendCommand takes, and what a run needs to be found again. Pure."""

from __future__ import annotations

from ..._core.errors import InvalidInput
from ..._core.limits import repeated
from ..._core.limits import require
from ..._core.limits import wrong_number
from ..._core.run import check_identity
from ..wire import absolute
from .wire import Request
from .wire import comment_of

TIMEOUT = (30, 2592000)  # API SendCommand, TimeoutSeconds


def validate(request: Request) -> None:
    """Raise InvalidInput for what AWS would refuse or this module could not keep apart."""
    check_identity(request.run_id, request.step)
    comment_of(request.identity, request.comment)
    for option, value, least in (
        ("max_concurrency", request.max_concurrency, 1),
        ("max_errors", request.max_errors, 0),
    ):
        try:
            absolute(value, 100, least=least)
        except InvalidInput as error:
            raise InvalidInput(f"{option}: {error}") from error
    timeout = request.optional.get("TimeoutSeconds")
    if timeout is not None:
        require("timeout_seconds", wrong_number(timeout, *TIMEOUT))
    if len(request.optional.get("AlarmConfiguration", {}).get("Alarms", [])) > 1:
        raise InvalidInput("alarm_configuration: AWS allows one alarm per command")
    if request.targets is not None:
        return
    twice = repeated(request.instance_ids)
    if twice:
        raise InvalidInput(f"instance_ids: must not contain duplicates: {twice}")
    if not request.instance_ids and not request.allow_empty:
        raise InvalidInput("instance_ids: must not be an empty list, unless allow_empty is set", code="no_targets")
