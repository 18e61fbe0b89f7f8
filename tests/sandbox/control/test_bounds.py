"""Every number that may be set has bounds: nothing that is set can end a thread of the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.errors import InputError
from mailfanout.sandbox.control import Fault
from mailfanout.sandbox.front.settings import Settings, change_settings, read_settings
from mailfanout.sandbox.ses import SendSettings

OUTSIDE = [1e300, 10**400, float("inf"), float("nan"), 2e9, 1e-320, -0.0]
NUMBERS = [
    name
    for name, value in read_settings(Settings(), SendSettings()).items()
    if type(value) is float
]


@pytest.mark.parametrize("value", OUTSIDE, ids=lambda value: str(value)[:9])
@pytest.mark.parametrize("name", NUMBERS)
def test_a_setting_beyond_its_bounds_is_refused(name: str, value: Any) -> None:
    settings, ses = Settings(), SendSettings()

    with pytest.raises(InputError, match=name):
        change_settings({name: value}, settings, ses)

    assert read_settings(settings, ses) == read_settings(Settings(), SendSettings())


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "slow", "delay_ms": 10**30},
        {"kind": "fail", "times": 10**30},
        {"kind": "kill-after-calls", "after_calls": 10**30},
    ],
    ids=lambda fault: fault["kind"],
)
def test_a_fault_beyond_its_bounds_is_refused(fault: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="is at most"):
        Fault(**fault)
