"""Faults on demand, in the sandbox alone: what is to go wrong next, how often, and for whom.

    faults.throttle_ses(target, times=10)

Each function switches a fault on and returns it. It strikes the next `times` times that it can;
then it is used up. An operation is written `sqs:SendMessage`, by boto3's name of the service; who
calls it (`by`) is a function's name, or `learner`. `*` in any name stands for anything. All raise
InputError where the target is not the sandbox, or a value makes no sense.
"""

from __future__ import annotations

from typing import Any

from mailfanout.errors import InputError
from mailfanout.sandbox.control import Fault, Kind, Sandbox
from mailfanout.target import Target


def active(target: Target) -> tuple[Fault, ...]:
    """The faults that are still to come, oldest first; `times` says how often."""
    return _sandbox(target).faults()


def clear(target: Target) -> None:
    """Switch every fault off."""
    _sandbox(target).clear_faults()


def throttle_ses(target: Target, *, to: str = "*", times: int = 1) -> Fault:
    """SES throttles a mail to this address.

    SendEmail raises TooManyRequestsException, an entry of SendBulkEmail gets the status
    ACCOUNT_THROTTLED.
    """
    return _add(target, "ses-throttle", target=to, times=times)


def reject_mail(target: Target, *, to: str = "*", times: int = 1) -> Fault:
    """SES rejects a mail to this address.

    SendEmail raises MessageRejected, an entry of SendBulkEmail gets the status
    MESSAGE_REJECTED.
    """
    return _add(target, "ses-reject", target=to, times=times)


def suspend_ses(target: Target, *, to: str = "*", times: int = 1) -> Fault:
    """SES refuses a mail, as it does for a suspended account.

    SendEmail raises AccountSuspendedException, an entry of SendBulkEmail gets the status
    ACCOUNT_SUSPENDED.
    """
    return _add(target, "ses-suspend", target=to, times=times)


def throttle_call(target: Target, operation: str, *, by: str = "*", times: int = 1) -> Fault:
    """A call of an operation is throttled, its work not done.

    The error has the code that the service uses for it, such as
    ProvisionedThroughputExceededException or SlowDown.
    """
    return _add(target, "throttle", target=operation, by=by, times=times)


def fail_call(target: Target, operation: str, *, by: str = "*", times: int = 1) -> Fault:
    """A call of an operation fails, its work not done.

    The error is the service's internal one, with HTTP status 500.
    """
    return _add(target, "fail", target=operation, by=by, times=times)


def slow_call(
    target: Target, operation: str, *, delay_ms: int, by: str = "*", times: int = 1
) -> Fault:
    """A call of an operation takes longer."""
    return _add(target, "slow", target=operation, delay_ms=delay_ms, by=by, times=times)


def lose_reply(target: Target, operation: str, *, by: str = "*", times: int = 1) -> Fault:
    """A call does its work, and its reply is lost.

    The connection ends without an answer: an SDK sees an error, and by default calls again.
    """
    return _add(target, "lose-reply", target=operation, by=by, times=times)


def repeat_s3_event(target: Target, *, bucket: str = "*", times: int = 1) -> Fault:
    """An event of S3 is delivered twice.

    The second time is when all that the first has set off is done.
    """
    return _add(target, "s3-event-twice", target=bucket, times=times)


def repeat_message(target: Target, *, queue: str = "*", times: int = 1) -> Fault:
    """A message comes back although it was deleted.

    It is visible again at once. FIFO queues have no such fault.
    """
    return _add(target, "message-twice", target=queue, times=times)


def fail_entry(target: Target, *, queue: str = "*", times: int = 1) -> Fault:
    """An entry of SendMessageBatch is not sent.

    Only `Failed` in the answer tells: its HTTP status is 200.
    """
    return _add(target, "entry-fails", target=queue, times=times)


def kill_at_start(target: Target, function_name: str, *, times: int = 1) -> Fault:
    """A run of a function is killed before it starts.

    Its code does not get the event.
    """
    return _add(target, "kill-at-start", target=function_name, times=times)


def kill_after_calls(target: Target, function_name: str, calls: int, *, times: int = 1) -> Fault:
    """A run of a function is killed after so many API calls.

    The last one's work is done; the function does not see its answer.
    """
    return _add(target, "kill-after-calls", target=function_name, after_calls=calls, times=times)


def kill_at_end(target: Target, function_name: str, *, times: int = 1) -> Fault:
    """A run of a function is killed at its very end.

    All its work is done; its result is not recorded, so Lambda takes the run for failed.
    """
    return _add(target, "kill-at-end", target=function_name, times=times)


def _add(place: Target, kind: Kind, **fields: Any) -> Fault:
    fault = Fault(kind=kind, **fields)
    _sandbox(place).add_fault(fault)
    return fault


def _sandbox(target: Target) -> Sandbox:
    if target.sandbox is None:
        raise InputError(
            f"Faults are for the sandbox; the target {target.kind} has none on demand."
        )
    return target.sandbox
