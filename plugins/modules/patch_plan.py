#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: patch_plan
version_added: "1.0.0"
short_description: Plan the waves of a patch run
description:
  - Creates a plan from hosts of the C(aws_ec2) inventory. It defines which hosts are patched in which wave and why, and which are excluded
    and why. It lists baseline, missing patches and agent of each host, with an estimate of time and cost.
  - Stores the plan as JSON, text and HTML in the folder of the run, and shows the text. When the folder already contains a plan, that plan
    is returned, so that a resumed run carries out what was planned. The other options are ignored then. A plan that this version cannot read
    is an error.
  - A plan has a digest over everything that decides what the run does. A stored plan that was changed, or a call with another O(content), is an
    error that names what differs, unless O(gates.approved_digest) is the digest of what would be carried out.
  - Gates that are closed for the remaining waves are returned, and are warnings of a new plan. They do not fail the module.
  - Does not change anything in AWS.
notes:
  - An action plugin of the same name reads the inventory on the controller. The module reads the state of the hosts from AWS and requires
    the permissions C(ssm:DescribeInstanceInformation), C(ssm:DescribeInstancePatchStates), C(ssm:GetPatchBaselineForPatchGroup),
    C(ssm:DescribeAutomationExecutions) and C(ec2:DescribeVolumes); for target groups also C(elasticloadbalancing:DescribeTargetGroups) and
    C(elasticloadbalancing:DescribeTargetHealth).
  - In check mode, the plan is not stored.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  run_id:
    description: Id of the run.
    type: str
    required: true
  directory:
    description: Folder that contains a folder per run.
    type: path
    required: true
  preview:
    description: Whether to return only the summary and the ids of the waves. The stored plan is always complete.
    type: bool
    default: false
  everything:
    description:
      - Whether a new run without approval may select all hosts. With V(false), a plan without O(solutions), O(environments) and O(only_tiers)
        is shown with a warning, and not stored unless O(preview=true) or an approval is required.
    type: bool
    default: false
  hosts:
    description:
      - Names of inventory hosts to consider. A name that the inventory does not contain is an error.
      - Hosts that are not EC2 instances of the C(aws_ec2) inventory are excluded with the reason V(not_an_instance).
    type: list
    elements: str
    required: true
  selector:
    description:
      - How solution, environment and role are read from the tags of a host.
      - With type V(json), the tag O(selector.tag) contains a JSON object, and the other options are its keys.
      - With type V(plain), the other options are tag keys.
    type: dict
    default: {}
    suboptions:
      type:
        description: Type of the selector.
        type: str
        choices: [json, plain]
        default: json
      tag:
        description: Key of the tag that contains the JSON object.
        type: str
        default: instancedata
      solution:
        description: Key of the solution.
        type: str
        default: solution
      environment:
        description: Key of the environment.
        type: str
        default: environment
      role:
        description: Key of the role.
        type: str
        default: instance
  solutions:
    description: Solutions to patch, compared exactly. An empty list selects all.
    type: list
    elements: str
    default: []
  environments:
    description: Environments to patch, compared exactly. An empty list selects all.
    type: list
    elements: str
    default: []
  tiers:
    description: Tiers in the order of patching.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the tier.
        type: str
        required: true
      roles:
        description: Roles of the tier, compared exactly.
        type: list
        elements: str
        required: true
  only_tiers:
    description: Names of tiers to plan. An empty list selects all.
    type: list
    elements: str
    default: []
  zone_grouping:
    description:
      - V(first_then_rest) creates one group of the first zone and one of all others.
      - V(each) creates a group per zone.
      - V(groups) uses O(zone_groups).
    type: str
    choices: [first_then_rest, each, groups]
    default: first_then_rest
  zone_groups:
    description: Groups of zones, in order.
    type: list
    elements: list
    default: []
  zone_key:
    description: Whether to identify zones by name or by zone id. Names differ between accounts.
    type: str
    choices: [name, id]
    default: name
  order:
    description: Whether to finish a tier in all zones before the next tier, or a zone in all tiers before the next zone.
    type: str
    choices: [tier_then_zone, zone_then_tier]
    default: tier_then_zone
  canary:
    description: Number of hosts to patch first, in a wave of their own with an error budget of 0.
    type: int
    default: 0
  canary_hosts:
    description: Inventory names or instance ids of the hosts of the canary wave, instead of O(canary).
    type: list
    elements: str
    default: []
  wave_size:
    description: Maximum number of hosts in a wave. V(0) means no limit.
    type: int
    default: 0
  start_stopped:
    description: Whether to include stopped instances. Each is started for patching and stopped afterwards.
    type: bool
    default: false
  hybrid_nodes:
    description: Whether to include hybrid nodes (C(mi-*)) of the Region that are not in the inventory.
    type: bool
    default: false
  ignored_roles:
    description: Roles to ignore that no tier contains. Any other role without a tier is an error.
    type: list
    elements: str
    default: []
  exempt_tags:
    description: Tag keys that exempt a host when their value is V(no) or V(false), regardless of case.
    type: list
    elements: str
    default: [install_patch, patch_install]
  allow_empty:
    description: Whether a plan without hosts is a success.
    type: bool
    default: false
  max_concurrency:
    description: Number or percentage of the hosts of a wave to patch at once, or V(auto) to choose by size as Patch now of AWS does.
    type: str
    default: "10"
  max_errors:
    description: Number or percentage of the hosts of a wave that may stay unpatched, or V(auto) to choose by size as Patch now of AWS does.
    type: str
    default: "0"
  max_unavailable:
    description:
      - Number or percentage of the hosts of a role in a zone that may be unavailable at once. The percentage refers to all running hosts of the
        role in the zone, including those that are not patched. It is rounded down, to at least 1. Empty means no limit.
      - Waves are split into parts within this limit.
    type: str
    default: ""
  automation_quota:
    description:
      - Number of automations that the account may run at once in the Region, from 1 to 500. AWS's default is 100.
      - The hosts of a wave that are patched at once are limited to this number less the automations that run already and the one of the wave.
    type: int
    default: 100
  image:
    description: Whether images of the instances are created. Used for the estimate.
    type: bool
    default: true
  image_no_reboot:
    description: Whether images are created without a reboot. With V(false) and O(drain), the plan warns that hosts reboot before they are drained.
    type: bool
    default: true
  image_price:
    description: Price of a GiB of snapshot storage per month. Used for the estimate.
    type: float
    default: 0.05
  drain:
    description:
      - Whether to deregister hosts from the target groups of load balancers while they are patched.
      - A host that is registered with another port than that of its target group is an error, because it would be registered with the latter again.
    type: bool
    default: false
  target_groups:
    description:
      - With O(drain), names or ARNs of the target groups to deregister hosts from. Each must have instance targets and a load balancer.
      - An empty list selects all such target groups of the Region.
    type: list
    elements: str
    default: []
  stale_after_hours:
    description: Number of hours after which a scan is reported as stale.
    type: int
    default: 168
  patch_document:
    description:
      - The Command document that installs patches. C(AWS-RunPatchBaselineWithHooks) requires version 3.0.502 or later of the SSM agent. The plan
        warns of hosts with an older version, unless O(update_agent) is V(true).
    type: str
    choices: [AWS-RunPatchBaseline, AWS-RunPatchBaselineWithHooks]
    default: AWS-RunPatchBaseline
  update_agent:
    description: Whether to update the SSM agent before patching.
    type: bool
    default: true
  install_override_list:
    description: Path or URL of a list of patches to install instead of those that the baselines approve. The plan states this.
    type: str
    default: ""
  baseline_override:
    description: Path or URL of baselines to use instead of those of the hosts. The plan states this.
    type: str
    default: ""
  only:
    description:
      - Windows patches to install. Either C(kbs), or C(classifications), C(severities) and C(released_until); and C(exclude_kbs).
      - Fails when no Windows host is planned. O(only), O(install_override_list) and O(baseline_override) are mutually exclusive.
    type: dict
    default: {}
  reboot_at:
    description:
      - Time at which hosts are rebooted after the run if needed, in ISO 8601 or C(HH:MM) in O(timezone). C(reboot_at) of RV(summary) is the time in UTC.
      - Fails when the waves do not fit into a maintenance window of AWS.
    type: str
    default: ""
  timezone:
    description: Time zone of O(reboot_at), an IANA name.
    type: str
    default: UTC
  content:
    description:
      - What the run carries out on its hosts and the digest covers, with C(runbook) (C(name) and C(content)), C(parameters), C(reboot_option)
        and C(override). Gates are not part of it.
    type: dict
    default: {}
  account:
    description: The account of the run, with C(id) and C(alias). A stored plan of another account is an error.
    type: dict
    default: {}
  planned_by:
    description: Who makes the plan, with C(arn) and C(user).
    type: dict
    default: {}
  digest_key:
    description: Secret that signs the digest (HMAC with SHA-256). A stored plan without a valid signature is an error then.
    type: str
    default: ""
