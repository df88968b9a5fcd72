# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Where things are, the virtual environment, and the environment variables of everything that the tools start.

Standard library only: this runs before the virtual environment exists.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
AWS_CLI = CACHE / "aws-cli"
HOME = CACHE / "home"
LOGS = CACHE / "log"
CPU_CALLBACK = ROOT / "tools" / "cpu" / "callback"
COLLECTIONS = CACHE / "collections"
NAMESPACE, NAME = "fleetpatch", "aws"
# Odd on purpose: Ansible masks the secret wherever it occurs in a result, so "testing" would eat words of messages.
LOCAL_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIALOCALAWS0FLEETP1",
    "AWS_SECRET_ACCESS_KEY": "local-0f3c9a7e51",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class SetupError(Exception):
    """The environment cannot be made; the text says why."""


@contextlib.contextmanager
def lock(name, waiting=None):
    """Hold .cache/NAME.lock; the kernel frees it when the process dies, however it dies."""
    CACHE.mkdir(exist_ok=True)
    with open(CACHE / f"{name}.lock", "w", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                print(waiting, flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def requirements_stamp(python, *names):
    """What a virtual environment was made from: a change of any of it makes it anew."""
    digest = hashlib.sha256(str(python).encode())
    for name in names:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def setup(python=sys.executable):
    """Make the environments from requirements*.txt when they are missing or older, and the links that Ansible needs."""
    with lock("setup", "Another make prepares the environment; waiting for it."):
        _environment(VENV, python, "requirements-dev.txt", "requirements.txt")
        _environment(AWS_CLI, python, "requirements-aws-cli.txt")
        _link_collection()
        _prepare_home()


def _environment(folder, python, *names):
    """A virtual environment with the first of the files installed; the others only count as its sources."""
    stamp_file = folder / ".stamp"
    stamp = requirements_stamp(python, *names)
    if not stamp_file.exists() or stamp_file.read_text(encoding="utf-8") != stamp:
        _make_venv(folder, python, names[0])
        stamp_file.write_text(stamp, encoding="utf-8")


def _make_venv(folder, python, requirements):
    print(f"Installing {requirements} into {folder.relative_to(ROOT)} (once) ...", flush=True)
    if not _runs(folder):
        shutil.rmtree(folder, ignore_errors=True)
        _call([python, "-m", "venv", folder], "cannot make a virtual environment")
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    env.setdefault("PIP_CACHE_DIR", str(CACHE / "pip"))
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    command = [folder / "bin" / "python", "-m", "pip", "install", "-q", "-r", ROOT / requirements]
    _call(command, f"pip could not install {requirements} (is a package index reachable?)", env=env)


def _runs(folder):
    """True when the interpreter starts here; a moved or copied checkout leaves a .venv that does not."""
    python = folder / "bin" / "python"
    try:
        done = subprocess.run([python, "-c", "import sys, pip; print(sys.prefix)"], capture_output=True, text=True)
    except OSError:
        return False
    scripts = folder / "bin" / "pip"
    return done.returncode == 0 and pathlib.Path(done.stdout.strip()) == folder and str(folder) in _head(scripts)


def _head(path):
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:500]
    except OSError:
        return ""


def _call(command, message, env=None):
    done = subprocess.run([str(part) for part in command], env=env)
    if done.returncode:
        raise SetupError(f"{message}: {command[1:]} ended with status {done.returncode}")


def _link_collection():
    """The checkout as .cache/collections/ansible_collections/fleetpatch/aws: Ansible finds a collection only by such a path."""
    link = COLLECTIONS / "ansible_collections" / NAMESPACE / NAME
    link.parent.mkdir(parents=True, exist_ok=True)
    target = os.path.relpath(ROOT, link.parent)
    if not link.is_symlink() or os.readlink(link) != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target, target_is_directory=True)


