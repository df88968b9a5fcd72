# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a baseline approves: rows after API PatchRule, PatchFilter, CreatePatchBaseline and the user guide."""

from datetime import UTC
from datetime import datetime
from datetime import timedelta

import pytest

from local_aws.fleet.catalogue import Patch
from local_aws.ssm.baselines import evaluate

RELEASED = datetime(2025, 11, 9, 18, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def patch(system="WINDOWS", **more):
    facts = {
        "position": 0,
        "id": "KB5000001",
        "title": "",
        "operating_system": system,
        "product": "WindowsServer2022",
        "product_family": "Windows",
        "patch_set": "OS",
        "classification": "SecurityUpdates",
        "severity": "Critical",
        "released": RELEASED,
        "age": 0,
        "needs_reboot": True,
        "size": 1,
        "cves": ("CVE-2025-90001",),
        "advisory_backed": True,
        "security": True,
        "msrc_number": "MS25-017",
    }
    return Patch(**{**facts, **more})


def package(system="AMAZON_LINUX_2023", **more):
    """The package that the user guide takes as its example."""
    facts = {
        "id": "dbus.x86_64",
        "title": "dbus.x86_64:1:1.12.28-1.amzn2023.0.1",
        "product": "AmazonLinux2023",
        "product_family": "Amazon Linux",
        "classification": "Security",
        "severity": "Important",
        "name": "dbus",
        "arch": "x86_64",
        "epoch": 1,
        "version": "1.12.28",
        "release": "1.amzn2023.0.1",
        "advisories": ("ALAS2023-2025-123",),
        "bugzilla": ("1234567",),
        "msrc_number": "",
    }
    return patch(system, **{**facts, **more})


def rule(level=None, **more):
    filters = more.pop("filters", {})
    found = {
        "PatchFilterGroup": {"PatchFilters": [{"Key": key, "Values": value} for key, value in filters.items()]},
        **more,
    }
    return {**found, "ComplianceLevel": level} if level else found


def baseline(*rules, **more):
    return {"ApprovalRules": {"PatchRules": list(rules)}, **more}


def status(given, one, now=RELEASED + 30 * DAY):
    decision = evaluate.decide(given, one, now)
    return decision.status if decision else None


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # API: released 2025-11-09T18:00:00Z, ApproveAfterDays 7: approved after 2025-11-16T18:00:00Z
        (datetime(2025, 11, 16, 17, 59, 59, tzinfo=UTC), "PENDING_APPROVAL"),
        (datetime(2025, 11, 16, 18, 0, 0, tzinfo=UTC), "APPROVED"),
    ],
)
def test_approve_after_days_counts_to_the_second(now, expected):
    assert status(baseline(rule(ApproveAfterDays=7)), patch(), now) == expected


@pytest.mark.parametrize(
    ("released", "expected"),
    [
        # API: "2025-11-16: patches released between 2025-11-16T00:00:00Z and 2025-11-16T23:59:59Z will be included"
        (datetime(2025, 11, 16, 23, 59, 59, tzinfo=UTC), "APPROVED"),
        (datetime(2025, 11, 17, 0, 0, 0, tzinfo=UTC), None),
    ],
)
def test_approve_until_date_includes_the_day(released, expected):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert status(baseline(rule(ApproveUntilDate="2025-11-16")), patch(released=released), now) == expected


@pytest.mark.parametrize("system", ["UBUNTU", "DEBIAN"])
def test_no_delay_for_debian_and_ubuntu(system):
    assert status(baseline(rule(ApproveAfterDays=0)), package(system), RELEASED) == "APPROVED"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"CLASSIFICATION": ["SecurityUpdates"]}, "APPROVED"),
        ({"CLASSIFICATION": ["CriticalUpdates"]}, None),
        ({"CLASSIFICATION": ["*"], "MSRC_SEVERITY": ["Critical", "Important"]}, "APPROVED"),
        ({"CLASSIFICATION": ["SecurityUpdates"], "MSRC_SEVERITY": ["Low"]}, None),
        ({"PRODUCT": ["WindowsServer2019"]}, None),
        ({"PATCH_SET": ["APPLICATION"]}, None),
    ],
)
def test_all_filters_of_a_rule_must_match(filters, expected):
    assert status(baseline(rule(filters=filters, ApproveAfterDays=0)), patch()) == expected


def test_global_filters_narrow_the_rules():
    given = baseline(
        rule(ApproveAfterDays=0), GlobalFilters={"PatchFilters": [{"Key": "PRODUCT", "Values": ["WindowsServer2019"]}]}
    )
    assert status(given, patch()) is None
    assert status(given, patch(product="WindowsServer2019")) == "APPROVED"


