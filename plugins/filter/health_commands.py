# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: health_commands
version_added: "1.0.0"
short_description: List the commands that check the health of a wave
description:
  - Converts the health command of a run to arguments of M(fleetpatch.aws.ssm_command) for the hosts of a wave, one item per document.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: A wave of a plan, with C(number) and C(hosts).
    type: dict
    required: true
  command:
    description:
      - Either C(document) with C(parameters), or C(linux) and C(windows) with the lines of a script and C(timeout) in seconds.
      - An empty dictionary sends no command. Hosts of a platform without a script are skipped.
    type: dict
    required: true
  instance_ids:
    description: Instance ids of the hosts that were patched.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: List the commands that must succeed on every host
  ansible.builtin.debug:
    msg: "{{ wave | fleetpatch.aws.health_commands({'linux': 'systemctl is-active shop'}, ['i-0a1b2c3d4e5f60718']) }}"
  vars:
    wave: {number: 1, hosts: [{instance_id: i-0a1b2c3d4e5f60718, platform: Amazon Linux 2023}]}
"""

RETURN = r"""
_value:
  description: List of commands to send.
  type: list
  elements: dict
  sample: [{step: gate.1.linux, document_name: AWS-RunShellScript, parameters: {commands: [systemctl is-active shop]}}]
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.health import health_commands
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("health_commands", "the wave or its health command")
def filter_health_commands(wave, command, instance_ids):
    return health_commands(command, read_wave(wave), instance_ids)


class FilterModule:
    def filters(self) -> dict:
        return {"health_commands": filter_health_commands}
