# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Patch baselines and patch groups; expectations from the API reference and the user guide."""

import pytest

from ..helpers import refused

WINDOWS_RULE = {
    "PatchFilterGroup": {"PatchFilters": [{"Key": "CLASSIFICATION", "Values": ["SecurityUpdates"]}]},
    "ApproveAfterDays": 7,
}


def rules(*found):
    return {"PatchRules": list(found)}


def with_filter(key, value, **more):
    return rules({"PatchFilterGroup": {"PatchFilters": [{"Key": key, "Values": [value]}]}, **more})


def create(ssm, name="base", **more):
    return ssm.create_patch_baseline(Name=name, **more)["BaselineId"]


def test_names_and_defaults_of_the_predefined_baselines(ssm):
    pages = ssm.get_paginator("describe_patch_baselines").paginate(Filters=[{"Key": "OWNER", "Values": ["AWS"]}])
    found = {one["BaselineName"]: one for page in pages for one in page["BaselineIdentities"]}
    systems = {one["OperatingSystem"] for one in found.values()}
    assert systems == set(ssm.meta.service_model.shape_for("OperatingSystem").enum)
    # user guide: three for Windows, AWS-DefaultPatchBaseline is the default; one for each other system
    assert len(found) == len(systems) + 2
    windows = {name: one["DefaultBaseline"] for name, one in found.items() if one["OperatingSystem"] == "WINDOWS"}
    assert windows == {
        "AWS-DefaultPatchBaseline": True,
        "AWS-WindowsPredefinedPatchBaseline-OS": False,
        "AWS-WindowsPredefinedPatchBaseline-OS-Applications": False,
    }
    assert all(one["BaselineId"].startswith("arn:aws:ssm:us-east-1:") for one in found.values())
    assert {"AWS-UbuntuDefaultPatchBaseline", "AWS-AmazonLinux2023DefaultPatchBaseline"} <= set(found)


def test_the_predefined_windows_rules(ssm):
    arn = ssm.get_default_patch_baseline()["BaselineId"]
    found = ssm.get_patch_baseline(BaselineId=arn)
    assert found["Name"] == "AWS-DefaultPatchBaseline" and found["OperatingSystem"] == "WINDOWS"
    (rule,) = found["ApprovalRules"]["PatchRules"]
    filters = {one["Key"]: one["Values"] for one in rule["PatchFilterGroup"]["PatchFilters"]}
    assert filters["CLASSIFICATION"] == ["CriticalUpdates", "SecurityUpdates"]
    assert filters["MSRC_SEVERITY"] == ["Critical", "Important"]
    assert (rule["ApproveAfterDays"], rule["ComplianceLevel"]) == (7, "UNSPECIFIED")
    with refused("InvalidResourceId"):
        ssm.get_patch_baseline(BaselineId="not-a-baseline-id-at-all")
    with refused("DoesNotExistException"):  # AWS-owned: by full ARN only
        ssm.get_patch_baseline(BaselineId=arn.rpartition("/")[2])


