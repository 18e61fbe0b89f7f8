"""What a template refers to: from names and ARNs in a text to Ref, GetAtt and Sub.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PARAMETER_OR_RESOURCE = re.compile(r"\$\{([\w:]+)\}")
_ATTRIBUTE = re.compile(r"\$\{(\w+\.\w+)\}")


@dataclass(frozen=True)
class Reference:
    """An intrinsic function in its short form, such as `!Ref Queue`."""

    function: str
    argument: Any


NO_VALUE = Reference("Ref", "AWS::NoValue")


def given(parameter: str) -> str:
    """The condition that says that an optional parameter was given."""
    return f"Has{parameter}"


def refer(value: Any, known: Mapping[str, str], optional: tuple[str, ...] = ()) -> Any:
    """The value, in which names and ARNs that are `known` are references to what has them.

    `known` says for each what is to stand for it: `Queue` or `Queue.Arn`. A value that is one of
    the `optional` parameters is left out if that was not given.
    """
    if isinstance(value, dict):
        return {key: refer(one, known, optional) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [refer(one, known, optional) for one in value]
    if not isinstance(value, str):
        return value
    reference = _reference(value, known)
    if isinstance(reference, Reference) and reference.argument in optional:
        return Reference("If", [given(reference.argument), reference, NO_VALUE])
    return reference


def _reference(text: str, known: Mapping[str, str]) -> str | Reference:
    if text in known:
        text = f"${{{known[text]}}}"
    # The longest first, because a queue's ARN begins that of its dead-letter queue.
    for arn in sorted(filter(_is_whole, known), key=len, reverse=True):
        text = text.replace(arn, f"${{{known[arn]}}}")
    if found := _PARAMETER_OR_RESOURCE.fullmatch(text):
        return Reference("Ref", found[1])
    if found := _ATTRIBUTE.fullmatch(text):
        return Reference("GetAtt", found[1])
    return Reference("Sub", text) if "${" in text else text


def _is_whole(text: str) -> bool:
    """Whether it can be nothing else wherever it stands: an ARN, or the path of a queue's URL."""
    return text.startswith(("arn:", "/$"))
