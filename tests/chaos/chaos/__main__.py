# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One seed: python -m chaos NUMBER FOLDER. Exit status 0 when no judge finds anything; the folder says what happened."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil
import sys
import time
import traceback

# What a controller leaves for temporary files is found in its folder.
os.environ["TMPDIR"] = str(pathlib.Path(sys.argv[2]).resolve() / "controller" / "tmp")

from chaos import judges
from chaos import seeds
from chaos import stage


def main(number: int, folder: pathlib.Path) -> int:
    """Play and judge one seed. The folder keeps result.json, and all that there is when something was found."""
    seed = seeds.make(number)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _keep(folder / "seed.json", dataclasses.asdict(seed))
    begun, starts = time.monotonic(), ""
    try:
        evidence = stage.play(seed, folder)
        starts = ", ".join(f"{one.playbook}: {one.killed or one.status}" for one in evidence.endings)
        found = judges.findings(evidence)
        _keep(folder / "evidence.json", dataclasses.asdict(evidence))
    except Exception as broken:
        traceback.print_exc()
        found = [f"the seed could not be played: {type(broken).__name__}: {broken}"]
    seconds = round(time.monotonic() - begun, 1)
    result = {"seed": number, "line": seed.line(), "starts": starts, "findings": found, "seconds": seconds}
    if not found:
        shutil.rmtree(folder)
        folder.mkdir()
    _keep(folder / "result.json", result)
    print("\n".join([f"seed {number}: {seed.line()}", f"starts: {starts}", f"{seconds} s", *found]))
    return 1 if found else 0


def _keep(path: pathlib.Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, default=str, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()))
