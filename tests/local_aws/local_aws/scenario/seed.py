# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Scenarios: what is there when the local AWS starts."""

import gc
import ipaddress
import itertools
import json
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_api._internal import mock_random

from local_aws.fleet import public_images
from local_aws.fleet import seeding
from local_aws.framework import clock
from local_aws.framework import identity
from local_aws.framework import inproc
from local_aws.framework import perf
from local_aws.framework import recorder
from local_aws.framework import state
from local_aws.framework import switches
from local_aws.scenario import principals as seed_principals
from local_aws.scenario import targets as seed_targets
from local_aws.ses import model as ses_model
from local_aws.ssm.activations import model as activations_model

TOP = {"clock", "switches", "accounts"}
ACCOUNT = {
    "account", "region", "roles", "users", "ses_identities", "sns_topics", "documents", "baselines", "fleet", "target_groups",
}  # fmt: skip
GROUP = {
    "name", "count", "platform", "zones", "instance_type", "state", "volumes", "tags", "agent", "agent_version", "missing", "scanned",
    "patch_seconds", "scan_seconds", "reboot_seconds", "image_seconds", "agent_update_seconds", "behaviours",
    "hybrid", "instance_profile",
}  # fmt: skip
ROLE = {"name", "trust", "accounts", "external_id", "policies"}
USER = {"name", "access_key", "policies"}
DOCUMENT = {"name", "type", "content", "format", "target_type", "shared_with"}
BEHAVIOURS = {
    "install_fails", "scan_fails", "script_fails", "agent_update_fails", "image_fails", "patches_fail", "no_return", "no_boot",
    "vanish", "undeliverable", "root_replace_fails", "root_replace_failed_detached",
    "drain_hangs", "unhealthy", "patch_breakdown",
}  # fmt: skip
NOT_HYBRID = {"instance_profile", "zones", "instance_type", "state", "volumes"}
EC2_ONLY = {"hybrid", "instance_profile", "count", "zones", "instance_type", "volumes", "tags"}
BREAKDOWNS = ("s3", "space", "payload", "noexec", "python", "mirrors", "wsus", "update_agent")
MANY = 1000  # instances
LAUNCHED_BEFORE = timedelta(days=30)

_remembered: dict[str, Any] = {}
_many: list[int] = []  # instances of a fleet that garbage collections do not walk


class ScenarioError(Exception):
    """The scenario is wrong; the text names the place."""


def load(source: dict | str | Path | None) -> dict[str, Any]:
    """Read and check a scenario. Raises ScenarioError with the unknown key and its place."""
    if source is None:
        return {}
    if not isinstance(source, dict):
        folder = Path(source).resolve().parent
        try:
            source = yaml.safe_load(Path(source).read_text(encoding="utf-8")) or {}
        except (OSError, yaml.YAMLError) as wrong:
            raise ScenarioError(f"cannot read the scenario: {wrong}") from None
        if isinstance(source, dict):
            seed_principals.find_files(source, folder)
    _keys(source, TOP | ACCOUNT, "the scenario")
    _keys(source.get("clock") or {}, {"start", "rate"}, "clock")
    _check_account(source, "")
    for index, account in enumerate(source.get("accounts") or []):
        _keys(account, ACCOUNT, f"accounts[{index}]")
        _check_account(account, f"accounts[{index}].")
    return source


def _keys(value: Any, allowed: set[str], where: str) -> None:
    if not isinstance(value, dict):
        raise ScenarioError(f"{where} must be a mapping, not {value!r}")
    unknown = sorted(set(value) - allowed)
    if unknown:
        raise ScenarioError(f"unknown key {unknown[0]!r} in {where}; known: {', '.join(sorted(allowed))}")


def _check_account(spec: dict, where: str) -> None:
    for index, role in enumerate(spec.get("roles") or []):
        _keys(role, ROLE, f"{where}roles[{index}]")
    for index, user in enumerate(spec.get("users") or []):
        _keys(user, USER, f"{where}users[{index}]")
    for index, identity_spec in enumerate(spec.get("ses_identities") or []):
        if not isinstance(identity_spec, str):
            _keys(identity_spec, {"identity", "status"}, f"{where}ses_identities[{index}]")
    for index, document in enumerate(spec.get("documents") or []):
        _keys(document, DOCUMENT, f"{where}documents[{index}]")
    for index, target_group in enumerate(spec.get("target_groups") or []):
        _keys(target_group, seed_targets.TARGET_GROUP, f"{where}target_groups[{index}]")
    for index, group in enumerate(spec.get("fleet") or []):
        place = f"{where}fleet[{index}]"
        _keys(group, GROUP, place)
        _keys(group.get("behaviours") or {}, BEHAVIOURS, f"{place}.behaviours")
        if group.get("hybrid"):
            _keys(group, GROUP - NOT_HYBRID, f"{place} (hybrid)")
        breakdowns = ("", *BREAKDOWNS)
        _one_of(group.get("behaviours") or {}, "patch_breakdown", breakdowns, f"{place}.behaviours")
        for needed in ("name", "platform"):
            if not group.get(needed):
                raise ScenarioError(f"{place} needs {needed}")
        _one_of(group, "platform", public_images.PLATFORMS, place)
        _one_of(group, "state", ("running", "stopped"), place)
        _one_of(group, "agent", ("online", "lost", "none"), place)


