"""The pipeline's functions as data: what each is called, runs, is told, may do, and polls."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mailfanout.errors import none_such
from mailfanout.policies import Policy, feedback_policy, plan_policy, send_policy, sweep_policy
from mailfanout.stack import Design, Stack, State

RUNTIME = "python3.13"
# The longest that AWS allowed for years: sendQueue makes a call per recipient, or plans a list.
SEND_QUEUE_TIMEOUT_SECONDS = 900
SIMPLE_READER_TIMEOUT_SECONDS = 30

HANDLER_FILE = "lambda_function.py"
_LAMBDAS = Path(__file__).parents[1] / "lambdas"

# Environment variables, for a stack and a function that gives the URL of a queue by its name.
Variables = Callable[[Stack, Callable[[str], str]], dict[str, str]]


@dataclass(frozen=True)
class Poll:
    """A queue that Lambda polls for a function, and the settings of the event source mapping."""

    queue_name: Callable[[Stack], str]
    settings: Callable[[Stack], State]


@dataclass(frozen=True, kw_only=True)
class PipelineFunction:
    """One of a design's Lambda functions.

    `key` names it among the parts, `stack.<key>_name` is its name in a stack, and `source` is the
    directory of its code. A function with a `policy` has a role of its own; the others share
    one. What Lambda gives up after its retries goes to `failed_events`, a queue, if there is one.
    `uses` are the keys of parts that it is told of, or needs from its first moment on.
    """

    key: str
    source: str
    design: Design
    lesson: str
    timeout_seconds: Callable[[Stack], int]
    variables: Variables
    policy: Callable[[Stack], Policy] | None = None
    uses: tuple[str, ...] = ("queue",)
    poll: Poll | None = None
    failed_events: Callable[[Stack], str] | None = None
    # An environment variable that says since when this design is deployed, if it followed another.
    since: str | None = None
    # 128 MB hold boto3, too, but Lambda gives half the CPU with them.
    memory_size_mb: int = 256

    def name(self, stack: Stack) -> str:
        """Its name in this stack."""
        return str(getattr(stack, f"{self.key}_name"))

    def role_name(self, stack: Stack) -> str:
        """The name of the role that it runs with."""
        return stack.role_name_of(self.name(stack)) if self.policy else stack.role_name

    def role_arn(self, stack: Stack) -> str:
        """The ARN of the role that it runs with."""
        return stack.role_arn_of(self.name(stack)) if self.policy else stack.role_arn


# The simple design reads neither the policy nor the URL: it keeps them for the other one.


def _simple_send_queue(stack: Stack, url: Callable[[str], str]) -> dict[str, str]:
    return {
        "TABLE_NAME": stack.table_name,
        "QUEUE_URL": url(stack.queue_name),
        **({"UNKNOWN_POLICY": policy} if (policy := stack.unknown_policy) != "settle" else {}),
    }


def _simple_read_message(stack: Stack, url: Callable[[str], str]) -> dict[str, str]:
    return {
        "TABLE_NAME": stack.table_name,
        "SENDER": stack.sender,
        **({"CONFIGURATION_SET": stack.feedback_name} if stack.reports_feedback else {}),
        **_unsubscribe_url(stack),
    }


def _unsubscribe_url(stack: Stack) -> dict[str, str]:
    return {"UNSUBSCRIBE_URL": stack.unsubscribe_url} if stack.unsubscribe_url else {}


def _send_queue(stack: Stack, url: Callable[[str], str]) -> dict[str, str]:
    return {
        "TABLE_NAME": stack.table_name,
        "LEDGER_NAME": stack.ledger_name,
        "QUEUE_URL": url(stack.queue_name),
        "UNKNOWN_POLICY": stack.unknown_policy,
    }


def _read_message(stack: Stack, url: Callable[[str], str]) -> dict[str, str]:
    return {
        "TABLE_NAME": stack.table_name,
        "LEDGER_NAME": stack.ledger_name,
        "SENDER": stack.sender,
        "CONFIGURATION_SET": stack.feedback_name,
        "CONSUMERS": str(stack.consumers),
        "LEASE_MARGIN_SECONDS": str(stack.durations.lease_margin),
        "SES_TIMEOUT_SECONDS": str(stack.durations.ses_timeout),
        **_unsubscribe_url(stack),
    }


def _record_feedback(stack: Stack, url: Callable[[str], str]) -> dict[str, str]:
    return {
        "TABLE_NAME": stack.table_name,
        "LEDGER_NAME": stack.ledger_name,
        "NOTICES_ARN": stack.notices_arn,
    }


def _sweep_campaigns(stack: Stack, url: Callable[[str], str]) -> dict[str, str]:
    queues = (stack.feedback_name, stack.feedback_dead_letter_queue_name)
    return {
        "LEDGER_NAME": stack.ledger_name,
        "NOTICES_ARN": stack.notices_arn,
        "QUEUE_URL": url(stack.queue_name),
        "FEEDBACK_QUEUE_URLS": " ".join(url(name) for name in queues),
        "SEND_QUEUE_NAME": stack.send_queue_name,
        "SETTLE_SECONDS": str(stack.durations.settle),
        "LOOK_SECONDS": str(stack.durations.look),
        "LEASE_SECONDS": str(stack.durations.reader_timeout + stack.durations.lease_margin),
    }


def _simple_batches(stack: Stack) -> State:
    return {
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }


def _one_chunk(stack: Stack) -> State:
    """A chunk is the batch. So many consumers share the account's sending rate."""
    return {
        "BatchSize": 1,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": stack.consumers},
    }


