# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import options as baseline_options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import resource
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_patch_baseline as module
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_patch_baseline_info as info

SERVER = set(resource.SERVER_FIELDS)
SECURITY = {"key": "CLASSIFICATION", "values": ["Security"]}
RULE = {"patch_filters": [SECURITY], "approve_after_days": 7}
SOURCE = {"name": "mirror", "products": ["*"], "configuration": "baseurl=https://user:pa55word@mirror.example.com"}
LINUX = {
    "name": "shop-linux",
    "operating_system": "AMAZON_LINUX_2023",
    "description": "Linux of the shop",
    "global_filters": [{"key": "PRODUCT", "values": ["*"]}],
    "approval_rules": [{**RULE, "compliance_level": "HIGH", "enable_non_security": True}],
    "approved_patches": ["kernel", "bash*"],
    "approved_patches_compliance_level": "CRITICAL",
    "approved_patches_enable_non_security": True,
    "rejected_patches": ["telnet*"],
    "rejected_patches_action": "BLOCK",
    "sources": [SOURCE],
    "patch_groups": ["prod", "test"],
    "default": True,
    "tags": {"team": "shop"},
}
WINDOWS = {
    "name": "shop-windows",
    "operating_system": "WINDOWS",
    "approval_rules": [
        {"patch_filters": [{"key": "MSRC_SEVERITY", "values": ["Critical"]}], "approve_until_date": "2026-03-01"}
    ],
    "available_security_updates_compliance_status": "NON_COMPLIANT",
}


@pytest.fixture(name="aws")
def fixture_aws(serve):
    return serve({"clock": {"rate": 600}})


def strip(result):
    return {key: value for key, value in result["baseline"].items() if key not in SERVER}


def written(aws):
    return [call["operation"] for call in aws.calls(source="client") if call["mutating"]]


def four(aws, run_module, **options):
    """check, real, check, real; the prediction must equal what is read back, and only the second may write."""
    steps = []
    for check in (True, False) * 2:
        aws.clear_calls()
        steps.append(run_module(module, check=check, **options))
        assert not steps[-1].get("failed"), steps[-1]["msg"]
        assert bool(written(aws)) is (len(steps) == 2)
        assert "unconfirmed" not in steps[-1]
    predicted, real, check, again = steps
    assert [step["changed"] for step in steps] == [True, True, False, False]
    assert strip(real) == strip(check) == strip(again)
    # AWS assigns the status of a Windows baseline that is made without one.
    assigned = {resource.STATUS} if not predicted["baseline"].get(resource.STATUS) else set()
    left = [{key: one[key] for key in one if key not in assigned} for one in map(strip, (predicted, real))]
    assert left[0] == left[1]
    assert (predicted["changes"], predicted["moved_patch_groups"]) == (real["changes"], real["moved_patch_groups"])
    return real


def owner_of(aws, group, system="WINDOWS"):
    pairs = aws.client("ssm").describe_patch_groups(Filters=[{"Key": "OPERATING_SYSTEM", "Values": [system]}])
    return {pair["PatchGroup"]: pair["BaselineIdentity"]["BaselineName"] for pair in pairs["Mappings"]}.get(group)


def default_of(aws, system="WINDOWS"):
    return aws.client("ssm").get_default_patch_baseline(OperatingSystem=system)["BaselineId"]


def names(aws):
    found = aws.client("ssm").describe_patch_baselines(Filters=[{"Key": "OWNER", "Values": ["Self"]}])
    return [one["BaselineName"] for one in found["BaselineIdentities"]]


@pytest.mark.parametrize("options", [LINUX, WINDOWS, {"name": "bare", "operating_system": "UBUNTU"}])
def test_life(aws, run_module, options):
    system = options["operating_system"]
    former = default_of(aws, system)
    made = four(aws, run_module, **options)
    assert made["diff"]["before"] == {} and made["diff"]["after"]["name"] == options["name"]
    assert made["baseline"]["baseline_id"].startswith("pb-") and made["baseline"]["created_date"].endswith("Z")
    assert (default_of(aws, system) == made["baseline"]["baseline_id"]) is options.get("default", False)
    gone = four(aws, run_module, name=options["name"], state="absent")
    assert gone["baseline"] == {} and gone["diff"]["after"] == {}
    assert default_of(aws, system) == former and names(aws) == []


