"""JSON as the sandbox writes it."""

from __future__ import annotations

import json

from mailfanout.sandbox.json_objects import written


def test_json_is_compact_and_in_utf_8() -> None:
    assert written({"a": ["山田", 1]}) == '{"a":["山田",1]}'.encode()


def test_what_json_can_hold_and_utf_8_cannot_is_written_all_the_same() -> None:
    assert json.loads(written({"subject": "\ud83d"})) == {"subject": "\ud83d"}


def test_what_is_no_json_is_asked_for() -> None:
    assert written([b"\x00"], default=bytes.hex) == b'["00"]'