attributes:
  check_mode:
    description: Can run in check mode. Returns the plan without storing it.
    support: full
  diff_mode:
    description: Returns details on what has changed.
    support: none
  action:
    description: Runs on the controller to read the inventory.
    support: full
extends_documentation_fragment:
  - fleetpatch.aws.gate_settings
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: fleetpatch.aws.patch_report
"""

EXAMPLES = r"""
- name: Plan the production hosts of a solution
  fleetpatch.aws.patch_plan:
    run_id: spring
    directory: ./fleetpatch-runs
    hosts: "{{ groups['aws_ec2'] }}"
    solutions: [shop]
    environments: [production]
    tiers:
      - name: data
        roles: [SQL Server, Postgresql Server, File Server]
      - name: application
        roles: [Application Server, Windows Server, Web Server]
"""

RETURN = r"""
run_id:
  description: Id of the run.
  returned: success
  type: str
  sample: spring
region:
  description: The Region of the run, either the configured one or that of all hosts.
  returned: success
  type: str
  sample: us-east-1
kept:
  description: Whether the plan was stored by an earlier call.
  returned: success
  type: bool
  sample: false
summary:
  description: Key figures of the plan.
  returned: success
  type: dict
  sample: {"hosts": 14, "waves": 4, "excluded": 9, "missing": 83, "estimated_minutes": 142}
