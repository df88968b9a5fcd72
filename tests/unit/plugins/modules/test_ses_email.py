# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import dataclasses
import email
import email.policy

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ses.mail import control
from ansible_collections.fleetpatch.aws.plugins.module_utils._ses.mail import wire
from ansible_collections.fleetpatch.aws.plugins.modules import ses_email as module

FROM, TO = "patching@example.com", "ops@example.net"


@pytest.fixture(name="aws")
def fixture_aws(serve):
    return serve({"ses_identities": [FROM]})


@pytest.fixture(name="send")
def fixture_send(aws, run_module):
    def send(check=False, **options):
        given = {"from": FROM, "to": [TO], "subject": "Run r1", "text": "done"}
        given.update(options)
        return run_module(module, check=check, **{key: value for key, value in given.items() if value is not None})

    return send


def sent(aws):
    return aws.messages()["ses"]


def requests(aws):
    return aws.calls(service="sesv2", operation="SendEmail")


def test_from_and_to_the_right_way_round(aws, send):
    result = send(cc=["c@example.net"], bcc=["b@example.net"], reply_to=["desk@example.net"], html="<b>done</b>")
    [mail] = sent(aws)
    assert result["changed"] and result["message_id"] == mail["id"]
    assert mail["source"] == FROM and mail["reply_to"] == ["desk@example.net"]
    assert mail["destinations"] == {
        "ToAddresses": [TO],
        "CcAddresses": ["c@example.net"],
        "BccAddresses": ["b@example.net"],
    }
    assert (mail["subject"], mail["text"], mail["html"]) == ("Run r1", "done", "<b>done</b>")
    assert result["recipients"] == [TO, "c@example.net", "b@example.net"] and result["subject"] == "Run r1"


def test_the_content_is_not_in_the_result(send):
    for result in (send(text="pa55word"), send(text="pa55word", check=True), send(text="pa55word", to=["x"])):
        assert "pa55word" not in str({key: value for key, value in result.items() if key != "invocation"})


def test_the_text_is_made_of_the_html(aws, send):
    html = "<head><style>b{}</style></head><h1>Run &amp; report</h1><p>40 patched.<br>See <a href='https://x.example/r'>it</a></p>"
    send(text=None, html=html)
    [mail] = sent(aws)
    assert mail["text"] == "Run & report\n\n40 patched.\nSee it (https://x.example/r)\n" and mail["html"] == html


def test_names_that_are_not_ascii(aws, send):
    send(**{"from": f"Jörg Müller <{FROM}>", "to": [f"Zoë <{TO}>"], "subject": "Grün"})
    [mail] = sent(aws)
    assert mail["source"] == f"=?utf-8?b?SsO2cmcgTcO8bGxlcg==?= <{FROM}>" and mail["subject"] == "Grün"


def test_headers_and_attachments_make_mime(aws, send, tmp_path):
    (tmp_path / "report.csv").write_text("a,b\n")
    (tmp_path / "blob").write_bytes(bytes(range(256)))
    send(
        html="<p>dönë</p>",
        cc=["c@example.net"],
        bcc=["b@example.net"],
        reply_to=["desk@example.net"],
        headers={"X-Run": "r1"},
        attachments=[str(tmp_path / "report.csv"), str(tmp_path / "blob")],
        **{"from": f"Jörg <{FROM}>"},
    )
    [mail] = sent(aws)
    message = email.message_from_string(mail["raw"], policy=email.policy.default)
    assert (message["From"], message["To"], message["Cc"]) == (f"Jörg <{FROM}>", TO, "c@example.net")
    assert (message["X-Run"], message["Reply-To"], message["Bcc"]) == ("r1", "desk@example.net", None)
    assert set(mail["recipients"]) == {TO, "c@example.net", "b@example.net"}
    assert message.get_body(("plain",)).get_content().splitlines() == ["done"]
    assert message.get_body(("html",)).get_content().splitlines() == ["<p>dönë</p>"]
    attached = [(part.get_filename(), part.get_content_type()) for part in message.iter_attachments()]
    assert attached == [("report.csv", "text/csv"), ("blob", "application/octet-stream")]
    assert list(message.iter_attachments())[1].get_content() == bytes(range(256))


