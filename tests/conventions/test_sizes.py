# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules of size find what they are there for."""

import pytest
from checks import sizes

LONG = "def f():\n" + "    x = 1\n" * 41


def test_long_function_needs_a_reason(write):
    root = write("plugins/modules/a.py", LONG)
    assert sizes.size_findings(root, {}) == ["plugins/modules/a.py:f: 42 lines"]
    assert sizes.size_findings(root, {"plugins/modules/a.py:f": "one table, read from top to bottom"}) == []
    assert len(sizes.size_findings(root, {"plugins/modules/a.py:f": "because"})) == 1


def test_docstring_and_nested_functions_do_not_count(write):
    text = 'def f():\n    """a' + "\n" * 50 + '    """\n    def g():\n' + "        x = 1\n" * 35 + "    return g\n"
    assert sizes.size_findings(write("tools/a.py", text), {}) == []


def test_long_file_without_its_documentation(write):
    root = write("plugins/modules/a.py", 'DOCUMENTATION = """' + "x\n" * 700 + '"""\n' + "y = 1\n" * 500)
    assert sizes.size_findings(root, {}) == []
    assert sizes.size_findings(write("plugins/modules/b.py", "y = 1\n" * 601), {}) == [
        "plugins/modules/b.py: 601 lines"
    ]


def test_exception_that_nothing_needs(write):
    root = write("plugins/modules/a.py", "x = 1\n")
    assert len(sizes.size_findings(root, {"plugins/modules/a.py": "it used to be one long table"})) == 1


def test_playbook(write):
    play = "- hosts: localhost\n  tasks:\n"
    assert sizes.playbook_findings(write("playbooks/a.yml", play)) == []
    write("playbooks/long.yml", play + "#\n" * 60)
    assert (
        len(sizes.playbook_findings(write("playbooks/logic.yml", play + "    - ansible.builtin.set_fact: {x: 1}\n")))
        == 2
    )


BEGIN = """- hosts: "{{ 'localhost' if ansible_limit | default('') == '' else 'all' }}"
  tasks:
    - ansible.builtin.import_tasks: tasks/whole.yml
"""


@pytest.mark.parametrize(
    ("old", "new", "count"), [("", "", 0), ("ansible_limit", "x", 1), ("whole.yml", "part.yml", 1)]
)
def test_beginning_of_a_playbook(write, old, new, count):
    root = write("playbooks/a.yml", BEGIN.replace(old, new) if old else BEGIN)
    assert len(sizes.begin_findings(root)) == count


GOOD_FILTER = '''
DOCUMENTATION = """
name: a
"""

EXAMPLES = ""

RETURN = ""


class FilterModule:
    def filters(self):
        return {"a": a}
'''


def test_filter(write):
    assert sizes.filter_findings(write("plugins/filter/a.py", GOOD_FILTER)) == []
    for number, bad in enumerate(
        (
            GOOD_FILTER.replace('{"a": a}', '{"a": a, "b": b}'),
            GOOD_FILTER.replace('{"a": a}', '{"b": b}'),
            GOOD_FILTER.replace("name: a", "name: b"),
            GOOD_FILTER.replace('\nRETURN = ""', ""),
            GOOD_FILTER + "x = 1\n" * 40,
        )
    ):
        assert len(sizes.filter_findings(write("plugins/filter/a.py", bad))) == 1, number
