"""The one list of faults: everything about each but the place where it strikes.

The functions of `mailfanout.faults`, the commands `mailfanout sandbox fault …`, the checks and the
sentences follow from it. A fault strikes where `Faults.take` is called with its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ANY = "*"
COUNTS = ("times", "after_calls", "delay_ms")


@dataclass(frozen=True)
class FaultParameter:
    """What may be said about a fault: a field of Fault, under the name that its users know.

    A parameter without a default must be given, for example as its sample.
    """

    name: str
    field: Literal["on", "by", "times", "after_calls", "delay_ms"]
    metavar: str
    help: str
    default: str | int | None = None
    sample: str = ""

    @property
    def is_count(self) -> bool:
        """Whether it is a whole number from 1; else it is a text."""
        return self.field in COUNTS


TO = FaultParameter("to", "on", "ADDRESS", "Only mails to this address.", ANY)
OPERATION = FaultParameter(
    "operation", "on", "SERVICE:OPERATION", "Such as sqs:SendMessage.", sample="sqs:SendMessage"
)
BUCKET = FaultParameter("bucket", "on", "NAME", "Only of this bucket.", ANY)
QUEUE = FaultParameter("queue", "on", "NAME", "Only of this queue.", ANY)
FUNCTION = FaultParameter(
    "function_name", "on", "FUNCTION_NAME", "The function's name.", sample="sendQueue"
)
BY = FaultParameter("by", "by", "CALLER", "A function, or learner.", ANY)
DELAY = FaultParameter("delay_ms", "delay_ms", "MILLISECONDS", "How much longer it takes.", 1000)
CALLS = FaultParameter("calls", "after_calls", "CALLS", "After how many API calls.", sample="3")
TIMES = FaultParameter("times", "times", "NUMBER", "How often it strikes.", 1)


@dataclass(frozen=True)
class FaultKind:
    """One fault that there is: its name, its function in `mailfanout.faults`, and its words.

    `aims_at` is what a Fault's `on` means. The sentence is filled in with the fields of a Fault,
    and with `who`: ` by` and the caller, or nothing if anybody's calls are meant.
    """

    name: str
    function_name: str
    aims_at: FaultParameter
    sentence: str
    doc: str
    others: tuple[FaultParameter, ...] = ()

    @property
    def parameters(self) -> tuple[FaultParameter, ...]:
        """Those that must be given first, `times` last."""
        given = (self.aims_at, *self.others, TIMES)
        return tuple(sorted(given, key=lambda parameter: parameter.default is not None))


FAULT_KINDS = (
    FaultKind(
        "ses-throttle",
        "throttle_ses",
        TO,
        "SES throttles a mail to {on}",
        """SES throttles a mail to this address.

        SendEmail raises TooManyRequestsException. An entry of SendBulkEmail gets the status
        ACCOUNT_THROTTLED.
        """,
    ),
    FaultKind(
        "ses-reject",
        "reject_mail",
        TO,
        "SES rejects a mail to {on}",
        """SES rejects a mail to this address.

        SendEmail raises MessageRejected. An entry of SendBulkEmail gets the status
        MESSAGE_REJECTED.
        """,
    ),
    FaultKind(
        "ses-suspend",
        "suspend_ses",
        TO,
        "SES refuses a mail to {on}, because the account is suspended",
        """SES refuses a mail, as it does for a suspended account.

        SendEmail raises AccountSuspendedException. An entry of SendBulkEmail gets the status
        ACCOUNT_SUSPENDED.
        """,
    ),
    FaultKind(
        "throttle",
        "throttle_call",
        OPERATION,
        "{on}{who} is throttled",
        """A call of an operation is throttled, its work not done.

        The error has the code that the service uses for it, such as
        ProvisionedThroughputExceededException or SlowDown.
        """,
        (BY,),
    ),
    FaultKind(
        "fail",
        "fail_call",
        OPERATION,
        "{on}{who} fails with an internal error, its work not done",
        """A call of an operation fails, its work not done.

        The error is the service's internal one, with HTTP status 500.
        """,
        (BY,),
    ),
    FaultKind(
        "slow",
        "slow_call",
        OPERATION,
        "{on}{who} takes {delay_ms} ms longer",
        "A call of an operation takes longer.",
        (DELAY, BY),
    ),
    FaultKind(
        "lose-reply",
        "lose_reply",
        OPERATION,
        "the reply of {on}{who} is lost, its work done",
        """A call does its work, and its reply is lost.

        The connection ends without an answer. An SDK sees an error, and by default calls again.
        """,
        (BY,),
    ),
    FaultKind(
        "s3-event-twice",
        "repeat_s3_event",
        BUCKET,
        "an event of bucket {on} is delivered twice",
        """An event of S3 is delivered twice.

        The second time is when all that the first has set off is done.
        """,
    ),
    FaultKind(
        "message-twice",
        "repeat_message",
        QUEUE,
        "a message of queue {on} comes back although it was deleted",
        """A message comes back although it was deleted.

        It is visible again at once. FIFO queues have no such fault.
        """,
    ),
    FaultKind(
        "entry-fails",
        "fail_entry",
        QUEUE,
        "an entry of SendMessageBatch to queue {on} fails",
        """An entry of SendMessageBatch is not sent.

        Only `Failed` in the answer tells: its HTTP status is 200.
        """,
    ),
    FaultKind(
        "kill-at-start",
        "kill_at_start",
        FUNCTION,
        "function {on} is killed before it starts",
        """A run of a function is killed before it starts.

        Its code does not get the event.
        """,
    ),
    FaultKind(
        "kill-after-calls",
        "kill_after_calls",
        FUNCTION,
        "function {on} is killed after its API call number {after_calls}",
        """A run of a function is killed after so many API calls.

        The last call's work is done. The function does not see its answer.
        """,
        (CALLS,),
    ),
    FaultKind(
        "kill-at-end",
        "kill_at_end",
        FUNCTION,
        "function {on} is killed when it has finished, its result not recorded",
        """A run of a function is killed at its very end.

        All its work is done. Its result is not recorded, so Lambda takes the run for failed.
        """,
    ),
)
