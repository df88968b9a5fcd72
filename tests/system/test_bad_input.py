# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What goes wrong is named; nothing is patched that the plan did not name; nothing is done twice; the report still comes."""

from __future__ import annotations

import collections
import contextlib
import shutil

import pytest
from driver import Operator
from several import failures

from local_aws import testing
from local_aws.framework import recorder
from local_aws.framework.switches import set_switches

ROLES = {"sql": ("windows-2022", "SQL Server"), "app": ("rhel-9", "Application Server")}


def host(kind, **more):
    platform, role = ROLES[kind]
    return {
        "name": kind,
        "platform": platform,
        "zones": ["us-east-1a"],
        "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": role}},
        "missing": 2,
        "patch_seconds": 120,
        "scan_seconds": 30,
        "reboot_seconds": 30,
        "agent_update_seconds": 20,
        "image_seconds": 60,
        **more,
    }


def fleet(*hosts):
    return {"clock": {"rate": 600}, "fleet": list(hosts)}


@pytest.fixture(name="operator")
def fixture_operator(tmp_path):
    servers = []

    def start(*hosts, **variables):
        server = testing.serve(fleet(*hosts))
        aws = server.__enter__()
        servers.append(server)
        return Operator(tmp_path, aws, **{"patch_run_id": "bad", "patch_run_retries": 1, **variables})

    yield start
    for server in servers:
        server.__exit__(None, None, None)


def squeezed(output):
    return " ".join(output.split())


def work_done(operator):
    """(kind, Name tag) to how often it was done, for images and installs."""
    names = {one["instance_id"]: one["name"] for wave in operator.plan("bad")["waves"] for one in wave["hosts"]}
    done = collections.Counter()
    for entry in operator.aws.control.history():
        if entry["kind"] in ("image", "install"):
            done[(entry["kind"], names.get(entry["instance_id"], "not planned"))] += 1
    assert not [key for key in done if key[1] == "not planned"], done
    return done


def instance_id(operator, name):
    found = operator.aws.client("ec2").describe_instances(Filters=[{"Name": "tag:Name", "Values": [name]}])
    return found["Reservations"][0]["Instances"][0]["InstanceId"]


def nothing_happened(operator):
    assert operator.aws.control.history() == []
    assert not [call for call in operator.aws.control.calls(source="client") if call["mutating"]]


# What is wrong before anything begins


def test_a_plan_that_cannot_be_made_says_why_and_touches_nothing(operator):
    tags = {"solution": "shop", "environment": "production"}
    somebody = operator(
        host("sql"),
        host("sql", name="mail", tags={"instancedata": {**tags, "instance": "Mail Server"}}),
        host("sql", name="odd", tags={"instancedata": "shop, production"}),
    )
    sql, mail, odd = (instance_id(somebody, name) for name in ("sql", "mail", "odd"))
    groups = {"patch_run_hosts": sql, "patch_run_zone_grouping": "groups"}
    excluded = "nothing to patch: all 1 hosts are excluded"
    cases = [
        (
            {"patch_run_only_tiers": ["middle"]},
            "patch_run_only_tiers: 'middle' is not a tier; the tiers are data, application",
        ),
        (
            {**groups, "patch_run_zone_groups": []},
            "patch_run_zone_groups: must not be empty when patch_run_zone_grouping is groups",
        ),
        ({**groups, "patch_run_zone_groups": [[]]}, "patch_run_zone_groups: group 1 is empty"),
        ({**groups, "patch_run_zone_groups": [["us-east-1f"]]}, "patch_run_zone_groups names no group for us-east-1a"),
        ({"patch_run_hosts": sql, "patch_run_environments": ["prod"]}, f"{excluded} (1 other_environment)"),
        ({"patch_run_max_errors": "a few"}, "patch_run_max_errors: 'a few' must be a whole number from 0"),
        ({"patch_run_id": "a/b"}, 'patch_run_id is "a/b"'),
        (
            {"patch_run_pre_hook": {"linux": "x" * 600}},
            "the linux script of the Pre hook has 1 lines, the longest of 600 characters",
        ),
        ({"patch_run_pre_hook": {"macos": "true"}}, "the Pre hook has unknown keys macos"),
        ({"patch_run_hosts": mail}, "no tier names role 'Mail Server' of i-"),
        ({"patch_run_hosts": odd}, f"{excluded} (1 malformed_tag)"),
        (
            {"patch_run_everything": False, "patch_run_ignored_roles": ["Mail Server"]},
            "Run bad was not started: its plan selects all solutions and all environments",
        ),
        ({"patch_run_assume_role": "patching"}, "patch_run_assume_role: 'patching' must be the ARN of an IAM role"),
        (
            {"patch_run_hosts": sql, "patch_run_publish_document": False, "patch_run_id": "unpublished"},
            "patch_run_publish_document is false, and there is no document fleetpatch-PatchHost",
        ),
    ]
    for found, (variables, words) in zip(failures(somebody, [case[0] for case in cases]), cases, strict=True):
        assert words in found, variables
    nothing_happened(somebody)
    # As users start it: the playbook fails, and its output says why.
    output = squeezed(somebody.run(expect=2, patch_run_hosts=mail))
    assert "no tier names role 'Mail Server' of i-" in output
    nothing_happened(somebody)


