# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import json

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.hooks import HookError
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.hooks import hook_parameters


def test_a_script():
    made = hook_parameters({"linux": "systemctl stop shop\nsync", "timeout": "60"}, "Pre")
    assert made["PreHookLinux"] == ["systemctl stop shop", "sync"] and made["PreHookWindows"] == ["exit 0"]
    assert made["PreHookTimeout"] == "60"


@pytest.mark.parametrize(
    "script, items",
    [
        (
            "\n\nset -e\n\ncat > /etc/shop <<END\na\n \n\nb\nEND\n\n",
            ["set -e\n", "cat > /etc/shop <<END", "a\n\n", "b", "END"],
        ),
        (["", "sync", ""], ["sync"]),
        ("\n", ["true"]),
    ],
)
def test_empty_lines_are_no_empty_values(script, items):
    """API AutomationParameterMap: a value has at least one character; the text of the script stays the same."""
    made = hook_parameters({"linux": script, "windows": "x"}, "Pre")["PreHookLinux"]
    assert made == items and all(made)


def test_values_of_parameters_are_lists_of_text():
    made = hook_parameters({"document": "drain", "parameters": {"Port": 80, "Names": ["a", 1, True]}}, "Post")
    assert json.loads(made["PostHookParameters"]) == {"Port": ["80"], "Names": ["a", "1", "true"]}


@pytest.mark.parametrize("given", [60, "060"])
def test_a_timeout_has_no_zeros_in_front(given):
    """AWS-RunShellScript: the allowed pattern of executionTimeout begins with 1 to 9."""
    assert hook_parameters({"linux": "x", "timeout": given}, "Pre")["PreHookTimeout"] == "60"


def test_the_timeout_of_a_document_is_its_own_parameter():
    made = hook_parameters({"document": "drain", "timeout": 60, "parameters": {"Port": 80}}, "Exit")
    assert json.loads(made["ExitHookParameters"]) == {"Port": ["80"], "executionTimeout": ["60"]}


@pytest.mark.parametrize(
    "hook, words",
    [
        ("drain", "is 'drain', not a dictionary"),
        ({"scirpt": "x"}, "unknown keys scirpt"),
        ({"timeout": 5}, "has neither a document nor a script"),
        ({"linux": 5}, "the linux script of the Pre hook is 5"),
        ({"linux": ["x", 5]}, "a line that is not a string"),
        ({"windows": ["x"] * 51}, "51 lines"),
        ({"linux": "x", "timeout": "soon"}, "the timeout of the Pre hook is 'soon'"),
        ({"linux": "x", "timeout": 14401}, "1 to 14400"),
        ({"document": "drain", "linux": "x"}, "has a document and also linux"),
        ({"document": "drain", "timeout": 0}, "1 to 14400"),
        (
            {"document": "drain", "timeout": 5, "parameters": {"executionTimeout": 5}},
            "has a timeout and also the parameter executionTimeout",
        ),
        (
            {"document": "drain", "parameters": {"executionTimeout": [14401]}},
            "'14401'; must be a number of seconds from 1 to 14400",
        ),
        ({"document": "drain", "parameters": ["x"]}, r"are \['x'\], not a dictionary"),
        ({"document": "drain", "parameters": {"a": "x" * 600}}, "limit of Automation is 512"),
    ],
)
def test_what_is_wrong_is_named(hook, words):
    with pytest.raises(HookError, match=words):
        hook_parameters(hook, "Pre")