waves:
  description: The waves in order. Without their hosts when O(preview=true).
  returned: success
  type: list
  elements: dict
  sample: [{"id": "data.use1a", "number": 1, "tier": "data", "zones": ["us-east-1a"], "max_concurrency": "10", "max_errors": 0}]
exclusions:
  description: Excluded hosts with the reason. Not returned when O(preview=true).
  returned: success
  type: list
  elements: dict
  sample: [{"host": "i-0a1b2c3d4e5f60718", "reason": "exempt", "detail": "tag install_patch is No"}]
warnings_found:
  description: Warnings to review before the plan is carried out.
  returned: success
  type: list
  elements: dict
  sample: [{"code": "never_scanned", "message": "1 host was never scanned", "hosts": ["i-0a1b2c3d4e5f60718"]}]
gates:
  description: Evaluation of the gates for the remaining waves. Entries that are not C(closed) are informational.
  returned: success
  type: list
  elements: dict
  sample: [{"gate": "freeze", "closed": true, "message": "freeze Year end holds until 2027-01-02 00:00 UTC"}]
deadline:
  description: The deadline in UTC, empty if there is none.
  returned: success
  type: str
  sample: "2026-03-10T05:00:00Z"
finished:
  description:
    - C(state) and C(message) of a run that is finished, V(completed) or V(rolled_back), according to its report and to M(fleetpatch.aws.patch_run_state).
      Such a run has nothing left to do. Empty for a run that may be started or resumed.
  returned: success
  type: dict
  sample: {"state": "completed", "message": "Run spring is finished: 14 of 14 hosts in 4 waves patched"}
records:
  description: Records of the waves in RV(done), in the format of M(fleetpatch.aws.patch_report), as far as the report has them.
  returned: success
  type: list
  elements: dict
  sample: []
attempts:
  description: Highest number of attempts at a wave so far, according to M(fleetpatch.aws.patch_run_state).
  returned: success
  type: int
  sample: 1
done:
  description: Ids of the waves that an earlier start of the run finished, according to its report and to M(fleetpatch.aws.patch_run_state).
  returned: success
  type: list
  elements: str
  sample: [data.use1a]
passed:
  description: Ids of the finished waves whose gates after the wave were open.
  returned: success
  type: list
  elements: str
  sample: [data.use1a]
gone:
  description: Ids of hosts that no longer exist, according to the report of an earlier start of the run.
  returned: success
  type: list
  elements: str
  sample: [i-0123456789abcdef1]
digest:
  description: Digest of the plan, which an approval names.
  returned: success
  type: str
  sample: sha256:2f9b4c1d7a60a1e6f1d4c8b7a3029e5d8c6b4f0e1a2d3c4b5a69788796a5b4c3
account:
  description: The account of the run, with C(id) and C(alias).
  returned: success
  type: dict
  sample: {id: "123456789012", alias: shop-production}
planned_by:
  description: Who made the plan, with C(arn) and C(user).
  returned: success
  type: dict
  sample: {arn: "arn:aws:iam::123456789012:user/ops", user: ""}
options:
  description: The options of the plan.
  returned: success
  type: dict
  sample: {environments: [production]}
html_path:
  description: Path of the HTML page, empty in check mode.
  returned: success
  type: str
  sample: ./fleetpatch-runs/spring/plan.html
json_path:
  description: Path of the JSON file, empty in check mode.
  returned: success
  type: str
  sample: ./fleetpatch-runs/spring/plan.json
"""
