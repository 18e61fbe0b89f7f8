"""What a client may change while the sandbox runs: its own settings, and those of SES."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from mailfanout.errors import InputError
from mailfanout.sandbox.ses import SendSettings


@dataclass
class Settings:
    """`time_scale`: AWS's minutes of waiting take this part of their time (1 is AWS's own)."""

    time_scale: float = 1 / 60


def read_settings(settings: Settings, ses: SendSettings) -> dict[str, Any]:
    """Every setting by its name."""
    return {**vars(settings), **vars(ses)}


def change_settings(changes: Any, settings: Settings, ses: SendSettings) -> None:
    """Change the settings that are named, all or none. Raises InputError."""
    if not isinstance(changes, dict):
        raise InputError('Settings are an object, such as {"time_scale": 0.01}.')
    for name, value in changes.items():
        _check(name, value)
    for name, value in changes.items():
        setattr(settings if name in vars(settings) else ses, name, value)


def _check(name: str, value: Any) -> None:
    if name not in _RULES:
        raise InputError(f"There is no setting {name}. Choose one of: {', '.join(_RULES)}.")
    holds, rule = _RULES[name]
    if not holds(value):
        raise InputError(f"The setting {name} is {rule}, not {value!r}.")


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def _is_positive(value: Any, *, most: float) -> bool:
    return isinstance(value, int | float) and not _is_switch(value) and 0 < value <= most


MOST_SCALE, MOST_RECIPIENTS = 1000, 10**9

_is_rate = partial(_is_positive, most=MOST_RECIPIENTS)
_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "time_scale": (
        partial(_is_positive, most=MOST_SCALE),
        f"a number above 0; with 1, waits take as long as on AWS; the most is {MOST_SCALE}",
    ),
    "production": (_is_switch, "true, or false for an account in the SES sandbox"),
    "enforce_quota": (_is_switch, "true, or false"),
    "max_send_rate": (
        _is_rate,
        f"a number of recipients a second, above 0 and at most {MOST_RECIPIENTS}",
    ),
    "max_24_hour_send": (
        _is_rate,
        f"a number of recipients in 24 hours, above 0 and at most {MOST_RECIPIENTS}",
    ),
}
