# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Where an override is read from, and what is refused before it is read."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.override_source import override_source
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.overrides import OverrideError

LIST, BASELINE, ONLY = "patch_run_install_override_list", "patch_run_baseline_override", "patch_run_only"
NONE = {LIST: "", BASELINE: "", ONLY: {}}
DOCUMENT = "AWS-RunPatchBaseline"


@pytest.mark.parametrize(
    ("name", "value", "kind", "source", "place", "stored"),
    [
        (LIST, "s3://lists/a/b c.yml", "list", "s3://lists/a/b c.yml", "s3", ("lists", "a/b c.yml")),
        (LIST, "s3://lists", "list", "s3://lists", "file", ("", "")),
        (BASELINE, "https://host/x.json", "baseline", "https://host/x.json", "https", ("", "")),
        (BASELINE, "x.json", "baseline", "x.json", "file", ("", "")),
        (ONLY, {"kbs": ["KB5034123"]}, "only", "", "variable", ("", "")),
    ],
)
def test_source(name, value, kind, source, place, stored):
    found = override_source({**NONE, name: value}, DOCUMENT, "shop")
    assert found == {
        "variable": name, "kind": kind, "source": source, "place": place, "bucket": stored[0], "key": stored[1]
    }  # fmt: skip


def test_none():
    assert override_source(NONE, "AWS-RunPatchBaselineWithHooks", "") == {} == override_source({}, DOCUMENT, "")


@pytest.mark.parametrize(
    ("given", "document", "bucket", "words"),
    [
        ({LIST: "a", ONLY: {"kbs": []}}, DOCUMENT, "b", f"{LIST} and {ONLY} with {DOCUMENT}: a run takes one of"),
        ({LIST: "s3://a/b"}, "AWS-RunPatchBaselineWithHooks", "b", "only with the document AWS-RunPatchBaseline"),
        ({LIST: "a.yml"}, DOCUMENT, "", f"{LIST} must be stored in S3 .* set patch_run_override_bucket"),
        ({ONLY: {"kbs": []}}, DOCUMENT, "", f"{ONLY} must be stored in S3"),
    ],
)
def test_refused(given, document, bucket, words):
    with pytest.raises(OverrideError, match=words):
        override_source(given, document, bucket)