def _prepare_home():
    """A private HOME, so that nothing is written into the user's; pip's own settings still hold (index, certificates)."""
    for folder in (HOME, CACHE / "tmp", LOGS):
        folder.mkdir(parents=True, exist_ok=True)
    HOME.chmod(0o700)
    config = HOME / ".config" / "pip"
    config.mkdir(parents=True, exist_ok=True)
    user = pathlib.Path.home()
    if user == HOME:
        return
    # ansible-test drops PIP_* from the environment, so what they say has to stand in a file
    target = config / "pip.conf"
    target.unlink(missing_ok=True)
    lines = ["[global]\n"]
    for theirs in (user / ".pip" / "pip.conf", user / ".config" / "pip" / "pip.conf"):
        if theirs.is_file():
            lines.append(theirs.read_text(encoding="utf-8") + "\n[global]\n")
    names = (
        "INDEX_URL",
        "EXTRA_INDEX_URL",
        "TRUSTED_HOST",
        "CERT",
        "FIND_LINKS",
        "NO_INDEX",
        "DEFAULT_TIMEOUT",
        "PROXY",
    )
    lines += [
        f"{n.lower().replace('_', '-')} = {os.environ['PIP_' + n]}\n" for n in names if os.environ.get("PIP_" + n)
    ]
    lines.append("quiet = 1\n")  # ansible-test shows everything that pip says
    lines.append(f"cache-dir = {os.environ.get('PIP_CACHE_DIR') or CACHE / 'pip'}\n")
    target.write_text(_merge_ini(lines), encoding="utf-8")
    target.chmod(0o600)


def _merge_ini(lines):
    """One ini text of several: configparser's strictness off, so the last word holds."""
    import configparser
    import io

    parser = configparser.RawConfigParser(strict=False)
    parser.read_string("".join(lines))
    out = io.StringIO()
    parser.write(out)
    return out.getvalue()


def site_collections():
    """The folder ansible_collections of the installed `ansible` package."""
    found = list(VENV.glob("lib/python3.*/site-packages/ansible_collections"))
    if not found:
        raise SetupError("the package `ansible` is not installed in .venv")
    return found[0]


def python_version():
    """ "3.11" of the virtual environment's interpreter."""
    text = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
    version = next(line.split("=")[1].strip() for line in text.splitlines() if line.startswith("version"))
    return ".".join(version.split(".")[:2])


def _no_proxy():
    theirs = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    return ",".join([*filter(None, [theirs]), "127.0.0.1", "localhost"])


def variables(**more):
    """The environment of everything that is started: our PATH, a private HOME, no setting of the user's Ansible or AWS."""
    dropped = ("ANSIBLE_", "AWS_", "MOLECULE_", "PYTHON", "PYTEST_", "XDG_", "GIT_", "VIRTUAL_ENV", "MAKE", "MFLAGS")
    env = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    env.update(
        # no pyenv shims: ansible-test drops PYENV_VERSION, so they fail inside it
        PATH=os.pathsep.join(
            [str(VENV / "bin"), "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        ),
        HOME=str(HOME),
        TMPDIR=str(CACHE / "tmp"),
        LC_ALL="C.UTF-8",
        NO_PROXY=_no_proxy(),
        no_proxy=_no_proxy(),
        PYTHONUNBUFFERED="1",
        PYTHONPYCACHEPREFIX=str(CACHE / "pycache"),
        RUFF_CACHE_DIR=str(CACHE / "ruff"),
        PYTHONPATH=os.pathsep.join([str(ROOT / "tests" / "local_aws"), str(ROOT / "tools")]),
        PIP_CACHE_DIR=os.environ.get("PIP_CACHE_DIR") or str(CACHE / "pip"),
        HYPOTHESIS_STORAGE_DIRECTORY=str(CACHE / "hypothesis"),
        ANSIBLE_COLLECTIONS_PATH=str(COLLECTIONS),
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
        ANSIBLE_DEPRECATION_WARNINGS="false",
        ANSIBLE_PYTHON_INTERPRETER=str(VENV / "bin" / "python"),
        ANSIBLE_FORKS="2",
        # antsibull-docs and ansible-lint ask git; without this limit .venv looks like an ignored part of this checkout
        GIT_CEILING_DIRECTORIES=str(ROOT),
        **LOCAL_CREDENTIALS,
    )
    env.update({key: str(value) for key, value in more.items()})
    return env


def files():
    """Every file of the collection as git sees it (tracked or new, not ignored); without git, by walking."""
    git = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "-co", "--exclude-standard"], capture_output=True, text=True
    )
    if git.returncode == 0:
        names = [pathlib.Path(name) for name in git.stdout.split("\0") if name]
    else:
        skip = {".venv", ".cache", ".git", ".ansible", "collections", "fleetpatch-runs", "__pycache__", ".pytest_cache"}
        names = [p.relative_to(ROOT) for p in ROOT.rglob("*") if not skip & set(p.relative_to(ROOT).parts)]
    return sorted(name for name in names if (ROOT / name).is_file())
