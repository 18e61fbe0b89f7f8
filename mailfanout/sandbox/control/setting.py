"""How a setting is written down: a field of a dataclass, with its default and its rule."""

from __future__ import annotations

from dataclasses import Field, field
from typing import Any

from mailfanout.sandbox.json_objects import is_number

# Whatever is divided by a setting stays a number.
LEAST = 0.000_001


def switch(default: bool, rule: str) -> Any:
    """A setting that is true or false."""
    return field(
        default=default, metadata={"holds": lambda value: isinstance(value, bool), "rule": rule}
    )


def positive(default: float, rule: str, *, most: float) -> Any:
    """A setting that is a number above 0."""

    def holds(value: Any) -> bool:
        return is_number(value) and LEAST <= value <= most

    bounds = f"the least is {LEAST:f}, the most {most}"
    return field(default=default, metadata={"holds": holds, "rule": f"{rule}; {bounds}"})


def one_of(*choices: str) -> Any:
    """A setting that is one of these words, the first by default."""
    rule = f"one of: {', '.join(choices)}"
    return field(default=choices[0], metadata={"holds": choices.__contains__, "rule": rule})


def broken_rule(setting: Field[Any], value: Any) -> str | None:
    """The rule that the value breaks, or None if the setting may have it."""
    return None if setting.metadata["holds"](value) else str(setting.metadata["rule"])
