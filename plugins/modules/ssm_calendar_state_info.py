#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_calendar_state_info
version_added: "1.0.0"
short_description: Read whether change calendars are open, now and for as long as a change takes
description:
  - Asks Systems Manager Change Calendar for the state of one or more calendars at a time, all together and each of its own.
  - With O(minutes) it also says whether they stay open throughout, because a change that begins in an open calendar
    may end in a closed one.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  names:
    description:
      - Names or ARNs of the calendars, which are documents of type C(ChangeCalendar). It is an error when one does not exist.
    type: list
    elements: str
    required: true
  at_time:
    description:
      - Time to ask for, in ISO 8601. Without a zone it is in UTC. By default now, by the clock of AWS.
    type: str
  minutes:
    description:
      - How long the calendars have to stay open from then on.
    type: int
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
  - Requires the permissions C(ssm:GetCalendarState).
seealso:
  - module: fleetpatch.aws.patch_gate_info
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: May a change of three hours begin now?
  fleetpatch.aws.ssm_calendar_state_info:
    names: [company-freeze, shop-freeze]
    minutes: 180
  register: calendars
  failed_when: not calendars.open_throughout

- name: Is the calendar open on the night of the change?
  fleetpatch.aws.ssm_calendar_state_info:
    names: [company-freeze]
    at_time: "2026-12-20T01:00:00Z"
"""

RETURN = r"""
time:
  description: The time that was asked for, in UTC.
  returned: success
  type: str
  sample: "2026-03-10T02:00:00Z"
state:
  description: State of all calendars together, V(OPEN), or V(CLOSED) when one of them is closed.
  returned: success
  type: str
  sample: OPEN
next_transition:
  description: When the state of all together changes next; none when AWS knows of no change.
  returned: success
  type: str
  sample: "2026-03-10T04:30:00Z"
until:
  description: O(minutes) after RV(time), in UTC.
  returned: success
  type: str
  sample: "2026-03-10T05:00:00Z"
open_throughout:
  description: Whether the calendars are open from RV(time) until RV(until); none without O(minutes).
  returned: success
  type: bool
  sample: false
calendars:
  description: Every calendar of its own.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name as it was given.
      type: str
      sample: company-freeze
    state:
      description: Its state at that time.
      type: str
      sample: OPEN
    next_transition:
      description: When its state changes next.
      type: str
      sample: "2026-03-10T04:30:00Z"
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import calendars

SPEC = {
    "names": {"type": "list", "elements": "str", "required": True},
    "at_time": {"type": "str"},
    "minutes": {"type": "int"},
}


def work(module):
    params = module.params
    calendars.check(params["names"], params["minutes"])
    found = calendars.read(api.connect(module), params["names"], params["at_time"], params["minutes"])
    return {"changed": False, **found}


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
