# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Several uses of a role in one playbook, each with variables of its own: what a playbook costs before its first task is paid once."""

from __future__ import annotations

import json
import typing as t

from driver import Operator

# A task with a loop fails with the messages of its items.
MESSAGE = "[ansible_failed_result.msg | default('')] + ansible_failed_result.results | default([]) | map(attribute='msg') | list"


def failures(
    operator: Operator, uses: t.Sequence[t.Mapping[str, t.Any]], tasks_from: str = "main", *arguments: str
) -> list[str]:
    """The message with which each use of the role patch_run failed, in order; "" where it did not."""
    results = operator.folder / "failures.json"
    tasks = [_task(number, {**operator.variables, **variables}, tasks_from) for number, variables in enumerate(uses)]
    found = {
        "name": "Keep the messages",
        "ansible.builtin.copy": {"content": "{{ failed | to_json }}", "dest": str(results)},
    }
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "failed": {}},
        "tasks": [*tasks, found],
    }
    # Its name says with whose policies it runs (permissions.py).
    playbook = operator.folder / ("patch.yml" if tasks_from == "main" else f"{tasks_from}.yml")
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    # Extra variables would win over those of each use.
    own, operator.variables = operator.variables, {}
    try:
        operator.run(playbook, *arguments)
    finally:
        operator.variables = own
    texts = json.loads(results.read_text(encoding="utf-8"))
    return [" ".join(texts.get(str(number), "").split()) for number in range(len(uses))]


def _task(number: int, variables: t.Mapping[str, t.Any], tasks_from: str) -> dict[str, t.Any]:
    include = {"name": "fleetpatch.aws.patch_run", "tasks_from": tasks_from}
    return {
        "block": [{"name": f"Use {number}", "ansible.builtin.include_role": include, "vars": dict(variables)}],
        "rescue": [
            {
                "name": f"Record why use {number} failed",
                "ansible.builtin.set_fact": {
                    "failed": f"{{{{ failed | combine({{'{number}': ({MESSAGE}) | join(' ')}}) }}}}"
                },
            }
        ],
    }
