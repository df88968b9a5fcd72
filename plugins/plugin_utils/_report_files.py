# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The report of a run as files and as text."""

from __future__ import annotations

import json
import typing as t

from . import _notices
from . import _render
from . import _report_text
from . import _rundir


def keep(folder: _rundir.RunDirectory, report: t.Mapping[str, t.Any], plan: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Write the three forms of the report; gives their paths. The JSON is the last one, because a resumed run reads it."""
    return {
        "html_path": str(folder.write("report.html", _render.render_report_html(report, plan))),
        "csv_path": str(folder.write("report.csv", _render.report_csv(report))),
        "json_path": str(folder.write("report.json", json.dumps(report, indent=1))),
    }


def text(report: t.Mapping[str, t.Any]) -> str:
    """The report for a terminal."""
    return _report_text.render_report_text(report) + _notices.undelivered_text(report["notices"])
