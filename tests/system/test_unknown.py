# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What AWS refuses to say is unknown, in every form of the report: never "failed", never "not started"; and the run completes later."""

from __future__ import annotations

import csv
import json
import resource

import pytest
from driver import Operator
from driver import warm

from local_aws import testing

RUN = "dark"
SQL = {
    "name": "sql",
    "count": 2,
    "platform": "rhel-9",
    "zones": ["us-east-1a"],
    "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": "SQL Server"}},
    "missing": 2,
    "patch_seconds": 60,
    "scan_seconds": 30,
    "reboot_seconds": 30,
    "image_seconds": 60,
}


@pytest.fixture(name="operator")
def fixture_operator(tmp_path):
    with testing.serve({"clock": {"rate": 900}, "fleet": [SQL], "sns_topics": ["ops"]}) as aws:
        yield Operator(
            tmp_path,
            aws,
            patch_run_id=RUN,
            patch_run_retries=0,
            patch_run_update_agent=False,
            patch_run_notify=True,
            patch_notify_channels=["sns"],
            patch_notify_sns_topic_arn="arn:aws:sns:us-east-1:123456789012:ops",
        )


def squeezed(output):
    return " ".join(output.split())


def refused(operator, operation, code="ExpiredTokenException", service="ssm", **where):
    """The output of a run during which AWS refuses what the controller asks; who works for it is not refused."""
    operator.aws.faults(service=service, operation=operation, code=code, source="client", count=-1, **where)
    output = squeezed(operator.run(expect=2))
    operator.aws.clear_faults()
    assert code in output and code in operator.report(RUN)["message"], output
    return output


def rows(operator):
    return {one["instance_id"]: one for wave in operator.report(RUN)["waves"] for one in wave["hosts"]}


def outcomes(operator):
    return [one["outcome"] for one in rows(operator).values()]


def done(operator, kind):
    return sorted(entry["instance_id"] for entry in operator.aws.control.history(kind=kind))


def test_what_cannot_be_read_is_unknown_and_what_was_started_is_told(operator):
    operator.run("plan")
    first, second = ids = [one["instance_id"] for one in operator.plan(RUN)["waves"][0]["hosts"]]

    a_directory_without_room_is_found_out_first(operator)
    # What another controller published in between is found and compared.
    operator.aws.faults(service="ssm", operation="CreateDocument", phase="after", code="DocumentAlreadyExists")
    refused(operator, "CreateImage", "UnauthorizedOperation", "ec2", instance=second)
    told = rows(operator)
    assert (told[first]["outcome"], told[first]["image_id"][:4]) == ("not_started", "ami-"), "its image exists"
    assert told[second]["outcome"] == "image_failed" and "was not available yet" in told[first]["message"]

    refused(operator, "DescribeImages", "UnauthorizedOperation", "ec2")
    assert outcomes(operator) == ["unknown", "unknown"] and rows(operator)[first]["image_id"]

    output = refused(operator, "GetAutomationExecution")
    everything_says_unknown(operator, output)
    executions = {one["execution_id"] for one in rows(operator).values()}
    assert [one["attempts"] for one in rows(operator).values()] == [1, 1] and "" not in executions

    refused(operator, "DescribeInstancePatchStates")
    assert outcomes(operator) == ["unknown", "unknown"] and done(operator, "install") == sorted(ids)
    assert "the runbook succeeded" in rows(operator)[first]["message"]

    operator.run()
    assert operator.report(RUN)["outcome"] == "completed" and outcomes(operator) == ["patched", "patched"]
    assert done(operator, "install") == done(operator, "image") == sorted(ids)


def a_directory_without_room_is_found_out_first(operator):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, limits[1]))  # as a full disk
    try:
        process = operator.start(modules=warm())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    output = squeezed(process.communicate(timeout=300)[0])
    assert process.returncode == 2 and "cannot take the files of run dark" in output, output
    assert not [call for call in operator.aws.control.calls(source="client") if call["mutating"]]
    folder = operator.folder / "fleetpatch-runs" / RUN
    assert sorted(path.name for path in folder.iterdir()) == [
        "plan.html",
        "plan.json",
        "plan.txt",
    ], "nothing is left over"


def everything_says_unknown(operator, output):
    report = operator.report(RUN)
    assert (report["outcome"], report["waves"][0]["outcome"]) == ("unknown", "unknown"), report["message"]
    assert report["totals"]["unknown"] == 2 and not report["totals"]["failed"] and not report["totals"]["not_started"]
    assert {one["cause_code"] for one in report["failures"]} == {"unread"}
    assert f"Run {RUN}: UNKNOWN" in output and "2 hosts unknown, which may be patched" in output, output
    folder = operator.folder / "fleetpatch-runs" / RUN
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "State unknown" in page and "may be patched or not" in page
    with (folder / "report.csv").open(encoding="utf-8", newline="") as stream:
        assert {row["outcome"] for row in csv.DictReader(stream)} == {"unknown"}
    notice = operator.aws.control.messages()["sns"][-1]
    facts = json.dumps(notice)
    assert "State of patching unknown" in facts, notice
