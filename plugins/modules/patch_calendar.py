#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

# The work is done by the action plugin of the same name, on the controller.

DOCUMENTATION = r"""
---
module: patch_calendar
version_added: "1.0.0"
short_description: Make a calendar of maintenance windows
description:
  - Works out when maintenance windows open in the coming weeks, over accounts and Regions, and what does not go together.
    Windows that are open at the same time for the same hosts, openings in a freeze, and more than five windows at once in an
    account and Region are conflicts.
  - Shows the calendar as text, and writes it as a self-contained HTML page with a month view, as iCalendar and as text where asked.
  - Runs on the controller and calls no AWS. The windows come from M(fleetpatch.aws.ssm_maintenance_window_info), or are given as data.
author:
  - Fleetpatch contributors (@fleetpatch)
requirements:
  - Python packages C(icalendar) (6.1 or newer) and C(recurring-ical-events) (3.3 or newer) on the controller, for iCalendar files and for
    O(change_calendars) only
options:
  windows:
    description:
      - The windows, with the keys that M(fleetpatch.aws.ssm_maintenance_window_info) returns, and C(account) and C(region).
      - With C(hosts), the number of hosts that a window patches, it is asked whether its time is enough for them.
      - A window whose schedule cannot be read is listed as such and does not stop the others.
      - One of O(windows) and O(results) is required.
    type: list
    elements: dict
  results:
    description:
      - The C(results) of a task with M(fleetpatch.aws.ssm_maintenance_window_info) that looped over pairs of an account and a Region.
        The account is a name, or a dictionary with C(name).
    type: list
    elements: dict
  freezes:
    description: Times in which nothing is to be changed.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What the freeze is called.
        type: str
        required: true
      start:
        description:
          - When it begins, a date, or a date and time, in ISO-8601. A date is the beginning of that day.
          - Text without an offset is local to O(freezes[].timezone).
        type: str
        required: true
      end:
        description: When it ends. A date is the end of that day.
        type: str
        required: true
      timezone:
        description: Time zone of O(freezes[].start) and O(freezes[].end). The default is O(timezone).
        type: str
      environments:
        description: The environments it holds for, all when omitted. Upper and lower case are the same.
        type: list
        elements: str
      why:
        description: The reason, for readers.
        type: str
  change_calendars:
    description:
      - Documents of AWS Systems Manager Change Calendar, whose closed times are freezes. In a calendar that is open by default
        these are its events, in one that is closed by default everything else.
      - Each is a dictionary with C(name) and C(content), as M(fleetpatch.aws.ssm_document_info) returns it, and with C(environments) when
        it holds for some only. Other keys are not looked at.
      - Maintenance windows do not heed Change Calendar by themselves, so what is shown here as a conflict does happen.
    type: list
    elements: dict
    default: []
  start:
    description:
      - When the calendar begins, a date, or a date and time, in ISO-8601; without an offset local to O(timezone).
      - The default is the Monday of the week of O(generated_at).
    type: str
  weeks:
    description: How many weeks the calendar shows, from 1 to 104.
    type: int
    default: 6
  timezone:
    description: Time zone in which times are shown, as the IANA database names it.
    type: str
    default: UTC
  environment_tags:
    description:
      - Tag keys that name the environment of a window, the first that it has wins. Windows without are judged by the same keys of
        their targets, then by patch group, and are V(other) when that says nothing either.
    type: list
    elements: str
    default: [environment, Environment, "fleetpatch:environment"]
  generated_at:
    description:
      - The moment as of which the calendar is made. It marks today, and stands as the time stamp in iCalendar.
      - The default is the beginning of the present day in O(timezone), so that the calendar stays the same all day.
    type: str
  directory:
    description: Folder for C(calendar.html), C(calendar.ics) and C(calendar.txt), as far as O(formats) asks for them.
    type: path
  formats:
    description: What is written into O(directory).
    type: list
    elements: str
    choices: [html, ics, text]
    default: [html, text]
  path_html:
    description: Path of the page, instead of one in O(directory).
    type: path
  path_ics:
    description: Path of the iCalendar file, instead of one in O(directory).
    type: path
  path_text:
    description: Path of the text file, instead of one in O(directory).
    type: path
  show:
    description: Whether the text is shown on the terminal.
    type: bool
    default: true
attributes:
  check_mode:
    description: Can run in check mode and return the calendar, and whether files would change, without writing them.
    support: full
  diff_mode:
    description: Returns what is different before and after, of a page only its digest.
    support: full
  action:
    description: Runs on the controller.
    support: full
notes:
  - Times are computed from the schedules. Where AWS announces another next time for a window, a notice says so.
seealso:
  - module: fleetpatch.aws.ssm_maintenance_window_info
  - module: fleetpatch.aws.ssm_document_info
  - plugin: fleetpatch.aws.window_schedule
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read the windows of two Regions
  fleetpatch.aws.ssm_maintenance_window_info:
    region: "{{ item.1 }}"
  loop: "{{ ['production'] | product(['eu-central-1', 'us-east-1']) }}"
  register: found

- name: Make the calendar of the next eight weeks
  fleetpatch.aws.patch_calendar:
    results: "{{ found.results }}"
    weeks: 8
    timezone: Europe/Berlin
    freezes:
      - name: End of the year
        start: "2026-12-18"
        end: "2027-01-04"
        environments: [Production]
        why: Nobody is there to help
    directory: ./calendar
    formats: [html, ics, text]

- name: Look at a window that is not there yet
  fleetpatch.aws.patch_calendar:
    windows:
      - name: production-sunday
        account: "111122223333"
        region: eu-central-1
        schedule: cron(0 3 ? * SUN#3 *)
        schedule_timezone: Europe/Berlin
        duration: 5
        cutoff: 1
        targets: [{tags: {Environment: [Production]}}]
        tasks: [{task_type: RUN_COMMAND, task_arn: AWS-RunPatchBaseline, run_command: {parameters: {Operation: [Install]}}}]
"""

