# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: patch_override
version_added: "1.0.0"
short_description: Read an override of the patches that a run installs
description:
  - Reads an C(InstallOverrideList) or a C(BaselineOverride) of C(AWS-RunPatchBaseline), or builds the latter from a selection of Windows
    patches, and returns what the role P(fleetpatch.aws.patch_run#role) needs.
  - Fails with the reason when AWS could not use the override.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description:
      - For V(list) and V(baseline), the content of the file, YAML for V(list) and JSON for V(baseline).
      - For V(only), a dictionary with C(kbs), or with C(classifications), C(severities) and C(released_until), and with C(exclude_kbs).
    type: raw
    required: true
  kind:
    description: Type of the input.
    type: str
    choices: [list, baseline, only]
    required: true
  source:
    description: Path or URL of the content. Not used for V(only).
    type: str
    default: ""
  store:
    description: C(bucket), C(prefix) and C(run_id) of the S3 object to upload to when AWS cannot read from O(source).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Read a list of patches in S3
  ansible.builtin.debug:
    msg: "{{ text | fleetpatch.aws.patch_override('list', source='s3://shop-patches/list.yaml') }}"
  vars:
    text: |
      patches:
        - id: kernel.x86_64
"""

RETURN = r"""
_value:
  description:
    - C(kind), V(list) or V(baseline); C(url), which AWS reads; C(upload) with C(bucket), C(object) and C(content), or empty; C(parameters) of
      the runbook; C(entries) of a list; C(windows_only), whether a baseline applies to Windows only.
  type: dict
  sample:
    kind: list
    entries: [{id: kernel.x86_64, title: ""}]
    source: s3://shop-patches/list.yaml
    url: s3://shop-patches/list.yaml
    upload: {}
    parameters: {InstallOverrideList: s3://shop-patches/list.yaml}
"""

import json

from ansible.module_utils.common.yaml import yaml_load

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import overrides
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


def filter_patch_override(given, kind: str, source: str = "", store: dict | None = None) -> dict:
    with filter_errors(f"patch_override: {source or 'the choice of patches'}", "the text"):
        if kind not in ("list", "baseline", "only"):
            raise overrides.OverrideError(f"kind must be list, baseline or only, not {kind!r}")
        text = overrides.only_baseline(given) if kind == "only" else given
        return overrides.prepared(kind.replace("only", "baseline"), source, text, parsed(kind, text), store or {})


def parsed(kind, text):
    """YAML of a list, JSON of a baseline."""
    try:
        # As bytes: the YAML library takes no text that Ansible has put its own tags on.
        return yaml_load(text.encode()) if kind == "list" else json.loads(text)
    except Exception as error:  # the errors of the YAML library have no base class that may be named here
        raise overrides.OverrideError(str(error)) from error


class FilterModule:
    def filters(self) -> dict:
        return {"patch_override": filter_patch_override}
