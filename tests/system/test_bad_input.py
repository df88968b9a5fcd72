# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What goes wrong is named; nothing is patched that the plan did not name; nothing is done twice; the report still comes."""

from __future__ import annotations

import collections
import shutil

import pytest
from driver import Operator

from local_aws import testing

ROLES = {"sql": ("windows-2022", "SQL Server"), "app": ("rhel-9", "Application Server")}


def host(name, **more):
    platform, role = ROLES[name]
    return {
        "name": name,
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


# What is wrong before anything begins


@pytest.mark.parametrize(
    ("variables", "hosts", "words"),
    [
        (
            {"patch_run_only_tiers": ["middle"]},
            {},
            "patch_run_only_tiers: 'middle' is not a tier; the tiers are data, application",
        ),
        (
            {"patch_run_zone_grouping": "groups", "patch_run_zone_groups": []},
            {},
            "patch_run_zone_groups: must not be empty when patch_run_zone_grouping is groups",
        ),
        (
            {"patch_run_zone_grouping": "groups", "patch_run_zone_groups": [[]]},
            {},
            "patch_run_zone_groups: group 1 is empty",
        ),
        (
            {"patch_run_zone_grouping": "groups", "patch_run_zone_groups": [["us-east-1f"]]},
            {},
            "patch_run_zone_groups names no group for us-east-1a",
        ),
        ({"patch_run_environments": ["prod"]}, {}, "nothing to patch: all 1 hosts are excluded (1 other_environment)"),
        ({"patch_run_max_errors": "a few"}, {}, "patch_run_max_errors: 'a few' must be a whole number from 0"),
        ({"patch_run_id": "a/b"}, {}, 'patch_run_id is "a/b"'),
        (
            {"patch_run_pre_hook": {"linux": "x" * 600}},
            {},
            "the linux script of the Pre hook has 1 lines, the longest of 600 characters",
        ),
        ({"patch_run_pre_hook": {"macos": "true"}}, {}, "the Pre hook has unknown keys macos"),
        (
            {},
            {"tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": "Mail Server"}}},
            "no tier names role 'Mail Server' of i-",
        ),
        (
            {},
            {"tags": {"instancedata": "shop, production"}},
            "nothing to patch: all 1 hosts are excluded (1 malformed_tag)",
        ),
    ],
)
def test_a_plan_that_cannot_be_made_says_why_and_touches_nothing(operator, variables, hosts, words):
    somebody = operator(host("sql", **hosts))
    output = squeezed(somebody.run(expect=2, **variables))
    assert words in output, output
    assert somebody.aws.control.history() == []
    assert not [call for call in somebody.aws.control.calls(source="client") if call["mutating"]]


def test_check_mode_shows_the_plan_and_changes_nothing(operator):
    somebody = operator(host("sql"), host("app"))
    output = somebody.run("patch", "--check")
    assert "2 hosts in 2 waves" in output
    assert "changed=0" in output
    assert somebody.aws.control.history() == []
    assert not [call for call in somebody.aws.control.calls(source="client") if call["mutating"]]
    assert not (somebody.folder / "fleetpatch-runs").exists()


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


def test_a_host_that_never_installs_is_tried_as_often_as_asked_with_one_image(operator):
    somebody = operator(host("sql", behaviours={"install_fails": -1}), host("app"))
    somebody.run(expect=2)
    report = somebody.report("bad")
    done = work_done(somebody)
    assert report["outcome"] == "stopped"
    assert (done[("image", "sql")], done[("install", "sql")], done[("image", "app")]) == (1, 2, 0)
    assert report["failures"][0]["step"] == "install"
    assert report["failures"][0]["next_step"]


def test_within_the_error_budget_the_run_goes_on_and_the_report_names_the_host(operator):
    somebody = operator(host("sql", behaviours={"install_fails": -1}), host("app"), patch_run_max_errors="1")
    output = squeezed(somebody.run())
    report = somebody.report("bad")
    assert report["outcome"] == "completed"
    assert (report["totals"]["patched"], report["totals"]["failed"]) == (1, 1)
    assert "failed within the error budget: sql" in output


def test_an_agent_that_never_comes_back_fails_its_host(operator):
    somebody = operator(host("sql", behaviours={"no_return": True}), patch_run_retries=0)
    somebody.run(expect=2)
    failure = somebody.report("bad")["failures"][0]
    assert failure["name"] == "sql" and failure["message"]


def test_an_instance_that_vanishes_is_named(operator):
    somebody = operator(host("sql", behaviours={"vanish": True}), host("app"))
    somebody.run()
    report = somebody.report("bad")
    row = report["waves"][0]["hosts"][0]
    assert (report["outcome"], report["failures"], row["name"], row["outcome"]) == ("completed", [], "sql", "gone")
    assert row["image_id"] in row["message"] and "1 host no longer exists" in report["message"]
    assert work_done(somebody)[("install", "app")] == 1


@pytest.mark.parametrize("operation", ["CreateImage", "StartAutomationExecution", "DescribeInstancePatchStates"])
def test_access_denied_is_said_with_the_operation(operator, operation):
    somebody = operator(host("sql"))
    service = "ec2" if operation == "CreateImage" else "ssm"
    code = "UnauthorizedOperation" if service == "ec2" else "AccessDeniedException"
    skip = 1 if operation == "DescribeInstancePatchStates" else 0  # the plan reads them too
    somebody.aws.control.faults(service=service, operation=operation, phase="before", code=code, count=-1, skip=skip)
    output = squeezed(somebody.run(expect=2))
    assert code in output, output
    assert somebody.report("bad")["outcome"] in ("stopped", "failed")
    assert code in str(somebody.report("bad")), somebody.report("bad")


