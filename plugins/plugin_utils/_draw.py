# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Geometry of the drawings on the pages: numbers and labels only, the templates write (and escape) the SVG."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.fleet import HYBRID_ZONE

from . import _words

_Dict = t.Mapping[str, t.Any]

# Plan diagram, in user units
_LABEL, _WIDTH, _GUTTER = 132, 1080, 34
_COLUMN_LEAST, _COLUMN_MOST = 168, 300
_HEAD, _BOX, _GAP = 34, 62, 40

# Time line
_TL_LABEL, _TL_WIDTH, _LANE, _ROW_GAP, _AXIS = 190, 810, 13, 14, 26
_LANES = ("image", "patch", "verify")
_TICKS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _columns(plan: _Dict) -> list[str]:
    """Zones from left to right, what is in no zone last; the zones of a group lie side by side."""
    present = {zone for wave in plan["waves"] for zone in wave["zones"]}
    declared = [zone for group in plan["options"].get("zone_groups") or [] for zone in group]
    return [zone for zone in declared if zone in present] + sorted(
        present - set(declared), key=lambda zone: (zone == HYBRID_ZONE, zone)
    )


def _boxes(plan: _Dict, columns: list[str]) -> list[dict[str, t.Any]]:
    """One box per tier and group of zones; the parts of a wave share a box."""
    boxes: dict[str, dict[str, t.Any]] = {}
    for wave in plan["waves"]:
        key = "canary" if wave["canary"] else ".".join(wave["id"].split(".")[:2])
        box = boxes.setdefault(key, {"tier": wave["tier"], "canary": wave["canary"], "waves": [], "zones": set()})
        box["waves"].append(wave)
        box["zones"] |= set(wave["zones"])
    rows = [tier for tier in _tier_order(plan) if any(not b["canary"] and b["tier"] == tier for b in boxes.values())]
    offset = 1 if any(box["canary"] for box in boxes.values()) else 0
    for box in boxes.values():
        places = [columns.index(zone) for zone in box["zones"]]
        box["row"] = 0 if box["canary"] else rows.index(box["tier"]) + offset
        box["first"], box["last"] = (0, len(columns) - 1) if box["canary"] else (min(places), max(places))
    return list(boxes.values())


def _tier_order(plan: _Dict) -> list[str]:
    known = [tier["name"] for tier in plan["options"].get("tiers") or []]
    return known + sorted({wave["tier"] for wave in plan["waves"]} - set(known))


