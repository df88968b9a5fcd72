# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the local AWS remembers beside moto, and its deterministic ids."""

import random
import uuid
from collections.abc import Callable
from typing import Any

SEED = 20260310

_stores: dict[tuple[str, str, str], Any] = {}
_random = random.Random(SEED)
_on_reset: list[Callable[[], None]] = []


def store(account: str, region: str, name: str, factory: Callable[[], Any] = dict) -> Any:
    """One object per (account, region, name), made by factory() on first use. Global objects use region "global"."""
    key = (account, region, name)
    if key not in _stores:
        _stores[key] = factory()
    return _stores[key]


def stores(name: str) -> dict[tuple[str, str], Any]:
    """All existing stores of this name: {(account, region): object}."""
    return {key[:2]: value for key, value in _stores.items() if key[2] == name}


def on_reset(function: Callable[[], None]) -> Callable[[], None]:
    """Call function at every reset: for modules that keep state of their own."""
    _on_reset.append(function)
    return function


def reset() -> None:
    """Forget everything and restart the seeded ids."""
    _stores.clear()
    _random.seed(SEED)
    for function in _on_reset:
        function()


def new_id(prefix: str, length: int = 17) -> str:
    """prefix + `length` hex digits from a seeded random, for example new_id("ami-")."""
    return prefix + "".join(_random.choice("0123456789abcdef") for _ in range(length))


def new_uuid() -> str:
    """A version 4 UUID from the seeded random."""
    return str(uuid.UUID(int=_random.getrandbits(128), version=4))
