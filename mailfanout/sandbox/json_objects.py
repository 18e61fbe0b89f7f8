"""JSON in Python: what services are told, and what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import orjson

# An object, by the names of its members, which are AWS's.
Json = dict[str, Any]


def is_number(value: Any) -> bool:
    """Whether a value of JSON is a number: true, which Python counts among them, is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_list(value: Any) -> list[Any]:
    """What may be written as a list, or as one value in place of a list of one."""
    return value if isinstance(value, list) else [value]


def compact(value: Any) -> str:
    """JSON as AWS writes it for others to read: without a space between its parts."""
    return written(value).decode()


def written(value: Any, default: Callable[[Any], Any] | None = None) -> bytes:
    """JSON in UTF-8, as compact as AWS writes it: for what is written for each mail or item."""
    try:
        return orjson.dumps(value, default=default, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError:  # half of a pair of surrogates, which JSON can hold and UTF-8 cannot
        return json.dumps(value, default=default).encode()
