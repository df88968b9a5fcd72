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
  - Turns hosts of the C(aws_ec2) inventory into a plan. It says which hosts are patched in which wave and why, which are left out
    and why, and what is known of each, such as its baseline, missing patches and agent, with an estimate of time and cost.
  - Keeps the plan as JSON, text and HTML in a folder of its run id, and shows the text.
    When that folder has a plan already, that plan is returned, so that a run that is resumed carries out what was planned;
    the other options are not looked at then. A plan that this version cannot read is an error.
  - Changes nothing on AWS.
notes:
  - An action plugin of the same name reads the inventory on the controller; the module reads what AWS knows of the hosts
    in one process with ssm:DescribeInstanceInformation, ssm:DescribeInstancePatchStates, ssm:GetPatchBaselineForPatchGroup,
    ssm:DescribePatchBaselines and ec2:DescribeVolumes; for target groups elasticloadbalancing:DescribeTargetGroups and
    elasticloadbalancing:DescribeTargetHealth.
  - In check mode nothing is kept.
author:
  - Fleetpatch contributors (@fleetpatch)
options:
  run_id:
    description: Name of the run.
    type: str
    required: true
  directory:
    description: Folder that holds a folder for each run.
    type: path
    required: true
  preview:
    description: Whether only the summary and the ids of the waves are returned. The kept plan is whole either way.
    type: bool
    default: false
  hosts:
    description:
      - Names of the inventory hosts to look at. A name that the inventory does not have is an error.
      - Hosts that are not EC2 instances of the C(aws_ec2) inventory are left out with the reason V(not_an_instance).
    type: list
    elements: str
    required: true
  selector:
    description:
      - How solution, environment and role are read from a host's tags.
      - With type V(json) the tag O(selector.tag) holds a JSON object, and the other options are its keys.
      - With type V(plain) the other options are tag keys.
    type: dict
    default: {}
    suboptions:
      type:
        description: Kind of selector.
        type: str
        choices: [json, plain]
        default: json
      tag:
        description: Key of the tag that holds the JSON object.
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
    description: Solutions to patch, compared exactly. Empty takes all.
    type: list
    elements: str
    default: []
  environments:
    description: Environments to patch, compared exactly. Empty takes all.
    type: list
    elements: str
    default: []
  tiers:
    description: Tiers in the order in which they are patched.
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
    description: Names of tiers to plan. Empty takes all.
    type: list
    elements: str
    default: []
  zone_grouping:
    description:
      - V(first_then_rest) makes one group of the first zone and one of all others.
      - V(each) makes a group of every zone.
      - V(groups) takes O(zone_groups).
    type: str
    choices: [first_then_rest, each, groups]
    default: first_then_rest
  zone_groups:
    description: Groups of zones, in order.
    type: list
    elements: list
    default: []
  zone_key:
    description: Whether zones are meant by name or by zone id. Names differ between accounts.
    type: str
    choices: [name, id]
    default: name
  order:
    description: Whether a tier is finished in all zones before the next tier, or the other way round.
    type: str
    choices: [tier_then_zone, zone_then_tier]
    default: tier_then_zone
  canary:
    description: Number of hosts that are patched first, in a wave of their own. None of them may fail.
    type: int
    default: 0
  canary_hosts:
    description: Inventory names or instance ids of the hosts of the canary wave, instead of a number.
    type: list
    elements: str
    default: []
  wave_size:
    description: Largest number of hosts of a wave. 0 is no limit.
    type: int
    default: 0
  start_stopped:
    description: Whether stopped instances take part. Each is started when it is its turn, and stopped again.
    type: bool
    default: false
  hybrid_nodes:
    description: Whether hybrid nodes (C(mi-*)) of the Region that are not in the inventory take part.
    type: bool
    default: false
  ignored_roles:
    description: Roles that no tier names and that are left alone on purpose. Any other unknown role is an error.
    type: list
    elements: str
    default: []
  exempt_tags:
    description: Tag keys that exempt a host when their value is V(no) or V(false), in any case.
    type: list
    elements: str
    default: [install_patch, patch_install]
  allow_empty:
    description: Whether a plan without hosts is a success.
    type: bool
    default: false
  max_concurrency:
    description: How many hosts of a wave are patched at once, as number, percent, or V(auto) as AWS's Patch now does by the size.
    type: str
    default: "10"
  max_errors:
    description: How many hosts of a wave may stay unpatched, as number, percent, or V(auto) as AWS's Patch now does by the size.
    type: str
    default: "0"
  max_unavailable:
    description:
      - How many hosts of one role in one zone may be out at once, as number or percent of those that run there, the ones that are left alone
        included. A percentage is rounded down, to at least 1. Empty is no cap.
      - Waves are cut into parts that hold no more.
    type: str
    default: ""
  image:
    description: Whether every instance is imaged, for the estimate.
    type: bool
    default: true
  image_no_reboot:
    description: Whether images are made without a reboot. With V(false) and O(drain) the plan warns, because hosts reboot before they are drained.
    type: bool
    default: true
  image_price:
    description: Price of one GiB of snapshot for a month, for the estimate.
    type: float
    default: 0.05
  drain:
    description:
      - Whether hosts are taken out of the target groups of load balancers while they are patched.
      - It is an error when a host has another port than that of its target group, because it is put back with the latter.
    type: bool
    default: false
  target_groups:
    description:
      - Names or ARNs of the target groups that hosts are taken out of, with O(drain). Each has targets that are instances and a load balancer.
      - Empty takes every such group of the Region.
    type: list
    elements: str
    default: []
  stale_after_hours:
    description: Hours after which a scan is called stale.
    type: int
    default: 168
  patch_document:
    description:
      - The Command document that installs. C(AWS-RunPatchBaselineWithHooks) needs an SSM agent of version 3.0.502 or later; the plan warns
        of hosts with an older one, unless O(update_agent).
    type: str
    choices: [AWS-RunPatchBaseline, AWS-RunPatchBaselineWithHooks]
    default: AWS-RunPatchBaseline
  update_agent:
    description: Whether the SSM agent is brought up to date before patching.
    type: bool
    default: true
  install_override_list:
    description: Path or URL of the list of patches that the run installs instead of what the baselines approve; the plan says so.
    type: str
    default: ""
  baseline_override:
    description: Path or URL of the baselines that the run installs by instead of those of the hosts; the plan says so.
    type: str
    default: ""
  only:
    description:
      - Which Windows patches the run installs, either C(kbs), or C(classifications), C(severities) and C(released_until); and C(exclude_kbs).
      - It is an error when no Windows host is planned, and when more than one of these three options is given.
    type: dict
    default: {}
  reboot_at:
    description:
      - When hosts that need it are rebooted after the run, in ISO 8601 or C(HH:MM) of O(timezone); C(reboot_at) of RV(summary) is the time in UTC.
      - It is an error when a maintenance window of AWS cannot hold the waves.
    type: str
    default: ""
  timezone:
    description: Time zone of O(reboot_at) by its IANA name.
    type: str
    default: UTC
  gates:
    description:
      - What has to be open for the run to begin. What is closed now, for the waves that are still to come, is returned and becomes
        a warning of a new plan; nothing fails.
    type: dict
    default: {}
    suboptions:
      freezes:
        description:
          - Times in which nothing is patched, each with C(name), C(start), C(end), and where needed C(environments), C(why) and
            C(timezone). A date is the whole day.
        type: list
        elements: dict
        default: []
      timezone:
        description: Time zone of times without an offset.
        type: str
        default: UTC
      deadline:
        description: Time in ISO 8601, or V(HH:MM) for the next such time, after which no wave may end.
        type: str
        default: ""
      change_calendars:
        description: Names or ARNs of change calendars. It is an error when one does not exist.
        type: list
        elements: str
        default: []
      alarms:
        description: Names of CloudWatch alarms. It is an error when one does not exist.
        type: list
        elements: str
        default: []
      alarms_without_data:
        description: Whether an alarm with C(INSUFFICIENT_DATA) counts as open or closed.
        type: str
        choices: [open, closed]
        default: open
      healthy_targets:
        description:
          - How many targets of a target group have to stay healthy while a wave is patched, each with C(group) (name or ARN) and C(min)
            (a number, or a percentage of the targets of the group). It is an error when a group does not exist.
        type: list
        elements: dict
        default: []
      approval:
        description: How the run is approved. With V(token) it has to be named in O(gates.approved_run_id).
        type: str
        choices: [none, pause, token]
        default: none
      approved_run_id:
        description: Name of the run that was approved.
        type: str
        default: ""
