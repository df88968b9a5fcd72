# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the rules of IAM policies find, and how tables of permissions are made."""

import json

import pytest
from checks import policies

import permissions
import policy_docs
import role_docs

GOOD = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Look", "Effect": "Allow", "Action": ["ec2:DescribeImages", "ec2:DescribeInstances"], "Resource": "*"},
        {
            "Sid": "Pass",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": "arn:aws:iam::*:role/fleetpatch-*",
            "Condition": {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
        },
    ],
}
ABOUT = "controller:\n  who: who starts it.\n  optional: {Pass: '`demo_role`'}\n"
TABLE = """
[controller.json](files/policies/controller.json): who starts it.

| statement | with | actions | on `arn:aws:` | condition |
|---|---|---|---|---|
| `Look` |  | `ec2:DescribeImages`<br>`ec2:DescribeInstances` |  |  |
| `Pass` | `demo_role` | `iam:PassRole` | `iam::*:role/fleetpatch-*` | `iam:PassedToService = ssm.amazonaws.com` |

"""


@pytest.fixture(name="tree")
def fixture_tree(write):
    write("roles/demo/files/policies/controller.json", json.dumps(GOOD))
    return write("roles/demo/files/policies/policies.yml", ABOUT)


def changed(**parts):
    return json.dumps({**GOOD, "Statement": [{**GOOD["Statement"][0], **parts}, GOOD["Statement"][1]]})


def test_nothing_is_found_in_a_good_policy(tree):
    assert policies.file_findings(tree) == policies.content_findings(tree) == []


@pytest.mark.parametrize(
    ("path", "text", "finding"),
    [
        ("roles/other/tasks/main.yml", "[]", "roles/other: has no files/policies/controller.json"),
        ("roles/demo/files/policies/more.json", json.dumps(GOOD), "nothing about more.json"),
        ("roles/demo/files/policies/policies.yml", f"{ABOUT}more: {{who: me.}}\n", "there is no more.json"),
        ("roles/demo/files/policies/policies.yml", ABOUT.replace("Pass:", "Past:"), "has no statement Past"),
        ("roles/demo/files/policies/controller.json", changed(Sid="Pass"), "a Sid of its own"),
    ],
)
def test_files_that_do_not_fit_together(tree, write, path, text, finding):
    write(path, text)
    assert [one for one in policies.file_findings(tree) if finding in one]


@pytest.mark.parametrize(
    ("parts", "finding"),
    [
        ({"Action": "ec2:DescribeImage"}, "UNKNOWN_ACTION"),
        ({"Action": "ec2:CreateImage", "Resource": "arn:aws:ec2:*:*:instance/*"}, "RESOURCE_MISMATCH"),
        ({"Condition": {"StringEquals": {"ssm:Overwrite": "x"}}}, "UNKNOWN_CONDITION_FOR_ACTION"),
        ({"Resource": "instance"}, "INVALID_ARN"),
    ],
)
def test_what_aws_would_not_understand(tree, write, parts, finding):
    write("roles/demo/files/policies/controller.json", changed(**parts))
    assert [one for one in policies.content_findings(tree) if finding in one]


def test_tables_are_written_and_compared(tree, write):
    folder = tree / "roles" / "demo" / "files" / "policies"
    page = f"# x\n\n{policy_docs.BEGIN}old\n{policy_docs.END}after\n"
    assert policy_docs.filled(page, folder, "files/policies") == (
        f"# x\n\n{policy_docs.BEGIN}{TABLE}{policy_docs.END}after\n"
    )
    assert policy_docs.filled("# x\n", folder, "files/policies") is None
    assert policy_docs.filled("# x\n", folder.parent, "files/policies") == "# x\n"
    write("playbooks/files/policies/policies.yml", ABOUT)
    write("playbooks/files/policies/controller.json", json.dumps(GOOD))
    write("docs/permissions.md", "# x\n")
    assert "has no lines" in policies.page_findings(tree)[0]
    write("docs/permissions.md", page)
    assert "differs" in policies.page_findings(tree)[0]
    write("docs/permissions.md", next(iter(role_docs.pages(tree).values())))
    assert policies.page_findings(tree) == []


def test_a_permission_that_nobody_used_is_found_and_an_excuse_for_one_that_was(tree):
    path = tree / "roles" / "demo" / "files" / "policies" / "controller.json"
    files = {"user/demo": [path]}
    use = {"who": "arn:aws:iam::1:user/demo", "verdict": "allowed", "sids": ["Look"]}
    records = [{**use, "action": f"ec2:{name}"} for name in ("DescribeImages", "DescribeInstances")]
    where = "roles/demo/files/policies/controller.json"
    assert permissions.findings(tree, files, records) == [f"{where}: nobody used Pass iam:PassRole"]
    denied = {**use, "action": "iam:PassRole", "sids": ["Pass"], "verdict": "not allowed"}
    other = {**use, "action": "iam:PassRole", "sids": ["Pass"], "who": "arn:aws:iam::1:user/other"}
    assert len(permissions.findings(tree, files, [*records, denied, other])) == 1
    assert permissions.findings(tree, files, [*records, {**denied, "verdict": "allowed"}]) == []
    (path.parent / "policies.yml").write_text(
        f"{ABOUT}  unused: {{'Pass iam:PassRole': the reason}}\n", encoding="utf-8"
    )
    assert permissions.findings(tree, files, records) == []
    assert "needs no excuse" in permissions.findings(tree, files, [*records, {**denied, "verdict": "allowed"}])[0]


def test_the_holders_are_read_from_the_file_of_principals(tree, write):
    text = "users: [{name: a, policies: [../roles/demo/x.json]}]\nroles: [{name: b, policies: []}]\n"
    write("tests/principals.yml", text)
    assert permissions.holders(tree / "tests" / "principals.yml") == {
        "user/a": [tree.resolve() / "roles" / "demo" / "x.json"],
        "role/b": [],
    }