OTHER_RULE = {"patch_filters": [{"key": "SEVERITY", "values": ["Critical"]}], "approve_until_date": "2026-03-01"}
CHANGES = [
    ("description", "Another one"),
    ("global_filters", [{"key": "PRODUCT", "values": ["AmazonLinux2023"]}]),
    ("approval_rules", [OTHER_RULE]),
    ("approval_rules", [{**LINUX["approval_rules"][0], "approve_after_days": 0}]),
    ("approval_rules", [{**LINUX["approval_rules"][0], "compliance_level": "LOW"}]),
    ("approval_rules", [{**LINUX["approval_rules"][0], "enable_non_security": False}]),
    ("approval_rules", [*LINUX["approval_rules"], OTHER_RULE]),
    ("approved_patches", ["kernel"]),
    ("approved_patches_compliance_level", "LOW"),
    ("approved_patches_enable_non_security", False),
    ("rejected_patches", ["telnet*", "ftp"]),
    ("rejected_patches_action", "ALLOW_AS_DEPENDENCY"),
    ("sources", [{**SOURCE, "configuration": "baseurl=https://mirror.example.com"}]),
    ("sources", [SOURCE, {**SOURCE, "name": "second"}]),
    ("patch_groups", ["prod", "stage"]),
    ("default", False),
    ("tags", {"team": "web"}),
]
EMPTY = [
    ("description", "", None),
    ("global_filters", [], []),
    ("approval_rules", [], []),
    ("approved_patches", [], []),
    ("rejected_patches", [], []),
    ("sources", [], []),
    ("patch_groups", [], []),
    ("tags", {}, {}),
]


@pytest.mark.parametrize("option, value", CHANGES)
def test_every_option_alone(aws, run_module, option, value):
    run_module(module, **LINUX)
    result = four(aws, run_module, name=LINUX["name"], **{option: value})
    assert [change["field"] for change in result["changes"]] == [option]
    found = aws.client("ssm").get_patch_baseline(BaselineId=result["baseline"]["baseline_id"])
    assert found["OperatingSystem"] == "AMAZON_LINUX_2023"


def test_every_option_is_in_the_tests():
    tried = {option for option, _value in CHANGES} | {"available_security_updates_compliance_status"}
    assert tried == {*baseline_options.CONTENT, "patch_groups", "default", "tags"}


def test_the_status_of_windows_alone(aws, run_module):
    run_module(module, **WINDOWS)
    option = {"available_security_updates_compliance_status": "COMPLIANT"}
    assert [one["field"] for one in four(aws, run_module, name="shop-windows", **option)["changes"]] == list(option)


@pytest.mark.parametrize("option, value, cleared", EMPTY)
def test_empty_clears_and_omitted_leaves(aws, run_module, option, value, cleared):
    made = run_module(module, **LINUX)
    same = run_module(module, name=LINUX["name"])
    assert not same["changed"] and same["baseline"] == made["baseline"]
    result = four(aws, run_module, name=LINUX["name"], **{option: value})
    assert result["baseline"][option] == cleared
    rest = [{key: one[key] for key in one if key != option} for one in (strip(made), strip(result))]
    assert rest[0] == rest[1]


def test_only_what_changes_is_sent(aws, run_module):
    """UpdatePatchBaseline without Replace leaves what is not sent; only a description needs it to be cleared."""
    run_module(module, **LINUX)
    for options, sent in (
        ({"approved_patches": []}, {"BaselineId", "ApprovedPatches"}),
        ({"approval_rules": [], "rejected_patches": ["a"]}, {"BaselineId", "ApprovalRules", "RejectedPatches"}),
    ):
        aws.clear_calls()
        run_module(module, name=LINUX["name"], **options)
        [call] = aws.calls(operation="UpdatePatchBaseline")
        assert set(call["params"]) == sent
    aws.clear_calls()
    run_module(module, name=LINUX["name"], description="")
    [call] = aws.calls(operation="UpdatePatchBaseline")
    assert call["params"]["Replace"] is True and call["params"]["Name"] == LINUX["name"]


