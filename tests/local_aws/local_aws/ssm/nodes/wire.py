# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Managed nodes as the API shows them."""

import hashlib
from typing import Any

from local_aws.fleet import nodes
from local_aws.fleet import operating_systems
from local_aws.fleet.machine import Machine

HYBRID = ("ManagedInstance", "AWS::SSM::ManagedInstance")


def shown_node(found: Machine) -> dict[str, Any]:
    address = str(found.instance.private_ip)
    shown = {
        "InstanceId": found.instance_id,
        "PingStatus": found.ping_status,
        "LastPingDateTime": found.last_ping,
        "AgentVersion": found.agent_version,
        "IsLatestVersion": found.agent_version == operating_systems.LATEST_AGENT,
        "PlatformType": found.platform_type,
        "PlatformName": found.platform_name,
        "PlatformVersion": found.platform_version,
        "ResourceType": "EC2Instance",
        "IPAddress": address,
        "ComputerName": computer_name(found, address),
        "SourceId": found.instance_id,
        "SourceType": "AWS::EC2::Instance",
    }
    return {**shown, **_hybrid(found.instance)} if nodes.is_hybrid(found.instance) else shown


def _hybrid(node: Any) -> dict[str, Any]:
    return {
        "ResourceType": HYBRID[0],
        "SourceType": HYBRID[1],
        "ActivationId": node.activation.id,
        "IamRole": node.role,
        "RegistrationDate": node.launch_time,
        "Name": node.name,
        "ComputerName": node.name,
    }


def computer_name(found: Machine, address: str) -> str:
    if found.platform_type == "Windows":
        digits = hashlib.sha256(found.instance_id.encode()).hexdigest().upper()
        return f"EC2AMAZ-{digits[:7]}"
    domain = "ec2.internal" if found.region == "us-east-1" else f"{found.region}.compute.internal"
    return f"ip-{address.replace('.', '-')}.{domain}"
