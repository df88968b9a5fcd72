# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The way from EC2 and the scenarios to the simulated machines."""

import importlib
import importlib.util
from typing import Any


def exists(name: str) -> bool:
    """Whether the package has an __init__ (a bare folder is no package)."""
    found = importlib.util.find_spec(name)
    return found is not None and found.origin is not None


def machine(account: str, region: str, instance_id: str) -> Any:
    """The simulated machine of an instance, or None."""
    if not exists("local_aws.fleet"):
        return None
    return importlib.import_module("local_aws.fleet.machine").machine(account, region, instance_id)


def seed(account: str, region: str, machines: list[dict]) -> None:
    """Hand the machine facts of a scenario over: each {instance_id, name, platform, agent, missing, ...}."""
    if machines and exists("local_aws.fleet"):
        importlib.import_module("local_aws.fleet").seed(account, region, machines)


def on_instance_state(account: str, region: str, instance_id: str, state: str) -> None:
    """Tell that EC2 changed a machine. state: running | stopped | rebooting | terminated."""
    if exists("local_aws.fleet"):
        importlib.import_module("local_aws.fleet").on_instance_state(account, region, instance_id, state)
