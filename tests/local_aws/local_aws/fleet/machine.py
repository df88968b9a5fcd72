# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Simulated machines: one for each EC2 instance, made when somebody first looks at it, the same for the same id."""

import random
from collections.abc import Generator
from datetime import datetime
from datetime import timedelta
from typing import Any

from local_aws.fleet import breakdowns
from local_aws.fleet import nodes
from local_aws.fleet import operating_systems
from local_aws.fleet import public_images
from local_aws.fleet.patchset import PatchSet
from local_aws.framework import clock
from local_aws.framework import history
from local_aws.framework import inproc
from local_aws.framework import state
from local_aws.framework import switches
from local_aws.framework.clock import Event
from local_aws.ssm.baselines import snapshot

BEHAVIOURS = {
    "install_fails": 0,
    "scan_fails": 0,
    "script_fails": 0,
    "agent_update_fails": 0,
    "image_fails": 0,
    "patches_fail": 0,
    "no_return": False,
    "no_boot": False,
    "vanish": False,
    "undeliverable": False,
    "root_replace_fails": 0,
    "root_replace_failed_detached": 0,
    "drain_hangs": False,
    "unhealthy": False,
    "patch_breakdown": "",
}
# seconds: (Windows from, to, Linux from, to)
DURATIONS = {
    "patch_seconds": (900, 1800, 240, 600),
    "scan_seconds": (60, 120, 20, 60),
    "reboot_seconds": (150, 300, 45, 90),
    "image_seconds": (300, 600, 180, 420),
    "agent_update_seconds": (25, 50, 15, 40),
}
AGENT_STATES = ("online", "lost", "none")
UNREACHABLE_AFTER = 300  # seconds; see the assumption instance-status

switches.define(
    "connection_lost_after", 300, (int, float), "seconds without a ping after which PingStatus becomes ConnectionLost"
)
switches.assume(
    "agent-ping",
    "An agent that is online pings at least every 5 minutes; PingStatus stays Online for that long after the last "
    "ping, so a short reboot need not be seen in it.",
    "the interval and the delay are not documented",
)


