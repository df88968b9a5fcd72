# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules of roles find what they are there for."""

import pytest
import yaml
from checks import roles

import role_docs

SPEC = """
argument_specs:
  main:
    options:
      demo_size:
        description: Size, V(2) or O(demo_kind|x).
        type: int
        default: 2
      # Files
      demo_path:
        description: Path.
        type: str
        default: "{{ lookup('ansible.builtin.env', 'PWD') }}/x"
      demo_kind: &kind
        description: Kind.
        type: str
        required: true
        choices: [one, two]
      demo_rules:
        description: Rules.
        type: list
        elements: dict
        default: []
        options:
          name: {description: Name of the rule., type: str, required: true}
  stop:
    short_description: Stop it
    options:
      demo_kind: *kind
      demo_force:
        description: Whether at once.
        type: bool
        default: false
"""
README = (
    f"# demo\n\n**Outcome: x.**\n\n## Variables\n\n{role_docs.BEGIN}{role_docs.END}\n## IAM permissions\n\n## Example\n"
)
DEFAULTS = """---
# Generated from meta/argument_specs.yml, which explains each variable, by make format.
demo_size: 2

# Files
demo_path: "{{ lookup('ansible.builtin.env', 'PWD') }}/x"
demo_rules: []

# For other entry points
demo_force: false
"""
TABLES = """
| variable | type | default | meaning |
|---|---|---|---|
| `demo_size` | int | `2` | Size, `2` or `demo_kind\\|x`. |

### Files

| variable | type | default | meaning |
|---|---|---|---|
| `demo_path` | str | `$PWD/x` | Path. |
| `demo_kind` | str | required | Kind. Choices: `one`, `two`. |
| `demo_rules` | list of dict | `[]` | Rules. |
| `demo_rules[].name` | str | required | Name of the rule. |

### Entry point stop

Stop it. Takes `demo_kind` and:

| variable | type | default | meaning |
|---|---|---|---|
| `demo_force` | bool | `false` | Whether at once. |

"""


@pytest.fixture(name="tree")
def fixture_tree(write):
    write("roles/demo/meta/argument_specs.yml", SPEC)
    write("roles/demo/README.md", README)
    for name in ("molecule.yml", "converge.yml", "verify.yml"):
        write(f"extensions/molecule/demo/{name}", "---\n")
    root = write("roles/demo/defaults/main.yml", "")
    assert role_docs.main(root) == 0
    return write("roles/demo/tasks/main.yml", "- name: X\n  ansible.builtin.debug:\n  register: __demo_x\n")


def test_a_good_role(tree):
    for rule in (
        roles.spec_findings,
        roles.generated_findings,
        roles.readme_findings,
        roles.prefix_findings,
        roles.molecule_findings,
    ):
        assert rule(tree) == []


def test_what_is_generated(tree):
    assert (tree / "roles/demo/defaults/main.yml").read_text() == DEFAULTS
    assert (tree / "roles/demo/README.md").read_text() == README.replace(role_docs.END, TABLES + role_docs.END)


@pytest.mark.parametrize(
    "value, text",
    [
        (0, "0"),
        (False, "false"),
        ("10", '"10"'),
        ("", '""'),
        ("no", '"no"'),
        ({}, "{}"),
        (["a b", "c"], "[a b, c]"),
        ({"type": "json", "list": [1]}, "{type: json, list: [1]}"),
        ([{"name": "x" * 90, "roles": ["y" * 60]}], "\n  - name: " + "x" * 90 + "\n    roles: [" + "y" * 60 + "]"),
        (["x" * 50, "y" * 50, "z" * 50], "\n  - " + "\n  - ".join(["x" * 50, "y" * 50, "z" * 50])),
    ],
)
def test_defaults_say_exactly_what_the_spec_says(tree, write, value, text):
    spec = yaml.safe_load(SPEC)
    spec["argument_specs"]["main"]["options"] = {"demo_x": {"description": "X.", "type": "raw", "default": value}}
    role = write("roles/demo/meta/argument_specs.yml", yaml.safe_dump(spec, sort_keys=False)) / "roles/demo"
    written = role_docs.defaults_text(role)
    assert f"\ndemo_x:{'' if text.startswith(chr(10)) else ' '}{text}\n" in written
    read = yaml.safe_load(written)["demo_x"]
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize(
    "old, new",
    [("demo_size: 2", "demo_size: 3"), ("demo_size: 2", "demo_size: 2\ndemo_more: 1"), ("demo_size: 2\n", "")],
)
def test_defaults_differ_from_the_spec(tree, write, old, new):
    write("roles/demo/defaults/main.yml", DEFAULTS.replace(old, new))
    assert roles.generated_findings(tree) == [
        "roles/demo/defaults/main.yml: differs from meta/argument_specs.yml; run make format"
    ]


