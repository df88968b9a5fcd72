# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tags as text, as the API's list, and back."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import tags


@pytest.mark.parametrize(
    "value, expected",
    [
        ("web", "web"),
        ("", ""),
        (None, ""),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (1.5, "1.5"),
        (["a", 1], '["a", 1]'),
        ({"b": 1, "a": True}, '{"a": true, "b": 1}'),
    ],
)
def test_text(value, expected):
    assert tags.text(value) == expected


def test_texts():
    assert tags.texts({"team": 7, 8: None}) == {"team": "7", "8": ""}
    assert tags.texts(None) is None
    assert tags.texts({}) == {}


def test_the_list_of_the_api_and_back():
    own = {"team": "web", "b": ""}
    assert tags.to_wire(own) == [{"Key": "team", "Value": "web"}, {"Key": "b", "Value": ""}]
    assert tags.from_wire(tags.to_wire(own)) == own
    assert tags.from_wire(None) == {}
