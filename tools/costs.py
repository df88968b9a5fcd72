# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CPU seconds of steps and tests, read from the steps' logs, as the table at the end of `make test`. Pure: text in, text out."""

import re

DEAREST = 10


def of_step(text):
    """CPU seconds of a step with all its processes, as it printed them at its end; None when it did not get that far."""
    found = re.findall(r"^cpu ([\d.]+) s in all$", text, re.MULTILINE)
    return float(found[-1]) if found else None


def of_tests(step, text):
    """{name: CPU seconds} of a step's tests, scenarios or targets; the playbooks of one scenario or target are added up."""
    spent = {}
    for seconds, name in re.findall(r"^cpu ([\d.]+) s ((?!in all$)\S.*)$", text, re.MULTILINE):
        if step == "molecule":
            name = name.partition("/")[0]
        elif step == "integration":
            # ansible-test writes a playbook TARGET-xxxxxxxx.yml
            name = re.sub(r"-\w{8}$", "", name.rpartition("/")[2])
        spent[name] = spent.get(name, 0.0) + float(seconds)
    return spent


def table(logs, budgets):
    """The table of steps, dearest first, and of the dearest tests. logs: {step: text}, budgets: {step: CPU seconds}."""
    spent = {step: of_step(text) for step, text in logs.items()}
    lines = [f"{'step':<12} {'CPU s':>7} {'budget':>7}"]
    lines += [_row(step, spent[step], budgets[step]) for step in sorted(spent, key=lambda step: -(spent[step] or 0))]
    lines.append(_row("total", sum(filter(None, spent.values())), sum(budgets[step] for step in spent)))
    tests = [(used, step, name) for step, text in logs.items() for name, used in of_tests(step, text).items()]
    lines += ["", "dearest tests", *(f"{used:20.1f}  {step}: {name}" for used, step, name in _first(tests))]
    return "\n".join(lines)


def _first(tests):
    return sorted(tests, key=lambda one: (-one[0], one[1:]))[:DEAREST]


def _row(name, used, budget):
    if used is None:
        return f"{name:<12} {'?':>7} {budget:7.0f}  not measured: the step was ended"
    note = f"  {used - budget:.0f} over its budget" if used > budget else ""
    return f"{name:<12} {used:7.0f} {budget:7.0f}{note}"
