"""A state file that no sandbox wrote counts for nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mailfanout.sandbox import control

STATE: dict[str, Any] = {
    "endpoint_url": "http://127.0.0.1:9",
    "access_key_id": "AKIA",
    "secret_access_key": "secret",
    "region": "us-east-1",
    "account_id": "123456789012",
    "pid": 1,
    "process_started_at": 0.5,
}


@pytest.mark.parametrize(
    "change",
    [
        {"pid": "x"},
        {"pid": -1},
        {"pid": 0},
        {"pid": 1.5},
        {"pid": 2**70},
        {"process_started_at": "now"},
        {"endpoint_url": None},
    ],
    ids=str,
)
def test_no_sandbox_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    monkeypatch.setenv("MAILFANOUT_HOME", str(tmp_path))
    (tmp_path / "sandbox.json").write_text(json.dumps(STATE | change), encoding="utf-8")

    assert control.find() is None
