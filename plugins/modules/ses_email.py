#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ses_email
version_added: "1.0.0"
short_description: Send a mail through Simple Email Service, or see whether it could be sent
description:
  - Sends one mail with a text and an HTML body, headers and attachments.
  - With O(check_only) nothing is sent. Whether the account may send and the addresses are verified is found out before it matters.
  - Check mode does the same and tells that a mail would be sent.
  - SES knows no client token, so a repeated request is a second mail. A request that SES throttled sent nothing and is repeated. A request
    without a clear answer is not repeated; the module fails and says that the mail may have been sent.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  from:
    description:
      - The sender, C(ops@example.com) or C(Operations <ops@example.com>). The address or its domain must be verified in SES.
    type: str
    required: true
    aliases: [sender]
  to:
    description:
      - The recipients. O(to), O(cc) and O(bcc) have 50 addresses together at most, and one at least unless O(check_only) is set.
    type: list
    elements: str
    default: []
  cc:
    description:
      - Who gets a copy.
    type: list
    elements: str
    default: []
  bcc:
    description:
      - Who gets a copy without anybody else knowing.
    type: list
    elements: str
    default: []
  reply_to:
    description:
      - Where answers go.
    type: list
    elements: str
    default: []
  subject:
    description:
      - Subject, one line. Required unless O(check_only) is set.
    type: str
  text:
    description:
      - The mail as text. It is made of O(html) when it is omitted. O(text) or O(html) is required unless O(check_only) is set.
    type: str
  html:
    description:
      - The mail as HTML. It is sent as it is; what is put into it must be escaped.
    type: str
  headers:
    description:
      - Further headers, for example C(X-Run) or C(In-Reply-To). Those that other options or MIME say cannot be set.
    type: dict
    default: {}
  attachments:
    description:
      - Paths of files on the host where the module runs. The mail has 40 MB at most.
    type: list
    elements: path
    default: []
  configuration_set:
    description:
      - Configuration set of SES to send with.
    type: str
  check_only:
    description:
      - Whether to send nothing and fail when the mail could not be sent. Sending must be enabled, the quota of the day not used up, the
        sender verified, and in the sandbox of SES the recipients, too. Nothing but reads is sent, and it never counts as a change.
    type: bool
    default: false
notes:
  - Identities are verified for each Region. They are managed by M(community.aws.ses_identity).
  - C(community.general.mail) sends through SMTP, which needs a password of its own; SES here goes with the credentials of AWS.
  - AWS requires C(ses:SendEmail) (with headers or attachments C(ses:SendRawEmail), too), for O(check_only) and check mode C(ses:GetAccount),
    C(ses:GetEmailIdentity) and C(ses:GetConfigurationSet).
extends_documentation_fragment:
  - fleetpatch.aws.attributes.runner
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See before the run whether its notices can be sent
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
  description: Id that SES gave the mail; none when nothing was sent or nobody knows.
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
  description: What SES says of the account in this Region.
  returned: with O(check_only) and in check mode
  type: dict
  sample: {sandbox: false, sending_enabled: true, enforcement_status: HEALTHY, max_24_hour_send: 50000, sent_last_24_hours: 12, max_send_rate: 14}
identities:
  description: The addresses that must be verified. Returned also on failure.
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
      description: The identity that stands for it, itself or a domain.
      type: str
      sample: example.com
    status:
      description: Status of the verification in the words of AWS.
      type: str
      sample: SUCCESS
failure:
  description: Why the module failed.
  returned: on failure
  type: dict
  contains:
    code:
      description: Stable word for conditions, for example V(not_ready) or V(invalid_input), or the code of AWS.
      type: str
      sample: not_ready
    message:
      description: The same text as RV(ignore:msg).
      type: str
      sample: "from: patching@example.com is not verified in this Region (SES does not know it nor its domain)"
    details:
      description: Facts about the failure.
      type: dict
      sample: {problems: ["from: patching@example.com is not verified in this Region (SES does not know it nor its domain)"]}
msg:
  description: The outcome in one sentence.
  returned: always
  type: str
  sample: mail from patching@example.com to 1 recipients sent
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ses import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ses import sending
from ansible_collections.fleetpatch.aws.plugins.module_utils._ses.mail import Mail

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
    aws, params = api.connect(module), module.params
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
        return sending.preflight(aws, mail)
    return sending.preview(aws, mail) if module.check_mode else sending.send(aws, mail)


def main():
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
