# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The tools that run the tests: counts, lanes, and that nothing they start stays."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

import chaos_seeds
import costs
import counts
import schedule
import steps
import tree

TOOLS = pathlib.Path(tree.__file__).parent


# ---------------------------------------------------------------- counts


@pytest.mark.parametrize(
    "step, text, ok, expected",
    [
        ("unit", "....\n12 passed, 2 skipped, 1 warning in 3.21s\n", True, (12, 0, 2)),
        ("unit", "== 2 failed, 10 passed, 1 error in 0.10s (0:01:02) ==\n", False, (10, 3, 0)),
        ("unit", "1 passed in 0.1s\nlater: 3 failed, 4 passed in 2.0s\n4 passed in 2.0s\n", True, (4, 0, 0)),
        ("unit", "Traceback: nothing ran\n", False, (0, 1, 0)),
        ("unit", "5 passed in 1.0s\n", False, (5, 1, 0)),
        ("sanity", 'Running sanity test "a"\nRunning sanity test "b" on x\n', True, (2, 0, 0)),
        (
            "sanity",
            'Running sanity test "a"\nRunning sanity test "b"\nThe 1 sanity test(s) listed below (out of 2) failed.\n',
            False,
            (1, 1, 0),
        ),
        ("integration", "Running a integration test role\nRunning b integration test role\n", True, (2, 0, 0)),
        ("integration", "Running a integration test role\nFATAL: Command\n", False, (0, 1, 0)),
        ("molecule", "a > converge: Executed: Successful\nb ➜ converge: Executed: Failed\n", False, (1, 1, 0)),
        (
            "molecule",
            "ERROR    [a > idempotence] Executed: Failed\na > converge: Executed: Successful\n",
            False,
            (0, 1, 0),
        ),
        ("format", "black: ok\nruff: FAILED\n", False, (1, 1, 0)),
        ("changelog", "", True, (1, 0, 0)),
        ("changelog", "", False, (0, 1, 0)),
    ],
)
def test_count(step, text, ok, expected):
    found = counts.count(step, text, ok)
    assert (found.passed, found.failed, found.skipped) == expected


def test_every_reader_belongs_to_a_step():
    assert set(counts.READERS) <= set(steps.STEPS)


def test_excerpt_shows_what_is_wrong_before_the_end():
    text = "\n".join(["ERROR: first", *["noise"] * 100, "\x1b[31mlast\x1b[0m"])
    assert counts.excerpt(text, lines=3).splitlines() == ["ERROR: first", "...", "noise", "noise", "last"]
    assert counts.excerpt("a\nERROR: b", lines=3) == "a\nERROR: b"


# ---------------------------------------------------------------- costs


def test_cpu_seconds_of_playbooks_are_added_up_to_their_scenario_and_target():
    text = "cpu 1.50 s patch_run/converge\nTASK [cpu 9.00 s x]\ncpu 2.00 s patch_run/verify\ncpu 9.99 s in all\n"
    assert costs.of_tests("molecule", text) == {"patch_run": 3.5}
    text = "cpu 1.50 s integration/ssm_command_info-a1b2_3d4\n"
    assert costs.of_tests("integration", text) == {"ssm_command_info": 1.5}
    text = "cpu 1.50 s tests/unit/test_a.py::test_a[one - two]\n"
    assert costs.of_tests("unit", text) == {"tests/unit/test_a.py::test_a[one - two]": 1.5}


def test_the_table_names_what_is_over_its_budget_and_the_dearest_tests():
    logs = {
        "unit": "cpu 3.00 s b\ncpu 1.00 s a\ncpu 10.40 s in all\n",
        "system": "cpu 2.00 s c\nnoise\ncpu 20.60 s in all\n",
        "lint": "ended: it ran longer than its limit of 5 s\n",
    }
    assert costs.table(logs, {"unit": 20, "system": 15, "lint": 5, "other": 99}).splitlines() == [
        "step           CPU s  budget",
        "system            21      15  6 over its budget",
        "unit              10      20",
        "lint               ?       5  not measured: the step was ended",
        "total             31      40",
        "",
        "dearest tests",
        "                 3.0  unit: b",
        "                 2.0  system: c",
        "                 1.0  unit: a",
    ]


