# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""References `{{ name }}` in automation documents, AWS's subset of JSONPath, and the types of values.

Pure. Source: user guide pages "Working with inputs and outputs", "Automation system variables".
"""

import json
import re
from collections.abc import Callable
from collections.abc import Iterator
from datetime import date
from datetime import datetime
from functools import lru_cache
from typing import Any

from jsonpath_ng import Child
from jsonpath_ng import Descendants
from jsonpath_ng import Fields
from jsonpath_ng import Index
from jsonpath_ng import JSONPath
from jsonpath_ng import Root
from jsonpath_ng import This
from jsonpath_ng.ext.filter import Expression
from jsonpath_ng.ext.filter import Filter

from local_aws.framework.switches import assume

REFERENCE = re.compile(r"\{\{\s*([A-Za-z0-9_.:/\-]+)\s*\}\}")
NO_OUTPUT = "No output available yet because the step is not successfully executed"
OUTPUT_TYPES = ("String", "StringList", "Boolean", "Integer", "StringMap", "MapList")
KEY = r"[A-Za-z0-9_@:/\-]+"
SEGMENT = re.compile(
    rf"(?P<deep>\.\.)(?P<any>{KEY})|\.(?P<name>{KEY})|\.'(?P<dotted>[^']+)'|\['(?P<quoted>[^']+)'\]"
    rf"|\.?\[(?P<index>[0-9]+)\]|\[\?\(@\.(?P<key>{KEY})\s*==\s*'(?P<value>[^']*)'\)\]"
)

assume(
    "automation.selectors",
    "selectors without $, with quoted keys and with [?(@.key == 'value')] are accepted; a filter with one hit gives it",
    "AWS's published runbooks; the guide names $, child, deep scan and index only",
)


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = _Missing()


def references(value: Any) -> Iterator[str]:
    """Names of all references in a nested value."""
    if isinstance(value, str):
        yield from REFERENCE.findall(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def resolve(value: Any, lookup: Callable[[str], Any]) -> Any:
    """Replace references. lookup(name) gives a value or MISSING (then the reference stays as it is).

    A string that is one reference becomes the value with its type; a list value inside a list is flattened; inside a
    longer string a value becomes text. What a reference yields is not searched for references again.
    """
    if isinstance(value, str):
        return _resolve_string(value, lookup)
    if isinstance(value, dict):
        return {key: resolve(item, lookup) for key, item in value.items()}
    if isinstance(value, list):
        flat: list[Any] = []
        for item in value:
            found = resolve(item, lookup)
            if isinstance(item, str) and isinstance(found, list):
                flat.extend(found)
            else:
                flat.append(found)
        return flat
    return value


def _resolve_string(value: str, lookup: Callable[[str], Any]) -> Any:
    whole = REFERENCE.fullmatch(value.strip())
    if whole:
        found = lookup(whole.group(1))
        return value if found is MISSING else found

    def replace(match: re.Match) -> str:
        found = lookup(match.group(1))
        return match.group(0) if found is MISSING else text(found)

    return REFERENCE.sub(replace, value)


def text(value: Any) -> str:
    """A value as text: booleans `true`/`false`, lists and maps as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=text)
    return "" if value is None else str(value)


def wire(value: Any) -> list[str]:
    """A value as the list of strings that AutomationParameterMap holds."""
    if isinstance(value, list):
        return [text(item) for item in value]
    return [text(value)]


def plain(value: Any) -> Any:
    """An API answer as JSON types: times become ISO 8601 text, bytes and bodies become text."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "read"):
        return value.read().decode("utf-8", "replace")
    return value


@lru_cache(maxsize=4096)
def parse_selector(selector: str) -> tuple[JSONPath, bool]:
    """(path, is it a deep scan). Raises ValueError outside of the JSONPath that AWS documents or publishes.

    Documented: `$`, `.child`, `..deep`, `[n]`. Only in published documents: no `$`, `.'a.b'`, `['a']`, `.[n]`, and
    `[?(@.key == 'value')]`.
    """
    if not selector:
        raise ValueError("the selector is empty")
    path: JSONPath = Root()
    whole = selector if selector.startswith("$") else f"$.{selector}"
    position, deep = 1, False
    while position < len(whole):
        match = SEGMENT.match(whole, position)
        if not match:
            raise ValueError(f"the selector {selector!r} is not supported from {whole[position:]!r} on")
        path, deep = _extended(path, match.groupdict()), deep or bool(match["deep"])
        position = match.end()
    return path, deep


def _extended(path: JSONPath, found: dict[str, str | None]) -> JSONPath:
    if found["any"] is not None:
        return Descendants(path, Fields(found["any"]))
    if found["index"] is not None:
        return Child(path, Index(int(found["index"])))
    if found["key"] is not None:
        return Child(path, Filter([Expression(Child(This(), Fields(found["key"])), "==", found["value"])]))
    return Child(path, Fields(found["name"] or found["dotted"] or found["quoted"]))


def select(selector: str, document: Any) -> Any:
    """What a selector finds: a list for a deep scan or for a filter with several hits, else the value or MISSING."""
    path, deep = parse_selector(selector)
    found = [match.value for match in path.find(document)]
    if deep or len(found) > 1:
        return found
    return found[0] if found else MISSING


def fits(value: Any, kind: str) -> bool:
    """Whether a value has a static output type. No conversion takes place."""
    if kind == "String":
        return isinstance(value, str)
    if kind == "Boolean":
        return isinstance(value, bool)
    if kind == "Integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "StringMap":
        return isinstance(value, dict)
    if kind == "StringList":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind == "MapList":
        return isinstance(value, list) and all(isinstance(item, dict) for item in value)
    return False