def test_order_means_nothing(aws, run_module):
    values = {"CLASSIFICATION": ["Security", "Bugfix"], "SEVERITY": ["Critical"]}
    filters = [{"key": key, "values": one} for key, one in values.items()]
    one = {"patch_filters": filters, "approve_after_days": 1}
    other = {
        "patch_filters": [{**one, "values": one["values"][::-1]} for one in filters[::-1]],
        "approve_after_days": 1,
    }
    options = {"name": "order", "operating_system": "AMAZON_LINUX_2023"}
    four(aws, run_module, **options, approval_rules=[one, RULE], approved_patches=["b", "a"], patch_groups=["y", "x"])
    again = {"approval_rules": [RULE, other], "approved_patches": ["a", "b", "a"], "patch_groups": ["x", "y"]}
    assert not run_module(module, **options, **again)["changed"]


def test_a_second_run_makes_three_calls(aws, run_module):
    run_module(module, **LINUX)
    aws.clear_calls()
    assert not run_module(module, **LINUX)["changed"]
    assert [call["operation"] for call in aws.calls(source="client")] == [
        "DescribePatchBaselines",
        "GetPatchBaseline",
        "ListTagsForResource",
    ]


def test_tiny_pages(aws, run_module):
    aws.switches(page_size=1)
    for number in range(3):
        run_module(module, name=f"shop-{number}", operating_system="WINDOWS", patch_groups=[f"group-{number}"])
    run_module(module, name="shop", operating_system="WINDOWS")
    result = four(aws, run_module, name="shop", patch_groups=["group-2"], default=True)
    assert [move["patch_group"] for move in result["moved_patch_groups"]] == ["group-2"]
    four(aws, run_module, name="shop", default=False)
    assert [one["name"] for one in run_module(info, patch_group="group-1")["baselines"]] == ["shop-1"]


def test_drift_is_mended_and_the_deleted_made_again(aws, run_module):
    first = run_module(module, **WINDOWS, description="right")["baseline"]["baseline_id"]
    aws.client("ssm").update_patch_baseline(BaselineId=first, Description="manually", ApprovedPatches=["KB1"])
    result = run_module(module, **WINDOWS, description="right", approved_patches=[])
    assert {one["field"]: one["before"] for one in result["changes"]} == {
        "description": "manually",
        "approved_patches": ["KB1"],
    }
    aws.client("ssm").delete_patch_baseline(BaselineId=first)
    assert run_module(module, **WINDOWS)["baseline"]["baseline_id"] != first
    assert not run_module(module, baseline_id=first, state="absent")["changed"]
    assert not run_module(module, name="never-was", state="absent")["changed"]


def test_configurations_of_sources_are_not_shown(aws, run_module):
    shown = [run_module(module, check=check, **LINUX) for check in (True, False)]
    shown += [run_module(module, name=LINUX["name"], sources=[]), run_module(info)]
    run_module(module, **LINUX)
    shown += [run_module(info), run_module(module, name=LINUX["name"], state="absent")]
    assert not any("pa55word" in repr(result) for result in shown)
    assert "sha256:" in repr(shown[0]["diff"]) and shown[0]["baseline"]["sources"] == shown[1]["baseline"]["sources"]


# Patch groups


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"patch_groups": ["stage"]}, ["stage"]),
        ({"patch_groups": ["stage"], "purge_patch_groups": False}, ["prod", "stage", "test"]),
        ({"patch_groups": [], "purge_patch_groups": False}, ["prod", "test"]),
        ({"purge_patch_groups": True}, ["prod", "test"]),
    ],
)
def test_purge_patch_groups(aws, run_module, options, expected):
    run_module(module, **LINUX)
    assert run_module(module, name=LINUX["name"], **options)["baseline"]["patch_groups"] == expected


