# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is shown of an execution preview."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.preview_status import preview_status

GONE = {"failed": True, "msg": "no", "failure": {"code": "no_document"}}


@pytest.mark.parametrize(
    ("preview", "published", "said"),
    [
        ({"status": "Success", "msg": "3 steps"}, True, "3 steps."),
        (GONE, True, "The runbook Book is not published yet, so AWS cannot preview it; a run publishes it."),
        (GONE, False, "The runbook Book is not published yet, so AWS cannot preview it."),
        ({"msg": "not yours", "failure": {"code": "denied"}}, True, "AWS does not preview the run: not yours"),
        ({"msg": "late", "status": "Pending"}, True, "AWS does not preview the run: late"),
    ],
)
def test_preview(preview, published, said):
    assert preview_status(preview, "Book", published) == said
