# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is checked when a document is created or updated: size, format, schema version, content.

Source: CreateDocument, UpdateDocument; user guide "Data elements and parameters", "Command document plugin reference".
"""

import json
import re
from typing import Any

import yaml

from local_aws.framework.registry import AwsError
from local_aws.framework.switches import assume
from local_aws.ssm.automation import rules as automation_rules
from local_aws.ssm.documents.parameters import check_definitions

SIZE = 64 * 1024
SCHEMAS = {
    "Command": ("1.2", "2.0", "2.2"),
    "Automation": ("0.3",),
    "Automation.ChangeTemplate": ("0.3",),
    "Session": ("1.0",),
    "Policy": ("2.0", "2.2"),
    "Package": ("2.0",),
}
REQUIRED = {
    "aws:applications": ("action",),
    "aws:cloudWatch": (),
    "aws:configureDocker": ("action",),
    "aws:configurePackage": ("name", "action"),
    "aws:domainJoin": (),
    "aws:downloadContent": ("sourceType", "sourceInfo"),
    "aws:psModule": ("runCommand",),
    "aws:refreshAssociation": (),
    "aws:runDockerAction": ("action",),
    "aws:runDocument": ("documentType",),
    "aws:runPowerShellScript": ("runCommand",),
    "aws:runShellScript": ("runCommand",),
    "aws:softwareInventory": (),
    "aws:updateAgent": ("agentName",),
    "aws:updateSsmAgent": ("agentName",),
}
CHOICES = {
    ("aws:configurePackage", "action"): ("Install", "Uninstall"),
    ("aws:runDocument", "documentType"): ("SSMDocument", "LocalPath"),
}
SESSIONS = ("InteractiveCommands", "NonInteractiveCommands", "Port", "Standard_Stream")
WINDOWS_ONLY = {"aws:applications", "aws:domainJoin", "aws:psModule", "aws:updateAgent", "aws:cloudWatch"}
COMMAND_KEYS = {"schemaVersion", "description", "parameters", "mainSteps", "files", "assumeRole"}
STEP_KEYS = {"action", "name", "inputs", "precondition", "maxAttempts", "timeoutSeconds", "onFailure", "onSuccess"} | {
    "finallyStep", "isEnd", "nextStep", "isCritical", "description", "settings"
}  # fmt: skip

assume(
    "document.messages", "texts of InvalidDocumentContent are invented; AWS does not document them", "CreateDocument"
)
assume("document.type", "DocumentType left out means Command", "CreateDocument")
assume(
    "document.command_types",
    "parameters of Command documents may have every type; the guide's note allows String and StringList only",
    "AWS's published documents have StringMap; the same page speaks of Boolean",
)
assume("document.size", "MaxDocumentSizeExceeded: more than 65536 bytes of UTF-8", "MaxDocumentSizeExceeded: 64 KB")


class _Loader(yaml.SafeLoader):
    """YAML in which times stay text and a repeated key is an error."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict:
    keys = [key.value for key, _ in node.value if key.value != "<<"]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise yaml.YAMLError(f"the key {sorted(twice)[0]!r} appears twice")
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def invalid(problems: list[str] | str) -> AwsError:
    """InvalidDocumentContent with the problems."""
    return AwsError("InvalidDocumentContent", problems if isinstance(problems, str) else "; ".join(problems))


def parse(content: str, document_format: str) -> Any:
    """The parsed content (JSON, YAML; TEXT stays text). Raises MaxDocumentSizeExceeded, InvalidDocumentContent."""
    if len(content.encode()) > SIZE:
        raise AwsError("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB.")
    if document_format == "TEXT":
        return content
    try:
        parsed = json.loads(content) if document_format == "JSON" else yaml.load(content, _Loader)  # noqa: S506
    except (ValueError, yaml.YAMLError) as problem:
        raise invalid(f"{document_format} not well-formed. {problem}") from None
    if not isinstance(parsed, dict):
        raise invalid(f"{document_format} not well-formed. The document must be a map.")
    return parsed


def check(content: str, document_format: str, document_type: str) -> Any:
    """Parse and check; returns the parsed content. Raises the AwsErrors of CreateDocument."""
    if document_type == "ChangeCalendar":
        from local_aws.ssm.calendars import model as calendars_model

        wrong = calendars_model.problems(content, document_format)
        if wrong:
            raise invalid(wrong)
    parsed = parse(content, document_format)
    if document_type not in SCHEMAS:
        return parsed
    if not isinstance(parsed, dict):
        raise invalid(f"A document of type {document_type} must be JSON or YAML.")
    schema = parsed.get("schemaVersion")
    if not isinstance(schema, str):
        raise invalid("schemaVersion is missing or is not a string.")
    if schema not in SCHEMAS[document_type]:
        raise AwsError(
            "InvalidDocumentSchemaVersion", f"Schema version {schema} is not supported by documents of {document_type}."
        )
    problems = _check_schema(parsed, schema, document_type)
    if problems:
        raise invalid(problems)
    return parsed


