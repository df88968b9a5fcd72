# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: override_source
version_added: "1.0.0"
short_description: Decide where the override of a patch run is read from
description:
  - Takes the variables of the role P(fleetpatch.aws.patch_run#role) that choose what is installed instead of what the baselines approve.
  - Fails when more than one is set, when the document cannot use an override, and when the hosts could not read it.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  _input:
    description:
      - The variables C(patch_run_install_override_list), C(patch_run_baseline_override) and C(patch_run_only) with their values.
    type: dict
    required: true
  document:
    description: Name of the Command document that installs patches.
    type: str
    required: true
  bucket:
    description: S3 bucket for overrides that are files of the controller. Empty for none.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Show where the override is read from
  ansible.builtin.debug:
    msg: "{{ {'patch_run_install_override_list': url} | fleetpatch.aws.override_source(document='AWS-RunPatchBaseline') }}"
  vars:
    url: s3://shop-patches/fleetpatch/test-03/list.yml
"""

RETURN = r"""
_value:
  description: Variable, kind, source, place (V(s3), V(https), V(file) or V(variable)), bucket and key. Empty when no variable is set.
  type: dict
  sample:
    variable: patch_run_install_override_list
    kind: list
    source: s3://shop-patches/fleetpatch/test-03/list.yml
    place: s3
    bucket: shop-patches
    key: fleetpatch/test-03/list.yml
"""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.override_source import override_source
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@filter_errors("override_source", "the variables")
def filter_override_source(given, document, bucket=""):
    return override_source(given, document, bucket)


class FilterModule:
    def filters(self) -> dict:
        return {"override_source": filter_override_source}
