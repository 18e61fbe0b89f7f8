"""What policies of queues, topics, buckets and roles may not name: nobody, and others' actions.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.iam.models import iam_backends

from mailfanout.sandbox.json_objects import Json, as_list
from mailfanout.sandbox.rules.iam_entities import kept_entities
from mailfanout.sandbox.service_principals import is_service

# An account, a user, a role or one of its sessions; or CloudFront, for a bucket.
_WHO = re.compile(
    r"\*|\d{12}|arn:aws:iam::\d{12}:(root|(user|role)/.+)|"
    r"arn:aws:sts::\d{12}:(assumed-role/.+/.+|federated-user/.+)|"
    r"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity .+",
    re.ASCII,
)


def all_known(policy: Json, account_id: str) -> bool:
    """Whether everybody is known whom a policy names."""
    return not any(any(unknown_principals(one, account_id)) for one in _statements(policy))


def is_about(policy: Json, service: str) -> bool:
    """Whether a policy names no action but those of a service."""
    named = [one.get("Action", one.get("NotAction", [])) for one in _statements(policy)]
    actions = [str(one).lower() for some in named for one in as_list(some)]
    return all(one == "*" or one.startswith(f"{service}:") for one in actions)


def unknown_principals(statement: Json, account_id: str) -> Iterator[tuple[str, str]]:
    """The services and identities that a statement names and nobody knows: the kind, and who.

    Who is of another account is there for all that is known here.
    """
    named: Any = statement.get("Principal", statement.get("NotPrincipal"))
    for kind in ("AWS", "Service") if isinstance(named, dict) else ():
        for who in map(str, as_list(named.get(kind, []))):
            if not (is_service(who) if kind == "Service" else _is_known(who, account_id)):
                yield kind, who


def _is_known(who: str, account_id: str) -> bool:
    if not _WHO.fullmatch(who):
        return False
    if not (found := re.fullmatch(rf"arn:aws:iam::{account_id}:(user|role)/.+", who)):
        return True
    kept = kept_entities(iam_backends[account_id]["aws"], found[1].capitalize())
    return any(one.arn == who for one in kept.values())


def _statements(policy: Json) -> list[Json]:
    return [one for one in as_list(policy.get("Statement", [])) if isinstance(one, dict)]
