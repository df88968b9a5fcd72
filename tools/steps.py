# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The steps of `make test`: what each one runs. A step is a process of its own; its exit status is its verdict."""

import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tarfile

import environment
import processes
import tree
from environment import CACHE
from environment import CPU_CALLBACK
from environment import ROOT
from local_aws_server import local_aws

sys.path.append(str(ROOT / "tests"))

from warm import start


@dataclasses.dataclass(frozen=True)
class Step:
    """run: a function that returns the exit status. What it may cost stands in BUDGETS and LIMITS."""

    name: str
    what: str
    run: object

    @property
    def budget(self):
        """CPU seconds; also decides the order of the steps."""
        return BUDGETS[self.name]

    @property
    def limit(self):
        """Seconds after which it has failed: it hangs."""
        return LIMITS.get(self.name, 1500)


def plain(**variables):
    """The environment without colours: logs are read by counts.py, and by people in any viewer."""
    env = environment.variables(NO_COLOR="1", ANSIBLE_NOCOLOR="1", PY_COLORS="0", **variables)
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "ANSIBLE_FORCE_COLOR"):
        env.pop(name, None)
    return env


def sh(*command, cwd=ROOT, **variables):
    """Print and run a command; exit status."""
    print("$", " ".join(str(part) for part in command), flush=True)
    return processes.run(command, cwd=cwd, env=plain(**variables))


