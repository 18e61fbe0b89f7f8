"""Keys: new with each start, forgotten when they expire, looked up if others gave them out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mailfanout.sandbox.access.keys import Caller, Credentials, Keys
from mailfanout.sandbox.access.signatures import authenticate
from support.calls.signed_calls import ACCOUNT_ID, KEYS, ROLE, SESSION, call


def test_keys_are_new_with_each_start_and_hidden_from_logs() -> None:
    other = Keys(ACCOUNT_ID).owner

    assert other.access_key_id != KEYS.owner.access_key_id
    assert other.secret_access_key not in repr(other)
    assert str(SESSION.session_token) not in repr(SESSION)


def test_expired_sessions_are_forgotten_when_another_is_issued() -> None:
    now = [datetime.now(UTC)]
    keys = Keys(ACCOUNT_ID, clock=lambda: now[0])
    old = keys.issue(ROLE, "sendQueue", lifetime_seconds=60)
    now[0] += timedelta(seconds=30)
    young = keys.issue(ROLE, "sendQueue", lifetime_seconds=60)
    now[0] += timedelta(seconds=31)

    newest = keys.issue(ROLE, "sendQueue", lifetime_seconds=60)

    assert keys.find(old.access_key_id) is None
    assert keys.find(young.access_key_id) == young
    assert keys.find(newest.access_key_id) == newest


def test_keys_that_others_gave_out_are_looked_up() -> None:
    user = Credentials("AKIAUSER", "secret", Caller(ACCOUNT_ID, "user", "arn:aws:iam::1:user/a"))
    keys = Keys(ACCOUNT_ID, look_up={"AKIAUSER": user}.get)

    assert authenticate(call(user, "sts", "get_caller_identity"), keys, datetime.now(UTC)) == user