def _column_width(columns: int) -> int:
    """Few zones fill the page, many make the drawing wider than it."""
    return max(_COLUMN_LEAST, min(_COLUMN_MOST, (_WIDTH - _LABEL) // columns - _GUTTER))


def _described(box: dict[str, t.Any], total: int, column: int) -> dict[str, t.Any]:
    waves = box["waves"]
    first, last = waves[0], waves[-1]
    x = _LABEL + box["first"] * (column + _GUTTER)
    width = (box["last"] - box["first"]) * (column + _GUTTER) + column
    hosts = sum(len(wave["hosts"]) for wave in waves)
    minutes = sum(wave["estimate"]["minutes"] for wave in waves)
    parts = f" in {len(waves)} waves" if len(waves) > 1 else ""
    return {
        "x": x,
        "y": _HEAD + box["row"] * (_BOX + _GAP),
        "w": width,
        "h": _BOX,
        "row": box["row"],
        "canary": box["canary"],
        "number": str(first["number"]) if first is last else f"{first['number']}–{last['number']}",
        "hosts": _words.plural(hosts, "host") + parts,
        "time": "about " + _words.duration(minutes),
        "anchor": first["number"],
        "title": f"Wave {first['number']} of {total}, {first['id']}: {_words.plural(hosts, 'host')}{parts}",
    }


def _arrow(a: _Dict, b: _Dict) -> str:
    """Path from one box to the next: straight inside a row or column, else through the gutter between them."""
    middle_a, middle_b = a["y"] + a["h"] / 2, b["y"] + b["h"] / 2
    if a["row"] == b["row"]:
        return f"M{a['x'] + a['w']:g} {middle_a:g}H{b['x'] - 3:g}"
    if b["row"] > a["row"]:
        from_x, to_x = a["x"] + min(a["w"], b["w"]) / 2, b["x"] + min(a["w"], b["w"]) / 2
        gutter = b["y"] - _GAP / 2
        return f"M{from_x:g} {a['y'] + a['h']:g}V{gutter:g}H{to_x:g}V{b['y'] - 3:g}"
    gutter = b["x"] - _GUTTER / 2
    return f"M{a['x'] + a['w']:g} {middle_a:g}H{gutter:g}V{middle_b:g}H{b['x'] - 3:g}"


def plan_diagram(plan: _Dict) -> dict[str, t.Any] | None:
    """Boxes and arrows of the waves: tiers down, zones across. None without waves."""
    if not plan["waves"]:
        return None
    columns = _columns(plan)
    raw = _boxes(plan, columns)
    column = _column_width(len(columns))
    boxes = [_described(box, len(plan["waves"]), column) for box in raw]
    labels = {box["row"]: "canary" if box["canary"] else box["tier"] for box in raw}
    height = _HEAD + len(labels) * (_BOX + _GAP) - _GAP + 6
    return {
        "width": _LABEL + len(columns) * (column + _GUTTER) - _GUTTER + 6,
        "height": height,
        "columns": [
            {"x": _LABEL + n * (column + _GUTTER), "w": column, "label": _cut(zone, 22)}
            for n, zone in enumerate(columns)
        ],
        "rows": [
            {"y": _HEAD + row * (_BOX + _GAP) + _BOX / 2 + 5, "label": _cut(label, 16), "whole": label}
            for row, label in sorted(labels.items())
        ],
        "boxes": boxes,
        "arrows": [_arrow(a, b) for a, b in zip(boxes, boxes[1:], strict=False)],
    }


def _minutes(time: datetime.datetime, begin: datetime.datetime) -> float:
    return (time - begin).total_seconds() / 60


def _ticks(begin: datetime.datetime, minutes: float, scale: float) -> list[dict[str, t.Any]]:
    """Ticks at round times of the clock."""
    step = next((step for step in _TICKS if minutes / step <= 9), _TICKS[-1])
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    made = []
    at = -(-_minutes(begin, midnight) // step) * step
    while (place := at - _minutes(begin, midnight)) <= minutes:
        time = midnight + datetime.timedelta(minutes=at)
        text = time.strftime("%H:%M") if step < 1440 else time.strftime("%m-%d")
        made.append({"x": round(_TL_LABEL + place * scale, 1), "label": text})
        at += step
    return made


def _bar(phase: _Dict, begin: datetime.datetime, scale: float, top: float) -> dict[str, t.Any]:
    start, end = t.cast(datetime.datetime, _words.moment(phase["start"])), t.cast(
        datetime.datetime, _words.moment(phase["end"])
    )
    width = max(3.0, _minutes(end, start) * scale)
    attempt = f", attempt {phase['attempt']}" if phase["name"] == "patch" and phase["attempt"] > 1 else ""
    took = _words.between(phase["start"], phase["end"])
    words = {"image": "image", "patch": "patch", "verify": "scan"}[phase["name"]]
    label = f"{words}{' ' + str(phase['attempt']) if attempt else ''}"
    return {
        "name": phase["name"],
        "retry": bool(attempt),
        "x": round(_TL_LABEL + _minutes(start, begin) * scale, 1),
        "y": top + _LANES.index(phase["name"]) * _LANE,
        "w": round(width, 1),
        "h": _LANE - 2,
        "label": label if width > len(label) * 6.5 + 4 else "",
        "title": f"{words}{attempt}: {_words.plural(phase['hosts'], 'host')}, "
        f"{_words.clock(phase['start'])} to {_words.clock(phase['end'])} UTC, {took}",
    }


def timeline(report: _Dict) -> dict[str, t.Any] | None:
    """Bars of the phases of every wave on one clock. None when nothing was begun."""
    begun = [wave for wave in report["waves"] if wave["phases"]]
    if not begun:
        return None
    phases = [phase for wave in begun for phase in wave["phases"]]
    begin = min(t.cast(datetime.datetime, _words.moment(phase["start"])) for phase in phases)
    end = max(t.cast(datetime.datetime, _words.moment(phase["end"])) for phase in phases)
    minutes = max(1.0, _minutes(end, begin))
    scale = _TL_WIDTH / minutes
    rows, top = [], float(_AXIS + 6)
    for wave in begun:
        rows.append(
            {
                "y": top,
                "label": _cut(f"{wave['number']}  {wave['id']}", 24),
                "outcome": wave["outcome"],
                "detail": f"{_words.plural(len(wave['hosts']), 'host')}, {_words.between(wave['start'], wave['end'])}",
                "bars": [_bar(phase, begin, scale, top) for phase in wave["phases"]],
            }
        )
        top += len(_LANES) * _LANE + _ROW_GAP
    return {
        "width": _TL_LABEL + _TL_WIDTH + 24,
        "height": top + 2,
        "left": _TL_LABEL,
        "axis": _AXIS,
        "ticks": _ticks(begin, minutes, scale),
        "rows": rows,
        "row_height": len(_LANES) * _LANE,
        "begin": begin.strftime("%Y-%m-%d %H:%M"),
        "took": _words.duration(minutes),
    }