@pytest.fixture(name="moving")
def fixture_moving(aws, run_module):
    """Group prod belongs to "former"; the same group of another system, and one with a longer name, must not matter."""
    run_module(module, name="former", operating_system="WINDOWS", patch_groups=["prod", "production"])
    run_module(module, name="linux", operating_system="AMAZON_LINUX_2023", patch_groups=["prod"])
    return {"name": "new", "operating_system": "WINDOWS", "patch_groups": ["prod"]}


def test_a_group_is_moved(aws, run_module, moving):
    result = four(aws, run_module, **moving)
    assert [move["patch_group"] for move in result["moved_patch_groups"]] == ["prod"]
    assert owner_of(aws, "prod") == "new" and owner_of(aws, "production") == "former"
    assert owner_of(aws, "prod", "AMAZON_LINUX_2023") == "linux"
    run_module(module, name="former", state="absent")
    assert owner_of(aws, "prod") == "new"


@pytest.mark.parametrize("made_before", [True, False])
@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("step", ["Deregister", "Register"])
def test_a_move_that_fails_leaves_no_group_without_baseline(aws, run_module, moving, step, phase, made_before):
    if made_before:
        run_module(module, name="new", operating_system="WINDOWS")
    operation = f"{step}PatchBaselineForPatchGroup"
    aws.faults(service="ssm", operation=operation, phase=phase, code="AccessDeniedException")
    result = run_module(module, **moving)
    assert result["failed"] and result["failure"]["code"] == "AccessDeniedException"
    owner = "new" if (step, phase) == ("Register", "after") else "former"
    assert owner_of(aws, "prod") == owner
    if owner == "former":
        assert "was restored" in result["msg"]
    else:
        assert "was made nevertheless" in result["msg"]
    assert run_module(module, **moving)["baseline"]["patch_groups"] == ["prod"]
    assert owner_of(aws, "prod") == "new"


@pytest.mark.parametrize("step", ["Deregister", "Register"])
@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_lost_answer_does_not_fail_a_move(aws, run_module, moving, step, phase):
    operation = f"{step}PatchBaselineForPatchGroup"
    aws.faults(service="ssm", operation=operation, phase=phase, code="InternalServerError")
    assert run_module(module, **moving)["baseline"]["patch_groups"] == ["prod"]


def test_a_group_that_cannot_be_put_back_is_told(aws, run_module, moving):
    aws.faults(service="ssm", operation="RegisterPatchBaselineForPatchGroup", code="AccessDeniedException", count=2)
    result = run_module(module, **moving)
    assert "could not be restored" in result["msg"] and "prod" in result["msg"]
    assert result["failure"]["details"]["registered_with"] is None
    assert owner_of(aws, "prod") is None
    assert run_module(module, **moving)["changed"] and owner_of(aws, "prod") == "new"


def test_a_group_that_does_not_fit_stays_where_it_was(aws, run_module, moving):
    run_module(module, name="new", operating_system="WINDOWS", patch_groups=["first"])
    aws.switches(patch_quotas={"baselines": 50, "groups_per_baseline": 1})
    aws.client("ssm").deregister_patch_baseline_for_patch_group(
        BaselineId=run_module(info, names=["former"])["baselines"][0]["baseline_id"], PatchGroup="production"
    )
    result = run_module(module, name="new", patch_groups=["prod"], purge_patch_groups=False)
    assert result["failure"]["code"] == "ResourceLimitExceededException" and "was restored" in result["msg"]
    assert owner_of(aws, "prod") == "former"


@pytest.mark.parametrize("fails", [False, True])
def test_a_group_is_moved_from_a_baseline_of_aws(aws, run_module, fails):
    provided = default_of(aws)
    aws.client("ssm").register_patch_baseline_for_patch_group(BaselineId=provided, PatchGroup="prod")
    if fails:
        aws.faults(service="ssm", operation="RegisterPatchBaselineForPatchGroup", code="AccessDeniedException")
    result = run_module(module, **WINDOWS, patch_groups=["prod"])
    assert result.get("failed", False) is fails
    assert owner_of(aws, "prod") == ("AWS-DefaultPatchBaseline" if fails else "shop-windows")
    if not fails:
        assert result["moved_patch_groups"] == [{"patch_group": "prod", "from": provided}]


