# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: identity_tag
version_added: "1.0.0"
short_description: Write an identity as the value of a tag
description:
  - Returns who planned or approved a run as a string that AWS takes as the value of a tag, empty for nobody.
  - Characters that a tag cannot have become underscores, and at most 256 characters are returned.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description: The identity, with C(arn), and with C(user) for a user of AWX or automation controller.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show who planned a run
  ansible.builtin.debug:
    msg: "{{ {'arn': 'arn:aws:iam::123456789012:user/ops', 'user': 'jo'} | fleetpatch.aws.identity_tag }}"
"""

RETURN = r"""
_value:
  description: The value of the tag.
  type: str
  sample: jo arn:aws:iam::123456789012:user/ops
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.identity import tag_value
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("identity_tag", "the identity")
def filter_identity_tag(who):
    return tag_value(who)


class FilterModule:
    def filters(self) -> dict:
        return {"identity_tag": filter_identity_tag}
