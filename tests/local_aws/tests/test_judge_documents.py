# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The tool that judges a folder of published documents."""

import json

from local_aws import judge_documents

NAP = {"name": "wait", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}
GOOD = {"schemaVersion": "0.3", "mainSteps": [NAP]}
FILES = {"a.zip": {"checksums": {"sha256": "0" * 64}}}
DOCUMENTS = {
    "good": GOOD,
    "attached": {**GOOD, "files": FILES},
    "bad": {"schemaVersion": "0.3", "mainSteps": [{**NAP, "maxAttempts": 0}]},
    "worse": {"schemaVersion": "0.3", "mainSteps": [{**NAP, "name": "other", "maxAttempts": 0}]},
    "long": {**GOOD, "description": "x" * 70000},
    "command": {
        "schemaVersion": "2.2",
        "mainSteps": [{"name": "a", "action": "aws:runShellScript", "inputs": {"runCommand": ["x"]}}],
    },
    "package": {"schemaVersion": "2.0", "version": "1", "packages": {"a": {}}, "files": FILES},
    "template": {"AWSTemplateFormatVersion": "2010-09-09"},
}


def test_verdicts(tmp_path):
    for name, content in DOCUMENTS.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content, indent=8))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "session.yaml").write_text("schemaVersion: '1.0'\nsessionType: Port\n")
    (tmp_path / "README.md").write_text("no document")
    found = judge_documents.judge(tmp_path)
    assert {key: dict(counts) for key, counts in found.counts.items()} == {
        ("Automation", "0.3"): {"accepted": 1, "no attachment": 1, "refused": 2, "over 64 KiB": 1},
        ("Command", "2.2"): {"accepted": 1},
        ("Package", "2.0"): {"no attachment": 1},
        ("Session", "1.0"): {"accepted": 1},
    }
    assert found.others == 1
    assert found.share == 60
    # One reason for both, whatever their steps are called.
    assert list(found.reasons) == ["step ...: maxAttempts must be a positive integer"]
    assert set(next(iter(found.reasons.values()))) == {"bad", "worse"}


def test_report(tmp_path, capsys):
    (tmp_path / "good.json").write_text(json.dumps(GOOD))
    assert judge_documents.main([str(tmp_path)]) == 0
    assert "100.0 % of the complete documents accepted" in capsys.readouterr().out
    (tmp_path / "bad.json").write_text(json.dumps(DOCUMENTS["bad"]))
    assert judge_documents.main([str(tmp_path)]) == 1
    assert "    1  step ...: maxAttempts must be a positive integer  [bad: step wait:" in capsys.readouterr().out


def test_a_folder_without_documents(tmp_path):
    assert judge_documents.main([str(tmp_path)]) == 2
