# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Where the override of a run is read from, by the variables of the role patch_run that choose it."""

from __future__ import annotations

import re
import typing as t

from .overrides import OverrideError

# Only this document has the parameters InstallOverrideList and BaselineOverride.
DOCUMENT = "AWS-RunPatchBaseline"
_KINDS = {
    "patch_run_install_override_list": "list",
    "patch_run_baseline_override": "baseline",
    "patch_run_only": "only",
}
_S3 = re.compile(r"s3://([^/]+)/(.+)")


def override_source(given: t.Mapping[str, t.Any], document: str, bucket: str) -> dict[str, str]:
    """{variable, kind, source, place, bucket, key}; {} when no variable is set, so that the baselines decide.

    given: the variables patch_run_install_override_list, patch_run_baseline_override (a path or URL, "" for none) and patch_run_only (a
    dictionary, {} for none). document: the Command document that installs. bucket: S3 bucket for overrides of the controller, "" for none.

    kind: list, baseline or only. source: the path or URL, "" for only. place: s3, https, file or variable. bucket, key: of an S3 URL.
    Raises OverrideError when more than one is set, when the document takes none, and when the hosts could not read it.
    """
    chosen = [name for name in _KINDS if given.get(name)]
    if not chosen:
        return {}
    if len(chosen) > 1 or document != DOCUMENT:
        raise OverrideError(
            f"{' and '.join(chosen)} with {document}: a run takes one of {', '.join(_KINDS)}, and only with the document {DOCUMENT}"
        )
    kind = _KINDS[chosen[0]]
    source = "" if kind == "only" else str(given[chosen[0]])
    if "://" not in source and not bucket:
        raise OverrideError(
            f"{chosen[0]} must be stored in S3 for the hosts to read it; set patch_run_override_bucket, or use an s3:// or https:// URL"
        )
    found = _S3.fullmatch(source)
    return {
        "variable": chosen[0],
        "kind": kind,
        "source": source,
        "place": _place(kind, source),
        "bucket": found[1] if found else "",
        "key": found[2] if found else "",
    }


def _place(kind: str, source: str) -> str:
    if kind == "only":
        return "variable"
    if _S3.fullmatch(source):
        return "s3"
    return "https" if source.startswith("https://") else "file"
