# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What SendCommand takes, and what a run needs to be found again. Pure."""

from __future__ import annotations

import re

from ..._core.errors import InvalidInput
from ..._core.limits import repeated
from ..._core.limits import require
from ..._core.limits import wrong_form
from ..._core.limits import wrong_length
from ..._core.limits import wrong_number
from ..._core.run import check_identity
from ..wire import DOCUMENT_NAME
from ..wire import DOCUMENT_NAME_WORDS
from ..wire import DOCUMENT_VERSION
from ..wire import absolute
from .wire import Request
from .wire import comment_of

# API SendCommand.
TIMEOUT = (30, 2592000)
NODE_ID = re.compile(r"i-(\w{8}|\w{17})|mi-\w{17}", re.ASCII)
LENGTHS = {
    "document_hash": ("DocumentHash", 0, 256),
    "output_s3_bucket_name": ("OutputS3BucketName", 3, 63),
    "output_s3_key_prefix": ("OutputS3KeyPrefix", 0, 500),
}
LOG_GROUP = (1, 512)


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
    _check_texts(request)
    timeout = request.optional.get("TimeoutSeconds")
    if timeout is not None:
        require("timeout_seconds", wrong_number(timeout, *TIMEOUT))
    if len(request.optional.get("AlarmConfiguration", {}).get("Alarms", [])) > 1:
        raise InvalidInput("alarm_configuration: AWS allows one alarm per command")
    if request.targets is not None:
        return
    for node in request.instance_ids:
        require("instance_ids", wrong_form(node, NODE_ID, "the id of an instance or of a hybrid node"))
    twice = repeated(request.instance_ids)
    if twice:
        raise InvalidInput(f"instance_ids: must not contain duplicates: {twice}")
    if not request.instance_ids and not request.allow_empty:
        raise InvalidInput("instance_ids: must not be an empty list, unless allow_empty is set", code="no_targets")


def _check_texts(request: Request) -> None:
    """The texts that do not depend on one another."""
    require("document_name", wrong_form(request.document_name, DOCUMENT_NAME, DOCUMENT_NAME_WORDS))
    version = request.optional.get("DocumentVersion")
    if version is not None:
        require("document_version", wrong_form(version, DOCUMENT_VERSION, "a number, $LATEST or $DEFAULT"))
    for option, (member, least, most) in LENGTHS.items():
        text = request.optional.get(member)
        if text is not None:
            require(option, wrong_length(text, least, most))
    group = request.optional.get("CloudWatchOutputConfig", {}).get("CloudWatchLogGroupName")
    if group is not None:
        require("cloudwatch_output_config.log_group_name", wrong_length(group, *LOG_GROUP))