def _check_schema(parsed: dict, schema: str, document_type: str) -> list[str]:
    if document_type.startswith("Automation"):
        return automation_rules.check(parsed, document_type == "Automation.ChangeTemplate")
    if document_type == "Package":
        return _check_package(parsed)
    if document_type == "Session":
        kinds = ", ".join(SESSIONS)
        return [] if parsed.get("sessionType") in SESSIONS else [f"sessionType is required and must be one of {kinds}"]
    return _check_runtime_config(parsed) if schema == "1.2" else _check_command(parsed)


def _check_package(parsed: dict) -> list[str]:
    """The manifest of a package of Distributor. Source: user guide page "Create a package"."""
    found = [] if isinstance(parsed.get("version"), str) else ["version is required"]
    for key in ("packages", "files"):
        if not isinstance(parsed.get(key), dict) or not parsed[key]:
            found.append(f"{key} must be a map with at least one entry")
    return found or automation_rules.check_files(parsed["files"])


def _check_command(parsed: dict) -> list[str]:
    found = [f"unknown element {key!r}" for key in parsed if key not in COMMAND_KEYS]
    found += check_definitions(parsed.get("parameters", {}))
    steps = parsed.get("mainSteps")
    if not isinstance(steps, list) or not steps:
        return found + ["mainSteps must be a list with at least one step"]
    names = [step.get("name") for step in steps if isinstance(step, dict)]
    found += [f"step name {name!r} is not unique" for name in dict.fromkeys(names) if names.count(name) > 1]
    for number, step in enumerate(steps, 1):
        found += [f"step {number}: {problem}" for problem in _check_plugin_step(step)]
    return found or _check_parameters_used(parsed)


def _check_plugin_step(step: Any) -> list[str]:
    if not isinstance(step, dict):
        return ["must be a map"]
    found = [f"unknown element {key!r}" for key in step if key not in STEP_KEYS]
    if not isinstance(step.get("name"), str) or not step["name"]:
        found.append("needs a name")
    plugin = step.get("action")
    if plugin not in REQUIRED:
        return found + [f"unknown plugin {plugin!r}"]
    inputs = step.get("inputs", {})
    if not isinstance(inputs, dict):
        return found + ["inputs must be a map"]
    given = {str(key).lower() for key in inputs}  # the agent reads the names without regard to case
    found += [f"missing required input {key!r} of {plugin}" for key in REQUIRED[plugin] if key.lower() not in given]
    for (name, key), words in CHOICES.items():
        value = str(inputs.get(key, words[0]))
        if name == plugin and "{{" not in value and value not in words:
            found.append(f"{key} of {plugin} must be {' or '.join(words)}")
    return found + _check_precondition(step.get("precondition"))


def _check_precondition(precondition: Any) -> list[str]:
    if precondition is None:
        return []
    if not isinstance(precondition, dict) or list(precondition) != ["StringEquals"]:
        return ["precondition supports StringEquals only"]
    pair = precondition["StringEquals"]
    if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(item, str) for item in pair):
        return ["precondition StringEquals needs two strings"]
    if "platformType" in pair and not {"Windows", "Linux", "MacOS"} & set(pair):
        return ["precondition platformType must be compared with Windows, Linux or MacOS"]
    return []


def _check_parameters_used(parsed: dict) -> list[str]:
    known = set(parsed.get("parameters", {}))
    used = re.findall(r"\{\{\s*([A-Za-z0-9_.\-]+)\s*\}\}", json.dumps(parsed["mainSteps"]))
    return [f"undefined parameter {name!r}" for name in dict.fromkeys(used) if name not in known]


def _check_runtime_config(parsed: dict) -> list[str]:
    found = check_definitions(parsed.get("parameters", {}))
    config = parsed.get("runtimeConfig")
    if not isinstance(config, dict) or not config:
        return found + ["runtimeConfig must be a map with at least one plugin"]
    for plugin, body in config.items():
        if plugin not in REQUIRED:
            found.append(f"unknown plugin {plugin!r}")
        elif not isinstance(body, dict) or "properties" not in body:
            found.append(f"{plugin}: needs properties")
    return found


def platforms(parsed: Any, document_type: str) -> list[str]:
    """PlatformTypes of a document."""
    if document_type != "Command" or not isinstance(parsed, dict):
        return ["Windows", "Linux", "MacOS"]
    found = set()
    for plugin, platform in _plugins(parsed):
        if platform:
            found.add(platform)
        elif plugin in WINDOWS_ONLY:
            found.add("Windows")
        elif plugin == "aws:runShellScript":
            found |= {"Linux", "MacOS"}
        else:
            found |= {"Windows", "Linux", "MacOS"}
    return [name for name in ("Windows", "Linux", "MacOS") if name in found]


def _plugins(parsed: dict) -> list[tuple[str, str | None]]:
    if "runtimeConfig" in parsed:
        return [(plugin, None) for plugin in parsed["runtimeConfig"]]
    found = []
    for step in parsed.get("mainSteps", []):
        pair = (step.get("precondition") or {}).get("StringEquals", [])
        platform = next((word for word in pair if word in ("Windows", "Linux", "MacOS")), None)
        found.append((step["action"], platform if "platformType" in pair else None))
    return found