def test_a_registration_that_fails_is_made_by_the_next_run(aws, run_module):
    aws.faults(service="ssm", operation="RegisterPatchBaselineForPatchGroup", code="AccessDeniedException", skip=1)
    assert run_module(module, **LINUX)["failed"]
    result = run_module(module, **LINUX)
    assert [one["field"] for one in result["changes"]] == ["default", "patch_groups"]
    assert names(aws) == ["shop-linux"] and not run_module(module, **LINUX)["changed"]


# The default of the operating system


def test_default(aws, run_module):
    ours = default_of(aws)
    first = four(aws, run_module, **WINDOWS, default=True)["baseline"]["baseline_id"]
    assert default_of(aws) == first and not run_module(module, **WINDOWS)["changed"]
    second = four(aws, run_module, name="second", operating_system="WINDOWS", default=True)["baseline"]["baseline_id"]
    assert default_of(aws) == second and run_module(module, **WINDOWS)["baseline"]["default"] is False
    assert not run_module(module, **WINDOWS, default=False)["changed"]
    run_module(module, name=WINDOWS["name"], state="absent")
    assert default_of(aws) == second
    four(aws, run_module, name="second", default=False)
    assert default_of(aws) == ours and ours.startswith("arn:")


def test_nothing_is_removed_when_the_default_cannot_be_restored(aws, run_module):
    made = run_module(module, **LINUX)["baseline"]["baseline_id"]
    aws.faults(service="ssm", operation="DescribePatchBaselines", code="AccessDeniedException", skip=1)
    aws.clear_calls()
    assert run_module(module, name=LINUX["name"], state="absent")["failure"]["code"] == "AccessDeniedException"
    assert written(aws) == [] and default_of(aws, "AMAZON_LINUX_2023") == made


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize(
    "operation", ["DeregisterPatchBaselineForPatchGroup", "RegisterDefaultPatchBaseline", "DeletePatchBaseline"]
)
def test_a_removal_that_fails_is_finished_by_the_next_run(aws, run_module, operation, phase):
    provided = default_of(aws, "AMAZON_LINUX_2023")
    run_module(module, **LINUX)
    aws.faults(service="ssm", operation=operation, phase=phase, code="AccessDeniedException")
    assert run_module(module, name=LINUX["name"], state="absent")["failure"]["code"] == "AccessDeniedException"
    again = run_module(module, name=LINUX["name"], state="absent")
    assert again["changed"] is not ((operation, phase) == ("DeletePatchBaseline", "after"))
    assert names(aws) == [] and default_of(aws, "AMAZON_LINUX_2023") == provided


@pytest.mark.parametrize("found", [[], ["AWS-One", "AWS-Two"], ["AWS-OneDefault", "AWS-TwoDefault"]])
def test_a_default_that_cannot_be_told_is_an_error(monkeypatch, found):
    identities = [{"BaselineId": f"arn:{name}", "BaselineName": name, "OperatingSystem": "WINDOWS"} for name in found]
    monkeypatch.setattr(resource.api, "list_baselines", lambda aws, filters: identities)
    with pytest.raises(resource.InvalidInput, match="default: AWS's own default for WINDOWS"):
        resource.aws_default(None, "WINDOWS")


# Another operating system


def test_another_system_is_refused(aws, run_module):
    run_module(module, **WINDOWS)
    for check in (True, False):
        result = run_module(module, check=check, name="shop-windows", operating_system="SUSE")
        assert result["failure"]["code"] == "immutable"
        assert "operating_system" in result["msg"] and "recreate" in result["msg"]


