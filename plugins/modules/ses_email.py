#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ses_email
version_added: "1.0.0"
short_description: Send a mail through Simple Email Service, or check whether it could be sent
description:
  - Sends a mail with a text body, an HTML body, headers and attachments.
  - With O(check_only), nothing is sent. The module checks in advance whether the account may send and whether the addresses are verified.
  - Check mode does the same and reports that a mail would be sent.
  - SES supports no client token, so a repeated request would be a second mail. A throttled request is retried, because SES sent nothing.
    A request without a clear answer is not retried; the module fails and reports that the mail may have been sent.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  from:
    description:
      - Sender, C(ops@example.com) or C(Operations <ops@example.com>). The address or its domain must be verified in SES.
    type: str
    required: true
    aliases: [sender]
  to:
    description:
      - Recipients. O(to), O(cc) and O(bcc) may contain 50 addresses in total, and at least one unless O(check_only=true).
    type: list
    elements: str
    default: []
  cc:
    description:
      - Recipients of a copy.
    type: list
    elements: str
    default: []
  bcc:
    description:
      - Recipients of a blind copy, which other recipients cannot see.
    type: list
    elements: str
    default: []
  reply_to:
    description:
      - Addresses for replies.
    type: list
    elements: str
    default: []
  subject:
    description:
      - Subject, a single line. Required unless O(check_only=true).
    type: str
  text:
    description:
      - Text body. If omitted, it is generated from O(html). One of O(text) and O(html) is required unless O(check_only=true).
    type: str
  html:
    description:
      - HTML body. It is sent unchanged; values that are inserted into it must be escaped.
    type: str
  headers:
    description:
      - Additional headers, for example C(X-Run) or C(In-Reply-To). Headers that other options or MIME define are not allowed.
    type: dict
    default: {}
  attachments:
    description:
      - Paths of files on the host where the module runs. The maximum size of the mail is 40 MB.
    type: list
    elements: path
    default: []
  configuration_set:
    description:
      - Name of the SES configuration set to use.
    type: str
  check_only:
    description:
      - Whether to send nothing, and fail if the mail could not be sent. Sending must be enabled, the daily quota not exhausted, the sender
        verified, and in the SES sandbox the recipients as well. Only sends read requests, and never reports a change.
    type: bool
    default: false
notes:
  - Identities are verified per Region. They are managed with M(community.aws.ses_identity).
  - C(community.general.mail) sends through SMTP, which needs a password of its own. This module uses the AWS credentials.
  - Requires the permission C(ses:SendEmail), with headers or attachments also C(ses:SendRawEmail), and for O(check_only) and check mode
    C(ses:GetAccount), C(ses:GetEmailIdentity) and C(ses:GetConfigurationSet).
extends_documentation_fragment:
  - fleetpatch.aws.attributes.runner
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Check before the run that notifications can be sent
  fleetpatch.aws.ses_email:
    from: Patching <patching@example.com>
    to:
      - ops@example.com
    check_only: true

- name: Send the report
  fleetpatch.aws.ses_email:
    from: Patching <patching@example.com>
    to:
      - ops@example.com
    subject: "Run 20260310T020000Z completed: 40 patched, 1 failed"
    html: "{{ lookup('ansible.builtin.file', 'report.html') }}"
    attachments:
      - report.csv
"""

RETURN = r"""
message_id:
  description: Id of the mail in SES. Empty when nothing was sent, or when the answer is not known.
  returned: when a mail was to be sent
  type: str
  sample: 0100019c-2f1c-4a5b-9e5f-000000
recipients:
  description: All recipients.
  returned: when a mail was to be sent
  type: list
  elements: str
  sample: [ops@example.com]
subject:
  description: The subject.
  returned: when a mail was to be sent
  type: str
  sample: "Run 20260310T020000Z completed: 40 patched, 1 failed"
ready:
  description: Whether the mail could be sent.
  returned: with O(check_only) and in check mode
  type: bool
  sample: true
account:
  description: State of the SES account in this Region.
  returned: with O(check_only) and in check mode
  type: dict
  sample: {sandbox: false, sending_enabled: true, enforcement_status: HEALTHY, max_24_hour_send: 50000, sent_last_24_hours: 12, max_send_rate: 14}
identities:
  description: The addresses that must be verified. Also returned when the module fails.
  returned: with O(check_only) and in check mode
  type: list
  elements: dict
  contains:
    address:
      description: The address.
      type: str
      sample: patching@example.com
    verified:
      description: Whether it is verified.
      type: bool
      sample: true
    identity:
      description: The verified identity for the address, the address itself or its domain.
      type: str
      sample: example.com
    status:
      description: Verification status, as reported by AWS.
      type: str
      sample: SUCCESS
failure:
  description: Why the module failed.
  returned: on failure
  type: dict
  contains:
    code:
      description: Stable error code, for example V(not_ready) or V(invalid_input), or the error code of AWS.
      type: str
      sample: not_ready
    message:
      description: The same text as RV(ignore:msg).
      type: str
      sample: "from: patching@example.com is not verified in this Region (SES knows neither the address nor its domain)"
    details:
      description: Details of the failure.
      type: dict
      sample: {problems: ["from: patching@example.com is not verified in this Region (SES knows neither the address nor its domain)"]}
msg:
  description: The outcome in one sentence.
  returned: always
  type: str
  sample: mail from patching@example.com to 1 recipients sent
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ses import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ses.mail import control
from ansible_collections.fleetpatch.aws.plugins.module_utils._ses.mail import run
from ansible_collections.fleetpatch.aws.plugins.module_utils._ses.mail.wire import Mail

SPEC = {
    "from": {"type": "str", "required": True, "aliases": ["sender"]},
    "to": {"type": "list", "elements": "str", "default": []},
    "cc": {"type": "list", "elements": "str", "default": []},
    "bcc": {"type": "list", "elements": "str", "default": []},
    "reply_to": {"type": "list", "elements": "str", "default": []},
    "subject": {"type": "str"},
    "text": {"type": "str"},
    "html": {"type": "str"},
    "headers": {"type": "dict", "default": {}},
    "attachments": {"type": "list", "elements": "path", "default": []},
    "configuration_set": {"type": "str"},
    "check_only": {"type": "bool", "default": False},
}


def work(module):
    aws, params = connection.connect(module), module.params
    mail = Mail(
        sender=params["from"],
        to=tuple(params["to"]),
        cc=tuple(params["cc"]),
        bcc=tuple(params["bcc"]),
        reply_to=tuple(params["reply_to"]),
        subject=params["subject"] or "",
        text=params["text"],
        html=params["html"],
        headers={name: str(value) for name, value in params["headers"].items()},
        attachments=tuple(params["attachments"]),
        configuration_set=params["configuration_set"],
    )
    if params["check_only"]:
        return control.preflight(aws, mail)
    return control.preview(aws, mail) if module.check_mode else run.send(aws, mail)


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
