# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Plans a run on the controller, which alone knows the facts of all hosts; the module of the same name has the documentation."""

from __future__ import annotations

import dataclasses
import datetime

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.tags import values_of
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import digest
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import finished
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import gates as planner_gates
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import RunReport
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import gone
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import progress
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import hybrid
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import inventory
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import waves
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.knowledge import tagged_group
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import Plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import PlanError
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import Warned
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.options import PlanOptions
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.survey import Surveyor
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule.clock import moment
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _gate_settings
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _interrupt
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _render
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _rundir
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import action_errors

STRINGS = {"type": "list", "elements": "str", "default": []}
SELECTOR = {"type": {"type": "str", "choices": ["json", "plain"], "default": "json"}} | {
    key: {"type": "str", "default": default}
    for key, default in (
        ("tag", "instancedata"),
        ("solution", "solution"),
        ("environment", "environment"),
        ("role", "instance"),
    )
}
TIER = {"name": {"type": "str", "required": True}, "roles": {"type": "list", "elements": "str", "required": True}}
OWN = {
    "run_id": {"type": "str", "required": True},
    "directory": {"type": "path", "required": True},
    "preview": {"type": "bool", "default": False},
    "everything": {"type": "bool", "default": False},
    "hosts": {"type": "list", "elements": "str", "required": True},
    "gates": _gate_settings.OPTION,
    "content": {"type": "dict", "default": {}},
    "account": {"type": "dict", "default": {}},
    "planned_by": {"type": "dict", "default": {}},
    "digest_key": {"type": "str", "default": "", "no_log": True},
}
CHOICES = {
    "selector": {"type": "dict", "default": {}, "options": SELECTOR, "apply_defaults": True},
    "solutions": STRINGS,
    "environments": STRINGS,
    "tiers": {"type": "list", "elements": "dict", "required": True, "options": TIER},
    "only_tiers": STRINGS,
    "zone_grouping": {"type": "str", "choices": ["first_then_rest", "each", "groups"], "default": "first_then_rest"},
    "zone_groups": {"type": "list", "elements": "list", "default": []},
    "zone_key": {"type": "str", "choices": ["name", "id"], "default": "name"},
    "order": {"type": "str", "choices": ["tier_then_zone", "zone_then_tier"], "default": "tier_then_zone"},
    "canary": {"type": "int", "default": 0},
    "canary_hosts": STRINGS,
    "wave_size": {"type": "int", "default": 0},
    "start_stopped": {"type": "bool", "default": False},
    "hybrid_nodes": {"type": "bool", "default": False},
    "ignored_roles": STRINGS,
    "exempt_tags": {"type": "list", "elements": "str", "default": ["install_patch", "patch_install"]},
    "allow_empty": {"type": "bool", "default": False},
    "max_concurrency": {"type": "str", "default": "10"},
    "max_errors": {"type": "str", "default": "0"},
    "max_unavailable": {"type": "str", "default": ""},
    "automation_quota": {"type": "int", "default": 100},
    "image": {"type": "bool", "default": True},
    "image_no_reboot": {"type": "bool", "default": True},
    "image_price": {"type": "float", "default": 0.05},
    "drain": {"type": "bool", "default": False},
    "target_groups": STRINGS,
    "stale_after_hours": {"type": "int", "default": 168},
    "patch_document": {
        "type": "str",
        "choices": ["AWS-RunPatchBaseline", "AWS-RunPatchBaselineWithHooks"],
        "default": "AWS-RunPatchBaseline",
    },
    "update_agent": {"type": "bool", "default": True},
    "install_override_list": {"type": "str", "default": ""},
    "baseline_override": {"type": "str", "default": ""},
    "only": {"type": "dict", "default": {}},
    "reboot_at": {"type": "str", "default": ""},
    "timezone": {"type": "str", "default": "UTC"},
}

# Ansible imports this file in the process that gets signals, when a play comes to the task.
_interrupt.watch()

SPEC = {**OWN, **CHOICES}
# What a plan says of itself.
ABOUT = ("content", "account", "planned_by")
TAG_VALUES = ("solutions", "environments", "ignored_roles")


