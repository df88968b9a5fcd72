# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of baselines, held against the model of the API in the SDK."""

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import resource


def test_choices_are_those_of_the_api(ssm):
    assert set(options.LEVELS) == set(ssm.shape_for("PatchComplianceLevel").enum)
    actions = options.CONTENT["rejected_patches_action"]["choices"]
    assert set(actions) == set(ssm.shape_for("PatchAction").enum)
    assert set(options.CONTENT[resource.STATUS]["choices"]) == set(ssm.shape_for("PatchComplianceStatus").enum)