def _one_of(group: dict, key: str, allowed: Any, place: str) -> None:
    if key in group and group[key] not in allowed:
        raise ScenarioError(f"{place}.{key} must be one of {', '.join(allowed)}, not {group[key]!r}")


def restart(
    source: dict | str | Path | None = None,
    *,
    remember: bool = False,
    clock_rate: float | None = None,
    switch_values: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Forget everything and seed a scenario; None = the one that was remembered at the start.

    Returns {instances, account, region}. Raises ScenarioError; ValueError on a wrong switch.
    """
    if remember:
        _remembered.update(source=source, clock_rate=clock_rate, switch_values=switch_values)
    elif source is None:
        source = _remembered.get("source")
    spec = load(source)
    with clock.LOCK:
        _forget()
        switches.set_switches(spec.get("switches") or {})
        switches.set_switches(switch_values or _remembered.get("switch_values") or {})
        times = spec.get("clock") or {}
        clock.set_time(_start(times.get("start")), 0)
        identity.DEFAULTS.update(
            account=spec.get("account") or "123456789012", region=spec.get("region") or "us-east-1"
        )
        count = _seed_account(spec, identity.DEFAULTS["account"], identity.DEFAULTS["region"])
        for account in spec.get("accounts") or []:
            region = account.get("region") or identity.DEFAULTS["region"]
            count += _seed_account(account, str(account["account"]), region)
        recorder.CALLS.clear()
        if count >= MANY:
            gc.collect()
            perf.keep()  # else every collection walks the whole fleet
            _many.append(count)
        rate = clock_rate if clock_rate is not None else _remembered.get("clock_rate")
        clock.set_rate(float(rate if rate is not None else times.get("rate", 1)))
    return {"instances": count, **identity.DEFAULTS}


def _start(value: Any) -> datetime | float:
    if value is None:
        return clock.DEFAULT_START
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _forget() -> None:
    BackendDict.reset()
    reset_model_data()
    mock_random.seed(state.SEED)
    clock.reset()
    switches.reset()
    state.reset()
    if _many:
        _many.clear()
        gc.unfreeze()
        gc.collect()
        perf.keep()


def _seed_account(spec: dict, account: str, region: str) -> int:
    public_images.ensure_public_images(account, region)
    seed_principals.seed(account, region, spec)
    _seed_messaging(spec, account, region)
    seeded = [facts for group in spec.get("fleet") or [] for facts in _seed_group(group, account, region)]
    seeding.seed(account, region, seeded)
    launched = (clock.now() - LAUNCHED_BEFORE).timestamp()
    seed_targets.seed(account, region, spec.get("target_groups") or [], seeded, launched)
    _seed_systems_manager(spec, account, region)
    return len(seeded)


def _seed_messaging(spec: dict, account: str, region: str) -> None:
    for entry in spec.get("ses_identities") or []:
        _seed_identity(account, region, entry if isinstance(entry, dict) else {"identity": entry})
    for topic in spec.get("sns_topics") or []:
        inproc.client("sns", account, region, source="scenario").create_topic(Name=topic)


def _seed_identity(account: str, region: str, entry: dict) -> None:
    name, client = entry["identity"], inproc.client("ses", account, region, source="scenario")
    if "@" in name:
        client.verify_email_identity(EmailAddress=name)
    else:
        client.verify_domain_identity(Domain=name)
    ses_model.verify(account, region, name, entry.get("status", "SUCCESS"))


def _seed_systems_manager(spec: dict, account: str, region: str) -> None:
    for document in spec.get("documents") or []:
        _seed_document(inproc.client("ssm", account, region, source="scenario"), document)
    for baseline in spec.get("baselines") or []:
        _seed_baseline(inproc.client("ssm", account, region, source="scenario"), baseline)


def _seed_document(ssm: Any, document: dict) -> None:
    content = document["content"]
    wanted = {
        "Name": document["name"],
        "DocumentType": document.get("type", "Automation"),
        "DocumentFormat": document.get("format", "YAML" if isinstance(content, str) else "JSON"),
        "Content": content if isinstance(content, str) else json.dumps(content),
    }
    if document.get("target_type"):
        wanted["TargetType"] = document["target_type"]
    ssm.create_document(**wanted)
    if document.get("shared_with"):
        ssm.modify_document_permission(
            Name=document["name"], PermissionType="Share", AccountIdsToAdd=list(document["shared_with"])
        )


def camel(word: str) -> str:
    """patch_groups -> PatchGroups; CamelCase words stay."""
    return "".join(part[:1].upper() + part[1:] for part in word.split("_"))


def _camel_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {camel(key): _camel_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_camel_keys(item) for item in value]
    return value


def _seed_baseline(ssm: Any, baseline: dict) -> None:
    rest = {key: value for key, value in baseline.items() if key not in ("patch_groups", "default")}
    number = ssm.create_patch_baseline(**_camel_keys(rest))["BaselineId"]
    for group in baseline.get("patch_groups") or []:
        ssm.register_patch_baseline_for_patch_group(BaselineId=number, PatchGroup=group)
    if baseline.get("default"):
        ssm.register_default_patch_baseline(BaselineId=number)


def _seed_group(group: dict, account: str, region: str) -> list[dict]:
    from moto.ec2.models import ec2_backends

    if group.get("hybrid"):
        return _seed_hybrid(group, account, region)
    backend = ec2_backends[account][region]
    zones = group.get("zones") or [f"{region}a"]
    count = int(group.get("count", 1))
    made = []
    for number, zone in zip(range(1, count + 1), itertools.cycle(zones)):
        name = group["name"] if count == 1 else f"{group['name']}-{number}"
        instance = _start_instance(backend, group, name, zone)
        facts = {key: value for key, value in group.items() if key not in EC2_ONLY}
        made.append({**facts, "name": name, "instance_id": instance.id})
    return made


def _seed_hybrid(group: dict, account: str, region: str) -> list[dict]:
    count, made = int(group.get("count", 1)), []
    activation = activations_model.seed_activation(account, region, group["name"], count)
    tags = {key: _tag(value) for key, value in (group.get("tags") or {}).items()}
    for number in range(1, count + 1):
        name = group["name"] if count == 1 else f"{group['name']}-{number}"
        node = activations_model.register(account, region, name, activation, {"Name": name, **tags}, activation.created)
        facts = {key: value for key, value in group.items() if key not in EC2_ONLY}
        made.append({**facts, "name": name, "instance_id": node})
    return made


def _tag(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def _start_instance(backend: Any, group: dict, name: str, zone: str) -> Any:
    image = public_images.image_id(backend.region_name, group["platform"])
    # All ids of an instance come from its name, so that another line in the scenario does not change them.
    seen = state.store(backend.account_id, backend.region_name, "seed_names")
    seen[name] = seen.get(name, 0) + 1
    mock_random.seed(f"{backend.account_id}/{backend.region_name}/{name}/{seen[name]}")
    tags = {"Name": name}
    for key, value in (group.get("tags") or {}).items():
        tags[key] = _tag(value)
    reservation = backend.run_instances(
        image,
        1,
        None,
        [],
        is_instance_type_default=True,  # moto would look the type up in a list of thousands, for each instance
        instance_type=group.get("instance_type", "m6i.large"),
        subnet_id=_subnet(backend, zone).id,
        region_name=backend.region_name,
        placement=None,
        block_device_mappings=[],
        tags={"instance": tags},
        monitoring_state="disabled",
        ebs_optimized=True,
    )
    instance = reservation.instances[0]
    instance.launch_time = (clock.now() - LAUNCHED_BEFORE).replace(tzinfo=None)
    for letter, size in zip(["", *"bcdefghijklmnopqrstuvwxyz"], group.get("volumes") or [30], strict=False):
        device = f"/dev/sd{letter}" if letter else instance.root_device_name
        instance.add_block_device(int(size), device, None, False, True, None, "gp3")
    seed_principals.give_profile(backend, instance, group.get("instance_profile"))
    if group.get("state") == "stopped":
        instance.stop()
    return instance


def _subnet(backend: Any, zone: str) -> Any:
    """A subnet of the default VPC in the zone that has room; a further /20 of the VPC when the last is full."""
    known = state.store(backend.account_id, backend.region_name, "seed_subnets")
    free = known.setdefault(zone, [])
    if free and free[-1][1] > 0:
        free[-1][1] -= 1
        return free[-1][0]
    if not free:
        default = backend.get_default_subnets().get(zone)
        if default is None:
            raise ScenarioError(f"there is no zone {zone} in {backend.region_name}")
        free.append([default, 4090])
        return default
    vpc = backend.get_default_vpc()
    used = {ipaddress.ip_network(subnet.cidr_block) for subnet in backend.describe_subnets()}
    for candidate in ipaddress.ip_network(vpc.cidr_block).subnets(new_prefix=20):
        if candidate not in used:
            made = backend.create_subnet(vpc.id, str(candidate), None, zone)
            free.append([made, 4090])
            return made
    raise ScenarioError(f"the default VPC has no room for more instances in {zone}")
