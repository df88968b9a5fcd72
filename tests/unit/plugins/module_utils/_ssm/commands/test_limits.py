# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.commands.limits import validate
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.commands.wire import Request
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.commands.wire import optional_wire

NODES = ("i-0123456789abcdef0", "mi-0123456789abcdef0", "i-01234567")


def request(**options):
    fields = ("document_name", "instance_ids", "comment")
    given = {"document_name": "AWS-RunShellScript", "instance_ids": NODES}
    given |= {name: options.pop(name) for name in fields if name in options}
    return Request(run_id="r1", optional=optional_wire(options), **given)


def test_a_request_with_everything_in_it_is_right():
    texts = {"document_version": "$LATEST", "output_s3_bucket_name": "out", "output_s3_key_prefix": "x" * 500}
    logs = {"log_group_name": "/shop/patching"}
    assert validate(request(**texts, timeout_seconds=30, cloudwatch_output_config=logs)) is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"document_name": "run it"}, "document_name: 'run it' must be 3–128 letters"),
        ({"document_version": "latest"}, "document_version: 'latest' must be a number, \\$LATEST"),
        ({"timeout_seconds": 29}, "timeout_seconds: 29 must be from 30 to 2592000"),
        ({"output_s3_bucket_name": "ab"}, "output_s3_bucket_name: 'ab' must have 3–63 characters"),
        ({"output_s3_key_prefix": "x" * 501}, "output_s3_key_prefix: .* at most 500 characters"),
        ({"document_hash": "x" * 257}, "document_hash: .* at most 256 characters"),
        ({"cloudwatch_output_config": {"log_group_name": ""}}, "log_group_name: '' must have 1–512 characters"),
        ({"comment": "x" * 100}, "comment: has 100 characters"),
        ({"instance_ids": ("web-1",)}, "instance_ids: 'web-1' must be the id of an instance or of a hybrid node"),
    ],
)
def test_what_send_command_refuses(options, words):
    with pytest.raises(InvalidInput, match=words):
        validate(request(**options))