class ActionModule(ActionBase):
    """Reads the inventory, asks AWS about the hosts that take part, and keeps the plan."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        # Extra variables come as text; only the types of the options keep "shop" from being taken for four solutions.
        self._task.args.update(tag_texts(self._task.args))
        _validation, arguments = self.validate_argument_spec({**aws_argument_spec(), **SPEC})
        folder = _rundir.RunDirectory(arguments["directory"], arguments["run_id"])
        settings = _gate_settings.settings_of(arguments["gates"])
        kept = whole(folder, arguments.get("region"))
        same_installation(kept, arguments, folder)
        earlier = folder.read_report()
        report = RunReport.from_dict(earlier) if earlier else None
        changed, plan = self._chosen(kept, report, settings, arguments, task_vars)
        state = self._state(plan, arguments, task_vars)
        over = finished.over(plan.run_id, state, report)
        if over:
            Display().display(over["message"])
            known = answer(plan.to_dict(), bool(kept), True, folder if kept else None)
            result.update({**known, **left_over(plan, over)})
            return result
        gates = self._gates(settings, plan, so_far_of(plan, report, state), task_vars)
        if not kept:
            warnings = (*plan.warnings, *map(warned, gates["gates"]))
            with action_errors("The plan cannot be signed"):
                plan = digest.sealed(dataclasses.replace(plan, warnings=warnings), arguments["digest_key"])
        left = len(gates["done"]) < len(plan.waves)
        approval = planner_gates.approval(settings, plan.run_id, plan.digest) if left else []
        document = plan.to_dict()
        text = _render.render_plan_text(document)
        for line in (text, *said(plan, kept, changed), *map(gate_line, [*approval, *(gates["gates"] if kept else ())])):
            Display().display(line)
        if not (kept or self._task.check_mode):
            refuse_everything(plan, arguments, settings)
        if not self._task.check_mode:
            store(folder, document, text, arguments["preview"], plan != kept and not (kept and arguments["preview"]))
        gates["gates"] = [*approval, *gates["gates"]]
        shown = folder if kept or not self._task.check_mode else None
        known = answer(document, bool(kept), arguments["preview"], shown)
        result.update({**known, **gates, **from_earlier_starts(plan, report, state)})
        return result

    def _chosen(self, kept, report, settings, arguments, task_vars):
        """(what differs from the stored plan, the plan that is carried out): a new one, or the stored one, confirmed as long as waves are left."""
        if not kept:
            return [], with_everything(self._plan(arguments, task_vars), arguments)
        over = len(progress(kept, report)[0]) == len(kept.waves)
        return ([], kept) if over else confirmed(kept, arguments, settings)

    def _plan(self, arguments, task_vars):
        try:
            chosen = {key: arguments[key] for key in CHOICES}
            options = PlanOptions.from_dict({**chosen, "region": arguments.get("region") or ""})
            found = self._survey(facts_of(arguments["hosts"], task_vars["hostvars"]), options, task_vars)
            known = self._known(found, options, arguments, task_vars) if found.hosts else {}
            lost = inventory.missed(known.get("unlisted") or (), options, found.region)
            plan = waves.plan(
                found,
                options,
                nodes=known.get("nodes"),
                states=known.get("patch_states"),
                baselines=known.get("baselines", ()),
                volumes=known.get("volumes"),
                groups=known.get("target_groups", ()),
                automations=known.get("automations", 0),
                run_id=arguments["run_id"],
                now=moment(known.get("time")) or datetime.datetime.now(datetime.timezone.utc),
            )
            about = {
                name: digest.content_of(arguments[name]) if name == "content" else arguments[name] for name in ABOUT
            }
            return dataclasses.replace(plan, warnings=(*lost, *plan.warnings), **about)
        except PlanError as error:
            raise AnsibleActionFail("The plan cannot be made: " + "\n  - ".join(["", *error.problems])) from error

    def _connect_options(self):
        return {key: value for key, value in self._task.args.items() if key not in SPEC}

    def _state(self, plan, arguments, task_vars):
        """What AWS keeps of the run; who only shows the plan need not be allowed to read it."""
        if arguments["preview"] or not plan.waves:
            return {}
        read = self._execute_module(
            module_name="fleetpatch.aws.patch_gate_info",
            module_args={**self._connect_options(), "region": plan.region, "run_id": plan.run_id},
            task_vars=task_vars,
        )
        if read.get("failed"):
            raise AnsibleActionFail(f"Whether run {plan.run_id} is finished could not be read: {read.get('msg', read)}")
        return read["run"]

    def _gates(self, settings, plan, so_far, task_vars):
        """What the gates say now about the waves that are left, but for the approval."""
        done, passed = so_far
        coming = planner_gates.left(plan.waves, done)
        read = {}
        if coming and settings.needs_reading:
            read = self._execute_module(
                module_name="fleetpatch.aws.patch_gate_info",
                module_args={
                    **self._connect_options(),
                    "region": plan.region,
                    "calendars": list(settings.change_calendars),
                    "minutes": planner_gates.minutes_of(coming),
                    "alarms": list(settings.alarms),
                    "target_groups": [one.group for one in settings.minima()],
                },
                task_vars=task_vars,
            )
            if read.get("failed"):
                raise AnsibleActionFail(f"What the gates need could not be read: {read.get('msg', read)}")
        now = moment(read.get("time")) or datetime.datetime.now(datetime.timezone.utc)
        deadline = settings.deadline_after(now)
        found = planner_gates.findings(
            settings,
            planner_gates.RUN,
            coming,
            now=now,
            environments=plan.summary.get("environments") or (),
            deadline=deadline,
            calendars=read.get("calendars"),
            alarms=read.get("alarms") or (),
            target_groups=read.get("target_groups") or (),
        )
        stamp = deadline.strftime("%Y-%m-%dT%H:%M:%SZ") if deadline else ""
        return {"gates": found if coming else [], "deadline": stamp, "done": done, "passed": passed}

    def _survey(self, facts, options, task_vars):
        """The hosts that take part; hybrid nodes with what Systems Manager knows of them, where that is needed."""
        surveyor = Surveyor(options)
        untagged = hybrid.untagged(facts)
        if untagged or options.hybrid_nodes:
            surveyor.add(one for one in facts if not hybrid.id_of(one[1]))
            region = surveyor.region() or hybrid.region_of(facts)
            known = self._with_hybrid(facts, untagged, region, options, task_vars)
            surveyor.add(one for one in known if hybrid.id_of(one[1]))
        else:
            surveyor.add(facts)
        return surveyor.survey()

    def _with_hybrid(self, facts, untagged, region, options, task_vars):
        """The hosts, with tags of hybrid nodes, and with those that the inventory lacks when they are asked for."""
        read = self._execute_module(
            module_name="fleetpatch.aws.ssm_managed_node_info",
            module_args={
                **self._connect_options(),
                "region": region or None,
                "filters": {"ResourceType": "ManagedInstance"},
                "tags": True,
                **({} if options.hybrid_nodes else {"instance_ids": untagged}),
            },
            task_vars=task_vars,
        )
        if read.get("failed"):
            raise AnsibleActionFail(f"The hybrid nodes could not be read: {read.get('msg', read)}")
        everyone = task_vars["hostvars"] if options.hybrid_nodes else {}
        left_out = {hybrid.id_of(everyone.raw_get(name)) for name in everyone}
        return hybrid.joined(facts, read["nodes"], read["region"], options.hybrid_nodes, left_out)

    def _known(self, found, options, arguments, task_vars):
        hostvars = task_vars["hostvars"]
        groups = {host.instance_id: group for host in found.hosts if (group := tagged_group(host))}
        known = self._execute_module(
            module_name="fleetpatch.aws.patch_host_info",
            module_args={
                **self._connect_options(),
                "region": arguments.get("region") or found.region,
                "instance_ids": found.instance_ids,
                "patch_groups": groups,
                "unlisted": inventory.asked(options, arguments["hosts"], facts_of(list(hostvars), hostvars)),
                **({"target_groups": arguments["target_groups"]} if arguments["drain"] else {}),
            },
            task_vars=task_vars,
        )
        if known.get("failed"):
            raise AnsibleActionFail(f"What AWS knows of the hosts could not be read: {known.get('msg', known)}")
        return known


def tag_texts(given):
    """The options that name values of tags, with YAML's true and 1 as the texts that tags have: Ansible makes True of true."""
    try:
        made = {
            name: values_of(f"patch_run_{name}", given[name])
            for name in TAG_VALUES
            if isinstance(given.get(name), list)
        }
        if isinstance(given.get("tiers"), list):
            made["tiers"] = [_tier_texts(one) for one in given["tiers"]]
    except InvalidInput as error:
        raise AnsibleActionFail(f"The plan cannot be made: {error.message}") from error
    return made