def test_create_and_read_back(ssm):
    number = create(ssm, ApprovalRules=rules(WINDOWS_RULE), Description="d", Tags=[{"Key": "a", "Value": "b"}])
    found = ssm.get_patch_baseline(BaselineId=number)
    assert found["OperatingSystem"] == "WINDOWS"  # the default of the operation
    assert found["PatchGroups"] == [] and found["ApprovedPatches"] == []
    assert found["RejectedPatchesAction"] == "ALLOW_AS_DEPENDENCY"
    assert found["ApprovalRules"]["PatchRules"][0]["ApproveAfterDays"] == 7
    tags = ssm.list_tags_for_resource(ResourceType="PatchBaseline", ResourceId=number)["TagList"]
    assert tags == [{"Key": "a", "Value": "b"}]
    assert ssm.get_patch_baseline(BaselineId=number)["CreatedDate"] == found["ModifiedDate"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"ApprovalRules": rules({**WINDOWS_RULE, "ApproveUntilDate": "2026-01-01"})},
        {"ApprovalRules": with_filter("CLASSIFICATION", "SecurityUpdates")},
        {"ApprovalRules": with_filter("CLASSIFICATION", "Security", ApproveAfterDays=0)},
        {"ApprovalRules": with_filter("SEVERITY", "Critical", ApproveAfterDays=0)},
        {"ApprovalRules": with_filter("PRODUCT", "*", ApproveUntilDate="2026-02-30")},
        {"ApprovalRules": rules({**WINDOWS_RULE, "ApproveAfterDays": 361})},
        {"ApprovalRules": rules({**WINDOWS_RULE, "EnableNonSecurity": True})},
        {"ApprovedPatchesEnableNonSecurity": True},
        {"Sources": [{"Name": "own", "Products": ["*"], "Configuration": "x"}]},
        {"OperatingSystem": "UBUNTU", "ApprovalRules": with_filter("PRIORITY", "Required", ApproveAfterDays=7)},
        {
            "OperatingSystem": "DEBIAN",
            "ApprovalRules": with_filter("PRIORITY", "Required", ApproveUntilDate="2026-01-01"),
        },
        {"OperatingSystem": "UBUNTU", "ApprovalRules": with_filter("CLASSIFICATION", "Security", ApproveAfterDays=0)},
        {
            "OperatingSystem": "AMAZON_LINUX_2",
            "ApprovalRules": with_filter("MSRC_SEVERITY", "Critical", ApproveAfterDays=0),
        },
        {"OperatingSystem": "AMAZON_LINUX_2", "AvailableSecurityUpdatesComplianceStatus": "COMPLIANT"},
        {"OperatingSystem": "BEOS"},
        {"Name": "a b!c"},
        {"Description": ""},
        {"ApprovedPatches": ["KB1"] * 51},
    ],
)
def test_what_is_refused(server, wrong):
    import botocore.exceptions

    client = server.client("ssm")
    with pytest.raises((botocore.exceptions.ClientError, botocore.exceptions.ParamValidationError)) as caught:
        client.create_patch_baseline(**{"Name": "base", **wrong})
    if isinstance(caught.value, botocore.exceptions.ClientError):
        assert caught.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize(
    ("system", "product"),
    [
        ("DEBIAN", "Debian13"),  # https://github.com/aws/amazon-ssm-agent/issues/648
        ("AMAZON_LINUX", "AmazonLinux2018.09"),
        ("WINDOWS", "WindowsServer2099"),
        ("AMAZON_LINUX_2023", "AmazonLinux2"),  # a product of another operating system
        ("REDHAT_ENTERPRISE_LINUX", "RedhatEnterpriseLinux11"),
        ("UBUNTU", "All"),
    ],
)
@pytest.mark.parametrize("where", ["rule", "global"])
def test_products_that_aws_does_not_know(ssm, system, product, where):
    group = {"PatchFilters": [{"Key": "PRODUCT", "Values": [product]}]}
    days = {} if system in ("DEBIAN", "UBUNTU") else {"ApproveAfterDays": 7}
    wanted = {"ApprovalRules": rules({"PatchFilterGroup": group, **days})}
    with refused("ValidationException", f"Invalid Filter Value: {product} for Key: PRODUCT, valid values are: "):
        create(ssm, OperatingSystem=system, **(wanted if where == "rule" else {"GlobalFilters": group}))


def test_products_of_applications_are_not_checked(ssm):
    filters = [{"Key": "PATCH_SET", "Values": ["APPLICATION"]}, {"Key": "PRODUCT", "Values": ["Any Product 2031"]}]
    assert create(ssm, ApprovalRules=rules({"PatchFilterGroup": {"PatchFilters": filters}, "ApproveAfterDays": 7}))


def test_products_are_listed(ssm):
    found = ssm.describe_patch_properties(OperatingSystem="DEBIAN", Property="PRODUCT")["Properties"]
    assert [one["Name"] for one in found][:2] == ["Debian10", "Debian11"]
    found = ssm.describe_patch_properties(OperatingSystem="REDHAT_ENTERPRISE_LINUX", Property="PRODUCT")["Properties"]
    assert "RedhatEnterpriseLinux8.10" in [one["Name"] for one in found]


@pytest.mark.parametrize(
    ("system", "key", "value", "more"),
    [
        ("WINDOWS", "MSRC_SEVERITY", "Critical", {"ApproveAfterDays": 360}),
        ("WINDOWS", "PRODUCT", "WindowsServer2025", {"ApproveUntilDate": "2026-01-31"}),
        ("WINDOWS", "PRODUCT", "*", {"ApproveAfterDays": 0}),
        ("DEBIAN", "PRODUCT", "Debian12", {}),
        ("AMAZON_LINUX", "PRODUCT", "AmazonLinux2018.03", {"ApproveAfterDays": 0}),
        ("REDHAT_ENTERPRISE_LINUX", "PRODUCT", "RedhatEnterpriseLinux8.10", {"ApproveAfterDays": 0}),
        ("REDHAT_ENTERPRISE_LINUX", "PRODUCT", "RedhatEnterpriseLinux9", {"ApproveAfterDays": 0}),
        ("ROCKY_LINUX", "PRODUCT", "RockyLinux9.4", {"ApproveAfterDays": 0}),  # names are not published
        ("SUSE", "CLASSIFICATION", "Feature", {"ApproveAfterDays": 0}),
        ("AMAZON_LINUX_2", "SEVERITY", "Medium", {"ApproveAfterDays": 0, "EnableNonSecurity": True}),
        ("REDHAT_ENTERPRISE_LINUX", "SEVERITY", "Moderate", {"ApproveAfterDays": 0}),
        ("UBUNTU", "PRIORITY", "Required", {}),
        ("UBUNTU", "SECTION", "admin", {"EnableNonSecurity": True}),
    ],
)
def test_what_is_accepted(ssm, system, key, value, more):
    assert create(ssm, OperatingSystem=system, ApprovalRules=with_filter(key, value, **more))


