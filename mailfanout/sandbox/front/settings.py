"""What a client may change while the sandbox runs: its own settings, and those of SES."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from mailfanout.errors import InputError
from mailfanout.sandbox.control import broken_rule, one_of, positive
from mailfanout.sandbox.ses import SendSettings
from mailfanout.sandbox.states import PACES, Pace


@dataclass
class Settings:
    """`time_scale`: AWS's minutes of waiting take this part of their time (1 is AWS's own).

    `pace`: how long states take, such as CREATING; a tenth of a second, or as long as on AWS.
    """

    time_scale: float = positive(
        1 / 60, "a number above 0; with 1, waits take as long as on AWS", most=1000
    )
    pace: Pace = one_of(*PACES)


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
    settings = {setting.name: setting for setting in (*fields(Settings), *fields(SendSettings))}
    if name not in settings:
        raise InputError(f"There is no setting {name}. Choose one of: {', '.join(settings)}.")
    if rule := broken_rule(settings[name], value):
        raise InputError(f"{value!r} is no value for the setting {name}. It is {rule}.")
