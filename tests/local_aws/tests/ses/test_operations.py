# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from email.message import EmailMessage

import pytest

from ..helpers import refused
from ..helpers import scenario

OPS, TEAM = "ops@example.com", "team@elsewhere.org"


@pytest.fixture
def ses(server):
    server.reset(scenario(ses_identities=[OPS, "corp.example", {"identity": "new@example.com", "status": "PENDING"}]))
    server.switches(request_rates=False)
    return server.client("ses")


def wanted(source=OPS, to=(TEAM,), **more):
    body = {"Text": {"Data": "all well"}, "Html": {"Data": "<b>all well</b>"}}
    return {
        "Source": source,
        "Destination": {"ToAddresses": list(to), **more},
        "Message": {"Subject": {"Data": "Patch report"}, "Body": body},
    }


def mime(source=OPS, to=TEAM, cc=None):
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = "Grüße", source, to
    if cc:
        made["Cc"] = cc
    made.set_content("plain ä")
    made.add_alternative("<p>rich ä</p>", subtype="html")
    return made.as_bytes()


def test_both_parts_can_be_read_back(server, ses):
    number = ses.send_email(**wanted(CcAddresses=["boss@elsewhere.org"]))["MessageId"]
    (mail,) = server.messages()["ses"]
    assert (mail["id"], mail["source"], mail["subject"]) == (number, OPS, "Patch report")
    assert (mail["text"], mail["html"]) == ("all well", "<b>all well</b>")
    assert mail["destinations"] == {"ToAddresses": [TEAM], "CcAddresses": ["boss@elsewhere.org"]}
    assert mail["time"] == "2026-03-10T02:00:00+00:00"


def test_raw_mail_is_taken_apart(server, ses):
    ses.send_raw_email(RawMessage={"Data": mime(f"Operations <{OPS}>", cc="boss@elsewhere.org")})
    ses.send_raw_email(Source=OPS, Destinations=["only@elsewhere.org"], RawMessage={"Data": mime()})
    first, second = server.messages()["ses"]
    assert (first["subject"], first["text"], first["html"]) == ("Grüße", "plain ä\n", "<p>rich ä</p>\n")
    assert first["recipients"] == [TEAM, "boss@elsewhere.org"]
    assert second["recipients"] == ["only@elsewhere.org"]


def test_version_two_sends_simple_and_raw(server, ses):
    client = server.client("sesv2")
    message = wanted()["Message"]
    client.send_email(FromEmailAddress=OPS, Destination={"ToAddresses": [TEAM]}, Content={"Simple": message})
    client.send_email(Content={"Raw": {"Data": mime()}})
    assert [mail["html"] for mail in server.messages()["ses"]] == ["<b>all well</b>", "<p>rich ä</p>\n"]
    text = {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "y"}}}
    with refused("MessageRejected", "not verified"):
        client.send_email(
            FromEmailAddress="no@nowhere.org", Destination={"ToAddresses": [TEAM]}, Content={"Simple": text}
        )
    with refused("BadRequestException"):
        client.send_email(FromEmailAddress=OPS, Destination={}, Content={"Simple": text})


@pytest.mark.parametrize("source", ["no@nowhere.org", "new@example.com", "Ops <other@example.com>"])
def test_an_identity_that_is_not_verified_sends_nothing(server, ses, source):
    with refused("MessageRejected", "identities failed the check in region US-EAST-1"):
        ses.send_email(**wanted(source))
    with refused("MessageRejected"):
        ses.send_raw_email(RawMessage={"Data": mime(source)})
    assert server.messages()["ses"] == []


@pytest.mark.parametrize("source", ["patch@corp.example", "Patch <a@mail.corp.example>", "OPS@example.com"])
def test_a_verified_domain_covers_its_addresses_and_subdomains(server, ses, source):
    ses.send_email(**wanted(source))
    assert server.messages()["ses"][0]["source"] == source


def test_identities_of_a_region_are_not_those_of_another(server, ses):
    with refused("MessageRejected", "EU-WEST-1"):
        server.client("ses", region="eu-west-1").send_email(**wanted())


def test_in_the_sandbox_recipients_are_checked_too(server, ses):
    server.switches(ses_sandbox=True)
    with refused("MessageRejected", TEAM):
        ses.send_email(**wanted())
    ses.send_email(**wanted(to=["success@simulator.amazonses.com", "any@corp.example"]))
    account = server.client("sesv2").get_account()
    assert account["ProductionAccessEnabled"] is False
    quota = ses.get_send_quota()
    assert (quota["Max24HourSend"], quota["SentLast24Hours"]) == (200.0, 2.0)
    for _ in range(3):
        ses.send_email(**wanted(to=["a@corp.example"] * 50))
    with refused("Throttling", "Daily message quota"):
        ses.send_email(**wanted(to=["a@corp.example"] * 49))
    server.clock(advance=24 * 3600 + 1)
    ses.send_email(**wanted(to=["a@corp.example"] * 49))


def test_verification_takes_the_owner(server, ses):
    def status(name):
        found = ses.get_identity_verification_attributes(Identities=[name])["VerificationAttributes"]
        return found.get(name, {}).get("VerificationStatus")

    server.switches(ses_verification="pending")
    made = server.client("sesv2").create_email_identity(EmailIdentity="second.example")
    assert made["VerifiedForSendingStatus"] is False and status("second.example") == "Pending"
    ses.verify_email_identity(EmailAddress="late@example.com")
    assert [status(name) for name in (OPS, "late@example.com", "never@example.com")] == ["Success", "Pending", None]
    v2 = server.client("sesv2").get_email_identity(EmailIdentity="late@example.com")
    assert (v2["VerifiedForSendingStatus"], v2["VerificationStatus"]) == (False, "PENDING")
    server.request("POST", "ses", {"verify": "late@example.com"})
    assert status("late@example.com") == "Success"
    ses.send_email(**wanted("late@example.com"))
    assert server.client("sesv2").get_email_identity(EmailIdentity=OPS)["VerifiedForSendingStatus"] is True
    server.clock(advance=24 * 3600 + 1)
    assert status("new@example.com") == "Failed"


def test_wrong_mail(ses):
    with refused("InvalidParameterValue", "Illegal"):
        ses.send_email(**wanted(to=["nobody"]))
    with refused("InvalidParameterValue", "no recipient"):
        ses.send_email(**wanted(to=[]))
    with refused("InvalidParameterValue", "50"):
        ses.send_email(**wanted(to=[TEAM] * 51))
    with refused("ConfigurationSetDoesNotExist"):
        ses.send_email(**wanted(), ConfigurationSetName="none")
    long = wanted()
    long["Message"]["Body"] = {"Text": {"Data": "x" * (10 * 1024 * 1024 + 1)}}
    with refused("InvalidParameterValue", "bytes long"):
        ses.send_email(**long)


def test_attributes_are_throttled_at_one_a_second(server, ses):
    server.switches(request_rates=True)
    with refused("Throttling"):
        for _ in range(10):
            ses.get_identity_verification_attributes(Identities=[OPS])