def _many_events(stack: Stack) -> State:
    """One invocation per event would be more invocations than the send itself."""
    window = stack.durations.feedback_window
    return {
        "BatchSize": 1000 if window else 10,
        "MaximumBatchingWindowInSeconds": window,
        "FunctionResponseTypes": [],
    }


_in_simple = partial(PipelineFunction, design="simple")
_in_reliable = partial(PipelineFunction, design="reliable", lesson="08")

# Each design's functions in the order in which a mail passes them.
FUNCTIONS: dict[Design, tuple[PipelineFunction, ...]] = {
    "simple": (
        _in_simple(
            key="send_queue",
            source="sendQueue",
            lesson="04",
            timeout_seconds=lambda stack: SEND_QUEUE_TIMEOUT_SECONDS,
            variables=_simple_send_queue,
        ),
        _in_simple(
            key="read_message",
            source="readMessageAndSendMail",
            lesson="05",
            timeout_seconds=lambda stack: SIMPLE_READER_TIMEOUT_SECONDS,
            variables=_simple_read_message,
            poll=Poll(lambda stack: stack.queue_name, _simple_batches),
        ),
    ),
    "reliable": (
        _in_reliable(
            key="send_queue",
            source="sendQueue",
            timeout_seconds=lambda stack: SEND_QUEUE_TIMEOUT_SECONDS,
            variables=_send_queue,
            policy=plan_policy,
            failed_events=lambda stack: stack.failed_queue_arn,
            since="DESIGN_SINCE",
        ),
        _in_reliable(
            key="read_message",
            source="readMessageAndSendMail",
            timeout_seconds=lambda stack: stack.durations.reader_timeout,
            variables=_read_message,
            uses=("queue", "configuration_set"),
            policy=send_policy,
            poll=Poll(lambda stack: stack.queue_name, _one_chunk),
        ),
        _in_reliable(
            key="record_feedback",
            source="recordFeedback",
            timeout_seconds=lambda stack: stack.durations.feedback_timeout,
            variables=_record_feedback,
            uses=("feedback_queue", "notices_topic"),
            policy=feedback_policy,
            poll=Poll(lambda stack: stack.feedback_name, _many_events),
        ),
        _in_reliable(
            key="sweep_campaigns",
            source="sweepCampaigns",
            timeout_seconds=lambda stack: stack.durations.sweep_timeout,
            variables=_sweep_campaigns,
            uses=("queue", "feedback_queue", "notices_topic"),
            policy=sweep_policy,
        ),
    ),
}


def function_names(stack: Stack, *, design: Design = "simple") -> tuple[str, ...]:
    """The names of a design's functions, in the order in which a mail passes them."""
    return tuple(function.name(stack) for function in FUNCTIONS[design])


def find_function(stack: Stack, name: str, *, design: Design = "simple") -> PipelineFunction:
    """A design's function of this name. Raises InputError if there is no such one."""
    if design not in FUNCTIONS:
        raise none_such("design", design, FUNCTIONS)
    for function in FUNCTIONS[design]:
        if function.name(stack) == name:
            return function
    raise none_such("function", name, function_names(stack, design=design))


def source_of(function: PipelineFunction) -> Path:
    """The source file of a function: the user's own, if own_handlers has one, and else ours."""
    own = own_handlers().get((function.design, function.source))
    return own or _LAMBDAS / function.design / function.source / HANDLER_FILE


def own_handlers() -> dict[tuple[Design, str], Path]:
    """The user's handlers, by design and source: those in the directory MAILFANOUT_HANDLERS.

    `sendQueue/lambda_function.py` below it takes the place of the article's, and
    `reliable/sendQueue/lambda_function.py` that of the reliable design's.
    """
    directory = os.environ.get("MAILFANOUT_HANDLERS")
    if not directory:
        return {}
    functions = [function for design in FUNCTIONS.values() for function in design]
    places = {(one.design, one.source): Path(directory) / _own_place(one) for one in functions}
    return {key: path for key, path in places.items() if path.is_file()}


def _own_place(function: PipelineFunction) -> Path:
    within = Path() if function.design == "simple" else Path(function.design)
    return within / function.source / HANDLER_FILE


def modules_of(function: PipelineFunction) -> list[Path]:
    """The modules that are in a function's package beside its own: those that it shares."""
    return sorted(source_of(function).parents[1].glob("*.py"))


def handler_path(stack: Stack, name: str, *, design: Design = "simple") -> Path:
    """The source file of a design's function of this name. Raises InputError, as find_function."""
    return source_of(find_function(stack, name, design=design))
