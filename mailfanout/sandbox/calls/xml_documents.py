"""XML documents, read by AWS's model of them, as S3 has them."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from mailfanout.sandbox.calls.query_form import scalar
from mailfanout.sandbox.http import Refused

_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def structure(shape: Any, body: bytes) -> dict[str, Any]:
    """A document's members as boto3 takes them; what the model does not have is left out.

    Raises Refused for what is no XML, or has an element twice that the model has once.
    """
    if b"<!" in body:
        raise Refused("malformed")  # Neither entities nor comments are of any use in a request.
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise Refused("malformed") from error
    return _structure(shape, root)


def _structure(shape: Any, element: Element) -> dict[str, Any]:
    children = _children(element)
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        serialization = member.serialization
        if serialization.get("xmlAttribute"):
            if (text := element.get(_TYPE)) is not None:
                found[name] = text
            continue
        written = serialization.get("name", name)
        if member.type_name == "list" and serialization.get("flattened"):
            written = member.member.serialization.get("name", written)
            if written in children:
                found[name] = [_read(member.member, one) for one in children[written]]
            continue
        if written in children:
            if len(children[written]) > 1:
                raise Refused("malformed")
            found[name] = _read(member, children[written][0])
    return found


def _read(shape: Any, element: Element) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, element)
    if kind == "list":
        written = shape.member.serialization.get("name", "member")
        children = _children(element)
        return [_read(shape.member, one) for one in children.get(written, [])]
    if len(element):
        raise Refused("malformed")
    return scalar(shape, element.text or "")


def _children(element: Element) -> dict[str, list[Element]]:
    found: dict[str, list[Element]] = {}
    for child in element:
        found.setdefault(child.tag.rpartition("}")[2], []).append(child)
    return found