# What goes wrong on the way


def test_an_image_that_fails_keeps_its_host_from_being_patched(operator):
    somebody = operator(host("sql", behaviours={"image_fails": -1}), host("app"))
    output = squeezed(somebody.run(expect=2))
    report = somebody.report("bad")
    assert report["outcome"] == "stopped"
    assert "wave data.use1a" in output and "sql" in report["failures"][0]["name"]
    assert report["failures"][0]["step"] == "image"
    assert work_done(somebody)[("install", "sql")] == 0
    assert {wave["id"]: wave["outcome"] for wave in report["waves"]} == {
        "data.use1a": "failed",
        "application.use1a": "skipped",
    }


def test_within_the_error_budget_the_run_goes_on_whatever_the_parents_status_and_the_report_names_the_hosts(operator):
    fails = {"behaviours": {"install_fails": -1}}
    somebody = operator(
        host("sql", **fails),
        # It is no failure within or above the budget.
        host("sql", name="lost", behaviours={"vanish": True}),
        host("app", name="app-a", **fails),
        host("app", name="good"),
        host("app", name="app-b", zones=["us-east-1b"], behaviours={"no_return": True}),
        patch_run_max_errors="1",
    )
    with parent_statuses("success", "failed", "completed_with_failure"):
        output = squeezed(somebody.run())
    report = somebody.report("bad")
    assert report["outcome"] == "completed"
    assert [{one["name"]: one["outcome"] for one in wave["hosts"]} for wave in report["waves"]] == [
        {"sql": "failed", "lost": "gone"},
        {"app-a": "failed", "good": "patched"},
        {"app-b": "failed"},
    ]
    assert (report["totals"]["patched"], report["totals"]["failed"]) == (1, 3)
    assert "failed within the error budget: sql" in output
    (lost,) = [one for one in report["waves"][0]["hosts"] if one["name"] == "lost"]
    assert lost["image_id"] in lost["message"] and "1 host no longer exists" in report["message"]
    failures = {one["name"]: one["message"] for one in report["failures"]}
    assert set(failures) == {"sql", "app-a", "app-b"} and failures["app-b"]
    # It is completed: the hosts that failed within its budget are left alone.
    done = work_done(somebody)
    assert (done[("image", "sql")], done[("install", "sql")]) == (1, 2)
    assert "changed=0" in somebody.run()
    assert work_done(somebody) == done


@contextlib.contextmanager
def parent_statuses(*statuses):
    """The executions of each wave end with the next of these statuses."""
    waves = {}

    def seen(entry):
        if entry["operation"] == "StartAutomationExecution" and entry["source"] == "client":
            (key,) = (tag["Key"] for tag in entry["params"]["Tags"] if tag["Key"].startswith("fleetpatch:run:"))
            wave = key.split(":")[3]
            waves.setdefault(wave, statuses[len(waves) % len(statuses)])
            set_switches({"parent_status": waves[wave]})  # a request would wait for this one

    recorder.LISTENERS.append(seen)
    try:
        yield
    finally:
        recorder.LISTENERS.remove(seen)
    assert len(waves) == len(statuses)


