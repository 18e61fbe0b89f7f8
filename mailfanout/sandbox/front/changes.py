"""Changes of one service one at a time: moto looks whether a name is free, and takes it later."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from threading import RLock

from mailfanout.sandbox.access import Credentials
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import Answer

# By the service, or by the call. DynamoDB and SQS, which have many more, have locks of their own.
_LOCKS: Mapping[str, RLock] = {
    name: RLock() for name in "events iam lambda logs s3 ses sesv2 sns sqs:CreateQueue".split()
}
# How the names of operations begin that change something, and wait for nobody.
_CHANGES = re.compile(
    "Add|Attach|Create|Delete|Detach|PublishVersion|Put|Remove|Set|Subscribe|Tag|Untag|Update"
)


def one_at_a_time(
    do: Callable[[ApiCall, Credentials], Answer], call: ApiCall, credentials: Credentials
) -> Answer:
    """Do a call. While it changes something, no other call changes anything of that service."""
    lock = _LOCKS.get(call.name) or _LOCKS.get(call.service)
    if lock is None or not _CHANGES.match(call.operation):
        return do(call, credentials)
    with lock:
        return do(call, credentials)
