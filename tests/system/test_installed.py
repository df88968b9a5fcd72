# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is installed when a run says so itself: a list, a choice of Windows patches. The patches of another run: test_day."""

from __future__ import annotations

import pytest
import yaml
from driver import Operator
from several import failures

from local_aws import testing


def host(name, platform, environment="production", missing=4, **more):
    return {
        "name": name,
        "platform": platform,
        "zones": ["us-east-1a"],
        "tags": {"instancedata": {"solution": "shop", "environment": environment, "instance": "SQL Server"}},
        "missing": missing,
        "patch_seconds": 60,
        "scan_seconds": 20,
        "reboot_seconds": 30,
        "image_seconds": 30,
        **more,
    }


@pytest.fixture(name="serve")
def fixture_serve(tmp_path):
    """serve(fleet): a local AWS with a bucket, and somebody who makes runs with little around the installation."""

    def serve(fleet, **variables):
        variables = {"patch_run_retries": 0, "patch_run_update_agent": False, "patch_run_image": False, **variables}
        manager = testing.serve({"clock": {"rate": 900, "start": "2026-03-10T02:00:00Z"}, "fleet": fleet})
        aws = manager.__enter__()
        managers.append(manager)
        aws.client("s3").create_bucket(Bucket="fleetpatch-lists")
        return aws, Operator(tmp_path, aws, patch_run_override_bucket="fleetpatch-lists", **variables)

    managers: list = []
    yield serve
    for manager in managers:
        manager.__exit__(None, None, None)


def node(aws, name):
    reservations = aws.client("ec2").describe_instances(Filters=[{"Name": "tag:Name", "Values": [name]}])[
        "Reservations"
    ]
    return reservations[0]["Instances"][0]["InstanceId"]


def installed(aws, instance_id):
    done = aws.control.history(kind="install", instance=instance_id)
    return [patch for entry in done for patch in entry["installed"]]


def uploads(aws):
    return [call for call in aws.control.calls(operation="PutObject") if call["source"] == "client"]


def test_exactly_a_list_is_installed_and_judged_by(serve, tmp_path):
    aws, operator = serve([host("sql", "windows-2022"), host("file", "amazon-linux-2023")])
    nodes = {name: node(aws, name) for name in ("sql", "file")}
    wanted = {name: aws.machine(nodes[name])["missing"][:2] for name in nodes}
    text = yaml.safe_dump({"patches": [{"id": one} for name in nodes for one in wanted[name]]})
    (tmp_path / "list.yaml").write_text(text, encoding="utf-8")
    aws.faults(service="s3", operation="PutObject", code="AccessDenied", message="not you", status=403)
    operator.run(patch_run_id="one", patch_run_install_override_list="list.yaml", expect=2)
    assert "failed at Store the override" in operator.report("one")["message"] and aws.control.history() == []
    refused = operator.run(patch_run_id="one", expect=2)
    assert "was planned with install_override_list list.yaml, and this call has not set" in " ".join(refused.split())
    operator.run(patch_run_id="one", patch_run_install_override_list="list.yaml")
    assert {name: installed(aws, nodes[name]) for name in nodes} == wanted
    report = operator.report("one")
    assert report["outcome"] == "completed" and "InstallOverrideList" in report["rule"]
    assert [one["missing_after"] for one in report["waves"][0]["hosts"]] == [2, 2]
    sent = len(uploads(aws))
    operator.run(patch_run_id="one", patch_run_install_override_list="list.yaml")
    assert len(uploads(aws)) == sent and len(aws.control.history(kind="install")) == 2


def test_a_reboot_at_a_later_time_is_done_by_one_window_in_the_order_of_the_plan(serve):
    first, second = host("sql", "windows-2022"), host("web", "amazon-linux-2023")
    second["tags"]["instancedata"]["instance"] = "Web Server"
    aws, operator = serve([first, second])
    nodes = [node(aws, "sql"), node(aws, "web")]
    aws.faults(service="ssm", operation="CreateMaintenanceWindow", code="AccessDeniedException", message="not you")
    output = operator.run(patch_run_id="late", patch_run_reboot_at="2026-03-14T22:00:00Z", expect=2)
    report = operator.report("late")
    assert report["totals"]["patched"] == 2 and "failed at Reboot | Create the maintenance window" in report["message"]
    operator.run(patch_run_id="late", patch_run_reboot_at="2026-03-14T22:00:00Z")
    assert "the run reboots no hosts" in output and aws.control.history(kind="reboot") == []
    report = operator.report("late")
    (window,) = aws.client("ssm").describe_maintenance_windows()["WindowIdentities"]
    assert report["reboots"]["at"] == "2026-03-14T22:00:00Z" and sorted(report["reboots"]["hosts"]) == sorted(nodes)
    assert (
        f"2 hosts will be rebooted at 2026-03-14T22:00:00Z by maintenance window {window['WindowId']}"
        in report["message"]
    )
    changes = len([call for call in aws.control.calls(source="client") if call["mutating"]])
    operator.run(patch_run_id="late", patch_run_reboot_at="2026-03-14T22:00:00Z")
    assert len([call for call in aws.control.calls(source="client") if call["mutating"]]) == changes
    aws.clock(advance=5 * 86400)
    aws.clock(jump="idle")
    done = [(entry["instance_id"], entry["kind"]) for entry in aws.control.history()]
    after = done[max(done.index((one, "scan")) for one in nodes) + 1 :]
    assert [one for one in after if one[1] in ("reboot", "scan")] == [
        (nodes[0], "reboot"),
        (nodes[0], "scan"),
        (nodes[1], "reboot"),
        (nodes[1], "scan"),
    ]
    states = aws.client("ssm").describe_instance_patch_states(InstanceIds=nodes)["InstancePatchStates"]
    assert [state["InstalledPendingRebootCount"] for state in states] == [0, 0]


def test_what_cannot_be_installed_is_refused_before_anything_happens(serve, tmp_path):
    aws, operator = serve([host("file", "amazon-linux-2023")])
    (tmp_path / "wrong.yaml").write_text("patches: []", encoding="utf-8")
    cases = (
        ({"patch_run_install_override_list": "wrong.yaml"}, "is empty, nothing would be installed"),
        ({"patch_run_install_override_list": "s3://fleetpatch-lists/nothing.yaml"}, "nothing.yaml"),
        ({"patch_run_only": {"kbs": ["KB5034123"]}}, "no Windows host is planned"),
        (
            {"patch_run_only": {"kbs": ["KB5034123"]}, "patch_run_baseline_override": "s3://fleetpatch-lists/x"},
            "a run takes one of",
        ),
    )
    for found, (wanted, text) in zip(failures(operator, [case[0] for case in cases], "plan"), cases, strict=True):
        assert text in found, wanted
    assert not [call for call in aws.control.calls(source="client") if call["mutating"] and call["service"] != "s3"]


def test_windows_hosts_install_what_was_chosen_and_others_by_their_baselines(serve):
    aws, operator = serve([host("sql", "windows-2022"), host("file", "amazon-linux-2023")])
    nodes = {name: node(aws, name) for name in ("sql", "file")}
    lacking = {name: aws.machine(nodes[name])["missing"] for name in nodes}
    operator.run(patch_run_id="some", patch_run_only={"kbs": lacking["sql"][:1]})
    assert installed(aws, nodes["sql"]) == lacking["sql"][:1]
    assert sorted(installed(aws, nodes["file"])) == sorted(lacking["file"])
    report = operator.report("some")
    assert report["outcome"] == "completed" and "a Windows host is patched when" in report["rule"]
