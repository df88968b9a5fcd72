# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Modules and playbooks that tests run as forks of a warm process (tests/warm) do what they do when they are started; so do kept templates."""

from __future__ import annotations

import json
import re

import pytest
from driver import Operator

from local_aws import testing

# What a module can do to its process: a name that it leaves behind, and an end that no result tells of.
PROBE = """
import os
import signal
from ansible.module_utils import basic

def main():
    module = basic.AnsibleModule({"end": {"type": "str", "default": "result"}})
    before = getattr(basic, "LEFT_BEHIND", None)
    basic.LEFT_BEHIND = True
    if module.params["end"] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if module.params["end"] == "status":
        print("no result")
        raise SystemExit(3)
    with open(f"/proc/{os.getppid()}/cmdline", encoding="utf-8") as stream:
        parent = stream.read()
    module.exit_json(left_behind=before, warm="modules.py" in parent, stdin=os.read(0, 10).decode())

if __name__ == "__main__":
    main()
"""
PLAYBOOK = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
    baseline: {name: warm, operating_system: WINDOWS, description: one}
    words: {text: "a\\tb {{ [1, 2] | map('string') | join('\\n') }} {{ {'c': 3} }}", more: "{{ baseline | dict2items | list }}"}
  module_defaults:
    group/fleetpatch.aws.aws: {region: us-east-1}
  tasks:
    - {ignore_errors: true, register: r0, probe: {}}
    - {ignore_errors: true, register: r1, probe: {}}
    - {ignore_errors: true, register: r2, probe: {end: killed}}
    - {ignore_errors: true, register: r3, probe: {end: status}}
    - {ignore_errors: true, register: r4, ansible.builtin.ping: {data: crash}}
    - ignore_errors: true
      register: r5
      ansible.builtin.shell: {cmd: pwd; printenv WORDS; echo problem >&2; exit 4, chdir: /}
      environment: {WORDS: "a 'quoted' \\"word\\" && more $HOME"}
    - {ignore_errors: true, register: r6, fleetpatch.aws.ssm_patch_baseline: "{{ baseline }}"}
    - {ignore_errors: true, register: r7, fleetpatch.aws.ssm_patch_baseline: "{{ baseline }}"}
    - {ignore_errors: true, register: r8, check_mode: true, diff: true, fleetpatch.aws.ssm_patch_baseline: "{{ baseline | combine({'description': 'two'}) }}"}
    - {ignore_errors: true, register: r9, fleetpatch.aws.ssm_patch_baseline: "{{ baseline | combine({'descripton': 'two'}) }}"}
    - {ignore_errors: true, register: r10, fleetpatch.aws.ssm_patch_baseline_info: {name: warm}, environment: {AWS_ENDPOINT_URL: "http://127.0.0.1:1"}}
    - {ignore_errors: true, register: r11, fleetpatch.aws.ssm_patch_baseline_info: {}}
    # Templates that are compiled, and then the same ones, which are kept; and those that cannot be compiled or end in an error.
    - &templated {register: r12, ansible.builtin.debug: {msg: "{{ words }}"}, when: "r6 is changed and words.text is search('\\t')", loop: [1, 2]}
    - {<<: *templated, register: r13}
    - &unknown {ignore_errors: true, register: r14, ansible.builtin.debug: {msg: "{{ words.text | no_such_filter }}"}}
    - {<<: *unknown, register: r15}
    - &unfinished {ignore_errors: true, register: r16, ansible.builtin.debug: {msg: "{{ words.text | }}"}}
    - {<<: *unfinished, register: r17}
    - &undefined {ignore_errors: true, register: r18, ansible.builtin.debug: {msg: "{{ words.nothing }} {{ 1 }}"}, when: words.text | length > 3}
    - {<<: *undefined, register: r19}
    - ansible.builtin.copy:
        content: "{{ [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15, r16, r17, r18, r19] | to_json }}"
        dest: "{{ playbook_dir }}/results.json"
