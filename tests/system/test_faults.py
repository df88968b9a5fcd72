# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""An external step fails once: the run ends in a state that the report tells truthfully, and the same run goes on from there.

Elsewhere: mail and other notices refused (test_notices), a volume task that ends failed-detached (test_rollback), a calendar or an alarm
that was never there (test_gates), images that fail, hosts that vanish or do not answer (test_bad_input).
"""

from __future__ import annotations

import collections

import pytest
from driver import Operator
from driver import wait_until
from driver import warm

from local_aws import testing

CALENDAR = "\r\n".join(
    (
        "BEGIN:VCALENDAR",
        "PRODID:-//AWS//Change Calendar 1.0//EN",
        "VERSION:2.0",
        "X-CALENDAR-TYPE:DEFAULT_OPEN",
        "END:VCALENDAR",
        "",
    )
)


def host(name, role, **more):
    return {
        "name": name,
        "platform": "rhel-9",
        "zones": ["us-east-1a"],
        "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": role}},
        "missing": 2,
        "patch_seconds": 60,
        "scan_seconds": 30,
        "reboot_seconds": 30,
        "image_seconds": 60,
        **more,
    }


SCENARIO = {
    "clock": {"rate": 900},
    "documents": [{"name": "shop", "type": "ChangeCalendar", "format": "TEXT", "content": CALENDAR}],
    "fleet": [host("sql", "SQL Server", count=2), host("app", "Application Server")],
}
WAVES = ("data.use1a", "application.use1a")


@pytest.fixture(name="operator")
def fixture_operator(tmp_path):
    with testing.serve(SCENARIO) as aws:
        yield Operator(tmp_path, aws, patch_run_id="faults", patch_run_retries=0, patch_run_update_agent=False)


def squeezed(output):
    return " ".join(output.split())


def work_done(operator):
    """(kind, instance id) to how often, for images and installs."""
    history = operator.aws.control.history()
    return collections.Counter(
        (one["kind"], one["instance_id"]) for one in history if one["kind"] in ("image", "install")
    )


def everything_once(operator):
    ids = [one["instance_id"] for wave in operator.plan("faults")["waves"] for one in wave["hosts"]]
    return len(ids) == 3 and work_done(operator) == {(kind, one): 1 for kind in ("image", "install") for one in ids}


def outcomes(report):
    return [wave["outcome"] for wave in report["waves"]]


def test_what_aws_refuses_of_a_run_from_its_runbook_to_its_health_command_is_said_and_the_run_goes_on(operator):
    operator.aws.faults(service="ssm", operation="CreateDocument", code="DocumentLimitExceeded", status=400)
    output = squeezed(operator.run(expect=2))
    report = operator.report("faults")
    assert "DocumentLimitExceeded" in output and "DocumentLimitExceeded" in report["message"]
    assert (report["outcome"], outcomes(report)) == ("failed", ["skipped", "skipped"])
    assert work_done(operator) == {}

    access_denied_is_said_with_the_operation(operator, "ec2", "CreateImage", "UnauthorizedOperation")
    assert work_done(operator) == {}
    the_quota_of_images_is_reached(operator)
    operator.aws.control.switches(image_quota=50000)
    for operation in ("StartAutomationExecution", "DescribeInstancePatchStates"):
        access_denied_is_said_with_the_operation(operator, "ssm", operation, "AccessDeniedException")
    # Automation sends commands too, so the fault is for the health command alone: the only one that the client sends.
    operator.aws.faults(
        service="ssm", operation="SendCommand", source="client", code="AccessDeniedException", status=400
    )
    health = {"patch_run_health_command": {"linux": "systemctl is-active shop"}}
    output = squeezed(operator.run(expect=2, **health))
    report = operator.report("faults")
    assert "AccessDeniedException" in output and "AccessDeniedException" in report["message"], report["message"]
    assert (report["outcome"], outcomes(report)) == ("stopped", ["done", "skipped"])
    assert (report["stop"]["gate"], report["stop"]["at"]) == ("health_command", "after")
    operator.run(**health)
    assert operator.report("faults")["outcome"] == "completed" and everything_once(operator)


def access_denied_is_said_with_the_operation(operator, service, operation, code):
    operator.aws.control.faults(service=service, operation=operation, phase="before", code=code, count=-1)
    output = squeezed(operator.run(expect=2))
    operator.aws.clear_faults()
    assert code in output, output
    report = operator.report("faults")
    assert report["outcome"] in ("stopped", "failed", "unknown") and code in str(report), report
    assert any(call["error"] == code for call in operator.aws.control.calls(operation=operation))


def the_quota_of_images_is_reached(operator):
    operator.aws.control.switches(image_quota=1)
    output = squeezed(operator.run(expect=2))
    report = operator.report("faults")
    assert report["outcome"] == "stopped" and outcomes(report) == ["failed", "skipped"]
    assert report["message"].startswith(f"stopped in wave {WAVES[0]}: 0 of 2 hosts"), report["message"]
    imaged, refused = report["waves"][0]["hosts"]
    assert (imaged["outcome"], imaged["image_id"][:4], imaged["attempts"]) == ("not_started", "ami-", 0)
    assert (refused["outcome"], refused["image_id"], refused["cause_code"]) == ("image_failed", "", "quota")
    (failure,) = report["failures"]
    assert (failure["instance_id"], failure["step"]) == (refused["instance_id"], "image")
    assert "ResourceLimitExceeded" in failure["message"] and "quota" in failure["next_step"]
    assert "ResourceLimitExceeded" in output
    assert work_done(operator) == {("image", imaged["instance_id"]): 1}, "nobody is patched when an image is missing"
    page = (operator.folder / "fleetpatch-runs" / "faults" / "report.html").read_text(encoding="utf-8")
    assert failure["cause"] in page and failure["next_step"] in page


def test_what_the_gates_ask_vanishes_while_a_wave_is_patched(operator):
    cloudwatch, ssm = operator.aws.client("cloudwatch"), operator.aws.client("ssm")
    alarm = {"AlarmName": "errors", "MetricName": "Errors", "Namespace": "Shop", "Statistic": "Sum", "Period": 60}
    alarm |= {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}
    cloudwatch.put_metric_alarm(**alarm)
    asked = {"patch_run_alarms": ["errors"], "patch_run_change_calendars": ["shop"]}
    process = operator.start(modules=warm(), **asked)
    wait_until(lambda: any(one["kind"] == "image" for one in operator.aws.control.history()), 300, "image")
    cloudwatch.delete_alarms(AlarmNames=["errors"])
    output = squeezed(process.communicate(timeout=300)[0])
    report = operator.report("faults")
    assert process.returncode == 2 and "no such alarm: errors" in output
    # The wave itself is told as it was: both hosts are patched, and nobody knows more than that the gate could not be asked.
    assert (report["outcome"], outcomes(report)) == ("failed", ["done", "skipped"])
    assert report["stop"]["wave"] == WAVES[0] and "no such alarm: errors" in report["message"], report["message"]
    assert report["totals"]["patched"] == 2 and report["failures"] == []
    first = work_done(operator)

    cloudwatch.put_metric_alarm(**alarm)
    ssm.delete_document(Name="shop")
    output = squeezed(operator.run(expect=2, **asked))
    assert "no such change calendar: shop" in output
    assert work_done(operator) == first and operator.report("faults") == report
    ssm.create_document(Name="shop", DocumentType="ChangeCalendar", DocumentFormat="TEXT", Content=CALENDAR)
    operator.run(**asked)
    assert operator.report("faults")["outcome"] == "completed" and everything_once(operator)


def test_instances_that_are_terminated_after_the_plan_do_not_block_their_run(operator):
    """One before its wave is imaged, one while its wave is imaged: the run completes with an error budget of 0, and names the image."""
    operator.run("plan")
    first, second = [one["instance_id"] for one in operator.plan("faults")["waves"][0]["hosts"]]
    ec2 = operator.aws.client("ec2")
    ec2.terminate_instances(InstanceIds=[first])
    process = operator.start(modules=warm())
    wait_until(lambda: work_done(operator)[("image", second)], 300, "the image of the second host")
    ec2.terminate_instances(InstanceIds=[second])
    output = process.communicate(timeout=600)[0]
    assert process.returncode == 0, output
    report = operator.report("faults")
    rows = {one["instance_id"]: one for one in report["waves"][0]["hosts"]}
    assert report["outcome"] == "completed" and "2 hosts no longer exist" in report["message"], report["message"]
    assert {one["outcome"] for one in rows.values()} == {"gone"} and report["totals"]["patched"] == 1
    (image,) = ec2.describe_images(Owners=["self"], Filters=[{"Name": "tag:fleetpatch:instance", "Values": [second]}])[
        "Images"
    ]
    assert rows[second]["image_id"] == image["ImageId"] and image["ImageId"] in rows[second]["message"]
    assert rows[first]["image_id"] == "" and not work_done(operator)[("image", first)]
    operator.run()
    assert operator.report("faults")["outcome"] == "completed" and not work_done(operator)[("install", second)]