attributes:
  check_mode:
    description: Can run in check mode and return the plan without keeping it.
    support: full
  diff_mode:
    description: Returns details on what has changed.
    support: none
  action:
    description: Runs on the controller, which alone knows the facts of all hosts.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: fleetpatch.aws.patch_report
"""

EXAMPLES = r"""
- name: Plan the production hosts of one solution
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
  description: Name of the run.
  returned: success
  type: str
  sample: spring
region:
  description: The Region of the run, the chosen one or the one that all hosts are in.
  returned: success
  type: str
  sample: us-east-1
kept:
  description: Whether the plan was kept by an earlier call and only read.
  returned: success
  type: bool
  sample: false
summary:
  description: Numbers of the plan.
  returned: success
  type: dict
  sample: {"hosts": 14, "waves": 4, "excluded": 9, "missing": 83, "estimated_minutes": 142}
waves:
  description: The waves in order. With O(preview) without their hosts.
  returned: success
  type: list
  elements: dict
  sample: [{"id": "data.use1a", "number": 1, "tier": "data", "zones": ["us-east-1a"], "max_concurrency": "10", "max_errors": 0}]
exclusions:
  description: Hosts that are left out, with the reason. Not returned with O(preview).
  returned: success
  type: list
  elements: dict
  sample: [{"host": "i-0a1b2c3d4e5f60718", "reason": "exempt", "detail": "tag install_patch is No"}]
warnings_found:
  description: What a person should look at before the plan is carried out.
  returned: success
  type: list
  elements: dict
  sample: [{"code": "never_scanned", "message": "1 host was never scanned", "hosts": ["i-0a1b2c3d4e5f60718"]}]
gates:
  description: What the gates say of the waves that are still to come. One that is not C(closed) is only to be known.
  returned: success
  type: list
  elements: dict
  sample: [{"gate": "freeze", "closed": true, "message": "freeze Year end holds until 2027-01-02 00:00 UTC"}]
deadline:
  description: The deadline in UTC, empty without one.
  returned: success
  type: str
  sample: "2026-03-10T05:00:00Z"
done:
  description: Ids of the waves that an earlier start of the run finished, as its report tells.
  returned: success
  type: list
  elements: str
  sample: [data.use1a]
passed:
  description: Ids of those whose gates after the wave were open.
  returned: success
  type: list
  elements: str
  sample: [data.use1a]
html_path:
  description: Path of the page, empty in check mode.
  returned: success
  type: str
  sample: ./fleetpatch-runs/spring/plan.html
json_path:
  description: Path of the JSON file, empty in check mode.
  returned: success
  type: str
  sample: ./fleetpatch-runs/spring/plan.json
"""
