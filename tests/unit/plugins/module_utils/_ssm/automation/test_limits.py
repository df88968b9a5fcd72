# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.automation.limits import validate
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.automation.wire import Request


def request(**options):
    return Request(**{"document_name": "fleetpatch-PatchHost", "run_id": "r1", "step": "w1", **options})


def test_a_request_at_its_limits_is_right():
    parameters = {f"P{number}": ["x" * 512] * 50 for number in range(200)}
    assert validate(request(document_version="12", parameters=parameters)) is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"document_name": "patch host"}, "document_name: 'patch host' must be 3–128 letters"),
        ({"document_version": "newest"}, "document_version: 'newest' must be a number"),
        ({"parameters": {"A": [""]}}, "parameters.A: '' must have 1–512 characters"),
        ({"parameters": {"A": ["x" * 513]}}, "parameters.A: .* 1–512 characters, not 513"),
        ({"parameters": {"A": ["x"] * 51}}, "parameters.A: must have at most 50 entries"),
        ({"parameters": {"A" * 51: ["x"]}}, "must have 1–50 characters"),
        ({"parameters": {f"P{number}": ["x"] for number in range(201)}}, "parameters: must have at most 200 entries"),
    ],
)
def test_what_start_automation_execution_refuses(options, words):
    with pytest.raises(InvalidInput, match=words):
        validate(request(**options))