"""


def results(folder, ordinary):
    """The results of the tasks, without what differs from run to run: times, durations, ids and the folder."""
    (folder / "library").mkdir(parents=True)
    (folder / "library" / "probe.py").write_text(PROBE, encoding="utf-8")
    (folder / "warm.yml").write_text(PLAYBOOK, encoding="utf-8")
    with testing.serve({}) as aws:
        Operator(folder, aws, ordinary=ordinary).run(folder / "warm.yml")
    text = (folder / "results.json").read_text(encoding="utf-8")
    for pattern in (
        r"pb-[0-9a-f]{17}",
        r"\d{4}-\d\d-\d\d[T ][\d:.]+",
        r"\d:\d\d:\d\d\.\d+",
        re.escape(str(folder)),
        r"ansible-tmp-[\d.-]+",
    ):
        text = re.sub(pattern, "...", text)
    return json.loads(text)


def test_a_warm_module_gives_what_an_ordinary_one_gives_and_leaves_nothing_behind(tmp_path):
    ordinary, warm = results(tmp_path / "ordinary", True), results(tmp_path / "warm", False)
    assert [one.pop("warm", None) for one in ordinary[:2]] == [False, False]
    assert [one.pop("warm", None) for one in warm[:2]] == [True, True], "these modules were not warm at all"
    for position, (expected, found) in enumerate(zip(ordinary, warm, strict=True)):
        assert found == expected, position
    assert warm[1]["left_behind"] is None and warm[1]["stdin"] == ""
    failed = {2, 3, 4, 5, 9, 10, 14, 15, 16, 17, 18, 19}
    assert {number for number, one in enumerate(warm) if one.get("failed")} == failed
    assert warm[12]["results"][1]["msg"]["text"] == warm[13]["results"][1]["msg"]["text"] == "a\tb 1\n2 {'c': 3}"
    assert [one["changed"] for one in warm[6:9]] == [True, False, True]
    assert warm[5]["stdout_lines"] == ["/", "a 'quoted' \"word\" && more $HOME"]


PROCESS = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        content: "{{ {'pid': pid, 'group_and_session': lookup('pipe', stat % pid).split()[2:4], 'folder': lookup('pipe', 'pwd'),
                      'input': lookup('pipe', 'cat'), 'variables': query('env', 'AWS_ACCESS_KEY_ID', 'PWD', 'ANSIBLE_LOCAL_TEMP')} | to_json }}"
        dest: "{{ playbook_dir }}/{{ name }}.json"
      vars:
        stat: "sed 's/.*) //' /proc/%s/stat"
        pid: "{{ lookup('pipe', stat % '$PPID').split()[1] }}"
    - ansible.builtin.fail:
"""


def test_a_warm_playbook_leads_a_session_in_the_folder_with_the_environment_of_its_own_and_leaves_nothing(tmp_path):
    (tmp_path / "process.yml").write_text(PROCESS, encoding="utf-8")
    found = {}
    with testing.serve({}) as aws:
        for name in ("ordinary", "first", "second"):
            operator = Operator(tmp_path, aws, ordinary=name == "ordinary")
            output = operator.run(tmp_path / "process.yml", expect=2, name=name)
            assert "failed=1" in output and "Traceback" not in output, output
            found[name] = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
            assert not list((tmp_path / "tmp").iterdir()), "temporary files are left"
        with pytest.raises(AssertionError, match="failed=1"):
            operator.run(tmp_path / "process.yml", name="third")
    pids = [one.pop("pid") for one in found.values()]
    assert len(set(pids)) == 3 and [one.pop("group_and_session") for one in found.values()] == [
        [pid, pid] for pid in pids
    ]
    assert found["ordinary"] == found["first"] == found["second"]
    assert found["first"]["folder"] == str(tmp_path) and found["first"]["input"] == ""
    assert found["first"]["variables"][1:] == [str(tmp_path), str(tmp_path / "tmp")]
