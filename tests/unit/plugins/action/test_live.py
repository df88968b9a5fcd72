# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The action plugins: what they display, and that they run where no progress can be followed."""

import json
import os
import pathlib
import re
import subprocess
import sys
import time
import types

import pytest

from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _live

ROOT = pathlib.Path(__file__).resolve().parents[4]
RUNBOOK = {
    "schemaVersion": "0.3",
    "parameters": {"Host": {"type": "String"}},
    "mainSteps": [{"name": "rest", "action": "aws:sleep", "inputs": {"Duration": "PT2M"}}],
}
PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Run
      fleetpatch.aws.ssm_automation_execution:
        document_name: rest
        target_parameter_name: Host
        targets: [a, b, c]
        run_id: r1
        step: w1
        wait_interval: 0.5
      register: result
"""


class Recorder:
    def __init__(self):
        self.lines = []

    def display(self, line):
        self.lines.append(line)


def action(work, transport="local", become=False, async_val=0, args=None):
    """What _live needs of an action plugin; work(args) stands for the module on its host."""
    calls = []

    def execute(name, given, task_vars=None, wrap_async=False):
        calls.append((name, given, wrap_async))
        return work(given)

    return calls, types.SimpleNamespace(
        _task=types.SimpleNamespace(args=args or {}, async_val=async_val),
        _connection=types.SimpleNamespace(transport=transport),
        _play_context=types.SimpleNamespace(become=become),
        _execute_module=execute,
    )


def append(args, *lines):
    with open(args["progress_path"], "a", encoding="utf-8") as stream:
        stream.write("".join(lines))


def test_lines_are_displayed_while_the_module_runs(monkeypatch, tmp_path):
    monkeypatch.setattr(_live.C, "DEFAULT_LOCAL_TMP", str(tmp_path))
    display, seen = Recorder(), []

    def work(args):
        append(args, "one\n", "tw")
        limit = time.monotonic() + 10
        while not display.lines and time.monotonic() < limit:
            time.sleep(0.01)
        seen.extend(display.lines)
        append(args, "o: 100 °C\n")
        return {"changed": True}

    calls, plugin = action(work, args={"run_id": "r"})
    assert _live.run(plugin, "name", display, {}) == {"changed": True}
    assert seen == ["  one"]
    assert display.lines == ["  one", "  two: 100 °C"]
    assert calls[0][1]["run_id"] == "r" and not os.path.exists(calls[0][1]["progress_path"])
    assert plugin._task.args == {"run_id": "r"}


def test_a_line_may_be_read_in_the_middle_of_a_character_and_cannot_move_the_cursor(monkeypatch, tmp_path):
    monkeypatch.setattr(_live.C, "DEFAULT_LOCAL_TMP", str(tmp_path))
    display = Recorder()

    def work(args):
        with open(args["progress_path"], "ab", buffering=0) as stream:
            stream.write("failed: \x1b[31m°".encode()[:-1])
            time.sleep(3 * _live.INTERVAL)
            stream.write("°".encode()[-1:] + b"\n")

    _live.run(action(work)[1], "name", display, {})
    assert display.lines == ["  failed: \ufffd[31m°"]


def test_a_file_of_the_user_is_followed_from_its_end_and_kept(tmp_path):
    path = tmp_path / "mine"
    path.write_text("old\n")
    display = Recorder()
    _calls, plugin = action(lambda args: append(args, "new\n"), args={"progress_path": str(path)})
    _live.run(plugin, "name", display, {})
    assert display.lines == ["  new"] and path.read_text() == "old\nnew\n"


@pytest.mark.parametrize("options", [{"transport": "ssh"}, {"become": True}, {"async_val": 60}])
def test_elsewhere_the_module_just_runs(options):
    calls, plugin = action(lambda args: {"ok": True}, **options)
    assert _live.run(plugin, "name", Recorder(), {}) == {"ok": True}
    assert calls == [("name", {}, options.get("async_val", 0))]


def test_an_exception_of_the_module_ends_the_following(monkeypatch, tmp_path):
    monkeypatch.setattr(_live.C, "DEFAULT_LOCAL_TMP", str(tmp_path))

    def work(args):
        raise RuntimeError("connection lost")

    with pytest.raises(RuntimeError):
        _live.run(action(work)[1], "name", Recorder(), {})
    assert list(tmp_path.iterdir()) == []


# Through ansible-playbook


@pytest.fixture(name="playbook")
def fixture_playbook(serve, tmp_path):
    documents = [{"name": "rest", "type": "Automation", "content": json.dumps(RUNBOOK), "format": "JSON"}]
    aws = serve({"clock": {"rate": 60}, "documents": documents})
    (tmp_path / "play.yml").write_text(PLAY)
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
        "ANSIBLE_HOME": str(tmp_path / "home"),
        "PYTHONUNBUFFERED": "1",
    }
    command = [
        sys.executable,
        "-m",
        "ansible",
        "playbook",
        "-i",
        "localhost,",
        "-c",
        "local",
        str(tmp_path / "play.yml"),
    ]
    command += ["-e", f"ansible_python_interpreter={sys.executable}"]

    def start(*more):
        return subprocess.Popen([*command, *more], env=environment, stdout=subprocess.PIPE, text=True)

    return aws, start


def starts(aws):
    return len(aws.calls(service="ssm", operation="StartAutomationExecution", source="client"))


def test_progress_in_the_output(playbook):
    aws, start = playbook
    text, _none = start().communicate(timeout=60)
    assert re.search(r"^  wave w1 attempt 1: 3 done, 0 running, 0 failed, 0 pending, 00:00:\d\d$", text, re.M), text
    assert "changed=1" in text
    again, _none = start("--check").communicate(timeout=60)
    assert "changed=0" in again and "ok=1" in again and starts(aws) == 1


def test_a_killed_controller_stops_nothing_and_is_resumed(playbook):
    aws, start = playbook
    process = start()
    limit = time.monotonic() + 30
    while not starts(aws) and time.monotonic() < limit:
        time.sleep(0.1)
    process.terminate()
    process.communicate(timeout=30)
    text, _none = start().communicate(timeout=60)
    assert "3 done" in text and "changed=0" in text
    assert starts(aws) == 1 and aws.calls(service="ssm", operation="StopAutomationExecution") == []
