"""Changes of one service one at a time: moto looks whether a name is free, and takes it later."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from threading import RLock

from mailfanout.sandbox.access import Credentials, calling
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import Answer
from mailfanout.sandbox.rules import check_rules

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
    """Do a call, if AWS takes it as things stand. Raises Refused or ApiError.

    While it changes something, and looks whether it may, no other call changes anything of that
    service.
    """
    lock = _LOCKS.get(call.name) or _LOCKS.get(call.service)
    is_alone = lock is not None and _CHANGES.match(call.operation)
    with lock if lock and is_alone else nullcontext():
        with calling(credentials.caller):
            check_rules(call, credentials.caller.account_id)
        return do(call, credentials)
