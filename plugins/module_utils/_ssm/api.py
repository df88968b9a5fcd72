# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Systems Manager: one function is one API operation; lists come whole, in pieces of the sizes that the API allows.

Every function takes a Connection and named arguments, and raises the errors of _core/errors.py.
"""

from __future__ import annotations

from datetime import datetime
from datetime import timezone
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from typing import Iterator

from .._core.calls import SDK_CONFIG
from .._core.calls import Connection
from .._core.calls import api_call
from .._core.calls import chunks
from .._core.calls import next_token
from .._core.calls import paged
from .._core.errors import ServiceError
from .._core.retry import ONCE
from .._core.retry import PROTECTED
from .._core.wait import Clock
from .._core.wait import Pace

# Quotas of Systems Manager (AWS General Reference, Automation): StartAutomationExecution 1/s, StopAutomationExecution
# 1/s, reads 3/s. The window is a little longer than the second, because requests do not arrive as regularly as they leave.
STARTS = "automation_starts"
READS = "automation_reads"
STOPS = "automation_stops"

NO_EXECUTION = ("AutomationExecutionNotFoundException",)
NO_DOCUMENT = ("InvalidDocument", "InvalidDocumentVersion")
NO_RESOURCE = ("InvalidResourceId",)
NO_BASELINE = ("DoesNotExistException",)


def paces() -> dict[str, Pace]:
    """The published request rates of Automation."""
    return {STARTS: Pace(1, 1.05), STOPS: Pace(1, 1.05), READS: Pace(3, 1.05)}


def connect(module: Any) -> Connection:
    """The connection of a module (AnsibleAWSModule)."""
    return Connection(module.client("ssm", config=SDK_CONFIG), clock=Clock(), paces=paces())


# Automation


@api_call("start automation {DocumentName}", PROTECTED, pace=STARTS)
def start_execution(client: Any, **request: Any) -> str:
    """StartAutomationExecution; the ClientToken in the request is what makes a second try harmless."""
    return client.start_automation_execution(**request)["AutomationExecutionId"]


@api_call("read automation execution {execution_id}", pace=READS, missing=NO_EXECUTION)
def get_execution(client: Any, execution_id: str) -> dict:
    """GetAutomationExecution."""
    return client.get_automation_execution(AutomationExecutionId=execution_id)["AutomationExecution"]


@api_call("list automation executions with {key} {value}", pace=READS)
def _executions_page(client: Any, key: str, value: str, token: str | None) -> dict:
    filters = [{"Key": key, "Values": [value]}]
    return client.describe_automation_executions(Filters=filters, MaxResults=50, **next_token(token))


def list_children(aws: Connection, execution_id: str) -> list[dict]:
    """DescribeAutomationExecutions: the child executions of a parent."""
    return list(paged(partial(_executions_page, aws, key="ParentExecutionId", value=execution_id), _METADATA))


def list_tagged_executions(aws: Connection, tag_key: str) -> list[dict]:
    """DescribeAutomationExecutions: the executions that carry a tag with this key."""
    return list(paged(partial(_executions_page, aws, key="TagKey", value=tag_key), _METADATA))


def list_recent_executions(aws: Connection, key: str, value: str) -> Iterator[dict]:
    """DescribeAutomationExecutions with one filter, page by page as far as it is read."""
    return paged(partial(_executions_page, aws, key=key, value=value), _METADATA)


@api_call("list the automation executions of {document_name} that are not over", pace=READS)
def _unfinished_page(client: Any, document_name: str, statuses: list, token: str | None) -> dict:
    filters = [{"Key": "ExecutionStatus", "Values": statuses}]
    filters += [{"Key": "DocumentNamePrefix", "Values": [document_name]}] if document_name else []
    return client.describe_automation_executions(Filters=filters, MaxResults=50, **next_token(token))


def list_unfinished_executions(aws: Connection, document_name: str, statuses: list[str]) -> list[dict]:
    """DescribeAutomationExecutions: those in one of these statuses, of documents whose names begin so; parents and children."""
    page = partial(_unfinished_page, aws, document_name=document_name, statuses=statuses)
    return list(paged(page, _METADATA))


_METADATA = "AutomationExecutionMetadataList"


@api_call("list the steps of automation execution {execution_id}", pace=READS, missing=NO_EXECUTION)
def _steps_page(client: Any, execution_id: str, token: str | None) -> dict:
    return client.describe_automation_step_executions(
        AutomationExecutionId=execution_id, MaxResults=50, **next_token(token)
    )


def list_steps(aws: Connection, execution_id: str) -> list[dict]:
    """DescribeAutomationStepExecutions: all of them (GetAutomationExecution may cut its list off)."""
    return list(paged(partial(_steps_page, aws, execution_id=execution_id), "StepExecutions"))


@api_call("stop automation execution {execution_id}", PROTECTED, pace=STOPS, missing=NO_EXECUTION)
def stop_execution(client: Any, execution_id: str, stop_type: str) -> None:
    """StopAutomationExecution; stopping twice ends in the same state."""
    client.stop_automation_execution(AutomationExecutionId=execution_id, Type=stop_type)


@api_call("send {signal_type} to automation execution {execution_id}", ONCE, pace=READS, missing=NO_EXECUTION)
def send_signal(client: Any, execution_id: str, signal_type: str, payload: dict) -> None:
    """SendAutomationSignal; a second signal could approve or start the step after the one that was meant."""
    optional = {"Payload": payload} if payload else {}
    client.send_automation_signal(AutomationExecutionId=execution_id, SignalType=signal_type, **optional)


# Documents


@api_call("describe document {name}", missing=NO_DOCUMENT)
def describe_document(client: Any, name: str, version: str | None = None) -> dict:
    """DescribeDocument; without a version the default one."""
    optional = {"DocumentVersion": version} if version else {}
    return client.describe_document(Name=name, **optional)["Document"]


@api_call("read document {name}", missing=NO_DOCUMENT)
def get_document(client: Any, name: str, version: str | None = None, document_format: str | None = None) -> dict:
    """GetDocument; its Content is a string in the format asked for."""
    optional = {"DocumentVersion": version} if version else {}
    if document_format:
        optional["DocumentFormat"] = document_format
    return client.get_document(Name=name, **optional)


@api_call("list the versions of document {name}", missing=NO_DOCUMENT)
def _versions_page(client: Any, name: str, token: str | None) -> dict:
    return client.list_document_versions(Name=name, MaxResults=50, **next_token(token))


def list_document_versions(aws: Connection, name: str) -> list[dict]:
    """ListDocumentVersions."""
    return list(paged(partial(_versions_page, aws, name=name), "DocumentVersions"))


@api_call("list documents")
def _documents_page(client: Any, filters: list, token: str | None) -> dict:
    return client.list_documents(Filters=filters, MaxResults=50, **next_token(token))


def list_documents(aws: Connection, filters: dict[str, list[str]]) -> list[dict]:
    """ListDocuments; filters as {Key: [Values]}."""
    wire = [{"Key": key, "Values": values} for key, values in filters.items()]
    return list(paged(partial(_documents_page, aws, filters=wire), "DocumentIdentifiers"))


@api_call("create document {Name}", PROTECTED)
def create_document(client: Any, **request: Any) -> dict:
    """CreateDocument; the name protects against a second one."""
    return client.create_document(**request)["DocumentDescription"]


@api_call("update document {Name}", PROTECTED)
def update_document(client: Any, **request: Any) -> dict:
    """UpdateDocument; the same content twice is refused as DuplicateDocumentContent."""
    return client.update_document(**request)["DocumentDescription"]


@api_call("set the default version of document {name} to {version}", PROTECTED, missing=NO_DOCUMENT)
def update_default_version(client: Any, name: str, version: str) -> None:
    """UpdateDocumentDefaultVersion."""
    client.update_document_default_version(Name=name, DocumentVersion=version)


@api_call("delete document {name}", PROTECTED, missing=NO_DOCUMENT)
def delete_document(client: Any, name: str) -> None:
    """DeleteDocument: all versions."""
    client.delete_document(Name=name)


@api_call("read who shares document {name}", missing=NO_DOCUMENT)
def _permission_page(client: Any, name: str, token: str | None) -> dict:
    return client.describe_document_permission(Name=name, PermissionType="Share", MaxResults=200, **next_token(token))


def list_shared_accounts(aws: Connection, name: str) -> list[str]:
    """DescribeDocumentPermission: the account ids, or "all"."""
    return list(paged(partial(_permission_page, aws, name=name), "AccountIds"))


@api_call("share document {name}", PROTECTED, missing=NO_DOCUMENT)
def _modify_permission(client: Any, name: str, request: dict) -> None:
    client.modify_document_permission(Name=name, PermissionType="Share", **request)


def share_document(aws: Connection, name: str, add: list[str], remove: list[str]) -> None:
    """ModifyDocumentPermission, 20 accounts a call."""
    for part in chunks(add, 20):
        _modify_permission(aws, name=name, request={"AccountIdsToAdd": part})
    for part in chunks(remove, 20):
        _modify_permission(aws, name=name, request={"AccountIdsToRemove": part})


# Tags


@api_call("read the tags of {kind} {resource_id}", missing=NO_RESOURCE)
def list_tags(client: Any, kind: str, resource_id: str) -> dict[str, str]:
    """ListTagsForResource; kind is the API's word (Document, Automation, ...)."""
    answer = client.list_tags_for_resource(ResourceType=kind, ResourceId=resource_id)
    return {tag["Key"]: tag["Value"] for tag in answer.get("TagList") or []}