def captured(*command, cwd=ROOT, **variables):
    """The same, with the output (stdout and stderr) both shown and returned."""
    print("$", " ".join(str(part) for part in command), flush=True)
    env = plain(**variables)
    process = processes.start(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = []
    try:
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
        return process.wait(), "".join(lines)
    finally:
        processes.end(process)


def fail(message):
    """One line that the table can quote."""
    print(f"FAILED: {message}", flush=True)
    return 1


# ---------------------------------------------------------------- pytest


def _pytest(folders, *options, **variables):
    """folders: paths with a space between them."""
    for folder in folders.split():
        if not any((ROOT / folder).rglob("test_*.py")):
            return fail(f"no test_*.py under {folder}: nothing was tested")
    # -p no:cacheprovider: several pytest run at once and would share one cache
    plugins = ("-p", "no:cacheprovider", "-p", "cpu.of_tests", "-p", "seldom_gc")
    return sh("pytest", "-q", *plugins, *options, *folders.split(), **variables)


def unit():
    # The judges of make chaos are pure; what they judge is run by make chaos only.
    return _pytest("tests/unit tests/chaos/tests", "-n", "2")


def local_aws_tests():
    return _pytest("tests/local_aws/tests", "-n", "2")


def conventions():
    return _pytest("tests/conventions")


def forget_permissions(step):
    """Delete the records of an earlier run, see permissions.py."""
    for path in (CACHE / "permissions").glob(f"{step}*.json"):
        path.unlink()


def system():
    forget_permissions("system")
    return _pytest("tests/system", "-n", "2")


# ---------------------------------------------------------------- ansible-test


def _prepare_pip():
    """ansible-test wants get-pip from a web server; a file in its cache of that name is the documented way around."""
    source = subprocess.run(
        [environment.VENV / "bin" / "python", "-c", "import ansible_test; print(ansible_test.__path__[0])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    text = (pathlib.Path(source) / "_internal" / "python_requirements.py").read_text(encoding="utf-8")
    version = re.search(r"pip='([\d.]+)'", text).group(1)
    shim = environment.HOME / ".ansible" / "test" / "cache" / f"get_pip_{version.replace('.', '_')}.py"
    shim.parent.mkdir(parents=True, exist_ok=True)
    shim.write_text(
        "import subprocess, sys\n"
        "wanted = [word for word in sys.argv[1:] if not word.startswith('-')]\n"
        "subprocess.check_call([sys.executable, '-m', 'ensurepip', '--default-pip'], stdout=subprocess.DEVNULL)\n"
        "sys.exit(subprocess.call([sys.executable, '-m', 'pip', 'install', '-q', *wanted]))\n",
        encoding="utf-8",
    )


def _ansible_test(copy, *arguments):
    if " " in str(ROOT):
        return fail("ansible-test cannot run below a path with spaces (its shebang lines); move the checkout"), ""
    version = environment.python_version()
    if version not in ("3.11", "3.12", "3.13"):
        return fail(f"ansible-test of this ansible-core knows Python 3.11 to 3.13, .venv has {version}; set PYTHON"), ""
    status, text = captured("ansible-test", *arguments, "--color", "no", "--python", version, cwd=copy)
    if "All targets skipped" in text:
        return fail("ansible-test found nothing to test"), text
    return status, text


def sanity():
    ignores = sorted((ROOT / "tests" / "sanity").glob("ignore*.txt"))
    if ignores:
        return fail(f"{ignores[0].name}: sanity runs without ignore files; mend the finding instead")
    _prepare_pip()
    return _ansible_test(tree.copy_published("sanity"), "sanity")[0]


def _configure_integration(folder, url, warm):
    """ansible-test drops AWS_ENDPOINT_URL, ANSIBLE_* and everything else of the environment; it reads these files."""
    credentials = environment.LOCAL_CREDENTIALS
    # without this file a target with the alias cloud/aws is left out, with a warning and status 0;
    # every key here becomes a variable of the target
    (folder / "cloud-config-aws.ini").write_text(
        "[default]\n"
        f"aws_access_key: {credentials['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_key: {credentials['AWS_SECRET_ACCESS_KEY']}\n"
        f"aws_region: {credentials['AWS_DEFAULT_REGION']}\n"
        f"aws_endpoint_url: {url}\n",
        encoding="utf-8",
    )
    (folder / "integration.cfg").write_text(
        "[defaults]\n"
        f"callback_plugins = {CPU_CALLBACK}:{warm['ANSIBLE_CALLBACK_PLUGINS']}\n"
        f"connection_plugins = {warm['ANSIBLE_CONNECTION_PLUGINS']}\n"
        "[fleetpatch_warm]\n"
        f"modules = {warm['FLEETPATCH_WARM_MODULES']}\n"
        f"payloads = {warm['FLEETPATCH_WARM_PAYLOADS']}\n"
        f"templates = {warm['FLEETPATCH_WARM_TEMPLATES']}\n",
        encoding="utf-8",
    )


def integration():
    targets = sorted(p.name for p in (ROOT / "tests" / "integration" / "targets").glob("*") if (p / "tasks").is_dir())
    if not targets:
        return fail("no target under tests/integration/targets: nothing was tested")
    copy = tree.copy_published("integration")
    python = str(environment.VENV / "bin" / "python")
    with local_aws(log=environment.LOGS / "integration-local-aws.log") as url, start.warm_modules(python) as warm:
        _configure_integration(copy / "tests" / "integration", url, warm)
        status, text = _ansible_test(copy, "integration")
    ran = set(re.findall(r"^Running (\S+) integration test (?:role|script)", text, re.MULTILINE))
    missing = [target for target in targets if target not in ran]
    if status == 0 and missing:
        return fail(f"targets that did not run: {', '.join(missing)}")
    return status


# ---------------------------------------------------------------- molecule


def molecule_scenarios():
    """Names of the scenarios that test something (all but default, which starts and stops the local AWS)."""
    found = (ROOT / "extensions" / "molecule").glob("*/molecule.yml")
    return sorted(path.parent.name for path in found if path.parent.name != "default")


def molecule():
    forget_permissions("molecule")
    scenarios = molecule_scenarios()
    if not scenarios:
        return fail("no scenario under extensions/molecule: nothing was tested")
    with start.warm_modules(str(environment.VENV / "bin" / "python")) as modules:
        callbacks = os.pathsep.join([str(CPU_CALLBACK), modules.pop("ANSIBLE_CALLBACK_PLUGINS")])
        status, text = captured(
            *("molecule", "test", "--all"),
            FLEETPATCH_LOCAL_AWS_PORT=free_port(),
            ANSIBLE_CALLBACK_PLUGINS=callbacks,
            **modules,
        )
    missing = [
        name
        for name in scenarios
        if not re.search(rf"^{re.escape(name)} (?:➜|>) converge: Executed: Successful", text, re.MULTILINE)
    ]
    if status == 0 and missing:
        return fail(f"scenarios that did not converge: {', '.join(missing)}")
    return status


def free_port():
    """A port of 127.0.0.1 that nobody listens on now."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# ---------------------------------------------------------------- checks without running our code


def lint():
    return sh("ansible-lint", "--offline", "--nocolor")


def docs():
    copy = tree.copy_published("docs-lint")
    options = ("--plugin-docs", "--validate-collection-refs=dependent", "--disallow-unknown-collection-refs")
    return sh("antsibull-docs", "lint-collection-docs", *options, ".", cwd=copy)


def python_folders():
    return [name for name in ("plugins", "tests", "tools", "extensions") if (ROOT / name).is_dir()]


def shell_scripts():
    found = [path for path in environment.files() if path.suffix == ".sh" or str(path).startswith(".ci/")]
    return [str(path) for path in found]


def format_check():
    folders = python_folders()
    results = {
        "black": sh("black", "--check", "-q", "--diff", *folders),
        "isort": sh("isort", "--check-only", "--diff", "-q", *folders),
        "ruff": sh("ruff", "check", "-q", *folders),
        "yamllint": sh("yamllint", "-s", "."),
        "shellcheck": sh("shellcheck", *shell_scripts()),
    }
    return _verdict(results)


def _verdict(results):
    for name, status in results.items():
        print(f"{name}: {'ok' if status == 0 else 'FAILED'}", flush=True)
    return 1 if any(results.values()) else 0


def changelog():
    return sh("antsibull-changelog", "lint")


def build():
    dist = CACHE / "dist"
    status, _text = captured("ansible-galaxy", "collection", "build", ".", "--output-path", dist, "--force")
    archives = sorted(dist.glob("*.tar.gz"), key=os.path.getmtime)
    if status or not archives:
        return fail("the collection does not build")
    strangers = unknown_members(archives[-1])
    if strangers:
        return fail(f"in the archive, but not known to git (build_ignore of galaxy.yml?): {', '.join(strangers[:10])}")
    work = CACHE / "tmp" / "importer"
    work.mkdir(parents=True, exist_ok=True)
    # It ends with status 0 whatever it finds. The step lint has linted the same files and more, with a stricter profile.
    importer = (environment.VENV / "bin" / "python", "-m", "galaxy_importer.main", archives[-1])
    status, text = captured(*importer, cwd=work, GALAXY_IMPORTER_RUN_ANSIBLE_LINT="false")
    findings = re.findall(r"^(?:ERROR|WARNING|CRITICAL).*", text, re.MULTILINE)
    if status or findings or "Importer processing completed successfully" not in text:
        return fail(f"galaxy-importer: {findings[0] if findings else 'did not complete'}")
    return 0


def unknown_members(archive):
    """Files of the built archive that git does not know: they came from this machine, not from the project."""
    known = {str(path) for path in environment.files()} | {"MANIFEST.json", "FILES.json"}
    with tarfile.open(archive) as tar:
        return sorted(member.name for member in tar.getmembers() if member.isfile() and member.name not in known)


# CPU seconds a step, processes included: 2,400 in all, which two cores do in 20 minutes. A step over its budget says so at the
# end of `make test`, and does not fail: what a machine does besides must not fail a test.
BUDGETS = {
    "system": 900,
    "molecule": 480,
    "unit": 330,
    "local-aws": 220,
    "integration": 240,
    "sanity": 110,
    "lint": 30,
    "docs": 25,
    "build": 30,
    "conventions": 15,
    "format": 15,
    "changelog": 5,
}
# Seconds, where a step may run longer than 25 minutes on a busy machine.
LIMITS = {"system": 3600, "molecule": 2400}

STEPS = {
    step.name: step
    for step in (
        Step("unit", "modules, planner, filters and the judges of chaos, in this process", unit),
        Step("local-aws", "the local AWS against AWS's own service models", local_aws_tests),
        Step("conventions", "layers, docs, roles, names: rules of the tree", conventions),
        Step("system", "whole runs: killed, resumed, failing", system),
        Step("integration", "targets of ansible-test against the local AWS", integration),
        Step("molecule", "scenarios of the roles against the local AWS", molecule),
        Step("sanity", "ansible-test sanity, without ignore files", sanity),
        Step("lint", "ansible-lint, profile production and args", lint),
        Step("docs", "antsibull-docs, with references to dependencies", docs),
        Step("format", "black, isort, ruff, yamllint, shellcheck", format_check),
        Step("changelog", "antsibull-changelog", changelog),
        Step("build", "collection build and galaxy-importer", build),
    )
}