def test_the_first_rule_that_approves_gives_the_level():
    given = baseline(
        rule("LOW", ApproveAfterDays=90), rule("CRITICAL", ApproveAfterDays=3), rule("HIGH", ApproveAfterDays=0)
    )
    assert evaluate.decide(given, patch(), RELEASED + 30 * DAY).level == "CRITICAL"
    waiting = evaluate.decide(baseline(rule(ApproveAfterDays=90), rule(ApproveAfterDays=60)), patch(), RELEASED)
    assert waiting.approval_date == RELEASED + 60 * DAY


def test_an_application_patch_needs_the_patch_set_filter():
    office = patch(patch_set="APPLICATION", product="Office2016", product_family="Office")
    assert status(baseline(rule(ApproveAfterDays=0)), office) is None
    assert status(baseline(rule(filters={"PATCH_SET": ["APPLICATION"]}, ApproveAfterDays=0)), office) == "APPROVED"


def test_listed_in_both_is_rejected():
    given = baseline(ApprovedPatches=["KB5000001"], RejectedPatches=["KB5000001"])
    assert status(given, patch()) == "EXPLICIT_REJECTED"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [("KB5000001", True), ("MS25-017", True), ("KB5000002", False), ("KB50000*", False)],
)
def test_names_of_windows_patches(entry, expected):
    assert evaluate.names(entry, patch()) is expected


@pytest.mark.parametrize(
    "entry",
    [
        # user guide: package names with the following constructions are supported
        "dbus",
        "dbus.x86_64",
        "dbus-1.12.28",
        "dbus-1.12.28-1.amzn2023.0.1",
        "dbus-1.12.28-1.amzn2023.0.1.x86_64",
        "1.12.28",
        "1.12.28-1.amzn2023.0.1",
        "1:1.12.28-1.amzn2023.0.1",
        "dbus-1:1.12.28-1.amzn2023.0.1",
        "dbus-1:1.12.28-1.amzn2023.0.1.x86_64",
        "1:dbus-1.12.28-1.amzn2023.0.1.x86_64",
        "dbus.x86_64:1:1.12.28-1.amzn2023.0.1",
        # with a wildcard
        "dbus*",
        "dbus-1.12.2*",
        "dbus-*:1.12.28-1.amzn2023.0.1",
        # other ids
        "1234567",
        "CVE-2025-90001",
        "ALAS2023-2025-123",
    ],
)
def test_names_of_packages(entry):
    assert evaluate.names(entry, package())


@pytest.mark.parametrize("entry", ["dbus-libs", "dbu", "1234568", "CVE-2025-90002", "dbus.aarch64", "dbus-1.12.27*"])
def test_other_packages_are_not_meant(entry):
    assert not evaluate.names(entry, package())


def test_ubuntu_lists_take_package_names_only():
    one = package("UBUNTU")
    assert evaluate.names("dbus", one)
    assert not evaluate.names("dbus.x86_64", one)


def test_non_security_needs_the_flags():
    plain = package(advisory_backed=False, security=False)
    assert status(baseline(rule(ApproveAfterDays=0)), plain) is None
    assert status(baseline(rule(ApproveAfterDays=0, EnableNonSecurity=True)), plain) == "APPROVED"
    listed = {"ApprovedPatches": ["dbus"]}
    assert status(baseline(**listed), plain) is None
    assert status(baseline(**listed, ApprovedPatchesEnableNonSecurity=True), plain) == "EXPLICIT_APPROVED"


def test_an_unreleased_patch_is_unknown():
    assert evaluate.evaluate(baseline(rule(ApproveAfterDays=0)), [patch()], RELEASED - SECOND) == {}


@pytest.mark.parametrize(
    ("entry", "one", "expected"),
    [
        ({"id": "KB5000001", "title": "anything"}, patch(), True),
        ({"id": "MS25-017"}, patch(), True),
        ({"id": "KB5*"}, patch(), False),
        ({"id": "dbus.x86_64"}, package(), True),
        ({"id": "db*"}, package(), True),
        ({"id": "dbus.x86_64", "title": "*.amzn2023.0.1"}, package(), True),
        ({"id": "dbus.x86_64", "title": "dbus.x86_64:1:1.12.28-1.amzn2023.0.1"}, package(), True),
        ({"id": "dbus.x86_64", "title": "1:1.12.27*"}, package(), False),
        ({"id": "curl.x86_64"}, package(), False),
    ],
)
def test_install_override_list(entry, one, expected):
    assert evaluate.overridden([entry], one) is expected
