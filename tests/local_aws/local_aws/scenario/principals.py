# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Users and roles of a scenario, with their policies.

A policy is a document, the ARN of a managed policy, or the path of a JSON file, relative to the file of the scenario.
A scenario without users is used by an administrator: its access keys are unknown ones, see framework/identity.py.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from moto.moto_api._internal import mock_random

from local_aws.framework import inproc

TOP = {"users", "roles", "instance_profile"}

_always: dict[str, Any] = {}  # what every scenario has, see always()


def always(file: str | Path | None) -> None:
    """The users, roles and the instance profile of this file are in every scenario from now on; None: no more.

    Raises OSError, ValueError.
    """
    _always.clear()
    if file is None:
        return
    path = Path(file).resolve()
    spec = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    unknown = sorted(set(spec) - TOP)
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r} in {path.name}; known: {', '.join(sorted(TOP))}")
    find_files(spec, path.parent)
    _always.update(spec)


def seed(account: str, region: str, spec: dict) -> None:
    """Everybody of the scenario, and of always() those whose names it does not have itself."""
    for kind, make in (("roles", seed_role), ("users", seed_user)):
        own = spec.get(kind) or []
        for one in own:
            make(account, region, one)
        dice = mock_random.getstate()
        for one in _always.get(kind) or []:
            if one["name"] not in {known["name"] for known in own}:
                make(account, region, one)
        mock_random.setstate(dice)  # the ids of the scenario are the same with and without them


def find_files(spec: dict, folder: Path) -> None:
    """Make the paths of policies in a scenario absolute."""
    for account in [spec, *(spec.get("accounts") or [])]:
        for holder in [*(account.get("roles") or []), *(account.get("users") or [])]:
            found = holder.get("policies") or []
            if isinstance(found, list) and any(_is_path(one) for one in found):
                holder["policies"] = [str(folder / one) if _is_path(one) else one for one in found]


def _is_path(entry: Any) -> bool:
    return isinstance(entry, str) and not entry.startswith("arn:")


def _backend(account: str) -> Any:
    from moto.iam.models import iam_backends

    return iam_backends[account]["aws"]


def seed_role(account: str, region: str, role: dict) -> None:
    """Create an IAM role: trust = service principals, accounts = trusted accounts (with external_id when given).

    A role that EC2 may assume has an instance profile with its name.
    """
    iam, name = _backend(account), role["name"]
    trust = json.dumps({"Version": "2012-10-17", "Statement": _trust(role)})
    iam.create_role(name, trust, "/", None, "", [], None)
    for index, entry in enumerate(role.get("policies") or [], 1):
        if isinstance(entry, str) and entry.startswith("arn:"):
            inproc.client("iam", account, region, source="scenario").attach_role_policy(RoleName=name, PolicyArn=entry)
        else:
            iam.put_role_policy(name, f"inline-{index}", _document(entry))
    if "ec2.amazonaws.com" in (role.get("trust") or []):
        iam.create_instance_profile(name, "/", [])
        iam.add_role_to_instance_profile(name, name)


def _trust(role: dict) -> list[dict]:
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
    return statements


def seed_user(account: str, region: str, user: dict) -> None:
    """Create an IAM user with exactly these permissions, and this access key."""
    iam, name = _backend(account), user["name"]
    iam.create_user(region, name)
    for index, entry in enumerate(user.get("policies") or [], 1):
        if isinstance(entry, str) and entry.startswith("arn:"):
            inproc.client("iam", account, region, source="scenario").attach_user_policy(UserName=name, PolicyArn=entry)
        else:
            iam.put_user_policy(name, f"inline-{index}", _document(entry))
    if user.get("access_key"):
        key = iam.create_access_key(name)
        del iam.access_keys[key.access_key_id]
        key.access_key_id = user["access_key"]
        iam.access_keys[user["access_key"]] = key


def _document(entry: dict | str) -> str:
    return json.dumps(entry) if isinstance(entry, dict) else _read(entry, Path(entry).stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: str, changed: int) -> str:
    return json.dumps(json.loads(Path(path).read_text(encoding="utf-8")))


def give_profile(backend: Any, instance: Any, name: str | None) -> None:
    """The instance has the instance profile of this name, else the one of always(), if any."""
    name = name or _always.get("instance_profile")
    if name:
        made = backend.associate_iam_instance_profile(instance.id, iam_instance_profile_name=name)
        instance.iam_instance_profile = made.iam_instance_profile
