# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What AWS knows of the hosts: agent, patch state, baseline, volumes."""

from __future__ import annotations

import datetime
import typing as t

from .._core.tags import text as as_text
from .._declared.patch_groups import PATCH_GROUP_KEYS
from .._schedule.clock import moment
from .fleet import Host
from .model import Baseline
from .model import PlannedHost

_NOTHING: t.Mapping[str, t.Any] = {}


def tagged_group(host: Host) -> str:
    """The patch group of the host's tags, "" without one. With both tag keys `Patch Group` goes first."""
    for key in PATCH_GROUP_KEYS:
        if host.tags.get(key):
            return as_text(host.tags[key])
    return ""


class Knowledge:
    """Answers about hosts from what the info modules returned. What was not read (None) is not judged."""

    __slots__ = ("_nodes", "_states", "_baselines", "_volumes", "_oldest", "_statuses", "_platforms")

    def __init__(
        self,
        nodes: t.Mapping[str, t.Mapping[str, t.Any]] | None,
        states: t.Mapping[str, t.Mapping[str, t.Any]] | None,
        baselines: t.Sequence[t.Mapping[str, t.Any]],
        volumes: t.Mapping[str, int] | None,
        now: datetime.datetime,
        stale_after_hours: int,
    ) -> None:
        self._nodes = nodes
        self._states = states
        self._volumes = volumes
        # A fleet repeats few values: what was worked out once is looked up afterwards.
        self._statuses: dict[tuple[t.Any, t.Any], t.Any] = {}
        self._platforms: dict[tuple[t.Any, t.Any], str] = {}
        self._oldest = now - datetime.timedelta(hours=stale_after_hours)
        self._baselines = {
            (item.get("patch_group") or "", item["operating_system"]): Baseline(
                item["baseline_id"], item.get("baseline_name") or "", bool(item.get("default"))
            )
            for item in baselines
        }

    def managed(self, host: Host) -> bool:
        """Whether Systems Manager can reach the host now; True when the nodes were not read, and for a stopped host."""
        return (
            self._nodes is None or host.state == "stopped" or self.node(host.instance_id).get("ping_status") == "Online"
        )

    def why_unmanaged(self, host: Host) -> str:
        """The reason in words for a host that `managed` denies."""
        node = (self._nodes or {}).get(host.instance_id)
        if node is None:
            return "is not a managed node; the SSM agent is not installed, not running, or has no permission for Systems Manager"
        seen = node.get("last_ping_time")
        return f"its SSM agent is {node.get('ping_status')}" + (f", last seen {seen}" if seen else "")

    def node(self, instance_id: str) -> t.Mapping[str, t.Any]:
        return (self._nodes or _NOTHING).get(instance_id) or _NOTHING

    def state(self, instance_id: str) -> t.Mapping[str, t.Any] | None:
        """The patch state, or None when the states were not read or AWS has none."""
        return (self._states or _NOTHING).get(instance_id)

    def patch_group(self, host: Host) -> str:
        """The patch group: the one the node reported, else its tag. With both tag keys `Patch Group` goes first."""
        reported = (self.state(host.instance_id) or _NOTHING).get("patch_group")
        return reported or tagged_group(host)

    @property
    def has_baselines(self) -> bool:
        return bool(self._baselines)

    def baseline(self, host: Host, system: str | None) -> Baseline | None:
        """The effective baseline: of the patch group where one is registered, else the default of the OS."""
        return self._baselines.get((self.patch_group(host), system)) or self._baselines.get(("", system))

    def _patch_status(self, state: t.Mapping[str, t.Any] | None) -> str:
        """compliant, non_compliant, never_scanned or stale."""
        if state is None or state.get("status") == "never_scanned":
            return "never_scanned"
        key = (state.get("status"), state.get("operation_end_time"))
        if key not in self._statuses:
            ended = moment(key[1])
            self._statuses[key] = "stale" if ended is not None and ended < self._oldest else key[0]
        return self._statuses[key]

    def gib(self, host: Host) -> int | None:
        """GiB of all volumes of the host, an upper bound for its image; None when unknown."""
        if self._volumes is None:
            return None
        if host.instance_id in self._volumes:
            return self._volumes[host.instance_id]
        sizes = [self._volumes[volume] for volume in host.volume_ids() if volume in self._volumes]
        return sum(sizes) if sizes else None

    def _platform(self, node: t.Mapping[str, t.Any]) -> str:
        key = (node.get("platform_name"), node.get("platform_version"))
        if key not in self._platforms:
            self._platforms[key] = " ".join(word for word in key if word)
        return self._platforms[key]

    def planned(self, host: Host, tier: str, role: str, why: str) -> PlannedHost:
        """The host in its wave."""
        instance_id = host.instance_id
        node = self.node(instance_id)
        state = self.state(instance_id)
        # None: the states were not read, which is not the same as never scanned.
        status = None if self._states is None else self._patch_status(state)
        if state is None or status == "never_scanned":
            state = _NOTHING
        return PlannedHost(
            host.host,
            instance_id,
            host.name,
            tier,
            role,
            host.zone,
            self._platform(node) or host.platform,
            why,
            node.get("ping_status"),
            status,
            state.get("missing_count"),
            state.get("critical_non_compliant_count"),
            state.get("security_non_compliant_count"),
            bool(state.get("installed_pending_reboot_count")),
            self.baseline(host, node.get("operating_system")) if self._baselines else None,
            None if self._volumes is None or host.hybrid else self.gib(host),
            host.state,
        )
