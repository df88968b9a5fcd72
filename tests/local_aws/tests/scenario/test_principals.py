# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Users, roles and instance profiles of a scenario, and those of every scenario."""

import json

import pytest
import yaml
from botocore.exceptions import ClientError

from local_aws import testing
from local_aws.scenario import principals

LOOK = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]}
FLEET = [{"name": "web", "count": 2, "platform": "rhel-9"}]
KEY = "LOCALAWS0EVERYBODY01"


@pytest.fixture(name="file")
def fixture_file(tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "look.json").write_text(json.dumps(LOOK), encoding="utf-8")
    made = {
        "users": [{"name": "everybody", "access_key": KEY, "policies": ["policies/look.json"]}],
        "roles": [{"name": "node", "trust": ["ec2.amazonaws.com"]}],
        "instance_profile": "node",
    }
    path = tmp_path / "principals.yml"
    path.write_text(yaml.safe_dump(made), encoding="utf-8")
    yield path
    principals.always(None)


def instances(aws, **options):
    found = aws.client("ec2", **options).describe_instances()["Reservations"]
    return [instance for one in found for instance in one["Instances"]]


def test_policies_of_a_scenario_are_documents_files_beside_it_or_managed_ones(tmp_path):
    (tmp_path / "look.json").write_text(json.dumps(LOOK), encoding="utf-8")
    role = {"trust": ["ssm.amazonaws.com"]}
    managed = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    spec = {"roles": [{"name": "all", **role, "policies": ["look.json", LOOK, managed]}]}
    path = tmp_path / "scenario.yml"
    path.write_text(yaml.safe_dump(spec), encoding="utf-8")
    with testing.serve(path) as aws:
        iam = aws.client("iam")
        names = iam.list_role_policies(RoleName="all")["PolicyNames"]
        assert [iam.get_role_policy(RoleName="all", PolicyName=name)["PolicyDocument"] for name in names] == [
            LOOK,
            LOOK,
        ]
        attached = iam.list_attached_role_policies(RoleName="all")["AttachedPolicies"]
        assert [one["PolicyArn"] for one in attached] == [managed]


def test_those_of_every_scenario_are_there_after_a_reset_too_and_change_no_id(file):
    with testing.serve({"fleet": FLEET}) as aws:
        plain = [one["InstanceId"] for one in instances(aws)]
        principals.always(file)
        for _time in range(2):
            aws.reset()
            found = instances(aws, aws_access_key_id=KEY)
            assert [one["InstanceId"] for one in found] == plain
            assert {one["IamInstanceProfile"]["Arn"].rpartition("/")[2] for one in found} == {"node"}
        with pytest.raises(ClientError, match="AccessDenied"):
            aws.client("ssm", aws_access_key_id=KEY).list_commands()


def test_a_scenario_has_its_own_in_place_of_one_with_the_same_name(file):
    principals.always(file)
    other = {"name": "guest", "trust": ["ec2.amazonaws.com"]}
    fleet = [{**FLEET[0], "instance_profile": "guest"}]
    users = [{"name": "everybody", "access_key": KEY, "policies": []}]
    with testing.serve({"fleet": fleet, "roles": [other], "users": users}) as aws:
        with pytest.raises(ClientError, match="UnauthorizedOperation"):
            instances(aws, aws_access_key_id=KEY)
        assert {one["IamInstanceProfile"]["Arn"].rpartition("/")[2] for one in instances(aws)} == {"guest"}


def test_an_unknown_key_is_refused(tmp_path):
    path = tmp_path / "principals.yml"
    path.write_text("groups: []\n", encoding="utf-8")
    with pytest.raises(ValueError, match="unknown key 'groups'"):
        principals.always(path)
