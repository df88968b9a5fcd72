# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A callback that runs wherever it is found: what each task would load again is loaded once, before the first task is forked."""

from __future__ import annotations

DOCUMENTATION = r"""
name: warm_controller
type: aggregate
short_description: Loads once what each task would load again
description:
  - Keeps the modules that a playbook packed for the next playbook.
  - Loads the filters and actions of the collection, so that the processes of the tasks find them loaded.
  - Keeps compiled templates for all playbooks, see warm/templates.py.
options:
  modules:
    description: The socket of warm/modules.py. Without it nothing is done.
    type: str
    env: [{name: FLEETPATCH_WARM_MODULES}]
    ini: [{section: fleetpatch_warm, key: modules}]
  payloads:
    description: The folder in which packed modules are kept for the next playbook.
    type: str
    env: [{name: FLEETPATCH_WARM_PAYLOADS}]
    ini: [{section: fleetpatch_warm, key: payloads}]
  templates:
    description: The folder in which compiled templates are kept.
    type: str
    env: [{name: FLEETPATCH_WARM_TEMPLATES}]
    ini: [{section: fleetpatch_warm, key: templates}]
"""

import gc
import importlib
import importlib.util
import os
import pathlib

from ansible import constants
from ansible.plugins import loader
from ansible.plugins.callback import CallbackBase

COLLECTION = "fleetpatch.aws"


class CallbackModule(CallbackBase):
    """Prepares the process that the tasks are forked from; Ansible locks each payload while it is made."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "warm_controller"

    def v2_playbook_on_start(self, playbook):
        if not self.get_option("modules"):
            return
        # for the connection, which has no options: ansible-test passes no environment on, but a configuration file
        os.environ["FLEETPATCH_WARM_MODULES"] = self.get_option("modules")
        (pathlib.Path(constants.DEFAULT_LOCAL_TMP) / "ansiballz_cache").symlink_to(self.get_option("payloads"))
        constants.DEFAULT_INTERNAL_POLL_INTERVAL = 0.01  # seconds; ten times fewer looks at whether a task has ended
        _templates().keep_compiled(self.get_option("templates"))
        load_plugins()
        gc.freeze()  # so that a process of a task does not copy the pages of what is there


def _templates():
    """warm/templates.py by its file: Ansible does not know the package."""
    path = pathlib.Path(__file__).parents[1] / "templates.py"
    spec = importlib.util.spec_from_file_location("fleetpatch_warm_templates", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_plugins():
    try:
        package = importlib.import_module(f"ansible_collections.{COLLECTION}")
    except ImportError:
        return  # a test of something else
    plugins = pathlib.Path(package.__path__[0]) / "plugins"
    loader.filter_loader.get("bool")  # loads those of Ansible
    loader.test_loader.get("defined")
    for file in sorted((plugins / "filter").glob("*.py")):
        loader.filter_loader.get(f"{COLLECTION}.{file.stem}")
    for file in sorted((plugins / "action").glob("*.py")):
        loader.action_loader.get(f"{COLLECTION}.{file.stem}", class_only=True)
