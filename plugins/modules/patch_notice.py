#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

# The work is done by the action plugin of the same name, on the controller.

DOCUMENTATION = r"""
---
module: patch_notice
version_added: "1.0.0"
short_description: Create the notification of an event of a patch run
description:
  - Creates the notification of an event of a patch run, which is a subject, a text, an HTML mail, a Slack message and machine-readable facts.
  - Does not send it; the role P(fleetpatch.aws.patch_notify#role) does. With O(deliveries) it records what was sent and warns of failed deliveries.
  - Names of hosts and failure messages are included verbatim. They are never evaluated as templates, and are escaped in HTML.
  - Runs on the controller, and reads the plan and the report that M(fleetpatch.aws.patch_plan) and M(fleetpatch.aws.patch_report) stored.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  event:
    description: Type of the event.
    type: str
    required: true
    choices: [announced, started, retry, wave_done, failed, completed, rolled_back]
  run_id:
    description: Id of the run whose plan and report are read.
    type: str
    default: ""
  directory:
    description: Folder that contains a folder per run.
    type: path
    default: ./fleetpatch-runs
  run:
    description: Plan or report of a run, in the format of C(plan.json) or C(report.json). Used instead of the stored one.
    type: dict
    default: {}
  wave:
    description: Id of the wave, for V(retry) and V(wave_done).
    type: str
    default: ""
  attempt:
    description: Number of the attempt that starts, for V(retry). The first retry is attempt 2.
    type: int
    default: 0
  retries:
    description: Maximum number of retries.
    type: int
    default: 0
  starts_at:
    description: Start time of the run in ISO-8601, for V(announced). A time without an offset is UTC.
    type: str
    default: ""
  hosts:
    description: Outcome of the hosts, for V(rolled_back).
    type: list
    elements: dict
    default: []
    suboptions:
      instance_id:
        description: Id of the instance.
        type: str
        required: true
      outcome:
        description: V(rolled_back), or the reason why not.
        type: str
        required: true
      name:
        description: Name of the host.
        type: str
      message:
        description: Failure message.
        type: str
  message:
    description: Additional text below the outcome.
    type: str
    default: ""
  report_url:
    description: URL of O(directory) for browsers. If empty, the notification contains the path on the controller.
    type: str
    default: ""
  page:
    description: File in the folder of the run to refer to, for example C(rollback.html). Defaults to the plan or the report.
    type: str
    default: ""
  subject_prefix:
    description: Prefix of all subjects.
    type: str
    default: ""
  attach_report:
    description: Whether RV(attachments) lists the report of a run that has ended.
    type: bool
    default: false
  channels:
    description: Channels that receive the event. RV(channels) returns those that have not received it yet.
    type: list
    elements: str
    default: []
  deliveries:
    description:
      - Outcome of the delivery on each channel. If given, it is recorded in C(notices.json) of the run, and no notification is created.
    type: list
    elements: dict
    suboptions:
      channel:
        description: Name of the channel.
        type: str
        required: true
      sent:
        description: Whether the channel accepted the notification.
        type: bool
        required: true
      reason:
        description: Why the delivery failed.
        type: str
      id:
        description: Id of the message in the channel.
        type: str
attributes:
  check_mode:
    description: Can run in check mode. Creates the notification and records nothing.
    support: full
  diff_mode:
    description: Returns details on what has changed.
    support: none
  action:
    description: Runs on the controller.
    support: full
seealso:
  - module: fleetpatch.aws.patch_report
  - module: fleetpatch.aws.ses_email
"""

EXAMPLES = r"""
- name: Create the notification that the run has ended
  fleetpatch.aws.patch_notice:
    event: completed
    run_id: "20260310T020000Z"
    directory: ./fleetpatch-runs
    subject_prefix: "[shop]"
    channels: [ses]
"""

RETURN = r"""
send:
  description: Whether there is something to send. V(false) for an empty run, and when every channel has received the notification already.
  returned: without O(deliveries)
  type: bool
  sample: true
channels:
  description: Those of O(channels) to which the notification must be sent.
  returned: without O(deliveries)
  type: list
  elements: str
  sample: [ses]
msg:
  description: The subject, or why nothing is sent.
  returned: without O(deliveries)
  type: str
  sample: "[shop] Patching completed: 14 of 14 hosts patched (run 20260310T020000Z)"
title:
  description: The event in a few words.
  returned: unless the run is empty
  type: str
  sample: Patching completed
tone:
  description: V(good), V(warn), V(bad) or V(idle).
  returned: unless the run is empty
  type: str
  sample: good
subject:
  description: Subject, a single line.
  returned: unless the run is empty
  type: str
  sample: "[shop] Patching completed: 14 of 14 hosts patched (run 20260310T020000Z)"
subject_ascii:
  description: Subject for SNS, fewer than 100 ASCII characters.
  returned: unless the run is empty
  type: str
  sample: "[shop] Patching completed: 14 of 14 hosts patched (run 20260310T020000Z)"
text:
  description: The notification as text.
  returned: unless the run is empty
  type: str
  sample: "Patching completed\n..."
html:
  description: The notification as an HTML mail.
  returned: unless the run is empty
  type: str
  sample: "<!doctype html>..."
slack:
  description: The notification as the text of a Slack message.
  returned: unless the run is empty
  type: str
  sample: ":white_check_mark: *Patching completed*"
facts:
  description: The notification for machines. Instances, executions, reasons and times, with at most 20 failures and 40 other hosts, and the totals.
  returned: unless the run is empty
  type: dict
  sample: {"schema": 1, "event": "completed", "run_id": "20260310T020000Z", "failures_total": 0}
facts_json:
  description: RV(facts) as JSON text.
  returned: unless the run is empty
  type: str
  sample: '{"schema": 1}'
attachments:
  description: Paths of files to attach.
  returned: unless the run is empty
  type: list
  elements: str
  sample: []
deliveries:
  description: The recorded deliveries, with event, wave, attempt and time.
  returned: with O(deliveries)
  type: list
  elements: dict
  sample: [{"event": "completed", "wave": "", "attempt": 0, "channel": "ses", "sent": true, "reason": "", "id": "0100", "time": "2026-03-10T04:00:00+00:00"}]
"""