def test_throttling_is_waited_out(operator):
    somebody = operator(host("sql"))
    for service, operation, code in (
        ("ec2", "CreateImage", "RequestLimitExceeded"),
        ("ec2", "DescribeImages", "RequestLimitExceeded"),
        ("ssm", "StartAutomationExecution", "ThrottlingException"),
        ("ssm", "GetAutomationExecution", "ThrottlingException"),
        ("ssm", "DescribeAutomationExecutions", "ThrottlingException"),
        ("ssm", "DescribeInstancePatchStates", "ThrottlingException"),
    ):
        somebody.aws.control.faults(service=service, operation=operation, phase="before", code=code, count=2)
    output = somebody.run()
    assert "ThrottlingException" not in output and "RequestLimitExceeded" not in output
    codes = ("ThrottlingException", "RequestLimitExceeded")
    throttled = [call for call in somebody.aws.control.calls(source="client") if call["error"] in codes]
    assert len(throttled) == 12
    assert work_done(somebody) == {("image", "sql"): 1, ("install", "sql"): 1}


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_server_error_before_or_after_the_call_was_carried_out_does_nothing_twice(operator, phase):
    somebody = operator(host("sql"))
    for service, operation, code in (
        ("ec2", "CreateImage", "InternalError"),
        ("ssm", "StartAutomationExecution", "InternalServerError"),
        ("ssm", "CreateDocument", "InternalServerError"),
        ("ssm", "GetAutomationExecution", "InternalServerError"),
    ):
        somebody.aws.control.faults(service=service, operation=operation, phase=phase, code=code, status=500, count=1)
    somebody.run()
    failed = {
        call["operation"]
        for call in somebody.aws.control.calls(source="client")
        if call["error"] and "Internal" in call["error"]
    }
    assert failed == {"CreateImage", "StartAutomationExecution", "CreateDocument", "GetAutomationExecution"}
    assert work_done(somebody) == {("image", "sql"): 1, ("install", "sql"): 1}
    assert somebody.report("bad")["outcome"] == "completed"


def test_a_finished_run_repeats_nothing(operator):
    somebody = operator(host("sql"), host("app"))
    somebody.run()
    before = work_done(somebody)
    mark = len(somebody.aws.control.calls(source="client"))
    output = somebody.run()
    assert "changed=0" in output
    assert (
        work_done(somebody) == before == {(kind, name): 1 for kind in ("image", "install") for name in ("sql", "app")}
    )
    assert not [call for call in somebody.aws.control.calls(source="client")[mark:] if call["mutating"]]


@pytest.mark.parametrize("status", ["success", "failed", "completed_with_failure"])
def test_the_verdict_does_not_hang_on_the_parents_status(operator, status):
    somebody = operator(host("sql", behaviours={"install_fails": 1}), patch_run_max_errors="1", patch_run_retries=0)
    somebody.aws.control.switches(parent_status=status)
    somebody.run()
    totals = somebody.report("bad")["totals"]
    assert (totals["patched"], totals["failed"]) == (0, 1)


def test_after_a_stop_the_host_is_mended_and_the_same_run_goes_on(operator):
    somebody = operator(host("sql", behaviours={"install_fails": -1}), host("app"))
    somebody.run(expect=2)
    sql = somebody.plan("bad")["waves"][0]["hosts"][0]["instance_id"]
    somebody.aws.control.set_machine(sql, install_fails=0)
    somebody.run()
    assert work_done(somebody) == {
        ("image", "sql"): 1,
        ("install", "sql"): 3,
        ("image", "app"): 1,
        ("install", "app"): 1,
    }
    assert somebody.report("bad")["outcome"] == "completed"
    assert somebody.report("bad")["waves"][0]["hosts"][0]["attempts"] == 3


def test_a_completed_run_leaves_the_hosts_alone_that_failed_within_its_budget(operator):
    somebody = operator(host("sql", behaviours={"install_fails": -1}), patch_run_max_errors="1")
    somebody.run()
    assert "changed=0" in somebody.run()
    assert work_done(somebody) == {("image", "sql"): 1, ("install", "sql"): 2}


def test_the_folder_of_a_run_may_be_lost_and_still_nothing_is_repeated(operator):
    somebody = operator(host("sql"), host("app"))
    somebody.run()
    before = work_done(somebody)
    shutil.rmtree(somebody.folder / "fleetpatch-runs")
    assert "changed=0" in somebody.run()
    assert work_done(somebody) == before
    assert somebody.report("bad")["outcome"] == "completed"


@pytest.mark.parametrize(
    "switches",
    [
        {"page_size": 2, "steps_bound": 1},
        {"eventual_reads": 2},
        {"throttle_share": 0.05},
        {"targets_summary": False, "children_listed": True},
    ],
    ids=lambda switches: " ".join(switches),
)
def test_where_aws_could_differ_a_run_ends_the_same(operator, switches):
    somebody = operator(host("sql", count=3), host("app"), patch_run_max_concurrency="3")
    somebody.aws.control.switches(**switches)
    somebody.run()
    assert somebody.report("bad")["totals"]["patched"] == 4
    assert sum(work_done(somebody).values()) == 8