def test_client_token(ssm):
    first = create(ssm, ClientToken="t1")
    assert create(ssm, ClientToken="t1") == first
    with refused("IdempotentParameterMismatch"):
        create(ssm, "other", ClientToken="t1")


def test_update_leaves_and_replace_empties(ssm):
    number = create(ssm, ApprovalRules=rules(WINDOWS_RULE), Description="d", ApprovedPatches=["KB1"])
    found = ssm.update_patch_baseline(BaselineId=number, RejectedPatches=["KB2"])
    assert (found["Description"], found["ApprovedPatches"], found["RejectedPatches"]) == ("d", ["KB1"], ["KB2"])
    with refused("ValidationException"):
        ssm.update_patch_baseline(BaselineId=number, Replace=True, ApprovedPatches=["KB3"])
    found = ssm.update_patch_baseline(BaselineId=number, Replace=True, Name="new")
    assert found["ApprovalRules"]["PatchRules"] == [] and found["ApprovedPatches"] == [] and "Description" not in found
    with refused("DoesNotExistException"):
        ssm.update_patch_baseline(BaselineId="pb-00000000000000000", Name="xyz")


def test_filters_and_pages_of_the_list(ssm):
    for number in range(3):
        create(ssm, f"mine-{number}", OperatingSystem="UBUNTU" if number else "WINDOWS")

    def names(**filters):
        wanted = [{"Key": key, "Values": [value]} for key, value in filters.items()]
        pages = ssm.get_paginator("describe_patch_baselines").paginate(Filters=wanted, PaginationConfig={"PageSize": 2})
        return [one["BaselineName"] for page in pages for one in page["BaselineIdentities"]]

    assert names(OWNER="Self") == ["mine-0", "mine-1", "mine-2"]
    assert names(OWNER="Self", OPERATING_SYSTEM="UBUNTU") == ["mine-1", "mine-2"]
    assert names(NAME_PREFIX="AWS-Ubuntu") == ["AWS-UbuntuDefaultPatchBaseline"]
    with refused("ValidationException"):
        names(NAME="x")


def test_default_baseline(ssm):
    number = create(ssm, OperatingSystem="UBUNTU")
    ours = ssm.get_default_patch_baseline(OperatingSystem="UBUNTU")["BaselineId"]
    ssm.register_default_patch_baseline(BaselineId=number)
    assert ssm.get_default_patch_baseline(OperatingSystem="UBUNTU")["BaselineId"] == number
    assert ssm.get_default_patch_baseline()["BaselineId"] != number
    with refused("ResourceInUseException"):
        ssm.delete_patch_baseline(BaselineId=number)
    with refused("DoesNotExistException"):
        ssm.register_default_patch_baseline(BaselineId=ours.rpartition("/")[2])
    ssm.register_default_patch_baseline(BaselineId=ours)  # the only way back
    assert ssm.delete_patch_baseline(BaselineId=number)["BaselineId"] == number
    assert ssm.delete_patch_baseline(BaselineId=number)["BaselineId"] == number  # unknown ids are no error