@pytest.mark.parametrize(
    "old, new",
    [
        ("| `demo_size` | int |", "| `demo_size` | str |"),
        ("| `demo_path` | str | `$PWD/x` | Path. |\n", ""),
        ("| `demo_path`", "| `demo_gone` | int | | |\n| `demo_path`"),
        (role_docs.END, ""),
    ],
)
def test_readme_differs_from_the_spec(tree, old, new):
    path = tree / "roles/demo/README.md"
    path.write_text(path.read_text().replace(old, new))
    assert len(roles.generated_findings(tree)) == 1


def test_the_list_of_names_is_another(tree):
    path, text = role_docs.names_file(tree)
    assert '"demo_' in text and roles.names_findings(tree) == []
    path.write_text(text.replace("demo_", "other_"), encoding="utf-8")
    assert roles.names_findings(tree) == [
        f"{path.relative_to(tree)}: differs from meta/argument_specs.yml; run make format"
    ]


def test_spec_is_missing(tree):
    (tree / "roles/demo/meta/argument_specs.yml").unlink()
    assert len(roles.spec_findings(tree)) == 1


def test_an_option_of_two_entry_points_is_the_same_option(tree, write):
    spec = SPEC.replace("demo_kind: *kind", "demo_kind: {description: Another one., type: str}")
    assert len(roles.spec_findings(write("roles/demo/meta/argument_specs.yml", spec))) == 1


def test_option_without_description(tree, write):
    spec = SPEC.replace("description: Path.", "description: ''")
    assert len(roles.spec_findings(write("roles/demo/meta/argument_specs.yml", spec))) == 1


@pytest.mark.parametrize(
    "old, new",
    [("Outcome", "Words"), ("## Variables", "## Words"), ("## IAM permissions", ""), ("## Example", "")],
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


ENTRIES = {
    "tasks/main.yml": "- ansible.builtin.include_tasks: kinds/{{ demo_kind }}.yml\n- ansible.builtin.debug: {msg: '{{ __demo_where }}'}\n",
    "tasks/kinds/one.yml": "- ansible.builtin.include_tasks: {file: more.yml}\n- ansible.builtin.include_tasks: '{{ theirs }}'\n",
    "tasks/more.yml": "# demo_force\n- ansible.builtin.debug: {msg: '{{ demo_rules }}; run -e demo_force=true'}\n",
    "tasks/stop.yml": "- ansible.builtin.debug: {msg: '{{ demo_kind }} {{ demo_force }}'}\n",
    "vars/main.yml": "__demo_where: '{{ __demo_inner }}'\n__demo_inner: '{{ demo_path ~ demo_size }}'\n__demo_other: '{{ demo_force }}'\n",
}


@pytest.fixture(name="entries")
def fixture_entries(tree, write):
    for name, text in ENTRIES.items():
        write(f"roles/demo/{name}", text)
    return tree


def test_entry_points_claim_what_they_use_by_way_of_files_and_variables(entries):
    assert roles.entry_point_findings(entries, set()) == []
    assert roles.entry_point_findings(entries, {"demo.stop"}) == ["roles/demo: entry point stop needs no exception"]


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("{{ demo_rules }}", "", "entry point main claims demo_rules, which it does not use"),
        ("~ demo_size", "", "entry point main claims demo_size, which it does not use"),
        ("; run", "{{ demo_force }}", "entry point main uses demo_force, which it does not claim"),
        ("{{ demo_kind }} {{", "{{", "entry point stop claims demo_kind, which it does not use"),
        (
            "{{ demo_kind }} {{",
            "{{ demo_size ~ demo_kind }} {{",
            "entry point stop uses demo_size, which it does not claim",
        ),
    ],
)
def test_entry_points_that_claim_too_much_or_too_little(entries, write, old, new, finding):
    for name, text in ENTRIES.items():
        write(f"roles/demo/{name}", text.replace(old, new))
    assert roles.entry_point_findings(entries, set()) == [f"roles/demo: {finding}"]