def test_recreate(aws, run_module):
    former = default_of(aws, "AMAZON_LINUX_2023")
    old = run_module(module, **LINUX)["baseline"]["baseline_id"]
    run_module(module, name="suse", operating_system="SUSE", patch_groups=["prod"])
    result = four(aws, run_module, name=LINUX["name"], operating_system="SUSE", recreate=True, tags={"team": "new"})
    assert [move["patch_group"] for move in result["moved_patch_groups"]] == ["prod"]
    new = result["baseline"]
    assert new["baseline_id"] != old and new["tags"] == {"team": "new"} and new["patch_groups"] == ["prod", "test"]
    assert new["approval_rules"][0]["approve_after_days"] == 7 and new["description"] == LINUX["description"]
    assert default_of(aws, "AMAZON_LINUX_2023") == former and default_of(aws, "SUSE") == new["baseline_id"]
    assert owner_of(aws, "prod", "AMAZON_LINUX_2023") is None and sorted(names(aws)) == [LINUX["name"], "suse"]


def test_recreate_of_a_windows_baseline(aws, run_module):
    run_module(module, **WINDOWS, description="kept")
    result = four(aws, run_module, name=WINDOWS["name"], operating_system="SUSE", recreate=True, approval_rules=[RULE])
    assert result["baseline"]["description"] == "kept" and result["baseline"][resource.STATUS] is None


def test_recreate_that_cannot_be_creates_nothing(aws, run_module):
    run_module(module, **LINUX)
    aws.clear_calls()
    result = run_module(module, name=LINUX["name"], operating_system="WINDOWS", recreate=True)
    assert result["failed"] and "enable_non_security" in result["msg"] and written(aws) == []


def test_recreate_tells_what_is_left(aws, run_module):
    old = run_module(module, **LINUX)["baseline"]["baseline_id"]
    aws.faults(service="ssm", operation="DeletePatchBaseline", code="AccessDeniedException")
    result = run_module(module, name=LINUX["name"], operating_system="SUSE", recreate=True)
    assert result["failed"] and old in result["msg"] and "baseline_id" in result["msg"]
    assert not run_module(module, name=LINUX["name"], operating_system="SUSE")["changed"]
    assert run_module(module, baseline_id=old, state="absent")["changed"] and names(aws) == [LINUX["name"]]


# Names and ids


def test_two_of_the_same_name(aws, run_module):
    ssm = aws.client("ssm")
    ids = [ssm.create_patch_baseline(Name="twin", OperatingSystem=s)["BaselineId"] for s in ("WINDOWS", "SUSE", "SUSE")]
    for options in ({}, {"state": "absent"}, {"operating_system": "SUSE"}, {"operating_system": "UBUNTU"}):
        result = run_module(module, name="twin", **options)
        assert result["failure"]["code"] == "ambiguous_name"
        assert all(text in result["msg"] for text in (*ids, "WINDOWS", "SUSE"))
    one = run_module(module, name="twin", operating_system="WINDOWS", description="told apart")
    assert one["baseline"]["baseline_id"] == ids[0]
    assert run_module(module, baseline_id=ids[2], state="absent")["changed"]
    assert not run_module(module, name="twin", operating_system="UBUNTU", state="absent")["changed"]
    assert run_module(module, name="twin", operating_system="SUSE", state="absent")["changed"]
    assert names(aws) == ["twin"]


def test_a_name_that_begins_the_same_is_another(aws, run_module):
    run_module(module, name="shop-windows-old", operating_system="SUSE", description="keep")
    run_module(module, **WINDOWS)
    run_module(module, name="shop-windows", state="absent")
    assert names(aws) == ["shop-windows-old"]


def test_by_id(aws, run_module):
    made = run_module(module, **WINDOWS)["baseline"]["baseline_id"]
    result = four(aws, run_module, baseline_id=made, name="renamed")
    assert [one["field"] for one in result["changes"]] == ["name"]
    arn = f"arn:aws:ssm:us-east-1:123456789012:patchbaseline/{made}"
    assert not run_module(module, baseline_id=arn, name="renamed")["changed"]
    run_module(module, name="taken", operating_system="SUSE")
    assert "name: " in run_module(module, baseline_id=made, name="taken")["msg"]
    for unknown in ("pb-0123456789abcdef0", "pb-1"):
        assert "baseline_id: " in run_module(module, baseline_id=unknown, name="any")["msg"]
    assert four(aws, run_module, baseline_id=made, state="absent")["baseline"] == {}