def test_patch_groups(ssm):
    windows, ubuntu = create(ssm, "windows"), create(ssm, "ubuntu", OperatingSystem="UBUNTU")
    ssm.register_patch_baseline_for_patch_group(BaselineId=windows, PatchGroup="prod")
    ssm.register_patch_baseline_for_patch_group(BaselineId=ubuntu, PatchGroup="prod")
    other = create(ssm, "other")
    with refused("AlreadyExistsException"):  # one baseline per group per operating system
        ssm.register_patch_baseline_for_patch_group(BaselineId=other, PatchGroup="prod")
    with refused("DoesNotExistException"):
        ssm.register_patch_baseline_for_patch_group(BaselineId="pb-00000000000000000", PatchGroup="prod")
    assert ssm.get_patch_baseline_for_patch_group(PatchGroup="prod")["BaselineId"] == windows
    assert ssm.get_patch_baseline_for_patch_group(PatchGroup="prod", OperatingSystem="UBUNTU")["BaselineId"] == ubuntu
    # a group with no baseline falls back to the default, silently
    fallback = ssm.get_patch_baseline_for_patch_group(PatchGroup="nobody")["BaselineId"]
    assert fallback == ssm.get_default_patch_baseline()["BaselineId"]
    assert ssm.get_patch_baseline(BaselineId=windows)["PatchGroups"] == ["prod"]
    with refused("ResourceInUseException", "prod"):
        ssm.delete_patch_baseline(BaselineId=windows)
    mappings = ssm.describe_patch_groups(Filters=[{"Key": "OPERATING_SYSTEM", "Values": ["UBUNTU"]}])["Mappings"]
    assert [(one["PatchGroup"], one["BaselineIdentity"]["BaselineId"]) for one in mappings] == [("prod", ubuntu)]
    ssm.deregister_patch_baseline_for_patch_group(BaselineId=windows, PatchGroup="prod")
    assert ssm.get_patch_baseline_for_patch_group(PatchGroup="prod")["BaselineId"] == fallback
    ssm.delete_patch_baseline(BaselineId=windows)


def test_quotas(server, ssm):
    server.switches(patch_quotas={"baselines": 2, "groups_per_baseline": 1})
    number = create(ssm, "first")
    ssm.register_patch_baseline_for_patch_group(BaselineId=number, PatchGroup="one")
    with refused("ResourceLimitExceededException"):
        ssm.register_patch_baseline_for_patch_group(BaselineId=number, PatchGroup="two")
    create(ssm, "second")
    with refused("ResourceLimitExceededException"):
        create(ssm, "third")


def test_effective_patches(server, ssm):
    number = create(
        ssm,
        ApprovalRules=rules({**WINDOWS_RULE, "ComplianceLevel": "HIGH", "ApproveAfterDays": 7}),
    )
    pages = ssm.get_paginator("describe_effective_patches_for_patch_baseline").paginate(BaselineId=number)
    found = [one for page in pages for one in page["EffectivePatches"]]
    by_status = {one["PatchStatus"]["DeploymentStatus"] for one in found}
    assert by_status == {"APPROVED", "PENDING_APPROVAL"}
    assert {one["Patch"]["Classification"] for one in found} == {"SecurityUpdates"}
    assert {one["PatchStatus"]["ComplianceLevel"] for one in found} == {"HIGH"}
    waiting = [one for one in found if one["PatchStatus"]["DeploymentStatus"] == "PENDING_APPROVAL"]
    server.clock(advance=7 * 86400)
    pages = ssm.get_paginator("describe_effective_patches_for_patch_baseline").paginate(BaselineId=number)
    later = {
        one["Patch"]["Id"]: one["PatchStatus"]["DeploymentStatus"] for page in pages for one in page["EffectivePatches"]
    }
    assert {later[one["Patch"]["Id"]] for one in waiting} == {"APPROVED"}
    with refused("UnsupportedOperatingSystem"):
        ssm.describe_effective_patches_for_patch_baseline(BaselineId=create(ssm, "linux", OperatingSystem="UBUNTU"))
    with refused("DoesNotExistException"):
        ssm.describe_effective_patches_for_patch_baseline(BaselineId="pb-00000000000000000")


def test_available_patches_and_properties(ssm):
    wanted = [{"Key": "PRODUCT", "Values": ["WindowsServer2019"]}, {"Key": "MSRC_SEVERITY", "Values": ["Critical"]}]
    found = ssm.describe_available_patches(Filters=wanted)["Patches"]
    assert found and {(one["Product"], one["MsrcSeverity"]) for one in found} == {("WindowsServer2019", "Critical")}
    with refused("ValidationException"):  # the example of the API: Linux needs PRODUCT
        ssm.describe_available_patches(Filters=[{"Key": "CVE_ID", "Values": ["CVE-2018-3615"]}])
    linux = ssm.describe_available_patches(Filters=[{"Key": "PRODUCT", "Values": ["AmazonLinux2"]}])["Patches"]
    cve = linux[0]["CVEIds"][0]
    both = [{"Key": "PRODUCT", "Values": ["AmazonLinux2"]}, {"Key": "CVE_ID", "Values": [cve]}]
    assert [one["Name"] for one in ssm.describe_available_patches(Filters=both)["Patches"]] == [linux[0]["Name"]]
    words = ssm.describe_patch_properties(OperatingSystem="WINDOWS", Property="MSRC_SEVERITY")["Properties"]
    assert [one["Name"] for one in words] == ["Critical", "Important", "Low", "Moderate", "Unspecified"]
    with refused("ValidationException"):
        ssm.describe_patch_properties(OperatingSystem="UBUNTU", Property="CLASSIFICATION")
