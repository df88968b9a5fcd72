# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Managed nodes: wire -> model. Pure."""

from __future__ import annotations

from ..wire import iso

# DescribeInstanceInformation has no enum for the operating system of a baseline; PlatformName is the agent's own text.
# Prefixes, first match wins; the values are those of the API's OperatingSystem.
PLATFORM_NAMES = (
    ("amazon linux 2023", "AMAZON_LINUX_2023"),
    ("amazon linux 2022", "AMAZON_LINUX_2022"),
    ("amazon linux", "AMAZON_LINUX"),
    ("ubuntu", "UBUNTU"),
    ("debian", "DEBIAN"),
    ("raspbian", "RASPBIAN"),
    ("red hat", "REDHAT_ENTERPRISE_LINUX"),
    ("rhel", "REDHAT_ENTERPRISE_LINUX"),
    ("centos", "CENTOS"),
    ("oracle linux", "ORACLE_LINUX"),
    ("rocky", "ROCKY_LINUX"),
    ("alma", "ALMA_LINUX"),
    ("suse", "SUSE"),
    ("sles", "SUSE"),
    ("macos", "MACOS"),
    ("mac os", "MACOS"),
)


def operating_system(node: dict) -> str | None:
    """The baselines' word for the node's operating system, or None when the platform is not known."""
    if node.get("PlatformType") == "Windows":
        return "WINDOWS"
    name = str(node.get("PlatformName") or "").lower()
    found = next((value for prefix, value in PLATFORM_NAMES if name.startswith(prefix)), None)
    if found == "AMAZON_LINUX":
        version = str(node.get("PlatformVersion") or "")
        # Amazon Linux 1 has versions like 2018.03; 2, 2022 and 2023 say so in the version.
        exact = {"2": "AMAZON_LINUX_2", "2022": "AMAZON_LINUX_2022", "2023": "AMAZON_LINUX_2023"}
        return exact.get(version.split(".", maxsplit=1)[0], "AMAZON_LINUX")
    return found


def node_to_model(node: dict) -> dict:
    """One InstanceInformation."""
    return {
        "instance_id": node["InstanceId"],
        "ping_status": node.get("PingStatus"),
        "last_ping_time": iso(node.get("LastPingDateTime")),
        "agent_version": node.get("AgentVersion"),
        "is_latest_version": node.get("IsLatestVersion"),
        "platform_type": node.get("PlatformType"),
        "platform_name": node.get("PlatformName"),
        "platform_version": node.get("PlatformVersion"),
        "operating_system": operating_system(node),
        "resource_type": node.get("ResourceType"),
        "name": node.get("Name"),
        "computer_name": node.get("ComputerName"),
        "ip_address": node.get("IPAddress"),
        "iam_role": node.get("IamRole"),
        "activation_id": node.get("ActivationId"),
        "registration_date": iso(node.get("RegistrationDate")),
        "association_status": node.get("AssociationStatus"),
        "source_id": node.get("SourceId"),
        "source_type": node.get("SourceType"),
    }
