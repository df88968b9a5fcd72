#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_window_schedule_info
version_added: "1.0.0"
short_description: Read when maintenance windows open next
description:
  - Reads from AWS when maintenance windows open next, of windows or of what targets a node, tag or resource group.
  - AWS takes the schedule, its time zone and offset, the dates of the window and whether it is enabled into account.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  window_ids:
    description:
      - Ids or ARNs of windows. It is an error when one does not exist.
      - Without this, O(names) and O(target), all windows of the account and Region are read.
    type: list
    elements: str
  names:
    description:
      - Exact names of windows. It is an error when there is none of a name; of several with the same name, all are read.
    type: list
    elements: str
  target:
    description:
      - What is targeted by windows. Exactly one kind of selection is needed.
    type: dict
    suboptions:
      instance_ids:
        description:
          - Ids of managed nodes.
        type: list
        elements: str
      tags:
        description:
          - Tags as targets of windows have them, each key with a list of values.
        type: dict
      resource_groups:
        description:
          - Name of a resource group.
        type: list
        elements: str
      resource_type_filters:
        description:
          - Kinds of resources.
        type: list
        elements: str
  max_executions:
    description:
      - How many executions are read at most, for each window, or for all windows of O(target) together. Windows open without end.
    type: int
    default: 10
  until:
    description:
      - Executions after this time are left out, in ISO 8601. Without a zone it is in UTC.
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
- name: When do the windows of the shop open next?
  fleetpatch.aws.ssm_window_schedule_info:
    names: [shop-web, shop-db]
    max_executions: 3

- name: Which windows are there for a node before the end of the year?
  fleetpatch.aws.ssm_window_schedule_info:
    target:
      instance_ids: [i-0123456789abcdef0]
    until: "2026-12-31T23:59:59Z"
    max_executions: 100
"""

RETURN = r"""
windows:
  description: The windows that are meant, also those that do not open, sorted by name and id.
  returned: success
  type: list
  elements: dict
  sample: [{name: shop-web, window_id: mw-0123456789abcdef0}]
executions:
  description: When they open, sorted by time, as far as they were asked for.
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
      description: When it opens, in UTC.
      type: str
      sample: "2026-04-19T00:00:00Z"
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import window_options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import window_schedules

TARGET = {name: window_options.TARGET[name] for name in window_schedules.SELECTION}
SPEC = {
    "window_ids": {"type": "list", "elements": "str"},
    "names": {"type": "list", "elements": "str"},
    "target": {"type": "dict", "options": TARGET},
    "max_executions": {"type": "int", "default": 10},
    "until": {"type": "str"},
}


def work(module):
    params = module.params
    limits = window_schedules.limits_of(params["max_executions"], params["until"])
    aws = api.connect(module)
    if params["target"] is not None:
        windows, executions = window_schedules.of_target(aws, params["target"], limits)
    else:
        windows, executions = window_schedules.of_windows(
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