RETURN = r"""
calendar:
  description: The calendar as data.
  returned: success
  type: dict
  contains:
    generated_at:
      description: As of when it is made, UTC.
      returned: success
      type: str
      sample: "2026-03-10T00:00:00Z"
    start:
      description: When it begins, UTC.
      returned: success
      type: str
      sample: "2026-03-09T00:00:00Z"
    end:
      description: When it ends, UTC.
      returned: success
      type: str
      sample: "2026-04-20T00:00:00Z"
    weeks:
      description: How many weeks it has.
      returned: success
      type: int
      sample: 6
    timezone:
      description: Time zone of the local times.
      returned: success
      type: str
      sample: UTC
    environments:
      description: Environments with the number of their windows and openings.
      returned: success
      type: list
      elements: dict
      sample: [{name: Production, windows: 2, occurrences: 12}]
    accounts:
      description: The accounts that have windows.
      returned: success
      type: list
      elements: str
      sample: ["111122223333"]
    regions:
      description: The Regions that have windows.
      returned: success
      type: list
      elements: str
      sample: [eu-central-1]
    occurrences:
      description:
        - Every opening that is open at some time of the calendar, in order. C(start), C(end) and C(last_start) are UTC, those with
          C(local_) are in the time zone of the calendar; from C(last_start) on nothing is started any more.
        - C(operation) is V(Install), V(Scan), V(Patch) when it is not known which of these, V(Other), or V(Nothing) without a task.
        - C(freezes) are numbers of RV(calendar.freezes).
      returned: success
      type: list
      elements: dict
      sample:
        - id: 5f0c2d7a91be-20260315T020000Z
          window: 5f0c2d7a91be
          name: production-sunday
          window_id: mw-0c50858d01EXAMPLE
          account: "111122223333"
          region: eu-central-1
          environment: Production
          operation: Install
          does: [installs patches (AWS-RunPatchBaseline)]
          targets: [tag Environment = Production]
          duration: 5
          cutoff: 1
          start: "2026-03-15T02:00:00Z"
          end: "2026-03-15T07:00:00Z"
          last_start: "2026-03-15T06:00:00Z"
          local_start: "2026-03-15T03:00+01:00"
          local_end: "2026-03-15T08:00+01:00"
          local_last_start: "2026-03-15T07:00+01:00"
          conflicts: []
          freezes: []
    windows:
      description: The enabled windows, with their schedule in words and the number of their openings.
      returned: success
      type: list
      elements: dict
      sample: [{name: production-sunday, description: "at 03:00 on every Sunday (Europe/Berlin)", occurrences: 6}]
    disabled:
      description: The disabled windows, which never open, with the same keys.
      returned: success
      type: list
      elements: dict
      sample: []
    unreadable:
      description: Windows that are not in the calendar because their schedule cannot be read, with C(problem).
      returned: success
      type: list
      elements: dict
      sample: [{name: broken, window_id: "", account: "", region: "", schedule: cron(1), problem: "these are 1"}]
    freezes:
      description: The freezes that fall into the calendar.
      returned: success
      type: list
      elements: dict
      sample: [{number: 0, name: Quarter close, start: "2026-03-28T00:00:00Z", end: "2026-04-03T00:00:00Z", environments: []}]
    conflicts:
      description:
        - What does not go together. C(code) is V(overlap), V(freeze) or V(too_many); C(windows) and C(occurrences) are keys and ids.
      returned: success
      type: list
      elements: dict
      sample:
        - code: freeze
          severity: conflict
          message: production-sunday is open during the freeze Quarter close
          places: [111122223333 / eu-central-1]
          first: "2026-03-29T01:00:00Z"
    notices:
      description: What is worth knowing, such as warnings about schedules and a next time of AWS that differs. As RV(calendar.conflicts).
      returned: success
      type: list
      elements: dict
      sample: []
text:
  description: The calendar as text.
  returned: success
  type: str
  sample: |-
    Maintenance windows, 2026-03-09 to 2026-04-19, times in UTC
html_path:
  description: Path of the page.
  returned: when it is asked for
  type: str
  sample: ./calendar/calendar.html
ics_path:
  description: Path of the iCalendar file.
  returned: when it is asked for
  type: str
  sample: ./calendar/calendar.ics
text_path:
  description: Path of the text file.
  returned: when it is asked for
  type: str
  sample: ./calendar/calendar.txt
"""
