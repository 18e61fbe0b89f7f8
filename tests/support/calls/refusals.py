"""The error with which AWS answers a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refusal(call: Callable[..., Any], *given: Any, **parameters: Any) -> tuple[str, str]:
    """The code and the message of the error that AWS answers this call with."""
    with pytest.raises(ClientError) as caught:
        call(*given, **parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