def test_every_step_has_a_budget_and_all_of_them_fit_into_twenty_minutes_on_two_cores():
    assert set(steps.BUDGETS) == set(steps.STEPS) >= set(steps.LIMITS)
    assert sum(steps.BUDGETS.values()) <= 2 * 20 * 60


def test_children_that_have_ended_count_as_cpu_seconds_of_their_test(tmp_path):
    (tmp_path / "test_cpu.py").write_text(
        "import subprocess, sys\n"
        "BUSY = 'import time\\nwhile time.process_time() < 0.4: pass'\n"
        "def test_child(): subprocess.run([sys.executable, '-c', BUSY], check=True)\n"
        "def test_idle(): pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "cpu.of_tests", "-n", "1"]
    done = subprocess.run([*command, "test_cpu.py"], cwd=tmp_path, capture_output=True, text=True)
    used = {name.rpartition("::")[2]: seconds for name, seconds in costs.of_tests("unit", done.stdout).items()}
    assert done.returncode == 0 and used["test_child"] >= 0.4 > used["test_idle"], done.stdout


def test_what_proves_the_ordinary_way_of_starting_modules_goes_that_way():
    molecule, system = TOOLS.parent / "extensions" / "molecule", TOOLS.parent / "tests" / "system"
    for scenario in ("default", "patch_run_causes", "patch_windows"):
        text = (molecule / scenario / "molecule.yml").read_text()
        assert 'FLEETPATCH_WARM_MODULES: ""' in text and 'ANSIBLE_PIPELINING: "false"' in text, scenario
    assert "operator.start()" in (system / "test_kill_and_resume.py").read_text()
    assert "ordinary=" in (system / "test_warm.py").read_text()


# ---------------------------------------------------------------- lanes


def job(tmp_path, name, code, estimate=1.0, limit=30.0):
    return schedule.Job(name, [sys.executable, "-c", code], str(tmp_path / f"{name}.log"), estimate, limit)


def test_lanes_run_the_longest_first_and_keep_the_order_of_the_answer(tmp_path):
    order = tmp_path / "order"
    code = f"import sys; open({str(order)!r}, 'a').write(sys.argv[1] + ' ')"
    jobs = [
        schedule.Job(name, [sys.executable, "-c", code, name], str(tmp_path / name), estimate, 30)
        for name, estimate in (("short", 1), ("long", 9), ("middle", 5))
    ]
    done = schedule.run_all(jobs, lanes=1)
    assert order.read_text().split() == ["long", "middle", "short"]
    assert [result.name for result in done] == ["short", "long", "middle"]


def test_statuses_logs_and_limits(tmp_path):
    jobs = [
        job(tmp_path, "good", "print('hello')"),
        job(tmp_path, "bad", "raise SystemExit(3)"),
        job(tmp_path, "slow", "import time; time.sleep(60)", limit=0.5),
    ]
    done = {result.name: result.status for result in schedule.run_all(jobs)}
    assert done == {"good": 0, "bad": 3, "slow": None}
    assert (tmp_path / "good.log").read_text() == "hello\n"
    assert "longer than its limit" in (tmp_path / "slow.log").read_text()


def test_two_lanes_at_once(tmp_path):
    meet = f"""
import pathlib, sys, time
here = pathlib.Path({str(tmp_path)!r})
(here / sys.argv[1]).touch()
for _ in range(200):
    if (here / "a.here").exists() and (here / "b.here").exists():
        raise SystemExit(0)
    time.sleep(0.05)
raise SystemExit(1)
"""
    jobs = [
        schedule.Job(n, [sys.executable, "-c", meet, f"{n}.here"], str(tmp_path / f"{n}.log"), 1, 30)
        for n in ("a", "b")
    ]
    assert [result.status for result in schedule.run_all(jobs)] == [0, 0]


# ---------------------------------------------------------------- chaos


def test_the_table_of_chaos_shows_what_failed_and_what_nobody_tried(capsys):
    good = {"starts": "patch: kill machine, patch: 0", "line": "6 of 9 hosts", "findings": []}
    bad = {**good, "findings": ["images_once: m0 (i-1) has 2 images"]}
    rows = [
        (schedule.Done("7", 0, 60.0), good),
        (schedule.Done("8", 1, 70.0), bad),
        (schedule.Done("9", None, 80.0), {}),
    ]
    assert chaos_seeds.summary(rows) == 1
    told = capsys.readouterr().out
    for text in (
        "FROM=8",
        "images_once: m0 (i-1) has 2 images",
        "it ended without a result",
        *chaos_seeds.known_limits(),
    ):
        assert text in told
    assert told.endswith("1 passed, 2 failed\n")
    assert chaos_seeds.summary(rows[:1]) == 0


# ---------------------------------------------------------------- processes

# A child in a session of its own whose parent is gone, as Ansible's workers and molecule's servers are.
FAMILY = """
import sys
sys.path.insert(0, {tools!r})
import processes, subprocess, time
processes.adopt_orphans()
processes.stop_on_signals()
try:
    orphan = "import os, sys, time; os.setsid(); {more} open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(120)"
    starter = (
        "import os, subprocess, sys, time; subprocess.Popen([sys.executable, '-c', *sys.argv[1:]])\\n"
        "while not (os.path.exists(sys.argv[2]) and os.path.getsize(sys.argv[2])): time.sleep(0.01)"
    )
    processes.run([sys.executable, "-c", starter, orphan, {pid_file!r}])
    open({ready!r}, "w").close()
    time.sleep({seconds})
except processes.Stopped as stop:
    sys.exit(stop.code)
finally:
    processes.end_family(grace=0.5)
"""


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="adopting orphans is a feature of Linux")
@pytest.mark.parametrize("number", [None, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("stubborn", ["", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"])
def test_nothing_stays(tmp_path, number, stubborn):
    pid_file, ready = tmp_path / "pid", tmp_path / "ready"
    code = FAMILY.format(
        tools=str(TOOLS), pid_file=str(pid_file), ready=str(ready), seconds=60 if number else 0, more=stubborn
    )
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    try:
        deadline = time.monotonic() + 20
        while not (ready.exists() and pid_file.exists() and pid_file.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        orphan = int(pid_file.read_text())
        if number:
            assert is_alive(orphan)
            process.send_signal(number)
        assert process.wait(20) == (128 + number if number else 0)
        assert not is_alive(orphan)
    finally:
        process.kill()
        process.wait()
        if pid_file.exists() and is_alive(int(pid_file.read_text())):
            os.kill(int(pid_file.read_text()), signal.SIGKILL)


# ---------------------------------------------------------------- what is published


def test_build_ignore_is_read_and_applied():
    patterns = tree.build_ignore()
    assert ".venv" in patterns and "*.tar.gz" in patterns
    for name in ("tools/dev.py", "tests/local_aws/local_aws/framework/front.py", "x.tar.gz", ".cache/log/a"):
        assert not tree.is_published(pathlib.Path(name), patterns), name
    for name in ("plugins/modules/a.py", "tests/unit/conftest.py", "meta/runtime.yml", "docs/tools.md"):
        assert tree.is_published(pathlib.Path(name), patterns), name


# ---------------------------------------------------------------- the interpreter


@pytest.mark.parametrize("broken", ["exit 127", "echo 'pyenv: python3.11: command not found' >&2; exit 127"])
def test_an_interpreter_that_does_not_run_is_refused(tmp_path, broken):
    shim = tmp_path / "python3"
    shim.write_text(f"#!/bin/sh\n{broken}\n")
    shim.chmod(0o755)
    env = {**os.environ, "PYTHON": str(shim)}
    done = subprocess.run(["sh", str(TOOLS / "dev.sh"), "test", "list"], env=env, capture_output=True, text=True)
    assert done.returncode == 2
    assert "does not run" in done.stderr
