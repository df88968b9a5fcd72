# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filters of overrides say what is wrong with a file instead of failing with a trace."""

import pytest

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.filter.patch_override import filter_patch_override
from ansible_collections.fleetpatch.aws.plugins.filter.promoted_list import filter_promoted_list

STORE = {"bucket": "lists", "prefix": "", "run_id": "one"}


def test_files_and_choices():
    assert filter_patch_override("patches: [{id: KB5034123}]", "list", "s3://a/b")["entries"][0]["id"] == "KB5034123"
    text = '[{"OperatingSystem": "UBUNTU"}]'
    assert filter_patch_override(text, "baseline", "here.json", STORE)["upload"]["content"] == text
    assert filter_patch_override({"kbs": ["KB5034123"]}, "only", store=STORE)["windows_only"]


@pytest.mark.parametrize(
    ("given", "kind", "text"),
    [
        ("patches: [", "list", "file.yaml"),
        ("{", "baseline", "file.yaml"),
        ("[]", "baseline", "list of patch baselines"),
        ({"kb": 1}, "only", "unknown keys kb"),
        ("", "other", "kind must be list, baseline or only"),
    ],
)
def test_what_cannot_be_used(given, kind, text):
    with pytest.raises(AnsibleFilterError, match=f"patch_override: .*{text}"):
        filter_patch_override(given, kind, "" if kind == "only" else "s3://lists/file.yaml", STORE)


def test_what_is_no_report():
    for given in ({}, [], {"outcome": "completed", "ended": "x", "run_id": "one"}):
        with pytest.raises(AnsibleFilterError, match="promoted_list: "):
            filter_promoted_list(given, [])
