# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Associations: wire <-> model. Pure. Source: the API model of CreateAssociation and AssociationDescription."""

from __future__ import annotations

from typing import Any

from ..._core import redact
from ..._core.tags import values_of as tag_values
from ..wire import iso
from ..wire import parameters_to_wire

SERVER_FIELDS = (
    "association_id",
    "association_version",
    "instance_id",
    "created_date",
    "last_update_date",
    "last_execution_date",
    "last_successful_execution_date",
    "overview",
    "triggered_alarms",
)
# What an association is without the option: what reads leave out means this.
NEW_ASSOCIATION = {
    "document_name": None,
    "document_version": "$DEFAULT",
    "targets": [],
    "target_maps": [],
    "target_locations": [],
    "automation_target_parameter_name": None,
    "parameters": {},
    "schedule_expression": None,
    "schedule_offset": None,
    "apply_only_at_cron_interval": False,
    "calendar_names": [],
    "duration": None,
    "max_concurrency": None,
    "max_errors": None,
    "output_location": {},
    "compliance_severity": "UNSPECIFIED",
    "sync_compliance": "AUTO",
    "alarm_configuration": {},
    "association_dispatch_assume_role": None,
}
PLAIN = {
    "association_name": "AssociationName",
    "document_name": "Name",
    "document_version": "DocumentVersion",
    "target_maps": "TargetMaps",
    "automation_target_parameter_name": "AutomationTargetParameterName",
    "parameters": "Parameters",
    "schedule_expression": "ScheduleExpression",
    "schedule_offset": "ScheduleOffset",
    "apply_only_at_cron_interval": "ApplyOnlyAtCronInterval",
    "calendar_names": "CalendarNames",
    "duration": "Duration",
    "max_concurrency": "MaxConcurrency",
    "max_errors": "MaxErrors",
    "compliance_severity": "ComplianceSeverity",
    "sync_compliance": "SyncCompliance",
    "association_dispatch_assume_role": "AssociationDispatchAssumeRole",
}
OUTPUT = {
    "s3_bucket_name": "OutputS3BucketName",
    "s3_key_prefix": "OutputS3KeyPrefix",
    "s3_region": "OutputS3Region",
}
LOCATION = {
    "accounts": "Accounts",
    "regions": "Regions",
    "execution_role_name": "ExecutionRoleName",
    "target_location_max_concurrency": "TargetLocationMaxConcurrency",
    "target_location_max_errors": "TargetLocationMaxErrors",
    "include_child_organization_units": "IncludeChildOrganizationUnits",
    "exclude_accounts": "ExcludeAccounts",
    "targets_max_concurrency": "TargetsMaxConcurrency",
    "targets_max_errors": "TargetsMaxErrors",
}
# API TargetLocation: the defaults that it names.
NEW_LOCATION = {
    "accounts": [],
    "regions": [],
    "execution_role_name": "AWS-SystemsManager-AutomationExecutionRole",
    "target_location_max_concurrency": "1",
    "target_location_max_errors": "0",
    "include_child_organization_units": False,
    "exclude_accounts": [],
    "targets": [],
    "targets_max_concurrency": None,
    "targets_max_errors": None,
}
# Not null but false or the default by name, so that an update resets them whatever AWS makes of null.
EXPLICIT = ("apply_only_at_cron_interval", "compliance_severity", "sync_compliance")
KEYS = {
    key.lower(): key
    for key in ("InstanceIds", "tag-key", "resource-groups:Name", "resource-groups:ResourceTypeFilters")
}


def association_to_model(association: dict, *, tags: dict[str, str]) -> dict:
    """The model of an AssociationDescription."""
    overview = association.get("Overview") or {}
    alarms = association.get("AlarmConfiguration") or {}
    model = {
        "association_id": association["AssociationId"],
        "association_version": association.get("AssociationVersion"),
        "instance_id": association.get("InstanceId"),
        **{field: association.get(member) for field, member in PLAIN.items()},
        "targets": _targets_to_model(association.get("Targets")),
        "target_locations": [_location_to_model(one) for one in association.get("TargetLocations") or []],
        "output_location": {
            field: value
            for field, member in OUTPUT.items()
            if (value := ((association.get("OutputLocation") or {}).get("S3Location") or {}).get(member))
        },
        "alarm_configuration": {
            "alarms": [one["Name"] for one in alarms.get("Alarms") or []],
            "ignore_poll_alarm_failure": alarms.get("IgnorePollAlarmFailure"),
        },
        "overview": {
            "status": overview.get("Status"),
            "detailed_status": overview.get("DetailedStatus"),
            "counts": overview.get("AssociationStatusAggregatedCount") or {},
        },
        "triggered_alarms": [one["Name"] for one in association.get("TriggeredAlarms") or []],
        "created_date": iso(association.get("Date")),
        "last_update_date": iso(association.get("LastUpdateAssociationDate")),
        "last_execution_date": iso(association.get("LastExecutionDate")),
        "last_successful_execution_date": iso(association.get("LastSuccessfulExecutionDate")),
        "tags": tags,
    }
    return canonical_association(model)


def _targets_to_model(targets: list[dict] | None) -> list[dict]:
    return [{"key": one.get("Key"), "values": one.get("Values") or []} for one in targets or []]


def _location_to_model(location: dict) -> dict:
    plain = {field: location.get(member) for field, member in LOCATION.items()}
    return {**plain, "targets": _targets_to_model(location.get("Targets"))}


