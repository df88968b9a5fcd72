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
short_description: Create a calendar of maintenance windows
description:
  - Lists when maintenance windows run in the coming weeks, over accounts and Regions, and their conflicts. Windows that run at the same
    time on the same hosts, runs during a freeze, and more than five windows at once in an account and Region are conflicts.
  - Shows the calendar as text, and writes it as a self-contained HTML page with a month view, as iCalendar and as text as requested.
  - Runs on the controller and calls no AWS API. The windows come from M(fleetpatch.aws.ssm_maintenance_window_info), or are given as data.
author:
  - Fleetpatch contributors (@fleetpatch)
requirements:
  - Python packages C(icalendar) (6.1 or newer) and C(recurring-ical-events) (3.3 or newer) on the controller, only for iCalendar files and
    O(change_calendars)
options:
  windows:
    description:
      - The windows, with the keys that M(fleetpatch.aws.ssm_maintenance_window_info) returns, and C(account) and C(region).
      - With C(hosts), the number of hosts that a window patches, the module warns when the window is too short for them.
      - A window whose schedule cannot be read is listed in RV(calendar.unreadable). The others are processed.
      - One of O(windows) and O(results) is required.
    type: list
    elements: dict
  results:
    description:
      - The C(results) of a task with M(fleetpatch.aws.ssm_maintenance_window_info) in a loop over pairs of account and Region.
        The account is a name, or a dictionary with C(name).
    type: list
    elements: dict
  freezes:
    description: Periods in which nothing must be changed.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the freeze.
        type: str
        required: true
      start:
        description:
          - Start of the freeze, a date, or a date and time, in ISO-8601. A date means the start of that day.
          - A time without an offset is local to O(freezes[].timezone).
        type: str
        required: true
      end:
        description: End of the freeze. A date means the end of that day.
        type: str
        required: true
      timezone:
        description: Time zone of O(freezes[].start) and O(freezes[].end). Defaults to O(timezone).
        type: str
      environments:
        description: Environments that the freeze applies to, regardless of case. If omitted, it applies to all.
        type: list
        elements: str
      why:
        description: Reason for the freeze, shown in the calendar.
        type: str
  change_calendars:
    description:
      - Documents of AWS Systems Manager Change Calendar. Their closed periods are freezes. These are the events of a calendar that is
        open by default, and the time between the events of one that is closed by default.
      - Each is a dictionary with C(name) and C(content), as returned by M(fleetpatch.aws.ssm_document_info), and with C(environments)
        when it applies to certain environments only. Other keys are ignored.
      - Maintenance windows do not respect Change Calendar by themselves, so a window that conflicts with it runs nevertheless.
    type: list
    elements: dict
    default: []
  start:
    description:
      - Start of the calendar, a date, or a date and time, in ISO-8601. Without an offset it is local to O(timezone).
      - Defaults to the Monday of the week of O(generated_at).
    type: str
  weeks:
    description: Number of weeks in the calendar, from 1 to 104.
    type: int
    default: 6
  timezone:
    description: Time zone in which times are shown, an IANA name.
    type: str
    default: UTC
  environment_tags:
    description:
      - Tag keys for the environment of a window. The first key that the window has is used. For a window without any, the same keys of
        its targets are used, then the patch group. The environment is V(other) if there is none of these.
    type: list
    elements: str
    default: [environment, Environment, "fleetpatch:environment"]
  generated_at:
    description:
      - Time of the calendar. It marks the current day, and is the time stamp in iCalendar.
      - Defaults to the start of the current day in O(timezone), so that the calendar does not change during the day.
    type: str
  directory:
    description: Folder for C(calendar.html), C(calendar.ics) and C(calendar.txt), depending on O(formats).
    type: path
  formats:
    description: Formats to write to O(directory).
    type: list
    elements: str
    choices: [html, ics, text]
    default: [html, text]
  path_html:
    description: Path of the HTML page, instead of a file in O(directory).
    type: path
  path_ics:
    description: Path of the iCalendar file, instead of a file in O(directory).
    type: path
  path_text:
    description: Path of the text file, instead of a file in O(directory).
    type: path
  show:
    description: Whether to show the text on the terminal.
    type: bool
    default: true
attributes:
  check_mode:
    description: Can run in check mode. Returns the calendar, and whether files would change, without writing them.
    support: full
  diff_mode:
    description: Returns the differences of the files; for the page only its digest.
    support: full
  action:
    description: Runs on the controller.
    support: full
notes:
  - Times are computed from the schedules. A notice is returned when AWS reports another next execution time of a window.
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

- name: Create the calendar of the next eight weeks
  fleetpatch.aws.patch_calendar:
    results: "{{ found.results }}"
    weeks: 8
    timezone: Europe/Berlin
    freezes:
      - name: End of the year
        start: "2026-12-18"
        end: "2027-01-04"
        environments: [Production]
        why: No operators on duty
    directory: ./calendar
    formats: [html, ics, text]

- name: Show the calendar of a planned window
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
      description: Time of the calendar, UTC.
      returned: success
      type: str
      sample: "2026-03-10T00:00:00Z"
    start:
      description: Start of the calendar, UTC.
      returned: success
      type: str
      sample: "2026-03-09T00:00:00Z"
    end:
      description: End of the calendar, UTC.
      returned: success
      type: str
      sample: "2026-04-20T00:00:00Z"
    weeks:
      description: Number of weeks in the calendar.
      returned: success
      type: int
      sample: 6
    timezone:
      description: Time zone of the local times.
      returned: success
      type: str
      sample: UTC
    environments:
      description: Environments with the number of their windows and runs.
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
        - All runs of windows within the calendar, in order. C(start), C(end) and C(last_start) are UTC, those with C(local_) are in the
          time zone of the calendar. No task is started after C(last_start), the cutoff.
        - C(operation) is V(Install), V(Scan), V(Patch) when it is not known which of the two, V(Other), or V(Nothing) without a task.
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
      description: The enabled windows, with their schedule in plain language and the number of their runs.
      returned: success
      type: list
      elements: dict
      sample: [{name: production-sunday, description: "at 03:00 on every Sunday (Europe/Berlin)", occurrences: 6}]
    disabled:
      description: The disabled windows, which never run, with the same keys.
      returned: success
      type: list
      elements: dict
      sample: []
    unreadable:
      description: Windows whose schedule cannot be read, with C(problem). They are not part of the calendar.
      returned: success
      type: list
      elements: dict
      sample: [{name: broken, window_id: "", account: "", region: "", schedule: cron(1), problem: "these are 1"}]
    freezes:
      description: The freezes within the calendar.
      returned: success
      type: list
      elements: dict
      sample: [{number: 0, name: Quarter close, start: "2026-03-28T00:00:00Z", end: "2026-04-03T00:00:00Z", environments: []}]
    conflicts:
      description:
        - The conflicts. C(code) is V(overlap), V(freeze) or V(too_many); C(windows) and C(occurrences) are keys and ids.
      returned: success
      type: list
      elements: dict
      sample:
        - code: freeze
          severity: conflict
          message: production-sunday runs during the freeze Quarter close
          places: [111122223333 / eu-central-1]
          first: "2026-03-29T01:00:00Z"
    notices:
      description: Warnings about schedules, and next execution times of AWS that differ. Same keys as RV(calendar.conflicts).
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
  description: Path of the HTML page.
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