def _tier_texts(tier):
    roles = tier.get("roles") if isinstance(tier, dict) else None
    return {**tier, "roles": values_of("patch_run_tiers.roles", roles)} if isinstance(roles, list) else tier


EVERYTHING = "selects_everything"


def with_everything(plan, arguments):
    """The plan, with a warning when nothing restricts it and nobody said that this is meant."""
    selection = PlanOptions(**{name: plan.options[name] for name in ("solutions", "environments", "only_tiers")})
    if arguments["everything"] or not selection.selects_everything:
        return plan
    words = "selects all solutions and all environments; a new run needs a selection, an approval or patch_run_everything=true for that"
    return dataclasses.replace(plan, warnings=(*plan.warnings, Warned(EVERYTHING, words)))


def refuse_everything(plan, arguments, settings):
    """Refuse to run at once a plan that selects everything: nobody saw or approved it. Showing it first, or an approval, solves that."""
    unwanted = any(one.code == EVERYTHING for one in plan.warnings)
    if unwanted and plan.waves and not arguments["preview"] and settings.approval == "none":
        raise AnsibleActionFail(
            f"Run {plan.run_id} was not started: its plan selects all solutions and all environments. Set patch_run_solutions, "
            "patch_run_environments, patch_run_only_tiers or patch_run_hosts, or patch_run_everything=true if all hosts are meant; a plan "
            "that the playbook plan stored and a run with patch_run_approval need neither"
        )


