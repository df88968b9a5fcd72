# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules of documentation find what they are there for."""

import pytest
from checks import documentation

MODULE = '''#!/usr/bin/python
DOCUMENTATION = r"""
---
module: demo_thing
short_description: A thing
description: [A thing.]
author: [Somebody (@somebody)]
options:
  name:
    description: Name.
    type: str
    required: true
  size:
    description: Size.
    type: int
    default: 2
  kind:
    description: Kind.
    type: str
    choices: [big, small]
attributes:
  check_mode: {description: x, support: full}
  diff_mode: {description: x, support: full}
"""

EXAMPLES = r"""
- name: Make it
  fleetpatch.aws.demo_thing:
    name: "{{ name }}"
    size: "{{ size }}"
"""

RETURN = r"""
thing:
  description: The thing.
  returned: success
  type: dict
  contains:
    name: {description: Name., type: str, returned: success, sample: x}
"""
'''


@pytest.fixture(name="module")
def fixture_module(write):
    def put(old="", new="", name="demo_thing"):
        assert old in MODULE
        # an action plugin of the same name: these samples have no main()
        write(f"plugins/action/{name}.py", "")
        return write(f"plugins/modules/{name}.py", MODULE.replace(old, new) if old else MODULE)

    # the same path gets several texts in one test session
    documentation.docs.cache_clear()
    documentation.captured.cache_clear()
    return put


def test_a_good_module(module):
    root = module()
    assert documentation.missing_findings(root) == []
    assert documentation.example_findings(root) == []
    assert documentation.argument_spec_findings(root) == []


@pytest.mark.parametrize(
    "old, new",
    [
        ("module: demo_thing", "module: other"),
        ("module: demo_thing", "module: : demo"),
        ("EXAMPLES = ", "OTHER = "),
        ("RETURN = ", "OTHER = "),
        ("  diff_mode: {description: x, support: full}\n", ""),
        (", sample: x", ""),
    ],
)
def test_something_is_missing(module, old, new):
    assert len(documentation.missing_findings(module(old, new))) == 1


@pytest.mark.parametrize(
    "old, new",
    [
        ("- name: Make it", "- name: : Make it"),
        ("  fleetpatch.aws.demo_thing:", "  amazon.aws.ec2_instance:"),
        ('    size: "{{ size }}"', "    sise: 3"),
        ('    size: "{{ size }}"', "    size: large"),
        ('    size: "{{ size }}"', "    kind: huge"),
        ('    name: "{{ name }}"\n', ""),
    ],
)
def test_bad_example(module, old, new):
    assert len(documentation.example_findings(module(old, new))) == 1


def test_example_of_a_module_that_is_not_there(module):
    root = module('    size: "{{ size }}"', "- fleetpatch.aws.gone:\n    name: x")
    assert documentation.example_findings(root) == ["demo_thing: EXAMPLES use fleetpatch.aws.gone, which is not there"]


def test_neither_main_nor_action_plugin(module):
    root = module()
    (root / "plugins/action/demo_thing.py").unlink()
    assert len(documentation.argument_spec_findings(root)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"size": {"type": "str", "default": 2}},
        {"size": {"type": "int", "default": 3}},
        {"name": {"type": "str"}},
        {"kind": {"choices": ["big"]}},
        {"kind": {"choices": ["big", "small"], "aliases": ["sort"]}},
        {"size": None},
    ],
)
def test_documentation_differs_from_the_argument_spec(module, change):
    path = module() / "plugins/modules/demo_thing.py"
    spec = {
        "name": {"type": "str", "required": True},
        "size": {"type": "int", "default": 2},
        "kind": {"choices": ["small", "big"]},
    }
    assert list(documentation.differences(documentation.own_options(path), spec)) == []
    spec = {key: value for key, value in {**spec, **change}.items() if value is not None}
    assert len(list(documentation.differences(documentation.own_options(path), spec))) == 1


def test_suboptions_differ():
    documented = {"a": {"type": "dict", "suboptions": {"b": {"type": "int"}}}}
    spec = {"a": {"type": "dict", "options": {"b": {"type": "str"}, "c": {}}}}
    assert list(documentation.differences(documented, spec)) == [
        "a.c is not documented",
        "a.b: type is documented as 'int', but is 'str'",
    ]


def test_argument_spec_is_read_from_main(root):
    """The spec comes from the real call of AnsibleModule, with the options that amazon.aws adds."""
    with_main = [p for p in documentation.modules(root).values() if documentation.captured(p) is not None]
    for path in with_main:
        assert "region" in documentation.captured(path)["argument_spec"]


RUNTIME = "action_groups:\n  aws:\n    - metadata:\n        extend_group: [amazon.aws.aws, community.aws.aws]\n    - demo_thing\n"


@pytest.mark.parametrize(
    "old, new",
    [
        ("    - demo_thing\n", ""),
        ("    - demo_thing\n", "    - demo_thing\n    - gone\n"),
        ("    - demo_thing\n", "    - demo_thing\n    - demo_thing\n"),
        (", community.aws.aws", ""),
    ],
)
def test_action_group(module, write, old, new):
    module()
    assert documentation.action_group_findings(write("meta/runtime.yml", RUNTIME)) == []
    assert len(documentation.action_group_findings(write("meta/runtime.yml", RUNTIME.replace(old, new)))) == 1


def test_a_module_without_aws_stays_out_of_the_action_group(module, write):
    module()
    root = write("meta/runtime.yml", RUNTIME)
    assert len(documentation.action_group_findings(root, {"demo_thing"})) == 1


def test_readers(module):
    root = module("  size:\n", "  state:\n")
    assert documentation.info_findings(root, {}) == ["demo_thing: there is no demo_thing_info"]
    assert documentation.info_findings(root, {"demo_thing": "why"}) == []


@pytest.mark.parametrize("version, number", [("1.0.0", 0), ("0.9.10", 0), ("1.0.1", 1), ("1.10.0", 1), ("next", 1)])
def test_version_added(write, version, number):
    write("galaxy.yml", "version: 1.0.0\n")
    root = write("plugins/modules/a.py", f'DOCUMENTATION = """\nversion_added: "{version}"\n"""\n')
    assert len(documentation.version_findings(root)) == number


@pytest.mark.parametrize(
    ("key", "option", "finding"),
    [
        ("colour", {"type": "str"}, "colour is not documented"),
        ("wait_timeout", {"type": "int", "default": 5}, "wait_timeout: default is documented as 300, but is 5"),
        ("at", {"type": "str", "required": True, "choices": ["run"]}, "at: choices is documented as"),
        ("gates", {"type": "dict", "default": {}, "options": {}}, "gates.freezes is documented only"),
    ],
)
def test_documentation_differs_from_the_spec_of_an_action(root, monkeypatch, key, option, finding):
    from ansible_collections.fleetpatch.aws.plugins.action import patch_gate

    path = documentation.modules(root)["patch_gate"]
    assert list(documentation.action_differences(path)) == []
    monkeypatch.setitem(patch_gate.SPEC, key, option)
    assert finding in " ".join(documentation.action_differences(path))


def test_an_option_that_the_action_does_not_know_is_documented_only(root, monkeypatch):
    from ansible_collections.fleetpatch.aws.plugins.action import patch_gate

    monkeypatch.delitem(patch_gate.SPEC, "began")
    path = documentation.modules(root)["patch_gate"]
    assert list(documentation.action_differences(path)) == ["began is documented only"]
