# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Misspelt variables of the roles."""

import pathlib

import pytest
import yaml

from ansible_collections.fleetpatch.aws.plugins.filter.unknown_variables import filter_unknown_variables
from ansible_collections.fleetpatch.aws.plugins.module_utils._declared import variables

ROLES = pathlib.Path(__file__).resolve().parents[4] / "roles"


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("patch_run_enviroments", "patch_run_environments"),
        ("patch_run_retires", "patch_run_retries"),
        ("patch_windows_puge", "patch_windows_purge"),
        ("patch_run_Id", "patch_run_id"),
    ],
)
def test_a_misspelt_name_is_told_with_the_nearest(name, near):
    assert filter_unknown_variables([name]) == [f"{name} is not a variable of this collection; did you mean {near}?"]


def test_known_names_and_those_of_others_pass():
    assert (
        filter_unknown_variables(["patch_run_id", "patch_run_outcome", "ansible_host", "my_patch_run", "patches"]) == []
    )


def test_a_name_like_none_is_told_how_to_name_it():
    (told,) = filter_unknown_variables(["patch_xyzzy_qwertz_asdfgh"])
    assert (
        told
        == "patch_xyzzy_qwertz_asdfgh is not a variable of this collection; names of your own must not start with patch_"
    )


def made(node):
    """Names that set_fact, set_stats and register give to what a role publishes."""
    if isinstance(node, list):
        for item in node:
            yield from made(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "ansible.builtin.set_fact":
                yield from value
            elif key == "ansible.builtin.set_stats":
                yield from value["data"]
            elif key == "register":
                yield value
            yield from made(value)


def test_what_roles_publish_is_known():
    names = {
        name
        for path in ROLES.glob("*/tasks/*.yml")
        for name in made(yaml.safe_load(path.read_text(encoding="utf-8")))
        if name.startswith("patch_")
    }
    assert names and names <= variables.KNOWN and variables.PUBLISHED <= names
