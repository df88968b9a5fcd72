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
short_description: Make the notice of an event of a patch run
description:
  - Turns an event of a patch run into what people and systems are sent. A subject, a text, a mail as HTML, a message for Slack and facts.
  - Sends nothing itself; the role P(fleetpatch.aws.patch_notify#role) does. With O(deliveries) it keeps what was sent and warns of what was not.
  - Names of hosts and messages of failures are shown as they are. Nothing in them is evaluated, and the HTML is escaped.
  - Runs on the controller, and works from the plan and the report that M(fleetpatch.aws.patch_plan) and M(fleetpatch.aws.patch_report) kept.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  event:
    description: What happened.
    type: str
    required: true
    choices: [announced, started, retry, wave_done, failed, completed, rolled_back]
  run_id:
    description: Name of the run whose plan and report are read.
    type: str
    default: ""
  directory:
    description: Folder that holds a folder for each run.
    type: path
    default: ./fleetpatch-runs
  run:
    description: The plan or the report of a run itself, in the form of C(plan.json) or C(report.json), instead of the kept one.
    type: dict
    default: {}
  wave:
    description: Id of the wave, for V(retry) and V(wave_done).
    type: str
    default: ""
  attempt:
    description: Number of the attempt that begins, for V(retry). The first retry is attempt 2.
    type: int
    default: 0
  retries:
    description: How many retries there may be.
    type: int
    default: 0
  starts_at:
    description: When the run starts, in ISO-8601, for V(announced). A time without a zone is UTC.
    type: str
    default: ""
  hosts:
    description: What became of hosts, for V(rolled_back).
    type: list
    elements: dict
    default: []
    suboptions:
      instance_id:
        description: Id of the instance.
        type: str
        required: true
      outcome:
        description: V(rolled_back) or why it is not.
        type: str
        required: true
      name:
        description: Name of the host.
        type: str
      message:
        description: Why it failed.
        type: str
  message:
    description: More that is said below the outcome.
    type: str
    default: ""
  report_url:
    description: Where the folder O(directory) can be read in a browser. Without it the notice names the path on the controller.
    type: str
    default: ""
  page:
    description: File in the folder of the run that the notice names, for example C(rollback.html). By default the plan or the report.
    type: str
    default: ""
  subject_prefix:
    description: What every subject begins with.
    type: str
    default: ""
  attach_report:
    description: Whether RV(attachments) lists the report of a run that is over.
    type: bool
    default: false
  channels:
    description: Channels that want the event. RV(channels) are those that do not have it yet.
    type: list
    elements: str
    default: []
  deliveries:
    description:
      - What became of the notice on each channel. When given, it is kept in C(notices.json) of the run and nothing is made.
    type: list
    elements: dict
    suboptions:
      channel:
        description: Name of the channel.
        type: str
        required: true
      sent:
        description: Whether the channel took the notice.
        type: bool
        required: true
      reason:
        description: Why it did not.
        type: str
      id:
        description: What the channel calls the message.
        type: str
attributes:
  check_mode:
    description: Can run in check mode and make the notice; nothing is kept.
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
- name: Make the notice that the run is over
  fleetpatch.aws.patch_notice:
    event: completed
    run_id: "20260310T020000Z"
    directory: ./fleetpatch-runs
    subject_prefix: "[shop]"
    channels: [ses]
"""

RETURN = r"""
send:
  description: Whether there is something to send. Not for an empty run, and not when every channel has the notice already.
  returned: without O(deliveries)
  type: bool
  sample: true
channels:
  description: Channels of O(channels) that the notice is to be sent through.
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
  description: What happened, in some words.
  returned: unless the run is empty
  type: str
  sample: Patching completed
tone:
  description: V(good), V(warn), V(bad) or V(idle).
  returned: unless the run is empty
  type: str
  sample: good
subject:
  description: Subject, one line.
  returned: unless the run is empty
  type: str
  sample: "[shop] Patching completed: 14 of 14 hosts patched (run 20260310T020000Z)"
subject_ascii:
  description: Subject as SNS takes it, less than 100 characters of ASCII.
  returned: unless the run is empty
  type: str
  sample: "[shop] Patching completed: 14 of 14 hosts patched (run 20260310T020000Z)"
text:
  description: The notice as text.
  returned: unless the run is empty
  type: str
  sample: "Patching completed\n..."
html:
  description: The notice as a mail in HTML.
  returned: unless the run is empty
  type: str
  sample: "<!doctype html>..."
slack:
  description: The notice as text of a Slack message.
  returned: unless the run is empty
  type: str
  sample: ":white_check_mark: *Patching completed*"
facts:
  description: The notice for systems. Instances, executions, reasons and times; at most 20 failures and 40 other hosts, with their numbers.
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
  description: What was kept, with event, wave, attempt and time.
  returned: with O(deliveries)
  type: list
  elements: dict
  sample: [{"event": "completed", "wave": "", "attempt": 0, "channel": "ses", "sent": true, "reason": "", "id": "0100", "time": "2026-03-10T04:00:00+00:00"}]
"""
