"""The front door: every call is checked, counted and, if a fault says so, spoiled here."""

from __future__ import annotations

from mailfanout.sandbox.front.call_counts import CallCounts
from mailfanout.sandbox.front.changes import one_at_a_time
from mailfanout.sandbox.front.faulty_calls import FaultyCalls
from mailfanout.sandbox.front.gateway import Gateway
from mailfanout.sandbox.front.moto_calls import (
    BODY,
    CALL,
    before_first_call,
    do_by_moto,
    is_read_already,
    read_no_body,
)
from mailfanout.sandbox.front.own_api import OwnApi
from mailfanout.sandbox.front.settings import Settings

__all__ = [
    "BODY",
    "CALL",
    "CallCounts",
    "FaultyCalls",
    "Gateway",
    "OwnApi",
    "Settings",
    "before_first_call",
    "do_by_moto",
    "is_read_already",
    "one_at_a_time",
    "read_no_body",
]