def test_check_mode_sends_nothing_and_tells_what_is_wrong(aws, send):
    result = send(check=True)
    assert result["changed"] and result["ready"] and result["message_id"] is None and sent(aws) == []
    wrong = send(check=True, **{"from": "nobody@example.org"})
    assert wrong["failed"] and wrong["failure"]["code"] == "not_ready"
    assert "nobody@example.org is not verified" in wrong["msg"] and requests(aws) == []


def test_preflight(aws, send):
    ready = send(check_only=True, subject=None, text=None)
    assert (ready["changed"], ready["ready"]) == (False, True) and ready["account"]["sandbox"] is False
    assert ready["identities"] == [{"address": FROM, "verified": True, "identity": FROM, "status": "SUCCESS"}]
    assert send(check_only=True, to=[], subject=None, text=None)["ready"] and requests(aws) == []


@pytest.mark.parametrize("identity, verified", [("example.org", True), ("other.org", False), ("org", False)])
def test_a_domain_vouches_for_its_addresses(aws, send, identity, verified):
    aws.client("sesv2").create_email_identity(EmailIdentity=identity)
    result = send(check_only=True, **{"from": "Ops <ops@mail.example.org>"})
    assert result.get("ready") is verified and result["identities"][0]["identity"] == (identity if verified else None)


def test_an_identity_that_is_still_pending(aws, send):
    aws.switches(ses_verification="pending")
    aws.client("sesv2").create_email_identity(EmailIdentity="new@example.org")
    result = send(check_only=True, **{"from": "new@example.org"})
    assert result["failed"] and "verification PENDING" in result["msg"]
    assert result["identities"][0] == {
        "address": "new@example.org",
        "verified": False,
        "identity": "new@example.org",
        "status": "PENDING",
    }


def test_the_sandbox(aws, send):
    aws.switches(ses_sandbox=True)
    result = send(check_only=True, to=[TO, "success@simulator.amazonses.com"])
    assert (
        result["failed"]
        and result["account"]["sandbox"]
        and result["failure"]["details"]["problems"]
        == [
            f"to, cc, bcc: {TO} is not verified in this Region (SES knows neither the address nor its domain), and the account is in"
            " the sandbox"
        ]
    )
    aws.client("sesv2").create_email_identity(EmailIdentity=TO)
    assert send(check_only=True)["ready"]
    for _turn in range(4):
        assert send(to=[TO] * 50)["changed"]
    full = send(check_only=True)
    assert full["failed"] and "quota of 200 mails" in full["msg"]


class Client:
    """A client of the local AWS some of whose answers are others (as the API reference describes them)."""

    def __init__(self, client, **answers):
        self.client, self.answers = client, answers

    def __getattr__(self, name):
        if name in self.answers:
            return lambda **request: {**getattr(self.client, name)(**request), **self.answers[name]}
        return getattr(self.client, name)


@pytest.mark.parametrize(
    "answers, told",
    [
        ({"get_account": {"SendingEnabled": False}}, "does not send for this account"),
        ({"get_account": {"EnforcementStatus": "SHUTDOWN"}}, "does not send for this account"),
        ({"get_configuration_set": {"SendingOptions": {"SendingEnabled": False}}}, "runs is disabled"),
    ],
)
def test_an_account_that_may_not_send(aws, connect, answers, told):
    aws.client("sesv2").create_configuration_set(ConfigurationSetName="runs", SendingOptions={"SendingEnabled": True})
    connection = connect(aws, "sesv2")
    with pytest.raises(errors.RunFailed) as caught:
        control.preflight(
            dataclasses.replace(connection, client=Client(connection.client, **answers)),
            wire.Mail(FROM, configuration_set="runs"),
        )
    assert told in caught.value.message
    enabled = Client(connection.client, get_configuration_set={"SendingOptions": {"SendingEnabled": True}})
    mail = wire.Mail(FROM, configuration_set="runs")
    assert control.preflight(dataclasses.replace(connection, client=enabled), mail)["ready"]


