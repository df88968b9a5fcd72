# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who hears of a run: every channel gets every event with the right facts, and a channel that fails changes nothing."""

from __future__ import annotations

import importlib.util
import json

import pytest
from driver import ROOT
from driver import Operator

from local_aws import testing

NAME = "50% {{ 7*7 }} <b>db</b>"
SECRET = "T0123/B4567/very-secret-path"
TOPIC = "arn:aws:sns:us-east-1:{account}:patching"
EVENTS = ["started", "retry", "wave_done", "retry", "failed"]
RESUMED = ["started", "retry", "wave_done", "completed"]
CHANNELS = ("ses", "smtp", "sns", "webhook")


def _sinks():
    path = ROOT / "extensions" / "molecule" / "patch_notify" / "sinks.py"
    spec = importlib.util.spec_from_file_location("sinks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def host(name, role, **more):
    return {
        "name": name,
        "platform": "rhel-9",
        "zones": ["us-east-1a"],
        "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": role}},
        "missing": 3,
        "patch_seconds": 60,
        "image_seconds": 60,
        **more,
    }


# The first wave needs a second attempt, the second one never succeeds.
FLEET = [
    host(NAME, "SQL Server", behaviours={"install_fails": 1}),
    host("bad", "Web Server", behaviours={"install_fails": -1}),
]


@pytest.fixture(name="sinks")
def fixture_sinks(tmp_path):
    (tmp_path / "sinks").mkdir()
    made = _sinks().Sinks(tmp_path / "sinks")
    yield made
    made.close()


@pytest.fixture(name="operator")
def fixture_operator(tmp_path, sinks):
    scenario = {
        "clock": {"rate": 900},
        "fleet": FLEET,
        "ses_identities": ["patching@example.com"],
        "sns_topics": ["patching"],
    }
    with testing.serve(scenario) as aws:
        account = aws.client("sts").get_caller_identity()["Account"]
        yield Operator(
            tmp_path,
            aws,
            patch_run_id="told",
            patch_run_update_agent=False,
            patch_run_image=False,
            patch_run_retries=1,
            patch_run_notify=True,
            patch_notify_channels=list(CHANNELS),
            patch_notify_from="Patching <patching@example.com>",
            patch_notify_to=["Ops <ops@example.com>", "dba@example.com"],
            patch_notify_smtp_host="127.0.0.1",
            patch_notify_smtp_port=sinks.smtp,
            patch_notify_smtp_secure="never",
            patch_notify_sns_topic_arn=TOPIC.format(account=account),
            patch_notify_webhook_url=f"http://127.0.0.1:{sinks.http}/{SECRET}",
            patch_notify_webhook_headers={"Authorization": "Bearer token-of-the-hook"},
        )


def resumed_runs_tell_what_is_new(operator, sinks, bad):
    operator.aws.control.set_machine(bad["instance_id"], install_fails=0)
    before = len(sinks.received())
    # One channel is enough to see what is told: all get the same notices.
    operator.run(patch_notify_channels=["webhook"])
    posts = [one["body"] for one in sinks.received()[before:]]
    assert [post["event"] for post in posts] == RESUMED
    assert "resumed" in posts[0]["subject"]
    assert posts[2]["wave"] == "application.use1a"
    assert "retry 2, after a resume" in posts[1]["subject"]
    assert posts[3]["totals"]["patched"] == 2 and posts[3]["hosts_total"] == 2


def test_every_channel_hears_of_every_event_with_the_facts(operator, sinks):
    output = operator.run(expect=2)
    assert SECRET not in output and "token-of-the-hook" not in output
    report = operator.report("told")
    assert report["outcome"] == "stopped"
    assert [(one["event"], one["channel"], one["sent"]) for one in report["notices"]] == [
        (event, channel, True) for event in EVENTS for channel in CHANNELS
    ][: -len(CHANNELS)], "the last notice is sent after the report is written"

    messages = operator.aws.control.messages()
    posts = [one for one in sinks.received() if one["kind"] == "post"]
    mails = [one for one in sinks.received() if one["kind"] == "mail"]
    assert [post["body"]["event"] for post in posts] == EVENTS
    assert len(mails) == len(messages["ses"]) == len(messages["sns"]) == len(EVENTS)
    assert {post["headers"]["Authorization"] for post in posts} == {"Bearer token-of-the-hook"}
    assert {post["path"] for post in posts} == {f"/{SECRET}"}

    hosts = {host["name"]: host for wave in report["waves"] for host in wave["hosts"]}
    retried = posts[1]["body"]
    assert (retried["retry"], retried["retries"], retried["failures_total"]) == (1, 1, 1)
    first = retried["failures"][0]
    assert (first["instance_id"], first["name"]) == (hosts[NAME]["instance_id"], NAME)
    assert first["start"] and first["end"] and first["reason"]
    # The execution that failed is not the one that succeeded later.
    assert first["execution_id"] != hosts[NAME]["execution_id"]
    last = posts[-1]["body"]
    assert last["failures_total"] == 1
    failure = last["failures"][0]
    for key in ("instance_id", "execution_id", "start", "end", "next_step"):
        assert failure[key] and failure[key] == hosts["bad"][key]
    assert last["report"].endswith("/told/report.html")

    for mail in mails:
        assert mail["mail_from"] == "patching@example.com"
        assert sorted(mail["rcpt_to"]) == ["dba@example.com", "ops@example.com"]
        assert mail["headers"]["From"] == "Patching <patching@example.com>"
    assert "&lt;b&gt;db&lt;/b&gt;" in mails[1]["body"] and "{{ 7*7 }}" in mails[1]["body"]
    for sent, mail, published in zip(messages["ses"], mails, messages["sns"], strict=True):
        assert sent["subject"] == mail["headers"]["Subject"]
        assert sent["source"] == "Patching <patching@example.com>"
        assert published["subject"].isascii() and len(published["subject"]) < 100
        forms = json.loads(published["message"])
        assert forms["default"].strip() == sent["text"].strip()
        assert json.loads(forms["sqs"])["event"] in EVENTS
    assert hosts["bad"]["execution_id"] in messages["ses"][-1]["text"]
    assert hosts["bad"]["execution_id"] in messages["ses"][-1]["html"]
    resumed_runs_tell_what_is_new(operator, sinks, hosts["bad"])