class Machine:
    """What runs on an instance. agent: online | lost | none; busy: patch operations under way (see patching)."""

    def __init__(self, account: str, region: str, instance_id: str, platform_key: str, spec: dict):
        self.account, self.region, self.instance_id = account, region, instance_id
        self.platform = platform_key
        self.row = operating_systems.platform(platform_key)
        self.spec = spec
        dice = random.Random(instance_id)
        launched = _launched(account, region, instance_id)
        self.registered_at = launched
        self.booted_at = launched
        self.agent = spec.get("agent", "online")
        drawn = dice.choice(operating_systems.AGENT_VERSIONS)
        self.agent_version = spec.get("agent_version") or drawn
        self.behaviours: dict[str, Any] = {**BEHAVIOURS, **(spec.get("behaviours") or {})}
        self._durations = {name: _duration(name, self.row, dice) for name in DURATIONS}
        self._durations.update({name: spec[name] for name in DURATIONS if spec.get(name) is not None})
        self._ping_offset = dice.uniform(5, 290)
        self._offline_since: datetime | None = None
        self._booting = False
        self._down = False  # the operating system, not only the agent
        self._down_since = launched
        self._starting = False
        if self.agent == "lost":
            self._offline_since = clock.now() - timedelta(days=1)
        elif self.instance_state != "running":
            self._offline_since = clock.now()
        self.went_offline = Event()
        self.came_online = Event()
        self.rootless = False  # its root volume is gone: nothing boots
        # (epoch seconds, whether its service answers), oldest first: what health checks see
        self.serving_changes: list[tuple[float, bool]] = [(launched.timestamp(), self._serves())]
        self.busy: list[str] = []
        self.report: Any = None  # the last patch report, see reports.Report
        self.patches = PatchSet(platform_key, instance_id, spec.get("missing"), self._first_snapshot())

    def _first_snapshot(self) -> snapshot.Snapshot:
        from local_aws.ssm.baselines import model as groups

        baseline, _ = groups.baseline_of(self.account, self.region, self.row.operating_system, self.patch_group)
        return snapshot.take(baseline, self.platform, clock.now())

    def __getattr__(self, name: str) -> Any:
        # patch_seconds and the other durations
        if name in DURATIONS:
            return self._durations[name]
        raise AttributeError(name)

    @property
    def platform_type(self) -> str:
        return self.row.platform_type

    @property
    def platform_name(self) -> str:
        return self.row.platform_name

    @property
    def platform_version(self) -> str:
        return self.row.platform_version

    @property
    def operating_system(self) -> str:
        return self.row.operating_system

    @property
    def instance(self) -> Any:
        """The moto instance, or the hybrid node."""
        return nodes.instance(self.account, self.region, self.instance_id)

    @property
    def principal(self) -> str | None:
        """As whom the machine calls AWS: a session of its instance profile's role; None when it has no profile."""
        profile = getattr(self.instance, "iam_instance_profile", None)
        roles = getattr(profile, "roles", None)
        return inproc.session_arn(roles[0].arn, self.instance_id) if roles else None

    @property
    def instance_state(self) -> str:
        found = self.instance
        return nodes.state_of(found) if found is not None else "terminated"

    @property
    def tags(self) -> dict[str, str]:
        return nodes.tags_of(self.instance)

    @property
    def patch_group(self) -> str:
        return nodes.patch_group(self.tags)

    @property
    def pending_reboot(self) -> bool:
        return bool(self.patches.pending)

    @property
    def online(self) -> bool:
        """Whether the agent can be reached now."""
        return self.agent == "online" and not self._booting and not self.rootless and self.instance_state == "running"

    @property
    def last_ping(self) -> datetime:
        """When the agent was last heard of."""
        if self.online:
            interval = 300.0
            since = (clock.timestamp() + self._ping_offset) % interval
            return max(self.booted_at, clock.now() - timedelta(seconds=since))
        return self._offline_since or self.booted_at

    @property
    def ping_status(self) -> str:
        """PingStatus: Online | ConnectionLost."""
        silence = (clock.now() - self.last_ping).total_seconds()
        if self.online:
            return "Online"
        gone = self.agent != "online" or self.instance_state != "running"
        return "ConnectionLost" if gone or silence >= switches.SWITCHES["connection_lost_after"] else "Online"

    def _serves(self) -> bool:
        return self.instance_state == "running" and not (self._down or self.rootless or self.behaviours["unhealthy"])

    @property
    def reachability(self) -> str:
        """What EC2's instance status check of a running instance says: passed | initializing | failed."""
        if not self._down:
            return "passed"
        if (clock.now() - self._down_since).total_seconds() >= UNREACHABLE_AFTER:
            return "failed"
        return "initializing" if self._starting else "passed"

    def _note_serving(self) -> None:
        if self._serves() != self.serving_changes[-1][1]:
            self.serving_changes.append((clock.timestamp(), not self.serving_changes[-1][1]))

    def spend(self, behaviour: str) -> bool:
        """Whether the next action of this kind fails; counts down n, -1 = always."""
        left = self.behaviours.get(behaviour) or 0
        if left is True or left < 0:
            return True
        if left:
            self.behaviours[behaviour] = left - 1
        return bool(left)

    def offline(self) -> None:
        """The agent is gone from now on; whoever waits for that is woken."""
        if self._offline_since is None:
            self._offline_since = clock.now()
        self._note_serving()
        event, self.went_offline = self.went_offline, Event()
        event.set()

    def back(self) -> None:
        """The agent is there again, when the machine runs and its agent works at all."""
        self._booting = False
        self._note_serving()
        if not self.online:
            return
        self._offline_since = None
        event, self.came_online = self.came_online, Event()
        event.set()

    def reboot(self, reason: str) -> Generator[Any, Any, bool]:
        """Coroutine: restart the machine; True when it came back. Behaviour no_return: it never does."""
        entry = history.add("reboot", self.account, self.region, self.instance_id, clock.now(), reason=reason)
        self.go_down()
        return (yield from self.come_back(entry))

    def go_down(self) -> None:
        """The operating system is not there, until boot."""
        self._booting = self._down = True
        self._down_since, self._starting = clock.now(), False
        self.offline()

    def start(self) -> None:
        """The instance was started: the operating system comes up in a while. Behaviour no_boot: it never does."""
        self._booting = self._down = True
        self._down_since, self._starting = clock.now(), True
        if not self.behaviours["no_boot"]:
            clock.spawn(_start(self), f"start {self.instance_id}")

    def come_back(self, entry: dict[str, Any]) -> Generator[Any, Any, bool]:
        """Coroutine: the second half of a restart, noted in an entry of the history; True when it came back."""
        if self.behaviours["no_return"]:
            entry["outcome"] = "no return"
            self.agent = "lost"
            return False
        yield self.reboot_seconds
        entry["end"] = clock.now()
        self.boot()
        return True

    def restart_agent(self, seconds: float) -> Generator[Any, Any, None]:
        """Coroutine: the agent alone is away for a while."""
        self._booting = True
        self.offline()
        yield seconds
        self.back()

    def boot(self) -> None:
        """The operating system has just started, where there is a root volume."""
        if self.rootless and not self._adopt_root():
            return
        self._down = False
        self.booted_at = clock.now()
        self.patches.pending.clear()
        self.back()

    def _adopt_root(self) -> bool:
        from local_aws.fleet import disks

        block = self.instance.block_device_mapping.get(self.instance.root_device_name)
        disk = disks.find(self.account, self.region, block.volume_id) if block is not None else None
        if disk is not None:
            disks.put(self, disk)
            self.rootless = False
        return disk is not None

    def vanish(self) -> None:
        """Terminated behind everybody's back (behaviour vanish)."""
        self.behaviours["vanish"] = False
        from local_aws.ec2.instances import model as instances_model
        from local_aws.ssm.activations import model as activations_model

        if nodes.is_hybrid(self.instance):
            activations_model.gone(self.account, self.region, self.instance_id)
        else:
            instances_model.change(self.instance, "terminated")

    def set_behaviour(self, name: str, value: Any) -> None:
        """Change a behaviour, a duration or the agent while it runs. ValueError for an unknown name or value."""
        if name == "patch_breakdown" and value and value not in breakdowns.BREAKDOWNS:
            raise ValueError(f"patch_breakdown is one of {', '.join(breakdowns.BREAKDOWNS)}, not {value!r}")
        if name in BEHAVIOURS:
            self.behaviours[name] = value
            self._note_serving()
        elif name in DURATIONS:
            self._durations[name] = float(value)
        elif name == "agent" and value in AGENT_STATES:
            self.agent = value
            self.back() if value == "online" else self.offline()
        else:
            known = ", ".join([*BEHAVIOURS, *DURATIONS, "agent"])
            raise ValueError(
                f"cannot set {name}={value!r} on a machine; known: {known}; agent is one of {AGENT_STATES}"
            )

    def to_dict(self) -> dict[str, Any]:
        """What the control endpoint shows."""
        current = self.current_snapshot()
        return {
            "instance_id": self.instance_id,
            "account": self.account,
            "region": self.region,
            "platform": self.platform,
            "platform_type": self.platform_type,
            "platform_name": self.platform_name,
            "platform_version": self.platform_version,
            "operating_system": self.operating_system,
            "agent": self.agent,
            "agent_version": self.agent_version,
            "online": self.online,
            "ping_status": self.ping_status,
            "booted_at": self.booted_at,
            "pending_reboot": self.pending_reboot,
            "rootless": self.rootless,
            "busy": list(self.busy),
            "behaviours": dict(self.behaviours),
            "durations": dict(self._durations),
            "patch_group": self.patch_group,
            "baseline_id": current.baseline["BaselineId"],
            "features": sorted(self.patches.features),
            "installed": [patch.id for patch in self.patches.installed()],
            "missing": [patch.id for patch in self.patches.missing(current)],
            "waiting_for_reboot": sorted(self.patches.pending),
            "scanned": self.report is not None,
        }

    def current_snapshot(self) -> snapshot.Snapshot:
        """What the machine's baseline approves now."""
        return self._first_snapshot()


