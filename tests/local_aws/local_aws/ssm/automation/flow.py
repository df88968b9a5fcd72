# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which step follows which. Pure."""

from typing import Any


def truth(value: Any) -> bool | None:
    """A boolean of a step, which may be written as a text (AWS's published runbooks do); None: neither."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def ends(step: dict) -> bool:
    """isEnd of a step."""
    return truth(step.get("isEnd", False)) is True


def edges(steps: list[dict], number: int, *, cancel: bool) -> list[str]:
    """Names of the steps that can come after step `number` (0 = first); cancel: those of onCancel too."""
    step = steps[number]
    found = []
    if step["action"] == "aws:branch":
        found += [choice["NextStep"] for choice in step["inputs"]["Choices"]]
    found.append(following(steps, number))
    on_failure = step.get("onFailure", "Abort")
    if str(on_failure).startswith("step:"):
        found.append(on_failure[5:])
    if cancel and str(step.get("onCancel", "")).startswith("step:"):
        found.append(step["onCancel"][5:])
    return [name for name in dict.fromkeys(found) if name is not None]


def following(steps: list[dict], number: int) -> str | None:
    """The step after a success (of a branch: when no choice holds), or None at the end."""
    step = steps[number]
    if step["action"] == "aws:branch" and step["inputs"].get("Default") is not None:
        return step["inputs"]["Default"]
    if ends(step):
        return None
    if "nextStep" in step:
        return step["nextStep"]
    return steps[number + 1]["name"] if number + 1 < len(steps) else None
