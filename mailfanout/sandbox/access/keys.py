"""The keys that this sandbox gave out, and whose they are."""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

OWNER_NAME = "learner"
# The session in which CloudFormation acts in a stack's own role.
STACKS_SESSION = "AWSCloudFormation"


class SessionTag(NamedTuple):
    """A tag of a session; a transitive one is passed on to the sessions that it asks for."""

    key: str
    value: str
    is_transitive: bool


@dataclass(frozen=True)
class Caller:
    """A principal, by its ARN as AWS writes it; `role_arn` is the role of a role's session.

    `function_name` is that of a Lambda function whose execution environment calls, `session_tags`
    are the tags that a session was given beside its role's. `token_issued_at` is when temporary
    credentials began.
    """

    account_id: str
    kind: Literal["user", "role"]
    arn: str
    role_arn: str | None = None
    function_name: str | None = None
    session_tags: tuple[SessionTag, ...] = ()
    token_issued_at: datetime | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """Who is behind it: a function, by its name, or else the learner."""
        return self.function_name or OWNER_NAME

    @classmethod
    def user(cls, account_id: str, name: str) -> Caller:
        """An IAM user without a path."""
        return cls(account_id, "user", f"arn:aws:iam::{account_id}:user/{name}")

    @classmethod
    def session(cls, role_arn: str, session_name: str) -> Caller:
        """A new session of a role, in which a Lambda function runs, and whose name it has."""
        account_id = role_arn.split(":")[4]
        role_name = role_arn.rpartition("/")[2]
        arn = f"arn:aws:sts::{account_id}:assumed-role/{role_name}/{session_name}"
        now = datetime.now(UTC)
        return cls(account_id, "role", arn, role_arn, session_name, token_issued_at=now)


@dataclass(frozen=True)
class Credentials:
    """A key pair and its owner; token and end are those of temporary credentials."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    caller: Caller
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None

    def expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class Keys:
    """The credentials that are valid in this sandbox.

    `owner` are those of whoever starts it, who is an IAM user: new ones, unless the `key_pair` is
    known. `look_up` finds what IAM and STS gave out. May be used by several threads.
    """

    def __init__(
        self,
        account_id: str,
        *,
        key_pair: tuple[str, str] | None = None,
        look_up: Callable[[str], Credentials | None] = lambda access_key_id: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        access_key_id, secret = key_pair or (_access_key_id("AKIA"), secrets.token_urlsafe(30))
        self.owner = Credentials(access_key_id, secret, Caller.user(account_id, OWNER_NAME))
        self._look_up = look_up
        self._clock = clock
        self._sessions: dict[str, Credentials] = {}
        self._lock = threading.Lock()

    def issue(self, role_arn: str, session_name: str, *, lifetime_seconds: float) -> Credentials:
        """New temporary credentials of a role. Forgets those that have expired."""
        now = self._clock()
        credentials = Credentials(
            _access_key_id("ASIA"),
            secrets.token_urlsafe(30),
            Caller.session(role_arn, session_name),
            secrets.token_urlsafe(96),
            now + timedelta(seconds=lifetime_seconds),
        )
        with self._lock:
            self._sessions = {
                key: session for key, session in self._sessions.items() if not session.expired(now)
            }
            self._sessions[credentials.access_key_id] = credentials
        return credentials

    def find(self, access_key_id: str) -> Credentials | None:
        """The credentials of an access key id, expired or not, or None."""
        if access_key_id == self.owner.access_key_id:
            return self.owner
        return self._sessions.get(access_key_id) or self._look_up(access_key_id)


def _access_key_id(prefix: str) -> str:
    alphabet = string.ascii_uppercase + "234567"
    return prefix + "".join(secrets.choice(alphabet) for _ in range(16))
