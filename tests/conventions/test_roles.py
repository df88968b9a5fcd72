# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules of roles find what they are there for."""

import pytest
from checks import roles

SPEC = "argument_specs:\n  main:\n    options:\n      demo_size:\n        description: Size.\n        type: int\n        default: 2\n"
README = "# demo\n\n**Outcome: x.**\n\n## Variables\n\n| `demo_size` | int |\n\n## IAM permissions\n\n## Example\n"


@pytest.fixture(name="tree")
def fixture_tree(write):
    write("roles/demo/defaults/main.yml", "demo_size: 2\n")
    write("roles/demo/meta/argument_specs.yml", SPEC)
    write("roles/demo/README.md", README)
    for name in ("molecule.yml", "converge.yml", "verify.yml"):
        write(f"extensions/molecule/demo/{name}", "---\n")
    return write("roles/demo/tasks/main.yml", "- name: X\n  ansible.builtin.debug:\n  register: __demo_x\n")


def test_a_good_role(tree):
    for rule in (roles.spec_findings, roles.readme_findings, roles.prefix_findings, roles.molecule_findings):
        assert rule(tree) == []


@pytest.mark.parametrize("defaults", ["demo_size: 3\n", "demo_size: 2\ndemo_more: 1\n", "---\n"])
def test_defaults_differ_from_the_spec(tree, write, defaults):
    assert len(roles.spec_findings(write("roles/demo/defaults/main.yml", defaults))) == 1


def test_spec_is_missing(tree):
    (tree / "roles/demo/meta/argument_specs.yml").unlink()
    assert len(roles.spec_findings(tree)) == 2


@pytest.mark.parametrize(
    "old, new",
    [
        ("Outcome", "Words"),
        ("## Variables", "## Words"),
        ("## IAM permissions", ""),
        ("## Example", ""),
        ("| `demo_size` | int |", ""),
        ("| `demo_size` | int |", "| `demo_size` | int |\n| `demo_gone` | int |"),
    ],
)
def test_readme(tree, write, old, new):
    assert len(roles.readme_findings(write("roles/demo/README.md", README.replace(old, new)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "- ansible.builtin.debug:\n  register: result\n",
        "- ansible.builtin.set_fact:\n    size: 1\n",
        "- block:\n    - ansible.builtin.debug:\n      vars:\n        size: 1\n",
        "- ansible.builtin.debug:\n  loop: []\n  loop_control:\n    loop_var: item_x\n",
    ],
)
def test_prefix(tree, write, text):
    assert len(roles.prefix_findings(write("roles/demo/tasks/main.yml", text))) == 1


def test_prefix_of_defaults_and_vars(tree, write):
    write("roles/demo/defaults/main.yml", "size: 1\n")
    assert len(roles.prefix_findings(write("roles/demo/vars/main.yml", "_demo_x: 1\n"))) == 2


def test_scenario_is_missing(tree):
    (tree / "extensions/molecule/demo/verify.yml").unlink()
    assert roles.molecule_findings(tree) == ["extensions/molecule/demo/verify.yml: is missing"]
