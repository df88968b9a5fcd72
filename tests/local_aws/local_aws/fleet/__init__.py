# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Simulated machines under Systems Manager: patches, baselines, Run Command, patch states, compliance.

Pure rules: platforms, catalogue (its data: make_catalogue), evaluate, rules (baselines), statuses, scripts.
State: machine, patchset, snapshot, reports, groups, defaults (baselines of AWS), seeding.
Beside EC2: hybrid (nodes mi-). Disks: what snapshots and replaced root volumes hold.
What happens over time: delivery (a command on its nodes), patching (AWS-RunPatchBaseline; overrides, breakdowns), hooks.
Operations: baselines, commands, invocations, information, patch_states, patch_queries, compliance.
"""

from local_aws.fleet import baselines
from local_aws.fleet import commands
from local_aws.fleet import compliance
from local_aws.fleet import hybrid
from local_aws.fleet import information
from local_aws.fleet import invocations
from local_aws.fleet import machine
from local_aws.fleet import patch_queries
from local_aws.fleet import patch_states
from local_aws.fleet.machine import on_instance_state
from local_aws.fleet.seeding import seed

__all__ = [
    "baselines",
    "commands",
    "compliance",
    "hybrid",
    "information",
    "invocations",
    "machine",
    "on_instance_state",
    "patch_queries",
    "patch_states",
    "seed",
]
