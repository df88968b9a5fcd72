# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Plans and reports as pages, text and CSV."""

from __future__ import annotations

import base64
import csv
import functools
import hashlib
import io
import pathlib
import typing as t

from jinja2 import Environment
from jinja2 import FileSystemLoader
from jinja2 import StrictUndefined
from markupsafe import Markup

from . import _draw
from . import _words
from ._text import clean
from ._text import render_plan_text

__all__ = ["page", "render_plan_html", "render_plan_text", "render_report_html", "report_csv"]

_CSV_FIELDS = (
    "run_id", "wave", "wave_outcome", "host", "instance_id", "name", "tier", "role", "zone", "platform", "outcome",
    "attempts", "missing_before", "missing_after", "pending_reboot", "image_id", "execution_id", "start", "end",
    "failed_step", "message", "cause", "next_step",
)  # fmt: skip
# A cell that begins with one of these is a formula for a spreadsheet; an apostrophe makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _finalize(value: t.Any) -> t.Any:
    """Names of hosts come from tags: one with a bidirectional override would read as another name."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value  # Markup is our own


@functools.cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(pathlib.Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(_words.FILTERS)
    return made


@functools.cache
def _script(name: str) -> dict[str, t.Any]:
    """Our own constant file; the policy of the page lets no other script run."""
    script = pathlib.Path(__file__).with_name("templates").joinpath(name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return {"script": Markup(script), "script_hash": f"sha256-{digest}"}  # noqa: S704


def page(
    template: str,
    script: str = "filter.js",
    filters: t.Mapping[str, t.Callable[..., t.Any]] | None = None,
    **values: t.Any,
) -> str:
    """A self-contained page.

    template, script: files of the folder templates. filters: more filters of this page. values: what the template uses; it escapes.
    """
    environment = _environment()
    if filters:
        environment = environment.overlay()
        environment.filters = {**environment.filters, **filters}
    return environment.get_template(template).render(**_script(script), **values)


def render_plan_html(plan: t.Mapping[str, t.Any]) -> str:
    """The plan as one self-contained HTML page. plan: Plan.to_dict()."""
    return page(
        "plan.html.j2",
        plan=plan,
        labels=_words.labels(plan),
        diagram=_draw.plan_diagram(plan),
        exclusions=_words.by_reason(plan["exclusions"]),
    )


def render_report_html(report: t.Mapping[str, t.Any], plan: t.Mapping[str, t.Any]) -> str:
    """The report as one self-contained HTML page. report: of run_report; plan: Plan.to_dict()."""
    return page(
        "report.html.j2",
        report=report,
        plan=plan,
        timeline=_draw.timeline(report),
        exclusions=_words.by_reason(report["exclusions"]),
    )


def _cell(value: t.Any) -> t.Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    text = "\n".join(map(clean, str(value).split("\n")))
    return f"'{text}" if str(value).startswith(_FORMULA) else text


def report_csv(report: t.Mapping[str, t.Any]) -> str:
    """One line per host, RFC 4180; cells that a spreadsheet would take for formulas are made text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_CSV_FIELDS)
    for wave in report["waves"]:
        about = {"run_id": report["run_id"], "wave": wave["id"], "wave_outcome": wave["outcome"]}
        for host in wave["hosts"]:
            row = {**host, **about}
            writer.writerow([_cell(row.get(field)) for field in _CSV_FIELDS])
    return out.getvalue()
