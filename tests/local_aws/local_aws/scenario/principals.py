# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Users and roles of a scenario, with their policies.

A policy is a document, the ARN of a managed policy, or the path of a JSON file, relative to the file of the scenario.
A scenario without users is used by an administrator: its access keys are unknown ones, see framework/identity.py.
"""

import json
from pathlib import Path
from typing import Any

from local_aws.framework import inproc


def seed(account: str, region: str, spec: dict) -> None:
    for role in spec.get("roles") or []:
        seed_role(account, region, role)
    for user in spec.get("users") or []:
        seed_user(account, region, user)


def find_files(spec: dict, folder: Path) -> None:
    """Make the paths of policies in a scenario absolute."""
    for account in [spec, *(spec.get("accounts") or [])]:
        for holder in [*(account.get("roles") or []), *(account.get("users") or [])]:
            found = holder.get("policies") or []
            paths = isinstance(found, list) and any(_is_path(one) for one in found)
            if paths:
                holder["policies"] = [str(folder / one) if _is_path(one) else one for one in found]


def _is_path(entry: Any) -> bool:
    return isinstance(entry, str) and not entry.startswith("arn:")


def _iam(account: str, region: str) -> Any:
    return inproc.client("iam", account, region, source="scenario")


def seed_role(account: str, region: str, role: dict) -> None:
    """Create an IAM role: trust = service principals, accounts = trusted accounts (with external_id when given)."""
    statements: list[dict] = []
    if role.get("trust"):
        statements.append(
            {"Effect": "Allow", "Principal": {"Service": list(role["trust"])}, "Action": "sts:AssumeRole"}
        )
    if role.get("accounts"):
        arns = [item if str(item).startswith("arn:") else f"arn:aws:iam::{item}:root" for item in role["accounts"]]
        statement = {"Effect": "Allow", "Principal": {"AWS": arns}, "Action": "sts:AssumeRole"}
        if role.get("external_id"):
            statement["Condition"] = {"StringEquals": {"sts:ExternalId": role["external_id"]}}
        statements.append(statement)
    iam, name = _iam(account, region), role["name"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)
    for index, entry in enumerate(role.get("policies") or [], 1):
        if isinstance(entry, str) and entry.startswith("arn:"):
            iam.attach_role_policy(RoleName=name, PolicyArn=entry)
        else:
            iam.put_role_policy(RoleName=name, PolicyName=f"inline-{index}", PolicyDocument=_document(entry))
    if "ec2.amazonaws.com" in (role.get("trust") or []):
        iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)


def seed_user(account: str, region: str, user: dict) -> None:
    """Create an IAM user with exactly these permissions, and this access key."""
    from moto.iam.models import iam_backends

    iam, name = _iam(account, region), user["name"]
    iam.create_user(UserName=name)
    for index, entry in enumerate(user.get("policies") or [], 1):
        if isinstance(entry, str) and entry.startswith("arn:"):
            iam.attach_user_policy(UserName=name, PolicyArn=entry)
        else:
            iam.put_user_policy(UserName=name, PolicyName=f"inline-{index}", PolicyDocument=_document(entry))
    if user.get("access_key"):
        backend: Any = iam_backends[account]["aws"]
        key = backend.create_access_key(name)
        del backend.access_keys[key.access_key_id]
        key.access_key_id = user["access_key"]
        backend.access_keys[user["access_key"]] = key


def _document(entry: dict | str) -> str:
    return json.dumps(entry if isinstance(entry, dict) else json.loads(Path(entry).read_text(encoding="utf-8")))


def give_profile(backend: Any, instance: Any, name: str) -> None:
    """The instance has the instance profile of this name."""
    made = backend.associate_iam_instance_profile(instance.id, iam_instance_profile_name=name)
    instance.iam_instance_profile = made.iam_instance_profile
