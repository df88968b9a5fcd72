# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: health_findings
version_added: "1.0.0"
short_description: Decide whether the health command of a patch run succeeded
description:
  - Turns the results of the commands of P(fleetpatch.aws.health_commands#filter) into closed gates for M(fleetpatch.aws.patch_gate).
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: What M(fleetpatch.aws.ssm_command) returned for each command, failed ones included.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Stop when the health command failed on a host
  fleetpatch.aws.patch_gate:
    at: after
    closed: "{{ commands.results | fleetpatch.aws.health_findings }}"
"""

RETURN = r"""
_value:
  description: One closed gate with the messages of all commands that did not succeed; empty when every command succeeded.
  type: list
  elements: dict
  sample: [{gate: health_command, message: "the health command did not succeed on every host: 1 of 2 nodes failed"}]
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.health import health_findings
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("health_findings", "a result")
def filter_health_findings(results):
    return health_findings(results)


class FilterModule:
    def filters(self) -> dict:
        return {"health_findings": filter_health_findings}