def canonical_association(model: dict) -> dict:
    """The one way to write an association: what is empty is as if it were absent, and sorted what has no order."""
    empty = (None, "", [], {})
    given = {name: value for name, value in model.items() if value not in empty}
    full = {**model, **{name: given.get(name, value) for name, value in NEW_ASSOCIATION.items()}}
    parameters = parameters_to_wire(full["parameters"])
    if full["sync_compliance"] == "MANUAL":
        parameters.pop("AssociationId", None)  # the service fills it in
    return {
        **full,
        "targets": canonical_targets(full["targets"]),
        "target_maps": [parameters_to_wire(one) for one in full["target_maps"]],
        "target_locations": [_canonical_location(one) for one in full["target_locations"]],
        "parameters": parameters,
        "schedule_offset": full["schedule_offset"] or None,
        "duration": full["duration"] or None,
        "calendar_names": sorted(set(full["calendar_names"])),
        "output_location": {name: value for name, value in full["output_location"].items() if value},
        "alarm_configuration": _canonical_alarms(full["alarm_configuration"]),
    }


def canonical_targets(targets: list[dict] | None) -> list[dict]:
    """Alternatives without an order, each with a set of values; keys of nodes and groups in the spelling of the API."""
    plain = [
        {
            "key": KEYS.get(one["key"].lower(), one["key"]),
            "values": sorted(set(tag_values("targets.values", one["values"] or []))),
        }
        for one in targets or []
    ]
    return sorted(plain, key=lambda one: (one["key"], one["values"]))


def _canonical_location(location: dict) -> dict:
    full = {name: location.get(name) or value for name, value in NEW_LOCATION.items()}
    sets = {name: sorted(set(full[name])) for name in ("accounts", "regions", "exclude_accounts")}
    return {**full, **sets, "targets": canonical_targets(full["targets"])}


def _canonical_alarms(alarms: dict) -> dict:
    if not alarms.get("alarms"):
        return {}
    ignore = bool(alarms.get("ignore_poll_alarm_failure"))
    return {"alarms": alarms["alarms"], "ignore_poll_alarm_failure": ignore}


def association_to_wire(model: dict, *, explicit: bool) -> dict:
    """The members of CreateAssociation, or with explicit of UpdateAssociation, for the whole association.

    What is as it is without the option is left out: DocumentVersion above all, which AWS refuses for its own documents
    whatever it says.
    """
    names = [name for name in PLAIN if model.get(name) not in (None, [], {})]
    wire = {
        PLAIN[name]: model[name]
        for name in names
        if model[name] != NEW_ASSOCIATION.get(name) or (explicit and name in EXPLICIT)
    }
    location = {member: model["output_location"].get(field) for field, member in OUTPUT.items()}
    alarms = model["alarm_configuration"]
    structures = {
        "Targets": targets_to_wire(model["targets"]),
        "TargetLocations": [_location_to_wire(one) for one in model["target_locations"]],
        "OutputLocation": {"S3Location": _given(location)} if model["output_location"] else {},
        "AlarmConfiguration": alarms
        and {
            "Alarms": [{"Name": name} for name in alarms["alarms"]],
            "IgnorePollAlarmFailure": alarms["ignore_poll_alarm_failure"],
        },
    }
    return {**wire, **{name: value for name, value in structures.items() if value}}


def targets_to_wire(targets: list[dict]) -> list[dict]:
    """The API shape Targets."""
    return [{"Key": one["key"], "Values": one["values"]} for one in targets]


def _location_to_wire(location: dict) -> dict:
    wire = {member: location[field] for field, member in LOCATION.items() if location[field] != NEW_LOCATION[field]}
    return {**wire, "Targets": targets_to_wire(location["targets"])} if location["targets"] else wire


def _given(members: dict) -> dict:
    return {name: value for name, value in members.items() if value is not None}


def execution_to_model(execution: dict) -> dict:
    """One execution of an association (API AssociationExecution)."""
    return {
        "execution_id": execution.get("ExecutionId"),
        "association_version": execution.get("AssociationVersion"),
        "status": execution.get("Status"),
        "detailed_status": execution.get("DetailedStatus"),
        "created_time": iso(execution.get("CreatedTime")),
        "last_execution_date": iso(execution.get("LastExecutionDate")),
        "resource_count_by_status": execution.get("ResourceCountByStatus"),
    }


def target_to_model(target: dict) -> dict:
    """One target of an execution (API AssociationExecutionTarget)."""
    source = target.get("OutputSource") or {}
    return {
        "resource_id": target.get("ResourceId"),
        "resource_type": target.get("ResourceType"),
        "status": target.get("Status"),
        "detailed_status": target.get("DetailedStatus"),
        "last_execution_date": iso(target.get("LastExecutionDate")),
        "output_source_id": source.get("OutputSourceId"),
        "output_source_type": source.get("OutputSourceType"),
    }


def redacted(value: Any) -> Any:
    """The result with hashes for the values of parameters: the API model calls them sensitive. A change is still seen."""
    return redact.redacted(value, _secrets)


def _secrets(one: dict) -> dict:
    names = ("before", "after") if one.get("field") == "parameters" else ("parameters",)
    return {name: hashed(one[name]) for name in names if isinstance(one.get(name), dict)}


def hashed(parameters: dict[str, Any] | None) -> dict[str, list[str]]:
    """Hashes in place of the values of parameters, so that a change is seen."""
    return {
        name: [redact.fingerprint(value) for value in values] for name, values in parameters_to_wire(parameters).items()
    }