@api_call("tag {kind} {resource_id}", PROTECTED, missing=NO_RESOURCE)
def add_tags(client: Any, kind: str, resource_id: str, tags: dict[str, str]) -> None:
    """AddTagsToResource."""
    wire = [{"Key": key, "Value": value} for key, value in tags.items()]
    client.add_tags_to_resource(ResourceType=kind, ResourceId=resource_id, Tags=wire)


@api_call("untag {kind} {resource_id}", PROTECTED, missing=NO_RESOURCE)
def remove_tags(client: Any, kind: str, resource_id: str, keys: list[str]) -> None:
    """RemoveTagsFromResource."""
    client.remove_tags_from_resource(ResourceType=kind, ResourceId=resource_id, TagKeys=keys)


def change_tags(aws: Connection, kind: str, resource_id: str, to_set: dict[str, str], to_remove: list[str]) -> None:
    """AddTagsToResource and RemoveTagsFromResource, each only when there is something for it to do."""
    if to_set:
        add_tags(aws, kind=kind, resource_id=resource_id, tags=to_set)
    if to_remove:
        remove_tags(aws, kind=kind, resource_id=resource_id, keys=to_remove)


# Nodes and patch states


@api_call("list managed nodes")
def _nodes_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_instance_information(Filters=filters, MaxResults=50, **next_token(token))


