"""The moment that nobody can close: the reader dies around the call that hands mails to SES."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from mailfanout import campaign, faults, provision
from mailfanout.stack import Stack, UnknownPolicy
from mailfanout.target import Target
from mailfanout.workshop.experiments.books import experiment_mail, watch

Moment = Literal["before SES", "after SES"]

# The reader's calls for a chunk: claim, read, send, record.
_CALLS: dict[Moment, int] = {"before SES": 2, "after SES": 3}


def kill_reader(target: Target, stack: Stack, policy: UnknownPolicy, moment: Moment) -> str:
    """Upload a mail under a policy, and kill the reader once, at this moment of its first chunk.

    Returns the mail's subject, once the reader is dead; the chunk's lease runs on. While the sweep
    is held, nobody else works on the chunk, and so it is this mail's reader that dies. Raises
    InputError if the target is not the sandbox, MailfanoutError after a minute.
    """
    subject = f"{policy}, dies {moment}"
    planner = replace(stack, unknown_policy=policy)
    provision.create_function(target, planner, stack.send_queue_name, design="reliable")
    faults.kill_after_calls(target, stack.read_message_name, _CALLS[moment])
    campaign.upload(target, stack, experiment_mail(subject))
    watch(target, lambda: _is_dead(target, stack), f"{stack.read_message_name} does not die")
    return subject


def _is_dead(target: Target, stack: Stack) -> bool:
    """Whether the fault has struck, and the message, which came again, has found the lease."""
    depth = provision.read_depth(target, stack.queue_name) or ()
    return not faults.active(target) and not any(depth)
