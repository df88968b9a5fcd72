# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Exceptions from the rules of size and of names, each with its reason. One that is not needed any more fails."""

TOO_LONG = {}

# Files of a service with a name of their own (see checks/packages.py).
FILES = {
    "plugins/module_utils/_ssm/teardown/removals.py": "which removals, in which order: pure, and nothing else plans them",
    "plugins/module_utils/_ssm/windows/predict.py": "targets and tasks matched with what is there: pure, 250 lines",
}

# Files and folders of the local AWS with a name of their own (see checks/local_aws.py).
LOCAL_AWS_FILES = {
    "ec2/common.py": "what the resources of EC2 share: filters, ids, pages, tags, DryRun",
    "ec2/images/references.py": "who refers to an image: a search through four kinds of resources",
    "iam/catalogue.py": "which resources and further actions each operation needs: tables from AWS's reference",
    "iam/needs.py": "from a request to what its caller must be allowed, by those tables",
    "iam/tags.py": "the tags of any resource, for conditions",
    "ssm/associations/running.py": "the coroutines of associations and of their runs",
    "ssm/associations/schedule.py": "the grammar of association schedules, and their times: pure",
    "ssm/automation/actions/": "a file for each group of actions of automation documents",
    "ssm/automation/catalogue.py": "inputs and outputs of all actions, one table from the documentation",
    "ssm/automation/conditions.py": "conditions of aws:branch and aws:loop: pure",
    "ssm/automation/engine.py": "the interpreter that walks the steps of an execution",
    "ssm/automation/flow.py": "which step follows which: pure, used by the rules and by the interpreter",
    "ssm/automation/quotas.py": "the queue of executions that wait for a free place",
    "ssm/automation/rate.py": "rate control: the coroutine of an execution with children",
    "ssm/automation/start.py": "how executions come to be: by the API, by steps, by rate control",
    "ssm/automation/stop.py": "how executions are stopped: by the API and by their parents",
    "ssm/automation/targets.py": "what the targets of a rate-controlled execution are",
    "ssm/automation/templates.py": "references in documents, JSONPath and types of values: pure",
    "ssm/baselines/defaults.py": "the baselines that AWS owns, one table from the user guide",
    "ssm/baselines/evaluate.py": "which patches a baseline approves: pure, without state and clock",
    "ssm/baselines/products.py": "the products of each operating system, one table from AWS's pages",
    "ssm/baselines/snapshot.py": "approvals at one moment, shared by all machines that ask the same",
    "ssm/commands/delivery.py": "how a command reaches its nodes: the coroutines of Run Command",
    "ssm/commands/plugins/": "a file for each thing that commands do on a machine",
    "ssm/commands/statuses.py": "how invocations make the status of a command: pure",
    "ssm/compliance/associations.py": "items of the type Association, beside those of patches",
    "ssm/documents/parameters.py": "parameters of documents: declarations and given values, pure",
    "ssm/windows/executions/alarms.py": "alarms that stop a task, read from CloudWatch",
    "ssm/windows/executions/engine.py": "the coroutine of a window that runs",
    "ssm/windows/executions/runners.py": "how an invocation of each task type is carried out",
    "ssm/windows/executions/task_run.py": "the coroutine of a task of a window that runs",
    "ssm/windows/schedule.py": "cron, rate and at expressions, and their times: pure",
    "ssm/windows/targets/choosing.py": "which machines the targets of a window mean at a moment",
    "ssm/windows/timetable.py": "when a window starts next, and the event that starts it",
}

# {module: which module reads the resource instead}.
NO_INFO = {"patch_run_state": "patch_gate_info, in the call that it makes anyway"}

# Entry points of roles that claim options which only a later entry point uses, so that mistakes are found before anything starts.
VALIDATING = {"patch_notify.preflight", "patch_run.plan", "patch_run.announce"}

# Modules that call no AWS: the options of a connection, which the action group hands to its members, mean nothing to them.
NO_AWS = {"patch_calendar", "patch_notice", "patch_report", "patch_rollback_report"}

# {(path, words): reason}: ordinary English that a form of checks/language.py finds.
LANGUAGE = {}
