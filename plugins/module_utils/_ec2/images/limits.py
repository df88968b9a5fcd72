# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What CreateImage takes, for all instances before the first of them is imaged. Pure."""

from __future__ import annotations

import re

from ..._core.errors import InvalidInput
from ..._core.limits import repeated
from ..._core.limits import require
from ..._core.limits import wrong_form
from ..._core.limits import wrong_length
from ..._core.tags import ec2_problems
from . import wire
from .wire import Request

# API CreateImage, Name and Description.
NAME = re.compile(r"[A-Za-z0-9()\[\] ./\-'@_]{3,128}")
NAME_WORDS = "3–128 letters, digits and ()[] ./-'@_; shorten name_prefix or run_id"
DESCRIPTION = (0, 255)


def validate(request: Request) -> None:
    """Raise InvalidInput for what AWS would refuse of any of the images."""
    twice = repeated(request.instance_ids)
    if not request.instance_ids or twice:
        raise InvalidInput(f"instance_ids: must contain at least one id and no duplicates: {twice}", code="no_targets")
    own = wire.image_tags(request.run_id, request.step, request.instance_ids[0], None)
    wrong = ec2_problems(request.tags, "tags", own)
    if wrong:
        raise InvalidInput("; ".join(wrong), details={"option": "tags"})
    for instance_id in request.instance_ids:
        wanted = wire.create_to_wire(request, instance_id)
        require("name_prefix", wrong_form(wanted["name"], NAME, NAME_WORDS))
        require("run_id", wrong_length(wanted["description"], *DESCRIPTION))