def _launched(account: str, region: str, instance_id: str) -> datetime:
    moment = nodes.instance(account, region, instance_id).launch_time
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.now().tzinfo)


def _duration(name: str, row: operating_systems.Platform, dice: random.Random) -> int:
    windows_from, windows_to, linux_from, linux_to = DURATIONS[name]
    if row.platform_type == "Windows":
        return dice.randint(windows_from, windows_to)
    return dice.randint(linux_from, linux_to)


def machines(account: str, region: str) -> dict[str, Machine]:
    """The machines that exist already, by instance id."""
    return state.store(account, region, "machines")


def machine(account: str, region: str, instance_id: str) -> Machine | None:
    """The machine of an EC2 instance (made now if need be); None when there is no such instance."""
    known = machines(account, region)
    found = known.get(instance_id)
    if found is None:
        instance = nodes.instance(account, region, instance_id)
        if instance is None:
            return None
        key = public_images.platform_of(instance) or _default_platform(instance)
        found = known[instance_id] = Machine(account, region, instance_id, key, {})
    return found


def _default_platform(instance: Any) -> str:
    return operating_systems.DEFAULT_WINDOWS if instance.platform == "windows" else operating_systems.DEFAULT_LINUX


def on_instance_state(account: str, region: str, instance_id: str, new: str) -> None:
    """EC2 has changed an instance: pending | running | rebooting | stopping | stopped | shutting-down | terminated."""
    found = machine(account, region, instance_id)
    if found is None:
        return
    if new == "rebooting":
        clock.spawn(found.reboot("RebootInstances"), f"reboot {instance_id}")
    elif new == "running":
        if found._offline_since is not None or found._booting:
            found.start()
    elif new in ("stopping", "stopped", "shutting-down", "terminated"):
        found.offline()


def _start(found: Machine) -> Generator[Any, Any, None]:
    began = found._down_since
    yield found.reboot_seconds
    # Stopped, and perhaps started again, meanwhile: then this start has come to nothing.
    if found._down_since == began and found.instance_state == "running":
        found.boot()
