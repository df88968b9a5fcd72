# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The commands behind the Makefile. Run it through tools/dev.sh, which finds a Python for it."""

import argparse
import os
import pathlib
import resource
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

import costs
import counts
import environment
import local_aws_server
import processes
import schedule
import steps
from environment import CACHE
from environment import LOGS
from environment import ROOT

UNUSED = ROOT / "tools" / "permissions.py"


def command_setup(_options):
    return 0


def command_exec(options):
    """Any command in the environment of the tests: tools/dev.sh exec pytest tests/unit -k waves."""
    if not options.rest:
        return usage("exec needs a command")
    return processes.run(options.rest, env=environment.variables(), cwd=ROOT)


def command_demo(options):
    import demo

    return demo.main(options.rest)


def command_local_aws(options):
    """In the foreground, until Ctrl-C; a scenario that is not there is an error, not an empty account."""
    command = local_aws_server.command(
        port=options.port, scenario=options.scenario, clock_rate=options.clock_rate, more=options.rest
    )
    print(
        f"local AWS on http://127.0.0.1:{options.port} (stop with Ctrl-C); for clients in another terminal:", flush=True
    )
    for key, value in {**environment.LOCAL_CREDENTIALS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{options.port}"}.items():
        print(f"  export {key}={value}", flush=True)
    return processes.run(command, env=environment.variables(), cwd=ROOT)


def command_bench(options):
    folder = ROOT / "tests" / "bench"
    found = [
        p for p in sorted(folder.glob("bench_*.py")) if not options.rest or p.stem[len("bench_") :] in options.rest
    ]
    if not found:
        return usage(f"no benchmark {' '.join(options.rest) or 'bench_*.py'} in tests/bench")
    failed = [
        p.name
        for p in found
        if processes.run([environment.VENV / "bin" / "python", p], env=environment.variables(), cwd=ROOT)
    ]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def command_chaos(options):
    import chaos_seeds

    return chaos_seeds.main(options.rest)


def command_format(_options):
    """The layout of Python, and what roles generate from their argument_specs."""
    folders = steps.python_folders()
    tools = (["isort", "-q", *folders], ["black", "-q", *folders], ["ruff", "check", "-q", "--fix", *folders])
    return max(steps.sh(*tool) for tool in (*tools, [environment.VENV / "bin" / "python", "tools/role_docs.py"]))


def command_docs(_options):
    """The reference of all modules, filters and roles as reStructuredText that GitHub renders, in .cache/docs."""
    target = CACHE / "docs"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(mode=0o755, parents=True)
    what = ["antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--output-format", "simplified-rst"]
    status = steps.sh(*what, "--dest-dir", target, f"{environment.NAMESPACE}.{environment.NAME}")
    if status == 0:
        print(f"reference: {target.relative_to(ROOT)}/index.rst, {len(list(target.glob('*.rst')))} pages")
    return status


def command_clean(_options):
    """Everything that these tools made, .venv included."""
    for name in (
        ".venv",
        ".cache",
        ".ansible",
        ".pytest_cache",
        ".ruff_cache",
        ".mypy_cache",
        ".hypothesis",
        "collections",
    ):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    shutil.rmtree(ROOT / "tests" / "output", ignore_errors=True)
    return 0


def command_step(options):
    """One step of the tests, here and now (make test runs each as a process of its own)."""
    step = steps.STEPS[options.rest[0]]
    status = step.run()
    left = processes.settle()
    if left:
        processes.end_family()
        print(f"note: the step left {left} processes behind; they were ended", flush=True)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(f"cpu {sum(one.ru_utime + one.ru_stime for one in used):.2f} s in all", flush=True)
    return status


# ---------------------------------------------------------------- test


def command_test(options):
    names = options.rest or list(steps.STEPS)
    if names == ["list"]:
        for step in steps.STEPS.values():
            print(f"{step.name:<12} {step.what}")
        return 0
    unknown = [name for name in names if name not in steps.STEPS]
    if unknown:
        return usage(f"unknown step {', '.join(unknown)}; there are: {' '.join(steps.STEPS)}")
    with environment.lock("test", "Another make test runs in this checkout; waiting for it."):
        return run_steps([steps.STEPS[name] for name in dict.fromkeys(names)])


def run_steps(chosen):
    """Run the steps on two lanes, print the table, the logs of what failed, and the totals. Returns the exit status."""
    jobs = [
        schedule.Job(
            name=step.name,
            command=[sys.executable, "-I", "-B", __file__, "--ready", "step", step.name],
            log=str(LOGS / f"{step.name}.log"),
            estimate=step.budget,
            limit=step.limit,
        )
        for step in chosen
    ]
    started = time.monotonic()
    print(f"{len(jobs)} steps on two lanes; logs: .cache/log/STEP.log", flush=True)
    done = schedule.run_all(jobs, report=progress, env={**os.environ, "PYTHONUNBUFFERED": "1"}, cwd=ROOT)
    return summary(chosen, done, time.monotonic() - started)


def log_text(name):
    return (LOGS / f"{name}.log").read_text(encoding="utf-8", errors="replace")


def progress(done):
    print(f"  {done.name:<12} {'ok' if done.status == 0 else 'FAILED':<7} {done.seconds:6.1f} s", flush=True)


def summary(chosen, done, seconds):
    rows, failed = [], []
    for step, result in zip(chosen, done, strict=True):
        found = counts.count(step.name, log_text(step.name), result.status == 0)
        rows.append((step, result, found))
        if found.failed:
            failed.append(step.name)
    for name in failed:
        print(f"\n=== {name}: the end of .cache/log/{name}.log\n{counts.excerpt(log_text(name))}")
    print(f"\n{'step':<12} {'result':<7} {'seconds':>7}  ran")
    for step, result, found in rows:
        word = "FAILED" if found.failed else "ok"
        print(f"{step.name:<12} {word:<7} {result.seconds:7.1f}  {found.text()} ({step.what})")
    logs = {step.name: log_text(step.name) for step in chosen}
    print(f"\n{costs.table(logs, steps.BUDGETS)}\n")
    skipped = sum(found.skipped for _step, _result, found in rows)
    print(f"{len(rows) - len(failed)} of {len(rows)} steps ok in {seconds:.0f} s; {skipped} tests skipped")
    print(f"{sum(f.passed for _s, _r, f in rows)} passed, {sum(f.failed for _s, _r, f in rows)} failed", flush=True)
    if {"system", "molecule"} <= {step.name for step in chosen} - set(failed):
        # What no test used can only be told when all of them have run.
        failed += ["permissions"] if processes.run([environment.VENV / "bin" / "python", UNUSED]) else []
    return 1 if failed else 0


# ---------------------------------------------------------------- main


def usage(message):
    print(message, file=sys.stderr)
    return 2


COMMANDS = {
    "setup": command_setup,
    "exec": command_exec,
    "demo": command_demo,
    "test": command_test,
    "step": command_step,
    "bench": command_bench,
    "chaos": command_chaos,
    "local-aws": command_local_aws,
    "format": command_format,
    "docs": command_docs,
    "clean": command_clean,
}


def arguments(words):
    parser = argparse.ArgumentParser(prog="tools/dev.sh")
    parser.add_argument("--ready", action="store_true", help=argparse.SUPPRESS)  # the environment is made already
    parser.add_argument("command", choices=sorted(COMMANDS))
    if "local-aws" in words[:1]:
        parser.add_argument("--port", default="5055")
        parser.add_argument("--scenario")
        parser.add_argument("--clock-rate")
        options, options.rest = parser.parse_known_args(words)
        return options
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    return parser.parse_args(words)


def main(words):
    options = arguments(words)
    processes.adopt_orphans()
    processes.stop_on_signals()
    try:
        if options.command != "clean" and not options.ready:
            environment.setup()
        return COMMANDS[options.command](options)
    except environment.SetupError as problem:
        print(problem, file=sys.stderr)
        return 2
    except local_aws_server.NotReady as problem:
        print(problem, file=sys.stderr)
        return 1
    except processes.Stopped as stop:
        print("\nstopped; ending what was started", file=sys.stderr, flush=True)
        return stop.code
    finally:
        processes.end_family()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
