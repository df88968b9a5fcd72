# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Options of instance metadata, and which tags an instance may have that shows its tags there."""

import pytest

from ...helpers import ids
from ...helpers import refused


class TestTagsInMetadata:
    """EC2 user guide, "Access to tags in instance metadata": fewer characters are allowed in keys."""

    def allow(self, ec2, instance, words="enabled"):
        return ec2.modify_instance_metadata_options(InstanceId=instance, InstanceMetadataTags=words)

    @pytest.mark.parametrize("key", ["Patch Group", "a/b", ".", "..", "_index", "größe"])
    def test_a_key_that_metadata_cannot_show(self, server, ec2, key):
        instance = next(iter(ids(server).values()))
        self.allow(ec2, instance)
        with refused("InvalidParameterValue", f"'{key}' is not a valid tag key"):
            ec2.create_tags(Resources=[instance], Tags=[{"Key": key, "Value": "x"}])
        ec2.create_tags(Resources=[instance], Tags=[{"Key": "PatchGroup", "Value": "x"}])
        self.allow(ec2, instance, "disabled")
        ec2.create_tags(Resources=[instance], Tags=[{"Key": key, "Value": "x"}])
        with refused("InvalidParameterValue", f"'{key}' is not a valid tag key"):
            self.allow(ec2, instance)

    def test_launch(self, server, ec2):
        instance = next(iter(ids(server).values()))
        image = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["ImageId"]
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Patch Group", "Value": "x"}]}]
        words = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "TagSpecifications": tags}
        with refused("InvalidParameterValue", "'Patch Group' is not a valid tag key"):
            ec2.run_instances(**words, MetadataOptions={"InstanceMetadataTags": "enabled"})
        assert ec2.run_instances(**words)["Instances"]

    def test_options_that_are_left_out_stay(self, server, ec2):
        instance = next(iter(ids(server).values()))
        ec2.modify_instance_metadata_options(InstanceId=instance, HttpTokens="required", HttpPutResponseHopLimit=2)
        answer = self.allow(ec2, instance)["InstanceMetadataOptions"]
        found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["MetadataOptions"]
        assert found == answer
        assert (found["HttpTokens"], found["HttpPutResponseHopLimit"]) == ("required", 2)
        assert (found["HttpEndpoint"], found["InstanceMetadataTags"]) == ("enabled", "enabled")
