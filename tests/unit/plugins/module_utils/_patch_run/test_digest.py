# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The digest of a plan binds everything that decides what a run does."""

from __future__ import annotations

import dataclasses
import json

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import digest
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.approval_error import ApprovalError
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import Exclusion
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import Plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import Warned
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_host
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave

KEY = "0123456789abcdef0123456789abcdef"
GIVEN = {
    "runbook": {"name": "fleetpatch-PatchHost", "content": "schemaVersion: '0.3'"},
    "parameters": {"InstallOverrideList": "s3://b/list", "PreHookLinux": ["export TOKEN=hidden", "true"]},
    "reboot_option": "RebootIfNeeded",
    "override": "patches: []",
}


def wave(number, *ids):
    hosts = [{"host": one, "instance_id": f"i-{one}", "name": one, "tags": {}} for one in ids]
    return read_wave({"number": number, "id": f"wave{number}", "tier": "data", "zones": ["a"], "hosts": hosts})


PLAN = Plan(
    run_id="spring",
    created_at="2026-03-10T02:00:00Z",
    region="us-east-1",
    options={"environments": ["production"]},
    summary={"hosts": 3},
    waves=(wave(1, "sql"), wave(2, "web", "app")),
    exclusions=(Exclusion("old", "i-old", "old", "a", "exempt", "its tag says so"),),
    warnings=(Warned("stale", "old scans"),),
    account={"id": "123456789012", "alias": "shop"},
    planned_by={"arn": "arn:aws:iam::123456789012:user/ops", "user": ""},
    content=digest.content_of(GIVEN),
)
STORED = digest.sealed(PLAN)


def test_a_plan_that_was_stored_and_read_has_the_digest_that_it_was_made_with():
    again = Plan.from_dict(json.loads(json.dumps(STORED.to_dict())))
    assert again == STORED and digest.sealed(again).digest == STORED.digest and not digest.changes(again)
    assert digest.verified(again, again.content, "123456789012", "") == STORED


def with_host(plan):
    added = read_host({"host": "old", "instance_id": "i-old", "name": "old"})
    first = plan.waves[0]
    return dataclasses.replace(plan, waves=(dataclasses.replace(first, hosts=(*first.hosts, added)), *plan.waves[1:]))


CHANGES = {
    "host": (
        with_host,
        ["wave wave1 changed", "old (i-old) is planned and excluded", "summary says 3 hosts, and its waves have 4"],
    ),
    "fact": (
        lambda plan: dataclasses.replace(plan, waves=(plan.waves[0], wave(2, "web", "cpp"))),
        ["wave wave2 changed"],
    ),
    "order": (lambda plan: dataclasses.replace(plan, waves=plan.waves[::-1]), ["run changed"]),
    "twice": (
        lambda plan: dataclasses.replace(plan, waves=(*plan.waves, dataclasses.replace(wave(3, "web"), id="again"))),
        ["wave again was added", "web (i-web) is planned 2 times"],
    ),
    "gone": (lambda plan: dataclasses.replace(plan, waves=plan.waves[:1]), ["wave wave2 was removed"]),
    "options": (lambda plan: dataclasses.replace(plan, options={}), ["options changed"]),
    "excluded": (lambda plan: dataclasses.replace(plan, exclusions=()), ["the excluded hosts changed"]),
    "warnings": (lambda plan: dataclasses.replace(plan, warnings=()), ["warnings changed"]),
    "content": (lambda plan: dataclasses.replace(plan, content={}), ["what the run carries out changed"]),
    "region": (lambda plan: dataclasses.replace(plan, region="eu-west-1"), ["run changed"]),
    "planner": (lambda plan: dataclasses.replace(plan, planned_by={}), ["run changed"]),
    "account": (lambda plan: dataclasses.replace(plan, account={"id": "210987654321"}), ["run changed"]),
    "digest": (lambda plan: dataclasses.replace(plan, digest="sha256:0"), ["its digest changed"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_a_stored_plan_is_refused_and_named(change):
    changed, words = CHANGES[change][0](STORED), CHANGES[change][1]
    if change != "digest":
        assert digest.sealed(changed).digest != STORED.digest
    with pytest.raises(ApprovalError) as refused:
        digest.verified(changed, changed.content, "", "")
    assert all(word in str(refused.value) for word in words)
    # What was approved by its digest is carried out.
    named = digest.sealed(changed).digest
    assert named in str(refused.value)
    assert digest.verified(changed, changed.content, "", named).digest == named


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        (
            "runbook",
            {"name": "fleetpatch-PatchHost", "content": "other"},
            "the runbook fleetpatch-PatchHost was sha256:",
        ),
        ("reboot_option", "NoReboot", "patch_run_reboot_option was RebootIfNeeded and is NoReboot"),
        ("override", "patches: [x]", "the override was sha256:"),
        ("override", "", "and is not there"),
        (
            "parameters",
            {"InstallOverrideList": "s3://b/other"},
            "the parameter InstallOverrideList was s3://b/list and is s3://b/other",
        ),
    ],
)
def test_what_would_be_carried_out_otherwise_is_refused_and_named(key, value, words):
    now = digest.content_of({**GIVEN, key: value})
    with pytest.raises(ApprovalError, match=words) as refused:
        digest.verified(STORED, now, "123456789012", "")
    assert "Make a new plan under another run id" in str(refused.value)
    with pytest.raises(ApprovalError):
        digest.verified(STORED, now, "123456789012", STORED.digest)  # the digest that was approved before


def test_scripts_are_kept_as_digests_only():
    assert "hidden" not in json.dumps(STORED.to_dict())


def test_a_plan_is_of_one_account():
    with pytest.raises(ApprovalError, match="made for account 123456789012, and this is 210987654321"):
        digest.verified(STORED, STORED.content, "210987654321", STORED.digest)


def test_with_a_key_nobody_without_it_can_change_the_plan():
    signed = digest.sealed(PLAN, KEY)
    assert digest.verified(signed, signed.content, "", "", KEY) == signed
    forged = digest.sealed(with_host(PLAN))
    for plan in (
        forged,
        digest.sealed(with_host(PLAN), f"another {KEY}"),
        dataclasses.replace(signed, signature=""),
        PLAN,
    ):
        with pytest.raises(ApprovalError, match="its signature does not fit"):
            digest.verified(plan, plan.content, "", digest.sealed(plan).digest, KEY)


def test_a_key_that_is_guessed_is_refused():
    with pytest.raises(ApprovalError, match="patch_run_digest_key has 31 characters, and needs at least 32"):
        digest.sealed(PLAN, KEY[1:])


def test_a_plan_of_an_earlier_version_is_carried_out_and_gets_its_digest():
    assert digest.verified(PLAN, PLAN.content, "", "") == STORED
    assert not digest.changes(PLAN)
