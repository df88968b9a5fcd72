#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_window_schedule_info
version_added: "1.0.0"
short_description: Read when maintenance windows run next
description:
  - Reads from AWS when maintenance windows run next, for certain windows or for the windows that target a node, tag or resource group.
  - AWS considers the schedule, its time zone and offset, the dates of the window and whether it is enabled.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  window_ids:
    description:
      - Ids or ARNs of windows. A window that does not exist is an error.
      - If O(window_ids), O(names) and O(target) are omitted, all windows of the account and Region are read.
    type: list
    elements: str
  names:
    description:
      - Exact names of windows. A name without a window is an error. If several windows have the name, all are read.
    type: list
    elements: str
  target:
    description:
      - Target of the windows to read. Exactly one kind of selection is required.
    type: dict
    suboptions:
      instance_ids:
        description:
          - Ids of managed nodes.
        type: list
        elements: str
      tags:
        description:
          - Tags as in the targets of windows, each key with a list of values.
        type: dict
      resource_groups:
        description:
          - Name of a resource group.
        type: list
        elements: str
      resource_type_filters:
        description:
          - Types of resources.
        type: list
        elements: str
  max_executions:
    description:
      - Maximum number of executions to return, per window, or in total with O(target). Windows can run forever.
    type: int
    default: 10
  until:
    description:
      - Return only executions until this time, in ISO 8601. Without an offset it is UTC.
    type: str
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
seealso:
  - module: fleetpatch.aws.ssm_maintenance_window_info
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read when the windows of the shop run next
  fleetpatch.aws.ssm_window_schedule_info:
    names: [shop-web, shop-db]
    max_executions: 3

- name: Read which windows run on a node before the end of the year
  fleetpatch.aws.ssm_window_schedule_info:
    target:
      instance_ids: [i-0123456789abcdef0]
    until: "2026-12-31T23:59:59Z"
    max_executions: 100
"""

RETURN = r"""
windows:
  description: The selected windows, including those without an execution, sorted by name and id.
  returned: success
  type: list
  elements: dict
  sample: [{name: shop-web, window_id: mw-0123456789abcdef0}]
executions:
  description: The next executions, sorted by time, within O(max_executions) and O(until).
  returned: success
  type: list
  elements: dict
  contains:
    window_id:
      description: Id of the window.
      type: str
      sample: mw-0123456789abcdef0
    name:
      description: Name of the window.
      type: str
      sample: shop-web
    execution_time:
      description: Start time of the execution, in UTC.
      type: str
      sample: "2026-04-19T00:00:00Z"
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.window_schedules import read
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import options

TARGET = {name: options.TARGET[name] for name in read.SELECTION}
SPEC = {
    "window_ids": {"type": "list", "elements": "str"},
    "names": {"type": "list", "elements": "str"},
    "target": {"type": "dict", "options": TARGET},
    "max_executions": {"type": "int", "default": 10},
    "until": {"type": "str"},
}


def work(module):
    params = module.params
    limits = read.limits_of(params["max_executions"], params["until"])
    aws = connection.connect(module)
    if params["target"] is not None:
        windows, executions = read.of_target(aws, params["target"], limits)
    else:
        windows, executions = read.of_windows(
            aws, window_ids=params["window_ids"], names=params["names"], limits=limits
        )
    return {"changed": False, "windows": windows, "executions": executions}


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        mutually_exclusive=[("target", "window_ids"), ("target", "names")],
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
