#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_calendar_state_info
version_added: "1.0.0"
short_description: Read whether change calendars are open, now and for the duration of a change
description:
  - Reads the state of one or more Systems Manager change calendars at a given time, together and for each calendar.
  - With O(minutes), also returns whether they stay open for that period, because a change that starts while a calendar is open
    may end after it is closed.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  names:
    description:
      - Names or ARNs of the calendars, which are documents of type C(ChangeCalendar). A calendar that does not exist is an error.
    type: list
    elements: str
    required: true
  at_time:
    description:
      - Time to read the state for, in ISO 8601. Without an offset it is UTC. Defaults to the current time, by the clock of AWS.
    type: str
  minutes:
    description:
      - Number of minutes from that time during which the calendars must stay open.
    type: int
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
  - Requires the permission C(ssm:GetCalendarState).
seealso:
  - module: fleetpatch.aws.patch_gate_info
extends_documentation_fragment:
  - fleetpatch.aws.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Fail if a change of three hours may not start now
  fleetpatch.aws.ssm_calendar_state_info:
    names: [company-freeze, shop-freeze]
    minutes: 180
  register: calendars
  failed_when: not calendars.open_throughout

- name: Read whether a calendar is open in the night of a change
  fleetpatch.aws.ssm_calendar_state_info:
    names: [company-freeze]
    at_time: "2026-12-20T01:00:00Z"
"""

RETURN = r"""
time:
  description: The time of the state, in UTC.
  returned: success
  type: str
  sample: "2026-03-10T02:00:00Z"
state:
  description: State of all calendars together. V(OPEN) if all are open, or V(CLOSED) if one of them is closed.
  returned: success
  type: str
  sample: OPEN
next_transition:
  description: Time at which the state of all calendars together changes next. Empty if AWS knows of no change.
  returned: success
  type: str
  sample: "2026-03-10T04:30:00Z"
until:
  description: RV(time) plus O(minutes), in UTC.
  returned: success
  type: str
  sample: "2026-03-10T05:00:00Z"
open_throughout:
  description: Whether the calendars are open from RV(time) until RV(until). V(null) without O(minutes).
  returned: success
  type: bool
  sample: false
calendars:
  description: State of each calendar.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name or ARN of the calendar, as given in O(names).
      type: str
      sample: company-freeze
    state:
      description: State of the calendar at that time.
      type: str
      sample: OPEN
    next_transition:
      description: Time at which the state of the calendar changes next.
      type: str
      sample: "2026-03-10T04:30:00Z"
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.calendars import read

SPEC = {
    "names": {"type": "list", "elements": "str", "required": True},
    "at_time": {"type": "str"},
    "minutes": {"type": "int"},
}


def work(module):
    params = module.params
    read.check(params["names"], params["minutes"])
    found = read.read(connection.connect(module), params["names"], params["at_time"], params["minutes"])
    return {"changed": False, **found}


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