# Errors


def rules(**more):
    return {"approval_rules": [{**RULE, **more}]}


BAD = [
    ({"operating_system": None}, "operating_system"),
    ({"operating_system": "BEOS"}, "operating_system"),
    ({"name": "no spaces please"}, "name"),
    ({"name": "ab"}, "name"),
    ({"description": "x" * 1025}, "description"),
    ({"global_filters": [SECURITY] * 5}, "global_filters"),
    ({"global_filters": [{"key": "COLOUR", "values": ["red"]}]}, "global_filters.key"),
    ({"global_filters": [{"key": "PRODUCT", "values": []}]}, "global_filters.values"),
    ({"global_filters": [{"key": "PRODUCT", "values": ["x" * 65]}]}, "global_filters.values"),
    ({"approval_rules": [RULE] * 11}, "approval_rules"),
    (rules(approve_until_date="2026-03-01"), "approval_rules[0].approve_after_days"),
    ({"approval_rules": [{"patch_filters": [SECURITY]}]}, "approval_rules[0].approve_after_days"),
    (rules(approve_after_days=361), "approval_rules[0].approve_after_days"),
    (rules(approve_after_days=-1), "approval_rules[0].approve_after_days"),
    (rules(approve_after_days=None, approve_until_date="2026-02-30"), "approval_rules[0].approve_until_date"),
    (rules(approve_after_days=None, approve_until_date="tomorrow"), "approval_rules[0].approve_until_date"),
    ({**rules(), "operating_system": "UBUNTU"}, "approval_rules[0].approve_after_days"),
    ({**rules(), "operating_system": "DEBIAN"}, "approval_rules[0].approve_after_days"),
    ({**rules(enable_non_security=True), "operating_system": "WINDOWS"}, "approval_rules[0].enable_non_security"),
    (rules(patch_filters=[{"key": "COLOUR", "values": ["red"]}]), "approval_rules[0].patch_filters.key"),
    ({"approved_patches": [f"p{number}" for number in range(51)]}, "approved_patches"),
    ({"rejected_patches": [f"p{number}" for number in range(51)]}, "rejected_patches"),
    ({"rejected_patches": ["x" * 101]}, "rejected_patches"),
    (
        {"operating_system": "WINDOWS", "approved_patches_enable_non_security": True},
        "approved_patches_enable_non_security",
    ),
    ({"operating_system": "WINDOWS", "sources": [SOURCE]}, "sources"),
    ({"sources": [{**SOURCE, "name": "a b"}]}, "sources.name"),
    ({"sources": [SOURCE, {**SOURCE, "products": ["x"]}]}, "sources.name"),
    ({"sources": [{**SOURCE, "products": []}]}, "sources.products"),
    ({"sources": [{**SOURCE, "configuration": "x" * 1025}]}, "sources.configuration"),
    ({"available_security_updates_compliance_status": "COMPLIANT"}, "available_security_updates_compliance_status"),
    ({"patch_groups": ["what?"]}, "patch_groups"),
    ({"patch_groups": [""]}, "patch_groups"),
]


@pytest.mark.parametrize("check", [True, False])
def test_bad_input_is_told_before_anything_is_made(aws, run_module, check):
    for options, option in BAD:
        given = {"name": "bad", "operating_system": "AMAZON_LINUX_2023", **options}
        result = run_module(module, check=check, **{key: value for key, value in given.items() if value is not None})
        assert result.get("failed") and result["msg"].startswith(f"{option}: "), (option, result.get("msg"))
        assert result["failure"]["code"] == "invalid_input"
    assert written(aws) == []


def test_bad_input_for_one_that_exists(aws, run_module):
    run_module(module, name="exists", operating_system="UBUNTU")
    aws.clear_calls()
    assert run_module(module, name="exists", **rules())["msg"].startswith("approval_rules[0].approve_after_days: ")
    assert written(aws) == []


