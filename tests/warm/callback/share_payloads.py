# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A callback that runs wherever it is found: the payloads that Ansible packs are kept for the next playbook of the same tests."""

from __future__ import annotations

DOCUMENTATION = r"""
name: share_payloads
type: aggregate
short_description: Keeps packed modules for the next playbook
description:
  - Links the folder in which a playbook keeps the modules that it packed to the folder FLEETPATCH_WARM_PAYLOADS.
"""

import os
import pathlib

from ansible import constants
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Links the folder before the first module is packed; Ansible locks each payload while it is made."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "share_payloads"

    def v2_playbook_on_start(self, playbook):
        shared = os.environ.get("FLEETPATCH_WARM_PAYLOADS")
        if shared:
            (pathlib.Path(constants.DEFAULT_LOCAL_TMP) / "ansiballz_cache").symlink_to(shared)