def test_configuration_set(aws, send):
    missing = send(check_only=True, configuration_set="runs")
    assert missing["failed"] and missing["msg"] == "configuration set runs does not exist"
    assert send(configuration_set="runs")["failure"]["code"] == "NotFoundException"
    aws.client("sesv2").create_configuration_set(ConfigurationSetName="runs", SendingOptions={"SendingEnabled": True})
    assert send(configuration_set="runs")["changed"]
    assert requests(aws)[-1]["params"]["ConfigurationSetName"] == "runs"


@pytest.mark.parametrize("operation", ["GetAccount", "GetEmailIdentity"])
def test_denied_is_not_unverified(aws, send, operation):
    aws.faults(service="sesv2", operation=operation, code="AccessDeniedException", count=-1)
    assert send(check_only=True)["failure"]["code"] == "AccessDeniedException"


def test_unverified_sender_is_refused_by_ses(aws, send):
    result = send(**{"from": "nobody@example.org"})
    assert result["failed"] and result["failure"]["code"] == "MessageRejected" and result["changed"] is False
    assert len(requests(aws)) == 1


@pytest.mark.parametrize("phase, mail", [("before", 0), ("after", 1)])
def test_without_a_clear_answer_nothing_is_repeated(aws, send, phase, mail):
    aws.faults(service="sesv2", operation="SendEmail", phase=phase, code="InternalFailure", status=500, count=-1)
    result = send()
    assert result["failed"] and "it is not known whether the mail was sent" in result["msg"]
    assert len(requests(aws)) == 1 and len(sent(aws)) == mail


def test_throttling_is_repeated(aws, send):
    aws.faults(service="sesv2", operation="SendEmail", code="throttle", count=2)
    assert send()["changed"] and len(sent(aws)) == 1 and len(requests(aws)) == 3


@pytest.mark.parametrize(
    "options, told",
    [
        ({"from": "nobody"}, "from"),
        ({"to": ["a@b"]}, "to"),
        ({"to": ["a@example.com, b@example.com"]}, "to"),
        ({"cc": ["x@example.com\nBcc: y@example.com"]}, "cc"),
        ({"to": []}, "to"),
        ({"to": [TO] * 51}, "to, cc, bcc"),
        ({"subject": None}, "subject"),
        ({"subject": "a\nBcc: y@example.com"}, "subject"),
        ({"text": None}, "text, html"),
        ({"text": " "}, "text, html"),
        ({"headers": {"Subject": "x"}}, "headers"),
        ({"headers": {"Content-Type": "x"}}, "headers"),
        ({"headers": {"X-A": "a\nb"}}, "headers"),
        ({"headers": {"X A": "a"}}, "headers"),
        ({"attachments": ["/no/such/file"]}, "attachments"),
        ({"attachments": ["/"]}, "attachments"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_refused_before_anything_is_sent(aws, send, options, told, check):
    result = send(check=check, **options)
    assert result["failed"] and result["failure"]["code"] == "invalid_input" and result["msg"].startswith(f"{told}: ")
    assert aws.calls(service="sesv2") == []


def test_a_mail_that_is_too_large(monkeypatch, send, tmp_path):
    (tmp_path / "big.bin").write_bytes(b"x" * 3000)
    monkeypatch.setattr(wire, "SIZE", 4000)
    result = send(attachments=[str(tmp_path / "big.bin")])
    assert result["failed"] and "SES allows at most 4000" in result["msg"]


@pytest.mark.parametrize(
    "html, text",
    [
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b\n"),
        (
            "<table><tr><th>Host</th><td>sql-1</td></tr><tr><th>App</th><td>web</td></tr></table>",
            "Host sql-1\n\nApp web\n",
        ),
        ("a &lt;b&gt; <script>evil()</script>c", "a <b> c\n"),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example\n"),
        ("<p>not closed", "not closed\n"),
    ],
)
def test_text_of_html(html, text):
    assert wire.text_of(html) == text
