# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Front of the module ec2_root_volume_replacement: shows its progress live."""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _live


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        return _live.run(self, "fleetpatch.aws.ec2_root_volume_replacement", Display(), task_vars)