def list_nodes(aws: Connection, filters: dict[str, list[str]] | None = None) -> Iterator[dict]:
    """DescribeInstanceInformation; filters as {Key: [Values]}, 50 values a call for InstanceIds."""
    filters = dict(filters or {})
    ids = filters.pop("InstanceIds", None)
    rest = [{"Key": key, "Values": values} for key, values in filters.items()]
    if ids is None:
        yield from paged(partial(_nodes_page, aws, filters=rest), "InstanceInformationList")
        return
    for part in chunks(ids, 50):
        yield from _known_nodes(aws, part, rest)


def _known_nodes(aws: Connection, ids: list[str], rest: list[dict]) -> list[dict]:
    """The nodes with these ids; one that the service does not know fails the whole request, so the others are asked apart."""
    wire = [{"Key": "InstanceIds", "Values": ids}, *rest]
    try:
        return list(paged(partial(_nodes_page, aws, filters=wire), "InstanceInformationList"))
    except ServiceError as error:
        if error.code != "InvalidInstanceId":
            raise
    middle = len(ids) // 2
    return [*_known_nodes(aws, ids[:middle], rest), *_known_nodes(aws, ids[middle:], rest)] if middle else []


@api_call("read the time of Systems Manager")
def service_time(client: Any) -> datetime:
    """The time by the service's own clock (the Date header of DescribeInstanceInformation), aware and in UTC.

    Ages of AWS's time stamps are counted from it, so that a controller whose clock is wrong calls nothing stale.
    """
    return answered_at(client.describe_instance_information(MaxResults=5))


def answered_at(answer: dict) -> datetime:
    """The time at which the service answered, by its own clock (the Date header), aware and in UTC."""
    header = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(header).astimezone(timezone.utc) if header else datetime.now(timezone.utc)


@api_call("read the patch states of {instance_ids}")
def _states_page(client: Any, instance_ids: list, token: str | None) -> dict:
    return client.describe_instance_patch_states(InstanceIds=instance_ids, MaxResults=100, **next_token(token))


def list_patch_states(aws: Connection, instance_ids: list[str]) -> Iterator[dict]:
    """DescribeInstancePatchStates, 50 ids a call; nodes that were never scanned are missing in the answer."""
    for part in chunks(instance_ids, 50):
        yield from paged(partial(_states_page, aws, instance_ids=part), "InstancePatchStates")


@api_call("read the patch states of patch group {patch_group}")
def _group_states_page(client: Any, patch_group: str, token: str | None) -> dict:
    return client.describe_instance_patch_states_for_patch_group(
        PatchGroup=patch_group, MaxResults=100, **next_token(token)
    )


def list_patch_states_of_group(aws: Connection, patch_group: str) -> Iterator[dict]:
    """DescribeInstancePatchStatesForPatchGroup."""
    return paged(partial(_group_states_page, aws, patch_group=patch_group), "InstancePatchStates")


@api_call("list the patches of {instance_id}")
def _patches_page(client: Any, instance_id: str, filters: list, token: str | None) -> dict:
    return client.describe_instance_patches(
        InstanceId=instance_id, Filters=filters, MaxResults=100, **next_token(token)
    )


