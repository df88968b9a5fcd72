# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Answers of EC2 as XML, ten times faster than through a dictionary and xmltodict: lists of 10,000 instances are usual.

The shape is turned into nested functions once. Rules: EC2 query protocol of Smithy (element names are the locationName
of the member; lists are not flattened; their elements are `item`).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

Writer = Callable[[Any, list], None]

_writers: dict[str, Writer] = {}


def serialize(operation: Any, answer: dict, request_id: str) -> bytes:
    """The body of a successful EC2 answer."""
    namespace = operation.service_model.metadata.get("xmlNamespace", "http://ec2.amazonaws.com/doc/2016-11-15/")
    name = f"{operation.name}Response"
    out = [f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{namespace}"><requestId>{request_id}</requestId>']
    if operation.output_shape is not None:
        if operation.name not in _writers:
            _writers[operation.name] = _compile(operation.output_shape, {})
        _writers[operation.name](answer, out)
    out.append(f"</{name}>")
    return "".join(out).encode()


def _compile(shape: Any, known: dict[str, Writer]) -> Writer:
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, known)
    if kind == "list":
        inner = _compile(shape.member, known)
        tag = shape.member.serialization.get("name", "item")
        start, end = f"<{tag}>", f"</{tag}>"

        def write_list(value: Any, out: list) -> None:
            for item in value:
                out.append(start)
                inner(item, out)
                out.append(end)

        return write_list
    return SCALARS.get(kind, _text)


def _structure(shape: Any, known: dict[str, Writer]) -> Writer:
    if shape.name in known:
        return lambda value, out: known[shape.name](value, out)  # recursive shapes
    members: dict[str, tuple[str, str, Writer]] = {}

    def write(value: Any, out: list) -> None:
        for key, item in value.items():
            if item is None or key not in members:
                continue
            start, end, writer = members[key]
            out.append(start)
            writer(item, out)
            out.append(end)

    known[shape.name] = write
    for key, member in shape.members.items():
        tag = member.serialization.get("name", key)
        members[key] = (f"<{tag}>", f"</{tag}>", _compile(member, known))
    return write


def _text(value: Any, out: list) -> None:
    out.append(escape(str(value)))


def _boolean(value: Any, out: list) -> None:
    out.append("true" if value else "false")


def _timestamp(value: Any, out: list) -> None:
    out.append(value.strftime("%Y-%m-%dT%H:%M:%S.000Z") if isinstance(value, datetime) else str(value))


SCALARS: dict[str, Writer] = {"boolean": _boolean, "timestamp": _timestamp}