def test_zero_days_mean_nothing_for_ubuntu(aws, run_module):
    filters = [{"key": "PRIORITY", "values": ["Required"]}]
    options = {"name": "ubuntu", "operating_system": "UBUNTU"}
    four(aws, run_module, **options, approval_rules=[{"patch_filters": filters, "approve_after_days": 0}])
    assert not run_module(module, **options, approval_rules=[{"patch_filters": filters}])["changed"]


def test_products_are_handed_on(aws, run_module):
    filters = [{"key": "PATCH_SET", "values": ["APPLICATION"]}, {"key": "PRODUCT", "values": ["Office2099"]}]
    rule = {"patch_filters": filters, "approve_after_days": 7}
    four(aws, run_module, name="future", operating_system="WINDOWS", approval_rules=[rule])


def test_aws_says_which_products_there_are(aws, run_module):
    rule = {"patch_filters": [{"key": "PRODUCT", "values": ["Debian13"]}]}
    failed = run_module(module, name="future", operating_system="DEBIAN", approval_rules=[rule])
    assert failed["failure"]["code"] == "ValidationException"
    assert "Debian13 for Key: PRODUCT, valid values are: Debian8" in failed["msg"]


@pytest.mark.parametrize("operation", ["DescribePatchBaselines", "GetPatchBaseline", "ListTagsForResource"])
def test_denied_is_not_absent(aws, run_module, operation):
    run_module(module, **WINDOWS)
    aws.faults(service="ssm", operation=operation, code="AccessDeniedException", count=-1)
    aws.clear_calls()
    for options in (WINDOWS, {"name": WINDOWS["name"], "state": "absent"}):
        assert run_module(module, **options)["failure"]["code"] == "AccessDeniedException"
    assert written(aws) == []


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize(
    "operation",
    [
        "CreatePatchBaseline",
        "RegisterDefaultPatchBaseline",
        "RegisterPatchBaselineForPatchGroup",
        "UpdatePatchBaseline",
    ],
)
def test_a_lost_answer_is_not_an_error(aws, run_module, operation, phase):
    if operation == "UpdatePatchBaseline":
        run_module(module, **{**LINUX, "description": "before"})
    aws.faults(service="ssm", operation=operation, phase=phase, code="InternalServerError")
    result = run_module(module, **LINUX)
    assert result["changed"] and not result.get("failed"), result["msg"]
    assert names(aws) == ["shop-linux"] and not run_module(module, **LINUX)["changed"]


# The info module


def test_info(aws, run_module):
    windows = run_module(module, **WINDOWS)["baseline"]
    linux = run_module(module, **LINUX)["baseline"]

    def found(**options):
        result = run_module(info, **options)
        assert result["changed"] is False
        return [one["name"] for one in result["baselines"]]

    assert run_module(info, names=["shop-linux"])["baselines"] == [{**linux, "owner": "Self"}]
    assert found() == ["shop-linux", "shop-windows"]
    assert found(operating_system="WINDOWS") == ["shop-windows"]
    assert found(baseline_ids=[windows["baseline_id"]]) == ["shop-windows"] and found(baseline_ids=[]) == []
    assert found(patch_group="prod") == ["shop-linux"] and found(patch_group="pro") == []
    assert found(names=["shop"]) == [] and found(names=["shop-linux"], operating_system="WINDOWS") == []
    ubuntu = default_of(aws, "UBUNTU")
    [provided] = run_module(info, owner="AWS", operating_system="UBUNTU")["baselines"]
    assert (provided["baseline_id"], provided["owner"], provided["default"]) == (ubuntu, "AWS", True)
    assert found(baseline_ids=[ubuntu]) == [provided["name"]]
    assert set(found(owner="All", operating_system="WINDOWS")) > {"shop-windows", "AWS-DefaultPatchBaseline"}
    aws.faults(service="ssm", operation="DescribePatchGroups", code="AccessDeniedException")
    assert run_module(info, patch_group="prod")["failure"]["code"] == "AccessDeniedException"
