# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A signal ends a run in a report that says interrupted, what AWS goes on with, and how to resume."""

from __future__ import annotations

import signal

from driver import Operator
from driver import wait_until
from driver import warm

from local_aws import testing

RUN = "cut"
SQL = {
    "name": "sql",
    "platform": "rhel-9",
    "zones": ["us-east-1a"],
    "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": "SQL Server"}},
    "missing": 2,
    "patch_seconds": 3000,
    "scan_seconds": 30,
    "reboot_seconds": 30,
    "image_seconds": 3000,
}
# An image and an installation last 50 seconds, long enough for a signal.
SLOW, FAST = 60, 3000


def interrupted(operator, number, seen, what):
    """The output of a run that gets a signal, and its report."""
    process = operator.start(modules=warm())
    wait_until(seen, 300, what)
    process.send_signal(number)
    output = " ".join(process.communicate(timeout=300)[0].split())
    report = operator.report(RUN)
    assert process.returncode not in (0, 2) and report["outcome"] == "interrupted", output
    assert f"Run {RUN}: INTERRUPTED" in output and report["message"] in output, output
    assert report["message"].startswith(f"interrupted by {signal.Signals(number).name} "), report["message"]
    assert report["message"].endswith(f"Resume with -e patch_run_id={RUN}")
    page = (operator.folder / "fleetpatch-runs" / RUN / "report.html").read_text(encoding="utf-8")
    assert "Interrupted" in page and f"-e patch_run_id={RUN}" in page
    (wave,) = report["waves"]
    return report, wave["hosts"][0]


def test_ctrl_c_and_a_cancelled_job_leave_a_true_report(tmp_path):
    with testing.serve({"clock": {"rate": SLOW}, "fleet": [SQL]}) as aws:
        operator = Operator(tmp_path, aws, patch_run_id=RUN, patch_run_retries=0, patch_run_update_agent=False)
        made = {"service": "ec2", "operation": "CreateImage"}
        report, host = interrupted(operator, signal.SIGINT, lambda: aws.control.calls(**made), "image")
        assert "while images of wave data.use1a were created" in report["message"]
        assert (host["outcome"], host["attempts"]) == ("not_started", 0) and "image" in host["message"]

        aws.clock(rate=FAST)
        wait_until(lambda: aws.control.history(kind="image")[0]["end"], 120, "end of the image")
        aws.clock(rate=SLOW)

        def installs():
            return aws.control.history(kind="install")

        def followed():
            """The run has seen its execution: what it wrote after a look is there at the next one."""
            looks = aws.control.calls(operation="GetAutomationExecution", source="client")
            return installs() and len(looks) > 1

        report, host = interrupted(operator, signal.SIGTERM, followed, "installation")
        assert "AWS completes the patching of its 1 host" in report["message"], report["message"]
        assert (host["outcome"], host["attempts"]) == ("running", 1) and host["image_id"]
        assert report["totals"]["running"] == 1 and report["ended"] is None

        aws.clock(rate=FAST)
        operator.run()
        assert operator.report(RUN)["outcome"] == "completed"
        assert len(installs()) == len(aws.control.history(kind="image")) == 1
