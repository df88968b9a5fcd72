# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The workflow of docs/awx.md, job by job as AWX starts them: what a job publishes becomes variables of the next one.

AWX puts the variables of the workflow (answers of the survey) over those that jobs published, and both over those of the job template.
"""

from __future__ import annotations

import json
import re

from driver import ROOT
from driver import Operator

from local_aws import testing

from ansible.parsing.dataloader import DataLoader

AWX = ROOT / "extensions" / "awx"
RAW = "{{ patch_run_id }}"


def host(name, role):
    return {
        "name": name,
        "platform": "rhel-9",
        "zones": ["us-east-1a"],
        "tags": {"instancedata": {"solution": "shop", "environment": "production", "instance": role}},
        "missing": 2,
        "patch_seconds": 60,
        "scan_seconds": 30,
        "image_seconds": 60,
    }


def template(folder):
    """Extra variables of the job template that patches, as configure.yml declares them."""
    (play,) = DataLoader().load_from_file(str(AWX / "configure.yml"))
    (approved,) = (task["vars"]["awx_approved"] for task in play["tasks"] if "vars" in task)
    assert approved["patch_run_approved_run_id"] == RAW
    assert approved["patch_run_approved_digest"] == "{{ patch_run_plan_digest | default('') }}"
    return {**{key: str(value) for key, value in approved.items()}, "patch_run_directory": str(folder)}


class Awx(Operator):
    """Somebody who looks at what jobs publish."""

    def environment(self):
        return {**super().environment(), "ANSIBLE_SHOW_CUSTOM_STATS": "1"}

    def job(self, playbook, expect=0, **variables):
        """(squeezed output, what was published)"""
        output = self.run(AWX / "project" / f"{playbook}.yml", expect=expect, **variables)
        found = re.search(r"CUSTOM STATS: \*+\s*RUN: (\{.*?\})\s*$", output, re.MULTILINE | re.DOTALL)
        return " ".join(output.split()), json.loads(found[1]) if found else {}


def test_plan_approval_and_patch(tmp_path):
    scenario = {"clock": {"rate": 900}, "fleet": [host("sql", "SQL Server"), host("app", "Application Server")]}
    runs = tmp_path / "runs"
    survey = {
        "patch_run_environments": ["production"],
        "patch_run_canary": 0,
        "patch_run_max_errors": "0",
        "patch_run_deadline": "",
    }
    with testing.serve(scenario) as aws:
        awx = Awx(tmp_path, aws, patch_run_update_agent=False)
        # Without a folder that stays, the job that patches makes a plan of its own, which has not the digest that was approved.
        _output, published = awx.job("plan", patch_run_directory=str(tmp_path / "gone"), **survey)
        output, _published = awx.job("patch", expect=2, **template(tmp_path / "other"), **published, **survey)
        assert f"and {published['patch_run_plan_digest']} was approved" in output

        output, published = awx.job("plan", patch_run_directory=str(runs), **survey)
        run_id = published["patch_run_id"]
        assert "2 hosts in 2 waves" in output and published["patch_run_plan_page"] == str(runs / run_id / "plan.html")
        # Started on its own, nobody gives the job a run.
        output, published_alone = awx.job("patch", expect=2, **template(runs), **survey)
        assert "is not approved" in output and published_alone["patch_run_outcome"] == "stopped"
        assert aws.control.history() == []

        output, ended = awx.job("patch", **template(runs), **published, **survey)
        assert "it is carried out as it stands" in output
        assert (ended["patch_run_id"], ended["patch_run_outcome"]) == (run_id, "completed")
        assert ended["patch_run_message"] == "2 of 2 hosts in 2 waves patched"
        assert json.loads((runs / run_id / "report.json").read_text(encoding="utf-8"))["totals"]["patched"] == 2
