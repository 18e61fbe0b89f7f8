"""Calls that go past Flask are answered by what Flask would have called."""

from __future__ import annotations

from importlib import import_module

import pytest

from mailfanout.sandbox.front.direct_calls import HANDLERS


@pytest.mark.parametrize(("operation", "handler"), HANDLERS.items(), ids=lambda it: str(it))
def test_handler_is_the_one_that_moto_routes_the_call_to(operation, handler) -> None:
    service, _ = operation

    assert handler in import_module(f"moto.{service}.urls").url_paths.values()
