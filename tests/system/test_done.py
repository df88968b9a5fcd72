# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is done stays done, and the report is true: after weeks, on another controller, after a rollback."""

from __future__ import annotations

import collections

import pytest
from driver import Operator

from local_aws import testing

RUN = "spring"
DATA, APPLICATION = "data.use1a", "application.use1a"
WEEKS = 20 * 86400
FREEZE = {"patch_run_freezes": [{"name": "always", "start": "2000-01-01", "end": "2100-01-01"}]}


def host(name, role):
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
    }


@pytest.fixture(name="operator")
def fixture_operator(tmp_path):
    scenario = {"clock": {"rate": 900}, "fleet": [host("sql", "SQL Server"), host("app", "Application Server")]}
    with testing.serve(scenario) as aws:
        (tmp_path / "one").mkdir()
        yield Operator(
            tmp_path / "one",
            aws,
            patch_run_id=RUN,
            patch_run_retries=0,
            patch_run_update_agent=False,
            patch_rollback_poll_interval=1,
        )


def another(operator, name="two"):
    """A controller that has nothing of the run."""
    folder = operator.folder.parent / name
    folder.mkdir()
    return Operator(folder, operator.aws, **operator.variables)


def squeezed(output):
    return " ".join(output.split())


def done(operator, kind):
    """Instance id to how often."""
    return collections.Counter(one["instance_id"] for one in operator.aws.control.history(kind=kind))


def writes(operator, after):
    """What clients changed in AWS since a call."""
    calls = operator.aws.control.calls(after=after, source="client")
    return [call["operation"] for call in calls if call["mutating"]]


def last_call(operator):
    return operator.aws.control.calls()[-1]["seq"]


def weeks_later(operator, ids):
    """New patches are published, and a scan says that they are missing."""
    operator.aws.clock(advance=WEEKS)
    ssm = operator.aws.client("ssm")
    sent = ssm.send_command(DocumentName="AWS-RunPatchBaseline", InstanceIds=ids, Parameters={"Operation": ["Scan"]})
    for one in ids:
        waiter = ssm.get_waiter("command_executed")
        waiter.wait(CommandId=sent["Command"]["CommandId"], InstanceId=one, WaiterConfig={"Delay": 1})
    states = ssm.describe_instance_patch_states(InstanceIds=ids)["InstancePatchStates"]
    assert all(one["MissingCount"] for one in states), states


def files(operator):
    folder = operator.folder / "fleetpatch-runs" / RUN
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_wave_that_is_done_and_a_run_that_is_over_are_not_touched_again(operator):
    operator.run("plan")
    sql, app = [one["instance_id"] for wave in operator.plan(RUN)["waves"] for one in wave["hosts"]]
    operator.aws.control.set_machine(app, install_fails=1)
    operator.run(expect=2)
    first = operator.report(RUN)["waves"][0]
    assert [wave["outcome"] for wave in operator.report(RUN)["waves"]] == ["done", "failed"]

    weeks_later(operator, [sql, app])
    before = last_call(operator)
    output = squeezed(operator.run(expect=2, **FREEZE))
    assert "by the gate freeze" in output and operator.report(RUN)["waves"][0] == first
    assert not writes(operator, before) and done(operator, "install")[sql] == 1

    # The controller of the first start is lost; the other one plans again, and knows nevertheless that the first wave is done.
    other = another(operator)
    other.run()
    report = other.report(RUN)
    assert (report["outcome"], report["message"]) == ("completed", "2 of 2 hosts in 2 waves patched")
    assert report["waves"][0]["hosts"][0]["execution_id"] == first["hosts"][0]["execution_id"]
    assert done(operator, "install") == {sql: 1, app: 2} and done(operator, "image") == {sql: 1, app: 1}

    weeks_later(operator, [sql, app])
    a_completed_run_is_over(operator, other)
    a_run_that_was_rolled_back_is_over(operator, other)
    assert done(operator, "install") == {sql: 1, app: 2}


def a_completed_run_is_over(operator, other):
    kept, before = files(other), last_call(operator)
    for controller in (other, another(operator, "three")):
        output = squeezed(controller.run())
        assert f"Run {RUN} is finished: 2 of 2 hosts" in output and "another patch_run_id" in output, output
    assert files(other) == kept and not writes(operator, before)
    assert not (operator.folder.parent / "three" / "fleetpatch-runs").exists()


def a_run_that_was_rolled_back_is_over(operator, other):
    chosen = {"patch_rollback_run_id": RUN, "patch_rollback_confirm": RUN, "patch_rollback_everything": True}
    operator.run("rollback", **chosen)
    kept, before = files(other), last_call(operator)
    for controller in (other, operator):
        output = squeezed(controller.run(expect=2))
        assert f"Run {RUN} is finished: " in output and "rolled back" in output, output
    assert files(other) == kept and not writes(operator, before)
