# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""An Ansible callback that runs wherever it is found: CPU seconds of a playbook with its workers and modules, one line at the end that counts.py reads."""

from __future__ import annotations

DOCUMENTATION = r"""
name: of_playbooks
type: aggregate
short_description: CPU seconds of a playbook
description:
  - One line at the end of a playbook; its name is the folder and the name of its file.
"""

import os
import resource

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Prints the CPU seconds of this process and of its children that have ended."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "of_playbooks"

    def v2_playbook_on_start(self, playbook):
        path = os.path.abspath(playbook._file_name)
        self.name = os.path.join(os.path.basename(os.path.dirname(path)), os.path.splitext(os.path.basename(path))[0])

    def v2_playbook_on_stats(self, stats):
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        self._display.display(f"cpu {sum(one.ru_utime + one.ru_stime for one in used):.2f} s {self.name}")
