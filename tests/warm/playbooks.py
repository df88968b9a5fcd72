# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Runs ansible-playbook in forks of a process that has imported Ansible, with the collections' plugins that every run loads.

What runs is the script ansible-playbook with the arguments, environment and folder of the call, as the leader of a session. Ansible reads its
configuration when it is imported, so there is a process for each environment. Of what it makes at that time, a fork makes its own: its
folder for temporary files, and its random numbers.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import importlib.util
import os
import pathlib
import random
import runpy
import sys
import tempfile
import typing as t
import warnings

# Nothing reads these before the playbook runs.
LATER = ("AWS_", "PWD", "ANSIBLE_LOCAL_TEMP", "ANSIBLE_REMOTE_TEMP")
Request = dict[str, t.Any]


def key(request: Request) -> tuple:
    """What calls have in common that can be forks of one process: the environment that Ansible's configuration is read from, and the plugins."""
    environment = _environment(request)
    plugins = (
        pathlib.Path(environment["ANSIBLE_COLLECTIONS_PATH"]) / "ansible_collections" / "fleetpatch" / "aws" / "plugins"
    )
    changed = max(
        (file.stat().st_mtime_ns for file in plugins.rglob("*.py")), default=0
    )  # somebody edits while tests run
    return (request["argv"][0], changed, *sorted(environment.items()))


def _environment(request: Request) -> dict[str, str]:
    return {name: value for name, value in request["env"].items() if not name.startswith(LATER)}


@contextlib.contextmanager
def prepare(request: Request) -> t.Iterator[None]:
    """Import Ansible and what the inventory and the tasks of this collection load."""
    os.environ.clear()
    os.environ.update(_environment(request))
    with open(os.devnull, encoding="utf-8") as nothing:  # Ansible looks whether these are terminals
        for descriptor in range(3):
            os.dup2(nothing.fileno(), descriptor)
    importlib.import_module("ansible.cli.playbook")
    importlib.import_module("boto3")
    from ansible.plugins import loader

    loader.init_plugin_loader()
    warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")
    for name in ("amazon.aws.aws_ec2", "ansible.builtin.auto"):
        loader.inventory_loader.get(name)
    loader.callback_loader.get("default", class_only=True)
    loader.strategy_loader.get("linear", class_only=True)
    _controller().load_plugins()
    yield


def _controller() -> t.Any:
    """The callback by its file: Ansible knows it by another name."""
    path = pathlib.Path(__file__).with_name("callback") / "warm_controller.py"
    spec = importlib.util.spec_from_file_location("fleetpatch_warm_controller", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(request: Request) -> int:
    """Run the script with its arguments; its exit status."""
    from ansible import constants
    from ansible.utils.path import cleanup_tmp_file

    random.seed()
    atexit.unregister(cleanup_tmp_file)  # that is the folder of the process that this is a fork of
    folder = pathlib.Path(request["env"].get("ANSIBLE_LOCAL_TEMP") or pathlib.Path.home() / ".ansible" / "tmp")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    constants.DEFAULT_LOCAL_TMP = tempfile.mkdtemp(prefix=f"ansible-local-{os.getpid()}", dir=folder)
    atexit.register(cleanup_tmp_file, constants.DEFAULT_LOCAL_TMP, warn=True)
    sys.argv = list(request["argv"])
    runpy.run_path(request["argv"][0], run_name="__main__")
    return 0
