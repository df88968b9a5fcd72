# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What AWS says of a run before it starts: its execution preview, in words."""

from __future__ import annotations

import typing as t


def preview_status(preview: t.Mapping[str, t.Any], document: str, published: bool) -> str:
    """The sentence to show. preview: of ssm_execution_preview_info, also failed. published: whether a run publishes the runbook first."""
    if preview.get("status") == "Success":
        return f"{preview['msg']}."
    if (preview.get("failure") or {}).get("code") == "no_document":
        later = "; a run publishes it." if published else "."
        return f"The runbook {document} is not published yet, so AWS cannot preview it{later}"
    return f"AWS does not preview the run: {preview['msg']}"
