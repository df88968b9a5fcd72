# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is checked when an automation document (schema 0.3) is created. Every problem: InvalidDocumentContent.

Source: user guide pages "Data elements and parameters", the Automation actions reference, "Creating dynamic automations
with conditional branching". A rule that AWS's published runbooks break is none (see judge_documents.py). Reserved names
of outputs: the message of AWS in https://github.com/cdklabs/cdk-ssm-documents/issues/55.
"""

import re
from typing import Any

from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.automation import conditions
from local_aws.ssm.automation.catalogue import ACTIONS
from local_aws.ssm.automation.catalogue import NOT_ON_CANCEL
from local_aws.ssm.automation.flow import edges
from local_aws.ssm.automation.flow import ends
from local_aws.ssm.automation.flow import truth
from local_aws.ssm.automation.templates import OUTPUT_TYPES
from local_aws.ssm.automation.templates import fits
from local_aws.ssm.automation.templates import parse_selector
from local_aws.ssm.automation.templates import references
from local_aws.ssm.documents.parameters import check_definitions

TOP_KEYS = {"schemaVersion", "description", "assumeRole", "parameters", "variables", "mainSteps", "outputs", "files"}
CHANGE_KEYS = {"templateInformation", "executableRunBooks", "emergencyChange", "autoApprovable"}
STEP_KEYS = {"name", "action", "description", "maxAttempts", "timeoutSeconds", "onFailure", "onCancel", "isEnd"} | {
    "nextStep", "isCritical", "inputs", "outputs"
}  # fmt: skip
STEP_NAME = re.compile(r"[a-zA-Z0-9_]+")
ACTION_NAME = re.compile(r"aws:[a-zA-Z]{3,40}")
SYSTEM = {"ACCOUNT_ID", "DATE", "DATE_TIME", "AWS_PARTITION", "REGION"}
SYSTEM_NAMES = {"automation:EXECUTION_ID"} | {f"global:{name}" for name in SYSTEM}
PYTHON = re.compile(r"python3\.\d{1,2}")
POWERSHELL = re.compile(r"PowerShell( Core)? \d\.\d")

define("reject_unreachable", False, [True, False], "whether a runbook with a step that nothing leads to is rejected")
assume("document.unknown_keys", "unknown keys of a document, a step or closed inputs are InvalidDocumentContent", "doc")
assume(
    "document.cycles", "any cycle of steps, through branches and onFailure too, is rejected at creation", "branchdocs"
)
assume("document.unreachable", "a step that no other step leads to is accepted (switch)", "AWS's published runbooks")
assume(
    "document.timeouts",
    "of the documented maxima only that of aws:approve is checked at creation; the others end the step at run time",
    "AWS's published runbooks give aws:executeAwsApi and aws:executeScript up to 3600 seconds",
)
define(
    "undeclared_outputs",
    "accepted",
    ["accepted", "rejected"],
    "what happens to a runbook that refers to an output which neither the action nor the step has",
)
assume(
    "document.undeclared",
    "a reference to an output that a step does not have is accepted and stays as text (switch); one to a step that"
    " does not exist is rejected",
    "AWS's published runbooks have such references",
)
assume("document.outside", "a step in a loop may go to a step outside of the loop", "AWS's published runbooks")
assume("document.timeout_reference", "timeoutSeconds and maxAttempts must be numbers, not references", "actions")


def check(content: dict, change_template: bool = False) -> list[str]:
    """All problems of a parsed automation document or change template, in the order of the document."""
    known_keys = TOP_KEYS | CHANGE_KEYS if change_template else TOP_KEYS
    found = [f"unknown element {key!r}" for key in content if key not in known_keys]
    for key, kind in (("description", str), ("assumeRole", str), ("parameters", dict), ("variables", dict)):
        if key in content and not isinstance(content[key], kind):
            found.append(f"{key} must be a {'string' if kind is str else 'map'}")
    if found:
        return found
    parameters = content.get("parameters", {})
    found += check_definitions(parameters, SYSTEM_NAMES | set(parameters))
    found += _check_variables(content.get("variables", {}))
    found += check_files(content.get("files", {}))
    steps = content.get("mainSteps")
    if not isinstance(steps, list) or not steps:
        return found + ["mainSteps must be a list with at least one step"]
    found += _check_steps(steps, None)
    found = found or _check_targets(steps, {})
    if found:
        return found
    known = _Names(content, steps)
    found += [f"assumeRole: {text}" for text in known.problems(content.get("assumeRole", ""))]
    for step in walk(steps):
        found += [f"step {step['name']}: {text}" for text in known.problems(_inputs_without_steps(step))]
    found += _check_flow(steps)
    for step in walk(steps):
        if step["action"] == "aws:loop":
            found += _check_flow(step["inputs"]["Steps"])
    return found + _check_outputs(content.get("outputs", []), known)


def walk(steps: list[dict]) -> list[dict]:
    """All steps, those of loops included."""
    found = []
    for step in steps:
        found.append(step)
        inner = (step.get("inputs") or {}).get("Steps") if step.get("action") == "aws:loop" else None
        if isinstance(inner, list):
            found += walk(inner)
    return found


def _inputs_without_steps(step: dict) -> dict:
    return {key: value for key, value in (step.get("inputs") or {}).items() if key != "Steps"}


class _Names:
    """What references may name."""

    def __init__(self, content: dict, steps: list[dict]):
        self.parameters = set(content.get("parameters", {}))
        self.variables = set(content.get("variables", {}))
        self.outputs: dict[str, set[str]] = {}
        for step in walk(steps):
            names = {"OutputPayload"} | set(ACTIONS[step["action"]].outputs)
            names |= {output["Name"] for output in step.get("outputs", [])}
            self.outputs[step["name"]] = names

    def problem(self, name: str) -> str | None:
        head, colon, rest = name.partition(":")
        if colon:
            if head == "ssm":
                return f"Parameter Store parameter {name!r} cannot be used here: make it the default of a parameter"
            known = rest in self.variables if head == "variable" else name in SYSTEM_NAMES
            return None if known else f"unknown variable {name!r}"
        if name in self.parameters:
            return None
        step, dot, output = name.partition(".")
        if dot and step in self.outputs:
            known = output in self.outputs[step] or SWITCHES["undeclared_outputs"] == "accepted"
            return None if known else f"step {step!r} has no output {output!r}"
        return f"unknown step {step!r}" if dot else f"undefined parameter {name!r}"

    def problems(self, value: Any) -> list[str]:
        return [text for text in map(self.problem, dict.fromkeys(references(value))) if text]


def _check_variables(variables: dict) -> list[str]:
    found = []
    for name, definition in variables.items():
        if not isinstance(definition, dict) or set(definition) - {"type", "description", "default"}:
            found.append(f"variable {name}: only type, description and default are allowed")
        elif definition.get("type") not in OUTPUT_TYPES:
            found.append(f"variable {name}: unknown type {definition.get('type')!r}")
        elif "default" in definition and not fits(definition["default"], definition["type"]):
            found.append(f"variable {name}: the default is not of type {definition['type']}")
    return found


def check_files(files: Any) -> list[str]:
    if not isinstance(files, dict):
        return ["files must be a map"]
    found = []
    for name, facts in files.items():
        sums = facts.get("checksums") if isinstance(facts, dict) else None
        if not isinstance(sums, dict) or not any(
            str(key).lower() == "sha256" and isinstance(value, str) for key, value in sums.items()
        ):
            found.append(f"file {name}: needs checksums with sha256")
    return found


def _check_steps(steps: list, loop: str | None) -> list[str]:
    found: list[str] = []
    names: set[str] = set()
    for number, step in enumerate(steps, 1):
        if not isinstance(step, dict):
            found.append(f"step {number} must be a map")
            continue
        name = step.get("name")
        label = f"step {name if isinstance(name, str) else number}"
        problems = _check_step(step, loop)
        if isinstance(name, str) and name in names:
            problems.append("the name is not unique")
        names.add(name if isinstance(name, str) else "")
        found += [f"{label}: {problem}" for problem in problems]
    return found


def _check_step(step: dict, loop: str | None) -> list[str]:
    found = [f"unknown element {key!r}" for key in step if key not in STEP_KEYS]
    if not isinstance(step.get("name"), str) or not STEP_NAME.fullmatch(step["name"]):
        found.append("the name must match [a-zA-Z0-9_]+")
    action = step.get("action")
    if not isinstance(action, str) or not ACTION_NAME.fullmatch(action):
        return found + ["the action must match ^aws:[a-zA-Z]{3,40}$"]
    if action not in ACTIONS:
        return found + [f"unknown action {action!r}"]
    if loop and action == "aws:loop":
        found.append("a loop cannot be inside of a loop")
    found += _check_numbers(step, ACTIONS[action].longest)
    found += _check_routes(step)
    inputs = step.get("inputs", {})
    if not isinstance(inputs, dict):
        return found + ["inputs must be a map"]
    found += _check_inputs(action, inputs)
    return found + _check_declared(action, step.get("outputs", []))


def _check_numbers(step: dict, longest: int | None) -> list[str]:
    found = []
    for key in ("timeoutSeconds", "maxAttempts"):
        value = step.get(key, 1)
        if isinstance(value, str) and value.isdigit():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            found.append(f"{key} must be a positive integer")
        elif key == "timeoutSeconds" and longest and value > longest:
            found.append(f"timeoutSeconds must not exceed {longest}")
    return found


def _check_routes(step: dict) -> list[str]:
    found = []
    for key in ("isEnd", "isCritical"):
        if truth(step.get(key, False)) is None:
            found.append(f"{key} must be true or false")
    if ends(step) and "nextStep" in step:
        found.append("isEnd and nextStep exclude each other")
    if not re.fullmatch(r"Abort|Continue|step:[a-zA-Z0-9_]+", str(step.get("onFailure", "Abort"))):
        found.append("onFailure must be Abort, Continue or step:<name>")
    if "onCancel" in step:
        if not ACTIONS[step["action"]].cancel:
            found.append(f"{step['action']} does not support onCancel")
        if not re.fullmatch(r"Abort|step:[a-zA-Z0-9_]+", str(step["onCancel"])):
            found.append("onCancel must be Abort or step:<name>")
    return found


def _check_inputs(action: str, inputs: dict) -> list[str]:
    entry = ACTIONS[action]
    found = [f"missing required input {key!r}" for key in entry.required if inputs.get(key) is None]
    if not entry.open:
        allowed = set(entry.required) | set(entry.optional)
        found += [f"unknown input {key!r} of {action}" for key in inputs if key not in allowed]
    if entry.one_of and not any(inputs.get(key) is not None for key in entry.one_of):
        found.append(f"one of the inputs {', '.join(entry.one_of)} is required")
    return found if found else _CHECKS.get(action, lambda _: [])(inputs)


def _check_branch(inputs: dict) -> list[str]:
    choices = inputs["Choices"]
    if not isinstance(choices, list) or not choices:
        return ["Choices must be a list with at least one choice"]
    found = []
    for choice in choices:
        if not isinstance(choice, dict) or not isinstance(choice.get("NextStep"), str):
            found.append("every choice needs NextStep")
        else:
            found += conditions.problems(choice, top=True)
    return found


def _check_loop(inputs: dict) -> list[str]:
    if inputs.get("Iterators") is not None and inputs.get("LoopCondition") is not None:
        return ["Iterators and LoopCondition exclude each other"]
    found = []
    if inputs.get("IteratorDataType", "String") not in ("Boolean", "Integer", "String", "StringMap"):
        found.append("IteratorDataType must be Boolean, Integer, String or StringMap")
    most = inputs.get("MaxIterations", 100)
    if not isinstance(most, str) and (isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= 100):
        found.append("MaxIterations must be a number from 1 to 100")
    if inputs.get("LoopCondition") is not None:
        found += conditions.problems(inputs["LoopCondition"])
    if not isinstance(inputs["Steps"], list) or not inputs["Steps"]:
        return found + ["Steps must be a list with at least one step"]
    return found + _check_steps(inputs["Steps"], "loop")


def _check_script(inputs: dict) -> list[str]:
    runtime = str(inputs["Runtime"])
    if PYTHON.fullmatch(runtime):
        return [] if inputs.get("Handler") else ["Handler is required for Python"]
    if POWERSHELL.fullmatch(runtime):
        return ["Handler is not supported for PowerShell"] if "Handler" in inputs else []
    return [f"unknown Runtime {runtime!r}"]


def _check_property(inputs: dict) -> list[str]:
    found = [] if isinstance(inputs["DesiredValues"], list) else ["DesiredValues must be a list"]
    return found + _check_selector(inputs["PropertySelector"])


def _check_selector(selector: Any) -> list[str]:
    try:
        parse_selector(selector if isinstance(selector, str) else "")
    except ValueError as problem:
        return [str(problem)]
    return []


def _check_approve(inputs: dict) -> list[str]:
    approvers = inputs.get("Approvers")
    found = []
    if isinstance(approvers, list) and not 1 <= len(approvers) <= 10:
        found.append("Approvers must have 1 to 10 entries")
    least = inputs.get("MinRequiredApprovals", 1)
    if not isinstance(least, str) and (isinstance(least, bool) or not isinstance(least, int) or least < 1):
        found.append("MinRequiredApprovals must be a positive number")
    elif isinstance(least, int) and isinstance(approvers, list) and least > len(approvers) and not _open(approvers):
        found.append("MinRequiredApprovals exceeds the number of Approvers")
    if isinstance(inputs.get("Message"), str) and len(inputs["Message"]) > 4096:
        found.append("Message must not be longer than 4096 characters")
    topic = inputs.get("NotificationArn")
    if isinstance(topic, str) and not _open(topic) and not topic.rsplit(":", 1)[-1].startswith("Automation"):
        found.append("the name of the topic of NotificationArn must start with Automation")
    return found


def _open(value: Any) -> bool:
    return any(True for _ in references(value))


def _check_word(inputs: dict, key: str, words: tuple[str, ...]) -> list[str]:
    """An input with a closed set of values, unless a reference gives it."""
    value = inputs.get(key, words[0])
    return [] if _open(value) or value in words else [f"{key} must be {', '.join(words[:-1])} or {words[-1]}"]


def _check_state(inputs: dict) -> list[str]:
    return _check_word(inputs, "DesiredState", ("running", "stopped", "terminated"))


def _check_tags(inputs: dict) -> list[str]:
    return _check_word(inputs, "ResourceType", ("EC2", "ManagedInstance", "MaintenanceWindow", "Parameter"))


def _check_function(inputs: dict) -> list[str]:
    kinds = _check_word(inputs, "InvocationType", ("RequestResponse", "Event", "DryRun"))
    return kinds + _check_word(inputs, "LogType", ("None", "Tail"))


def _check_nested(inputs: dict) -> list[str]:
    tags = inputs.get("Tags")
    return ["Tags must not have more than 5 entries"] if isinstance(tags, list) and len(tags) > 5 else []


def _check_command(inputs: dict) -> list[str]:
    ids = inputs.get("InstanceIds")
    return ["InstanceIds must not have more than 50 entries"] if isinstance(ids, list) and len(ids) > 50 else []


def _check_update(inputs: dict) -> list[str]:
    name = inputs["Name"]
    return [] if isinstance(name, str) and name.startswith("variable:") else ["Name must be variable:<name>"]


_CHECKS = {
    "aws:approve": _check_approve,
    "aws:assertAwsResourceProperty": _check_property,
    "aws:branch": _check_branch,
    "aws:changeInstanceState": _check_state,
    "aws:createTags": _check_tags,
    "aws:executeAutomation": _check_nested,
    "aws:executeScript": _check_script,
    "aws:invokeLambdaFunction": _check_function,
    "aws:loop": _check_loop,
    "aws:runCommand": _check_command,
    "aws:updateVariable": _check_update,
    "aws:waitForAwsResourceProperty": _check_property,
}


def _check_declared(action: str, outputs: Any) -> list[str]:
    if not outputs and isinstance(outputs, list):
        return []
    if not isinstance(outputs, list):
        return ["outputs must be a list"]
    if not ACTIONS[action].declared:
        return [f"{action} cannot declare outputs"]
    found, names = [], set()
    for output in outputs:
        if not isinstance(output, dict) or set(output) - {"Name", "Selector", "Type"}:
            found.append("an output has Name, Selector and Type only")
            continue
        name = output.get("Name")
        if not isinstance(name, str) or not name:
            found.append("an output needs Name")
        elif name in names:
            found.append(f"output {name} is declared twice")
        elif name == "OutputPayload" or name in ACTIONS[action].outputs:
            found.append(f"output {name} is reserved: the action has an output of this name")
        names.add(name)
        found += [f"output {name}: {text}" for text in _check_selector(output.get("Selector"))]
        if output.get("Type", "String") not in OUTPUT_TYPES:
            found.append(f"output {name}: unknown type {output.get('Type')!r}")
    return found


def _check_targets(steps: list[dict], outside: dict[str, dict]) -> list[str]:
    """outside: the steps around the loop that has these steps."""
    found = []
    by_name = {**outside, **{step["name"]: step for step in steps}}
    for step in steps:
        for kind, target in edges_named(step):
            if target not in by_name:
                found.append(f"step {step['name']}: {kind} names the unknown step {target!r}")
            elif kind == "onCancel" and by_name[target]["action"] in NOT_ON_CANCEL:
                found.append(f"step {step['name']}: onCancel cannot go to {by_name[target]['action']}")
        if step["action"] == "aws:loop":
            found += _check_targets(step["inputs"]["Steps"], by_name)
    return found


def edges_named(step: dict) -> list[tuple[str, str]]:
    """(why, name of the step) for every step that a step names."""
    named = []
    if "nextStep" in step:
        named.append(("nextStep", str(step["nextStep"])))
    for key in ("onFailure", "onCancel"):
        if str(step.get(key, "")).startswith("step:"):
            named.append((key, step[key][5:]))
    if step["action"] == "aws:branch":
        named += [("NextStep", choice["NextStep"]) for choice in step["inputs"]["Choices"]]
        if step["inputs"].get("Default") is not None:
            named.append(("Default", str(step["inputs"]["Default"])))
    return named


def _graph(steps: list[dict], cancel: bool) -> dict[str, list[str]]:
    """{step: the steps that can follow it}; a step in a loop that goes out of it makes an edge of the loop."""
    graph = {step["name"]: edges(steps, number, cancel=cancel) for number, step in enumerate(steps)}
    for step in steps:
        if step["action"] == "aws:loop":
            inner = step["inputs"]["Steps"]
            for number in range(len(inner)):
                graph[step["name"]] += edges(inner, number, cancel=cancel)
    return {name: [target for target in targets if target in graph] for name, targets in graph.items()}


def _check_flow(steps: list[dict]) -> list[str]:
    graph = _graph(steps, cancel=False)
    circle = _circle(graph, steps[0]["name"])
    if circle:
        return [f"the automation has an infinite loop; circle trace: {' -> '.join(circle)}"]
    everything = _graph(steps, cancel=True)
    reached, todo = set(), [steps[0]["name"]]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += everything[name]
    if not SWITCHES["reject_unreachable"]:
        return []
    return [f"step {step['name']} cannot be reached" for step in steps if step["name"] not in reached]


def _circle(graph: dict[str, list[str]], start: str) -> list[str]:
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return path[path.index(name) :] + [name]
        if name in done:
            return []
        for following in graph[name]:
            found = visit(following, path + [name])
            if found:
                return found
        done.add(name)
        return []

    for name in dict.fromkeys([start, *graph]):
        found = visit(name, [])
        if found:
            return found
    return []


def _check_outputs(outputs: Any, known: _Names) -> list[str]:
    if not isinstance(outputs, list):
        return ["outputs must be a list"]
    found = []
    for output in outputs:
        if not isinstance(output, str):
            found.append("an output of the document must be a string such as step.Output")
            continue
        problem = known.problem(output)
        if problem or ("." not in output and not output.startswith("variable:")):
            found.append(f"outputs: {problem or output + ' is not an output of a step'}")
    return found