THROTTLED = (
    ("ec2", "CreateImage", "RequestLimitExceeded"),
    ("ec2", "DescribeImages", "RequestLimitExceeded"),
    ("ssm", "StartAutomationExecution", "ThrottlingException"),
    ("ssm", "GetAutomationExecution", "ThrottlingException"),
    ("ssm", "DescribeAutomationExecutions", "ThrottlingException"),
    ("ssm", "DescribeInstancePatchStates", "ThrottlingException"),
)
BROKEN = (
    ("ec2", "CreateImage", "InternalError"),
    ("ssm", "StartAutomationExecution", "InternalServerError"),
    ("ssm", "CreateDocument", "InternalServerError"),
    ("ssm", "GetAutomationExecution", "InternalServerError"),
)


def test_throttling_and_server_errors_before_and_after_a_call_was_carried_out_do_nothing_twice_and_are_waited_out(
    operator,
):
    somebody = operator(host("sql"), host("app"))
    for service, operation, code in THROTTLED:
        somebody.aws.control.faults(service=service, operation=operation, phase="before", code=code, count=2)
    for service, operation, code in BROKEN:
        for phase in ("before", "after"):
            somebody.aws.control.faults(
                service=service, operation=operation, phase=phase, code=code, status=500, count=1
            )
    output = somebody.run()
    codes = ("ThrottlingException", "RequestLimitExceeded")
    assert not any(code in output for code in codes)
    calls = somebody.aws.control.calls(source="client")
    assert len([call for call in calls if call["error"] in codes]) == 12
    failed = collections.Counter(call["operation"] for call in calls if call["error"] and "Internal" in call["error"])
    assert failed == {operation: 2 for _service, operation, _code in BROKEN}
    before = work_done(somebody)
    assert before == {(kind, name): 1 for kind in ("image", "install") for name in ("sql", "app")}
    history = somebody.aws.control.history()
    a_finished_run_repeats_nothing_also_without_its_folder(somebody)
    assert somebody.aws.control.history() == history


def a_finished_run_repeats_nothing_also_without_its_folder(somebody):
    mark = len(somebody.aws.control.calls(source="client"))
    assert somebody.report("bad")["outcome"] == "completed"
    assert "changed=0" in somebody.run()
    shutil.rmtree(somebody.folder / "fleetpatch-runs")
    output = squeezed(somebody.run())
    assert "changed=0" in output and "Run bad is finished: 2 of 2 hosts patched" in output
    assert not [call for call in somebody.aws.control.calls(source="client")[mark:] if call["mutating"]]


@pytest.mark.parametrize("prefix", ["", "aws_"])
def test_instances_that_an_inventory_merges_are_named_and_a_prefix_of_its_variables_is_no_matter(operator, prefix):
    """hostnames: [tag:Name] makes one host of three instances that have the same name."""
    somebody = operator(host("app", count=3), host("sql"))
    ids = [
        one["InstanceId"]
        for page in somebody.aws.client("ec2").describe_instances()["Reservations"]
        for one in page["Instances"]
    ]
    for number in ids[:3]:
        tags = [{"Key": "Name", "Value": "web"}]
        somebody.aws.client("ec2").create_tags(Resources=[number], Tags=tags)
    inventory = "plugin: amazon.aws.aws_ec2\nregions: [us-east-1]\nhostnames: ['tag:Name']\n"
    inventory += f"hostvars_prefix: {prefix}\n" if prefix else ""
    (somebody.folder / "fleet.aws_ec2.yml").write_text(inventory, encoding="utf-8")
    output = squeezed(somebody.run("plan"))
    assert "2 instances of the selection are not in the inventory: not patched" in output, output
    plan = somebody.plan("bad")
    planned = {one["instance_id"] for wave in plan["waves"] for one in wave["hosts"]}
    (warning,) = [one for one in plan["warnings"] if one["code"] == "not_in_inventory"]
    assert len(planned) == 2 and sorted(warning["hosts"]) == sorted(f"web ({one})" for one in ids if one not in planned)
