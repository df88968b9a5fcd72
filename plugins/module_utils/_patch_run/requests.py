# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What AWS would refuse of the requests of a run, found before anything is touched.

Sources: API StartAutomationExecution, shapes AutomationParameterMap and TargetMaps; API CreateDocument, Name; user guide "Data elements
and parameters" (allowedValues, allowedPattern, minChars, maxChars, minItems, maxItems); S3 user guide, "Bucket naming rules".
"""

from __future__ import annotations

import re
import typing as t

from .._core import limits
from .._core import tags as tag_texts
from .._planner.model import PlannedHost
from .target_parameters import target_parameters

_Dict = t.Mapping[str, t.Any]
_OWN_DOCUMENT = re.compile(r"[a-zA-Z0-9_.\-]{3,128}")
_ANY_DOCUMENT = re.compile(r"[a-zA-Z0-9_.\-:/]{3,128}")
_RESERVED = ("aws", "amazon", "amzn")  # AWSEC2, AWSConfigRemediation and AWSSupport begin with the first
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}", re.ASCII)
# Buckets that are older than March 2018 may have 255 characters, capitals and underscores.
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
# Of TargetMaps: keys of a map, values of a key, characters of a value.
_MAP_KEYS, _MAP_VALUES, _MAP_LENGTH = 20, 25, 50
# The tags of an image beside those of the user.
_OWN_TAGS = tuple(
    f"fleetpatch:{name}" for name in ("run", "instance", "step", "owner", "plan", "planned-by", "approved-by")
)


def parameter_problems(given: _Dict, declared: _Dict | None, own: t.Collection[str] = ()) -> list[str]:
    """Why an execution of a runbook cannot have these parameters, in words; empty when it can.

    given: name to a value or a list of values. declared: the section `parameters` of the document, None when it is not known. own:
    parameters that every target gets by itself.
    """
    found = [*_words("parameters", limits.wrong_count(given, 0, 200))]
    for name, value in given.items():
        values = tag_texts.all_texts(value)
        found += _words(f"parameter {name}", limits.wrong_length(name, 1, 50), limits.wrong_count(values, 0, 50))
        for text in values:
            found += _words(f"parameter {name}", limits.wrong_length(text, 1, 512))
        if declared is not None and name not in declared:
            found.append(f"parameter {name}: the document has no such parameter")
        elif declared is not None:
            found += _words(f"parameter {name}", *declaration_problems(values, declared[name]))
    if declared is not None:
        lacking = sorted(name for name, one in declared.items() if "default" not in one and name not in {*given, *own})
        found += [f"parameter {name}: is required by the document" for name in lacking]
    return found


def declaration_problems(values: t.Sequence[str], declared: _Dict) -> t.Iterator[str]:
    """What the declaration of a parameter in a document says against these values."""
    allowed = [tag_texts.text(one) for one in declared.get("allowedValues") or ()]
    for text in values:
        if allowed and text not in allowed:
            yield f"{text!r} must be one of {', '.join(allowed)}"
        if not _fits(text, declared.get("allowedPattern")):
            yield f"{text!r} does not match the pattern {declared['allowedPattern']}"
        yield from _sized(len(text), declared, "Chars", f"{text!r} has {len(text)} characters")
    yield from _sized(len(values), declared, "Items", f"has {len(values)} values")


def _fits(text: str, pattern: t.Any) -> bool:
    """Whether a text may match: AWS's engine has more than Python's, and whether it takes a part of the text is not documented."""
    try:
        return not pattern or bool(re.search(str(pattern), text))
    except re.error:
        return True


def _sized(size: int, declared: _Dict, unit: str, words: str) -> t.Iterator[str]:
    least, most = declared.get(f"min{unit}"), declared.get(f"max{unit}")
    if least is not None and size < int(least):
        yield f"{words}; the document requires at least {least}"
    if most is not None and size > int(most):
        yield f"{words}; the document allows at most {most}"


def tag_problems(given: _Dict) -> list[str]:
    """Why images and snapshots cannot have these tags of the user, in words."""
    return tag_texts.ec2_problems(given, "patch_run_tags", _OWN_TAGS)


def setting_problems(given: _Dict) -> list[str]:
    """What no request can carry of the variables of the role patch_run that name resources, in words.

    given: patch_run_document, patch_run_publish_document (bool), patch_run_assume_role, patch_run_override_bucket; empty ones are left out.
    """
    found = []
    name = str(given.get("patch_run_document") or "")
    if not given.get("patch_run_publish_document"):
        words = "3–128 letters, digits and _ - . : / (the name or ARN of a document)"
        found += _words("patch_run_document", limits.wrong_form(name, _ANY_DOCUMENT, words))
    elif name.casefold().startswith(_RESERVED):
        found.append(f"patch_run_document: {name!r} begins with {', '.join(_RESERVED)}, which AWS reserves")
    else:
        found += _words("patch_run_document", limits.wrong_form(name, _OWN_DOCUMENT, "3–128 letters, digits and _ - ."))
    for option, pattern, words in (
        ("patch_run_assume_role", _ROLE, "the ARN of an IAM role (arn:aws:iam::123456789012:role/NAME)"),
        ("patch_run_override_bucket", _BUCKET, "the name of a bucket, without s3:// and without a prefix"),
    ):
        value = str(given.get(option) or "")
        found += _words(option, limits.wrong_form(value, pattern, words)) if value else []
    return found


def runbook_problems(name: str, documents: t.Sequence[_Dict], needed: t.Iterable[str], parameters: _Dict) -> list[str]:
    """Why a runbook that the run does not publish cannot be started with the parameters of the run, in words.

    documents: as ssm_document_info describes them. needed: the documents that have to exist.
    """
    known = {document["name"]: document for document in documents}
    lost = [one for one in needed if one not in known]
    if lost:
        return [
            f"patch_run_publish_document is false, and there is no document {', '.join(lost)}; publish it, or set "
            "patch_run_publish_document to true"
        ]
    if known[name].get("document_type") != "Automation":
        return [f"patch_run_document: {name} has type {known[name].get('document_type')}; must be Automation"]
    return parameter_problems(parameters, declared_by(known[name]), ["InstanceId"])


def declared_by(document: _Dict) -> dict[str, dict[str, t.Any]]:
    """The section `parameters` of a document, as far as ssm_document_info describes it."""
    made = {}
    for one in document.get("parameters") or ():
        default = {} if one.get("default_value") is None else {"default": one["default_value"]}
        made[one["name"]] = {**default, **(one.get("declaration") or {})}
    return made


def target_problems(hosts: t.Sequence[PlannedHost], declared: _Dict) -> list[str]:
    """Why single hosts cannot be started with what they get beside the parameters of all, in words. declared: of the runbook."""
    found = []
    own = target_parameters(hosts)
    for host in hosts:
        given = {"InstanceId": [host.instance_id], **own.get(host.instance_id, {})}
        for words in _map_problems(given, declared):
            found.append(f"{host.name or host.host}: {words}")
    return found


def _map_problems(given: t.Mapping[str, list[str]], declared: _Dict) -> t.Iterator[str]:
    yield from _words("parameters", limits.wrong_count(given, 1, _MAP_KEYS))
    for name, values in given.items():
        wrong = [limits.wrong_count(values, 0, _MAP_VALUES)]
        wrong += [limits.wrong_length(value, 1, _MAP_LENGTH) for value in values]
        yield from _words(f"parameter {name}", *wrong, *declaration_problems(values, declared.get(name, {})))
        if name not in declared:
            yield f"parameter {name}: the document has no such parameter"


def _words(what: str, *wrong: str | None) -> list[str]:
    return [f"{what}: {one}" for one in wrong if one]