@pytest.fixture(name="planning")
def fixture_planning(root, write):
    """planning(path, old, new): a tree with the role's options, its task and the module's documentation, with one text replaced."""
    paths = (
        "roles/patch_run/meta/argument_specs.yml",
        "roles/patch_run/tasks/plan.yml",
        "plugins/modules/patch_plan.py",
    )

    def changed(path, old, new):
        for name in paths:
            text = (root / name).read_text(encoding="utf-8")
            assert name != path or old in text
            tree = write(name, text.replace(old, new, 1) if name == path else text)
        return tree

    return changed


SPECS, TASK, DOCS = (
    "roles/patch_run/meta/argument_specs.yml",
    "roles/patch_run/tasks/plan.yml",
    "plugins/modules/patch_plan.py",
)


@pytest.mark.parametrize(
    ("path", "old", "new", "finding"),
    [
        (TASK, '    canary: "{{ patch_run_canary }}"\n', "", "plan.yml does not hand over canary"),
        (TASK, "{{ patch_run_canary }}", "{{ patch_run_wave_size }}", "plan.yml hands over canary as '{{ patch_run_wave_size }}'"),
        (SPECS, "default: 168", "default: 24", "patch_run_stale_after_hours: default is 24, of patch_plan 168"),
        (SPECS, "choices: [name, id]", "choices: [name]", "patch_run_zone_key: choices is ['name'], of patch_plan ['name', 'id']"),
        (SPECS, "      patch_run_drain:", "      patch_run_drained:", "patch_run_drain is no option of the role"),
        (DOCS, "default: 168", "default: 24", "patch_run_stale_after_hours: default is 168, of patch_plan 24"),
    ],
)  # fmt: skip
def test_options_of_the_plan_that_are_said_differently(planning, path, old, new, finding):
    tree = planning(path, old, new)
    assert roles.plan_option_findings(tree) == [finding]


def test_defaults_of_the_planner_that_are_not_those_of_the_role(planning):
    tree = planning(SPECS, "default: 168", "default: 24")
    assert roles.plan_default_findings(tree) == ["patch_run_stale_after_hours: the default is 24, of the planner 168"]


def test_time_limits_of_runbooks(root):
    assert roles.runbook_findings(root) == []


RUNBOOK = """
mainSteps:
  - name: each
    action: aws:loop
    timeoutSeconds: 601
    inputs:
      Steps:
        - {name: await, action: "aws:waitForAwsResourceProperty", timeoutSeconds: 600, inputs: {}}
  - name: hook
    action: aws:runCommand
    timeoutSeconds: 16201
    inputs: {TimeoutSeconds: 1800, Parameters: {executionTimeout: ["{{ Seconds }}"]}}
  - name: install
    action: aws:runCommand
    timeoutSeconds: 12601
    inputs: {TimeoutSeconds: 1800, Parameters: {StepTimeoutSeconds: ["10800"]}}
"""


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("", "", None),
        ("    timeoutSeconds: 601\n", "", "each: timeoutSeconds is None; it waits up to 600 seconds"),
        ("timeoutSeconds: 601", "timeoutSeconds: 600", "each: timeoutSeconds is 600; it waits up to 600 seconds"),
        ("timeoutSeconds: 600, ", "", "await: timeoutSeconds is None; it waits up to 0 seconds"),
        ("16201", "16200", "hook: timeoutSeconds is 16200; it waits up to 16200 seconds"),
        ("12601", "1800", "install: timeoutSeconds is 1800; it waits up to 12600 seconds"),
        (
            "TimeoutSeconds: 1800, Parameters: {St",
            "Parameters: {St",
            "install: its command has no TimeoutSeconds, so one that arrives late would still start",
        ),
    ],
)
def test_steps_that_could_wait_for_ever(write, old, new, finding):
    tree = write("roles/demo/files/demo.yaml", RUNBOOK.replace(old, new) if old else RUNBOOK)
    expected = [f"roles/demo/files/demo.yaml: {finding}"] if finding else []
    assert roles.runbook_findings(tree) == expected
