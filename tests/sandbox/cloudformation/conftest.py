"""The sandbox's CloudFormation."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.target import Target


@pytest.fixture
def cloudformation(mailfanout_target: Target) -> Any:
    return mailfanout_target.client("cloudformation")