def store(folder, document, text, preview, changed):
    """Keep a plan that changed. One that is carried out needs room for the files of its run, and from now on a signal ends in its report."""
    if not preview:
        folder.reserve(document)
    if changed:
        folder.keep_plan(document, text, _render.render_plan_html(document))
    if not preview:
        _interrupt.begin(folder)


def so_far_of(plan, report, state):
    """Ids of the waves that are done, and of those whose gates after them were open, in the order of the plan."""
    done, passed = progress(plan, report)
    left_behind = finished.waves_passed(plan, state)
    ids = [wave.id for wave in plan.waves]
    return [one for one in ids if one in {*done, *left_behind}], [one for one in ids if one in {*passed, *left_behind}]


def from_earlier_starts(plan, report, state):
    """What the task returns of the starts of the run before this one."""
    known = {"gone": gone(plan, report), "records": finished.records(plan, report)}
    return {**known, "attempts": state.get("attempts") or 0, "finished": {}}


def left_over(plan, over):
    """What the task returns of a run that is finished, beside the plan: no wave is left."""
    ids = [wave.id for wave in plan.waves]
    nothing = {"waves": [], "gates": [], "deadline": "", "gone": [], "records": [], "attempts": 0}
    return {**nothing, "done": ids, "passed": ids, "finished": over}


def warned(finding):
    """A gate's finding as a warning of the plan."""
    return Warned(f"gate_{finding['gate']}", finding["message"])


def whole(folder, region):
    """The kept plan, or None. Refused before anything of it is carried out: one that is not whole, or of another Region."""
    document = folder.read_plan()
    if not document:
        return None
    with action_errors(f"The kept plan {folder.path / 'plan.json'} cannot be used"):
        kept = Plan.from_dict(document)
    if kept.region and region and region != kept.region:
        raise AnsibleActionFail(
            f"Run {folder.run_id} was planned for {kept.region} ({folder.path / 'plan.json'}), and the Region of this call is {region}"
        )
    return kept


def confirmed(kept, arguments, settings):
    """(what differs from the plan, the plan that is carried out). Fails when that is not what was planned or approved, except to show it."""
    now = digest.content_of(arguments["content"])
    key, account = arguments["digest_key"], arguments["account"].get("id") or ""
    if arguments["preview"]:
        differs = digest.differences(kept.content, now) if kept.digest else []
        return digest.changes(kept) + differs, digest.sealed(dataclasses.replace(kept, content=now), key)
    with action_errors(f"Run {kept.run_id} cannot be carried out"):
        return [], digest.verified(kept, now, account, settings.approved_digest, key)


def said(plan, kept, changed):
    """What a person should know of a plan that was kept."""
    if not kept:
        return
    if changed:
        yield f"This plan was kept on {plan.created_at}, and is no longer what would be carried out: {'; '.join(changed)}."
    else:
        yield f"This plan was kept on {plan.created_at}; it is carried out as it stands."


def gate_line(finding):
    return f"Gate {finding['gate']}: {finding['message']}"


def same_installation(kept, arguments, folder):
    """Refuse to go on with a kept plan by other patches: who forgets the list of a run would install all that the baselines approve."""
    for name in ("install_override_list", "baseline_override", "only"):
        planned = (kept.options if kept else {}).get(name, arguments[name])
        if planned != arguments[name]:
            raise AnsibleActionFail(
                f"Run {folder.run_id} was planned with {name} {planned or 'not set'}, and this call has {arguments[name] or 'not set'};"
                " give what it was planned with, or another run id"
            )


def facts_of(names, hostvars):
    """(name, variables) of the hosts as in the inventory: rendering them would take minutes for a fleet."""
    unknown = [name for name in names if name not in hostvars]
    if unknown:
        raise PlanError(f"hosts names what is not in the inventory: {', '.join(unknown)}")
    return inventory.unprefixed((name, hostvars.raw_get(name)) for name in names)


def answer(document, kept, preview, folder):
    """What the task returns: with preview only numbers and ids, because ten thousand hosts make a heavy variable."""
    waves = document["waves"]
    if preview:
        waves = [{key: value for key, value in wave.items() if key != "hosts"} for wave in waves]
    return {
        "changed": False,
        "run_id": document["run_id"],
        "region": document["region"],
        "kept": kept,
        "digest": document["digest"],
        "account": document["account"],
        "planned_by": document["planned_by"],
        "options": document["options"],
        "summary": document["summary"],
        "waves": waves,
        "warnings_found": document["warnings"],
        "html_path": str(folder.path / "plan.html") if folder else "",
        "json_path": str(folder.path / "plan.json") if folder else "",
        **({} if preview else {"exclusions": document["exclusions"]}),
    }