def list_patches(aws: Connection, instance_id: str, state: str | list[str] | None = None) -> Iterator[dict]:
    """DescribeInstancePatches of one node; state is a value of the filter State (Missing, Failed, ...), or some."""
    filters = [{"Key": "State", "Values": [state] if isinstance(state, str) else state}] if state else []
    return paged(partial(_patches_page, aws, instance_id=instance_id, filters=filters), "Patches")


# Baselines


@api_call("read the baseline of patch group {patch_group} for {operating_system}")
def get_baseline_for_group(client: Any, patch_group: str, operating_system: str) -> str | None:
    """GetPatchBaselineForPatchGroup: the id, or None when none is registered."""
    answer = client.get_patch_baseline_for_patch_group(PatchGroup=patch_group, OperatingSystem=operating_system)
    return answer.get("BaselineId")


@api_call("read the default baseline for {operating_system}")
def get_default_baseline(client: Any, operating_system: str) -> str:
    """GetDefaultPatchBaseline: the id (an ARN when AWS owns the baseline)."""
    return client.get_default_patch_baseline(OperatingSystem=operating_system)["BaselineId"]


@api_call("read patch baseline {baseline_id}", missing=NO_BASELINE)
def get_baseline(client: Any, baseline_id: str) -> dict:
    """GetPatchBaseline."""
    return client.get_patch_baseline(BaselineId=baseline_id)


@api_call("list patch baselines")
def _baselines_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_patch_baselines(Filters=filters, MaxResults=100, **next_token(token))


def list_baselines(aws: Connection, filters: dict[str, list[str]]) -> list[dict]:
    """DescribePatchBaselines: the identities; filters (OWNER, NAME_PREFIX, OPERATING_SYSTEM) as {Key: [Values]}."""
    wire = [{"Key": key, "Values": values} for key, values in filters.items()]
    return list(paged(partial(_baselines_page, aws, filters=wire), "BaselineIdentities"))


@api_call("list patch groups")
def _groups_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_patch_groups(Filters=filters, MaxResults=50, **next_token(token))


def list_patch_groups(aws: Connection, filters: dict[str, list[str]]) -> list[dict]:
    """DescribePatchGroups: registrations {PatchGroup, BaselineIdentity}; filters (NAME_PREFIX, OPERATING_SYSTEM)."""
    wire = [{"Key": key, "Values": values} for key, values in filters.items()]
    return list(paged(partial(_groups_page, aws, filters=wire), "Mappings"))


@api_call("create patch baseline {Name}", PROTECTED)
def create_baseline(client: Any, **request: Any) -> str:
    """CreatePatchBaseline: the id; names are not unique, the ClientToken in the request protects against a second one."""
    return client.create_patch_baseline(**request)["BaselineId"]


@api_call("update patch baseline {BaselineId}", PROTECTED, missing=NO_BASELINE)
def update_baseline(client: Any, **request: Any) -> dict:
    """UpdatePatchBaseline: the baseline as it is then; the same request twice ends in the same state."""
    return client.update_patch_baseline(**request)


@api_call("delete patch baseline {baseline_id}", PROTECTED, missing=NO_BASELINE)
def delete_baseline(client: Any, baseline_id: str) -> None:
    """DeletePatchBaseline; refused while the baseline has patch groups or is a default."""
    client.delete_patch_baseline(BaselineId=baseline_id)


@api_call("make patch baseline {baseline_id} the default one", PROTECTED, missing=NO_BASELINE)
def register_default_baseline(client: Any, baseline_id: str) -> None:
    """RegisterDefaultPatchBaseline; a baseline of AWS by its ARN."""
    client.register_default_patch_baseline(BaselineId=baseline_id)


@api_call("register patch group {patch_group} with {baseline_id}", PROTECTED, missing=NO_BASELINE)
def register_group(client: Any, baseline_id: str, patch_group: str) -> None:
    """RegisterPatchBaselineForPatchGroup; AlreadyExistsException when the group has a baseline for the system."""
    client.register_patch_baseline_for_patch_group(BaselineId=baseline_id, PatchGroup=patch_group)


@api_call("deregister patch group {patch_group} from {baseline_id}", PROTECTED)
def deregister_group(client: Any, baseline_id: str, patch_group: str) -> None:
    """DeregisterPatchBaselineForPatchGroup."""
    client.deregister_patch_baseline_for_patch_group(BaselineId=baseline_id, PatchGroup=patch_group)


def enumeration(aws: Connection, shape: str) -> tuple[str, ...]:
    """The values of an enum as the installed SDK knows them; no call is sent."""
    return tuple(aws.client.meta.service_model.shape_for(shape).enum)
