# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of a run, drawn at random from what people use, as variables of the role patch_run."""

from __future__ import annotations

import random
import typing as t

from chaos import fleets

ALARM = "shop is down"
FREEZE_OF_LAST_YEAR = {"name": "last year", "start": "2025-12-20T00:00:00Z", "end": "2025-12-27T00:00:00Z"}


def make(dice: random.Random, machines: t.Sequence[fleets.Machine], groups: t.Sequence[dict]) -> dict[str, t.Any]:
    """The variables of one run over these machines; groups: target groups of the scenario."""
    chosen: dict[str, t.Any] = {
        "patch_run_id": "chaos",
        "patch_run_solutions": [fleets.SOLUTION],
        "patch_run_environments": [fleets.ENVIRONMENT],
        "patch_run_ignored_roles": [fleets.IGNORED_ROLE],
        "patch_run_poll_interval": 1,
        "patch_run_retry_delay": 0,
        # Looks at a gate after a wave; the clock of the local AWS is fast, so that a health check comes in between.
        "patch_run_gate_wait": 5,
        "patch_run_max_concurrency": dice.choice(("1", "2", "3", "10", "50%", "100%", "auto")),
        "patch_run_max_errors": dice.choice(("0", "0", "1", "2", "50%", "auto")),
        "patch_run_max_unavailable": dice.choice(("", "", "", "1", "2", "50%")),
        "patch_run_retries": dice.choice((0, 1, 2)),
        "patch_run_wave_size": dice.choice((0, 0, 0, 2, 3)),
        "patch_run_canary": dice.choice((0, 0, 0, 1)),
        "patch_run_order": dice.choice(("tier_then_zone", "tier_then_zone", "zone_then_tier")),
        "patch_run_start_stopped": dice.random() < 0.6,
        "patch_run_hybrid_nodes": dice.random() < 0.6,
        "patch_run_image": dice.random() < 0.8,
        "patch_run_image_no_reboot": dice.random() < 0.8,
        "patch_run_update_agent": dice.random() < 0.3,
        "patch_run_second_pass": dice.random() < 0.15,
        "patch_run_reboot_option": "NoReboot" if dice.random() < 0.15 else "RebootIfNeeded",
    }
    chosen |= _zones(dice)
    if groups:
        chosen["patch_run_drain"] = dice.random() < 0.8
    if dice.random() < 0.25:
        chosen["patch_run_pre_hook"] = {
            "linux": "echo 'it'\"'\"'s' \"$HOME\" && true",
            "windows": "Write-Output 'it''s'",
        }
    return chosen | _gates(dice, groups)


def _zones(dice: random.Random) -> dict[str, t.Any]:
    grouping = dice.choice(("first_then_rest", "first_then_rest", "each", "groups"))
    made: dict[str, t.Any] = {"patch_run_zone_grouping": grouping}
    if grouping == "groups":
        made["patch_run_zone_groups"] = [[fleets.ZONES[2], fleets.ZONES[0]], [fleets.ZONES[1], "hybrid"]]
    return made


def _gates(dice: random.Random, groups: t.Sequence[dict]) -> dict[str, t.Any]:
    """Gates that are open, so that they are asked at every wave."""
    made: dict[str, t.Any] = {"patch_run_alarms": [ALARM]} if dice.random() < 0.4 else {}
    if dice.random() < 0.3:
        made["patch_run_freezes"] = [FREEZE_OF_LAST_YEAR]
    if groups and dice.random() < 0.3:
        made["patch_run_healthy_targets"] = [{"group": groups[0]["name"], "min": 0}]
    return made
