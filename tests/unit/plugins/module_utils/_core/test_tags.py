# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tags as text, as the API's list, and back."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import tags
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.errors import InvalidInput


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


def test_all_texts():
    assert tags.all_texts(["a", True, {"b": 1}]) == ["a", "true", '{"b": 1}']
    assert tags.all_texts("a") == ["a"] and tags.all_texts([]) == []


def test_texts():
    assert tags.texts({"team": 7, 8: None}) == {"team": "7", "8": ""}
    assert tags.texts(None) is None
    assert tags.texts({}) == {}


@pytest.mark.parametrize("value", [["a"], {"a": 1}, []])
def test_a_list_or_a_dict_is_no_value(value):
    with pytest.raises(InvalidInput, match=r"tags\.team: .* must be one value"):
        tags.texts({"team": value})
    with pytest.raises(InvalidInput, match="where.team"):
        tags.values_of("where.team", ["a", value])


def test_yaml_says_one_text_everywhere():
    assert tags.texts({True: True, 2: 1, "null": None}) == {"true": "true", "2": "1", "null": ""}
    assert tags.values_of("x", [True, 1, None, "a"]) == ["true", "1", "", "a"]
    assert tags.values_of("x", True) == ["true"]


def test_the_list_of_the_api_and_back():
    own = {"team": "web", "b": ""}
    assert tags.to_wire(own) == [{"Key": "team", "Value": "web"}, {"Key": "b", "Value": ""}]
    assert tags.from_wire(tags.to_wire(own)) == own
    assert tags.from_wire(None) == {}


@pytest.mark.parametrize("value, text", [(True, "true"), (1, "1"), ("web", "web")])
def test_every_place_that_looks_for_a_tag_looks_for_the_same_text(value, text):
    """YAML's true as a value of a window's target, of a command, of an association, of a patch group and of a set of windows."""
    from ansible_collections.fleetpatch.aws.plugins.module_utils._declared import option_values
    from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.associations import wire as associations
    from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.commands import wire as commands
    from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import options as windows

    target = dict.fromkeys((*windows.TARGET, *windows.wire.SELECTION))
    assert windows.wanted_target({**target, "tags": {"patch": value}})["selection"]["tags"] == {"patch": [text]}
    assert windows.wanted_target({**target, "tags": {"patch": [value]}})["selection"]["tags"] == {"patch": [text]}
    assert commands.targets_to_wire({"tags": {"patch": [value]}}) == [{"Key": "tag:patch", "Values": [text]}]
    assert commands.targets_to_wire({"tags": {"patch": value}}) == [{"Key": "tag:patch", "Values": [text]}]
    assert associations.canonical_targets([{"key": "tag:patch", "values": [value]}])[0]["values"] == [text]
    assert option_values.mapped(option_values.tag_value())("tags", {"patch": value}) == {"patch": text}
    for nested in ([value], {"a": value}):
        with pytest.raises(InvalidInput, match="tags.patch"):
            windows.wanted_target({**target, "tags": {"patch": [nested]}})
        with pytest.raises(InvalidInput, match="targets.tags.patch"):
            commands.targets_to_wire({"tags": {"patch": [nested]}})
        with pytest.raises(Exception, match="tags.patch: .* must be one value"):
            option_values.mapped(option_values.tag_value())("tags", {"patch": nested})
