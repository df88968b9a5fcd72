# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: promoted_list
version_added: "1.0.0"
short_description: Build a list of the patches that a run installed
description:
  - Converts the patches that M(fleetpatch.aws.ssm_installed_patch_info) returned for the patched hosts of a run to an
    C(InstallOverrideList) of C(AWS-RunPatchBaseline), so that a later run installs exactly these patches.
  - Fails when the run has not ended or installed nothing.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: The report of the run, C(report.json).
    type: dict
    required: true
  nodes:
    description: The nodes that the module returned for the patched hosts and the period of the run.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the list
  ansible.builtin.debug:
    msg: "{{ (report | fleetpatch.aws.promoted_list(nodes)).text }}"
  vars:
    report:
      run_id: test-1
      region: eu-central-1
      outcome: completed
      started: "2026-03-10T01:00:00Z"
      ended: "2026-03-10T05:00:00Z"
      waves: [{hosts: [{instance_id: i-0a1b2c3d4e5f60718, host: sql-1, outcome: patched}]}]
    nodes:
      - {instance_id: i-0a1b2c3d4e5f60718, status: known, untimed: 0, patches: [{kb_id: KB5034123, title: Update}]}
"""

RETURN = r"""
_value:
  description:
    - C(text), the list as YAML; C(patches) and C(hosts), their number; C(unknown), sentences that name the hosts with incomplete data.
  type: dict
  sample: {text: "patches:\n  - id: KB5034123\n", patches: 1, hosts: 1, unknown: []}
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.promotion import promoted_list
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import RunReport
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("promoted_list", "the report or a node")
def filter_promoted_list(report: dict, nodes: list) -> dict:
    return promoted_list(RunReport.from_dict(report), nodes)


class FilterModule:
    def filters(self) -> dict:
        return {"promoted_list": filter_promoted_list}