def test_channels_that_refuse_change_nothing_and_the_report_says_so(operator, sinks):
    (sinks.folder / "refuse").touch()
    operator.aws.faults(service="sesv2", operation="SendEmail", code="MessageRejected", count=-1)
    operator.aws.faults(service="sns", operation="Publish", code="InternalError", count=-1)
    output = operator.run(patch_run_hosts="!" + _id(operator, "bad") + ":all")
    assert SECRET not in output and "token-of-the-hook" not in output
    assert "was not sent through smtp" in output and "Patching is not affected" in output
    report = operator.report("told")
    assert report["outcome"] == "completed" and report["totals"]["patched"] == 1
    assert len(report["notices"]) == len(CHANNELS) * len(RESUMED)
    assert not any(one["sent"] for one in report["notices"])
    reasons = {one["channel"]: one["reason"] for one in report["notices"]}
    assert "this sender is refused" in reasons["smtp"]
    assert "503" in reasons["webhook"]
    assert "MessageRejected" in reasons["ses"]
    assert "Failed to publish message" in reasons["sns"]
    page = (operator.folder / "fleetpatch-runs" / "told" / "report.html").read_text(encoding="utf-8")
    assert "Undelivered notifications" in page and SECRET not in page
    assert sinks.received() == []
    # A channel is mended: a rerun tells through it the end of the run, which did not arrive, and the next one nothing.
    (sinks.folder / "refuse").unlink()
    again = {"patch_run_hosts": "!" + _id(operator, "bad") + ":all", "patch_notify_channels": ["webhook"]}
    operator.run(**again)
    assert [one["body"]["event"] for one in sinks.received()] == ["completed"]
    operator.run(**again)
    assert len(sinks.received()) == 1


def _id(operator, name):
    found = operator.aws.client("ec2").describe_instances(Filters=[{"Name": "tag:Name", "Values": [name]}])
    return found["Reservations"][0]["Instances"][0]["InstanceId"]


def test_what_cannot_be_sent_is_found_before_anything_is_done(operator, sinks):
    account = operator.variables["patch_notify_sns_topic_arn"].split(":")[4]
    # The module that reads the topic is given up; in a warm process it would live on, and the next task wait for it.
    operator.ordinary = True
    output = operator.run(
        expect=2,
        patch_notify_from="nobody@example.org",
        patch_notify_sns_topic_arn=f"arn:aws:sns:us-east-1:{account}:gone",
        patch_notify_smtp_port=1,
        patch_notify_timeout=1,
    )
    assert "nobody@example.org is not verified" in output
    assert f"arn:aws:sns:us-east-1:{account}:gone" in output
    assert "no connection to 127.0.0.1 port 1" in output
    operator.ordinary = False
    output = operator.run("plan", expect=2, patch_notify_webhook_url=f"ftp://example.com/{SECRET}")
    assert "patch_notify_webhook_url: must be an http or https URL" in output and SECRET not in output
    assert sinks.received() == []
    assert operator.aws.control.history() == []
    assert not [call for call in operator.aws.control.calls() if call["operation"] in ("CreateImage", "SendEmail")]


def test_an_empty_run_that_is_allowed_succeeds_changes_nothing_and_nobody_hears_of_it(operator, sinks):
    operator.run(patch_run_allow_empty=True, patch_run_environments=["elsewhere"])
    assert operator.report("told")["outcome"] == "completed" and operator.aws.control.history() == []
    assert not [call for call in operator.aws.control.calls(source="client") if call["mutating"]]
    assert sinks.received() == []
    assert operator.aws.control.messages() == {"ses": [], "sns": []}
