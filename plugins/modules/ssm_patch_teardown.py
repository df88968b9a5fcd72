#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssm_patch_teardown
version_added: "1.0.0"
short_description: Remove the patching resources of a deployment, in the order that AWS requires
description:
  - Removes maintenance windows, associations, patch baselines with their patch groups, and documents of a deployment, in one account and
    Region. Only resources with the tags C(fleetpatch:owner) and C(fleetpatch:deployment) are removed.
  - If a baseline is the default of its operating system, AWS's own default is restored first.
  - With O(scope=all_patching), it removes everything that patches with Systems Manager, regardless of who created it. This requires O(confirm).
  - If a removal fails, the others are still processed, and the module fails at the end and lists all resources that were not removed. A
    second call removes the rest. At the end, the module searches again, and fails if resources still exist.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  deployment:
    description:
      - Name of the deployment. Required with O(scope=deployment), not allowed otherwise.
    type: str
  scope:
    description:
      - V(deployment) removes the resources with the tags of O(deployment).
      - V(all_patching) removes all tasks of maintenance windows that run one of O(patching_documents), including those of disabled windows;
        the windows whose last task is removed; all registrations of patch groups; and all custom baselines. Windows that
        had no tasks before, baselines of AWS, associations and documents are not removed.
    type: str
    choices: [deployment, all_patching]
    default: deployment
  kinds:
    description:
      - Kinds of resources to remove with O(scope=deployment).
    type: list
    elements: str
    choices: [windows, associations, baselines, documents]
    default: [windows, associations, baselines, documents]
  patching_documents:
    description:
      - With O(scope=all_patching), names of documents whose tasks count as patching. Defaults to the AWS documents that scan or patch. Add
        your own runbooks.
    type: list
    elements: str
    default:
      - AWS-ApplyPatchBaseline
      - AWS-FindWindowsUpdates
      - AWS-InstallMissingWindowsUpdates
      - AWS-InstallSpecificWindowsUpdates
      - AWS-InstallWindowsUpdates
      - AWS-PatchAsgInstance
      - AWS-PatchInstanceWithRollback
      - AWS-RunPatchBaseline
      - AWS-RunPatchBaselineAssociation
      - AWS-RunPatchBaselineWithHooks
  confirm:
    description:
      - With O(scope=all_patching), the account and Region to clean up, for example C(123456789012/eu-central-1). They are compared with those of
        the credentials, also in check mode, so that a playbook with the wrong profile removes nothing.
    type: str
notes:
  - C(amazon.aws) and C(community.aws) have no module for this.
  - A maintenance window is removed with its targets and tasks, including those that were added outside of Ansible. The result lists the tasks.
  - Executions of a window that are in progress are not stopped. Their commands continue.
  - A patch policy of Quick Setup may use a baseline without any indication in AWS. O(scope=all_patching) removes such baselines, too.
seealso:
  - module: fleetpatch.aws.ssm_maintenance_windows
  - module: fleetpatch.aws.ssm_patch_baselines
extends_documentation_fragment:
  - fleetpatch.aws.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: List the resources that would be removed
  fleetpatch.aws.ssm_patch_teardown:
    deployment: shop
  check_mode: true
  diff: true

- name: Remove the windows of a deployment only
  fleetpatch.aws.ssm_patch_teardown:
    deployment: shop
    kinds: [windows]

- name: Remove everything that patches from an account that is decommissioned
  fleetpatch.aws.ssm_patch_teardown:
    scope: all_patching
    confirm: 123456789012/eu-central-1
    region: eu-central-1
"""

RETURN = r"""
removed:
  description: The resources to remove, in the order of removal. In check mode, those that would be removed.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: V(window_task), V(window), V(association), V(patch_group), V(default_baseline), V(baseline) or V(document).
      type: str
      sample: baseline
    resource_id:
      description: Id of the resource. For a patch group its name and operating system, for a default its operating system.
      type: str
      sample: pb-0123456789abcdef0
    name:
      description: Name of the resource.
      type: str
      sample: shop-windows
    why:
      description: Why the resource is removed.
      type: str
      sample: tagged as of deployment shop
    detail:
      description: Additional details, such as the window of a task, or the default that is restored.
      type: dict
      sample: {operating_system: WINDOWS}
    outcome:
      description: V(removed), V(failed), or V(skipped) because a removal that had to happen first failed.
      type: str
      sample: removed
    failure:
      description: Why the resource was not removed.
      type: dict
      sample: {code: ResourceInUseException, message: "Could not delete patch baseline pb-0123456789abcdef0", details: {}}
summary:
  description: Number of resources by outcome.
  returned: always
  type: dict
  sample: {removed: 12, failed: 0, skipped: 0}
account_id:
  description: Id of the account.
  returned: with O(scope=all_patching)
  type: str
  sample: "123456789012"
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import ownership
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.documents import wire
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.teardown import many
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.teardown import removals
from ansible_collections.fleetpatch.aws.plugins.module_utils._sts import connection as sts
from ansible_collections.fleetpatch.aws.plugins.module_utils._sts.identity import api

SPEC = {
    "deployment": {"type": "str"},
    "scope": {"type": "str", "choices": ["deployment", "all_patching"], "default": "deployment"},
    "kinds": {"type": "list", "elements": "str", "choices": list(removals.KINDS), "default": list(removals.KINDS)},
    "patching_documents": {"type": "list", "elements": "str", "default": list(wire.PATCHING_DOCUMENTS)},
    "confirm": {"type": "str"},
}


def request_of(params):
    """What the options ask for. Raises InvalidInput."""
    if params["scope"] == "all_patching":
        if params["deployment"] is not None:
            raise errors.InvalidInput(
                "deployment: is not allowed with scope=all_patching, which removes the resources of every deployment"
            )
        return many.Request(None, documents=tuple(params["patching_documents"]))
    kinds = tuple(kind for kind in removals.KINDS if kind in params["kinds"])
    return many.Request(ownership.check_deployment(params["deployment"]), kinds=kinds)


def work(module):
    request, facts = request_of(module.params), {}
    if request.deployment is None:
        account = api.account_id(sts.connect(module))
        many.check_confirmation(module.params["confirm"], account, module.region)
        facts["account_id"] = account
    return {**many.tear_down(connection.connect(module), request, check_mode=module.check_mode), **facts}


def main():
    module = AnsibleAWSModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        required_if=[("scope", "deployment", ["deployment"]), ("scope", "all_patching", ["confirm"])],
    )
    errors.run(module, lambda: work(module))


if __name__ == "__main__":
    main()
