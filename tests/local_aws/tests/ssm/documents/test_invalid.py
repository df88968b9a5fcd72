# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documents with one mistake each, which a page of AWS forbids (invalid_documents.yml): all are refused."""

import json
from pathlib import Path

import pytest
import yaml

from local_aws.framework.registry import AwsError
from local_aws.ssm.documents import rules as document_rules

CASES = yaml.safe_load((Path(__file__).parent / "invalid_documents.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_refused(case):
    with pytest.raises(AwsError) as caught:
        document_rules.check(json.dumps(case["document"]), "JSON", case.get("type", "Automation"))
    assert caught.value.code == case.get("code", "InvalidDocumentContent")
    assert case["refused"] in caught.value.message


def test_every_case_names_its_mistake_and_a_page_of_aws():
    assert len({case["name"] for case in CASES}) == len(CASES) >= 100
    assert all(case["mistake"] and case["page"].startswith("https://docs.aws.amazon.com/") for case in CASES)
