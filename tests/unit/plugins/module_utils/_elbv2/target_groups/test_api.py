# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Pages of target groups, which the local AWS gives in one piece: answers of the SDK, with the members of its model."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.calls import Connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.errors import ServiceError
from ansible_collections.fleetpatch.aws.plugins.module_utils._elbv2.target_groups import api


class Pages:
    """An SDK client that answers with these pages. next_marker: of each page, by the marker of the request."""

    def __init__(self, next_marker):
        self.next_marker = next_marker

    def describe_target_groups(self, PageSize, Marker=None):
        assert PageSize == 400  # the most that the API takes
        following = self.next_marker.get(Marker)
        groups = [{"TargetGroupName": f"after-{Marker}"}]
        return {"TargetGroups": groups, **({"NextMarker": following} if following else {})}


def test_every_page_is_read():
    found = api.list_target_groups(Connection(Pages({None: "a", "a": "b"})))
    assert [group["TargetGroupName"] for group in found] == ["after-None", "after-a", "after-b"]


def test_a_page_that_follows_itself_is_an_error():
    with pytest.raises(ServiceError, match="same page"):
        api.list_target_groups(Connection(Pages({None: "a", "a": "a"})))
