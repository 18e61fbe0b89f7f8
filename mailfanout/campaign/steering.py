"""The reliable design's campaigns, asked and steered: status, pause, resume, cancel, settle.

`control` does the work on the ledger; here it gets a pipeline's clients and names. Every function
raises ResourceMissing if the reliable design is not deployed, and InputError for a campaign that
there is not.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from botocore.exceptions import ClientError

from mailfanout import provision
from mailfanout.campaign.dead_letters import Kind, Letters, redrive_letters
from mailfanout.errors import InputError, MailfanoutError, ResourceMissing
from mailfanout.ledger import Control, Decision, Row, Status, control
from mailfanout.stack import Stack
from mailfanout.target import Target, refused, retry

BUSY_LIMIT_SECONDS = 120.0


def keeps_campaigns(target: Target, stack: Stack) -> bool:
    """False if the simple design is deployed, and the reliable one, which has a ledger, never was.

    The simple design in its place leaves the ledger and the queues as they are.
    """
    is_simple = provision.find_design(target, stack) == "simple"
    return not is_simple or provision.find_queue(target, stack.failed_queue_name) is not None


def status(target: Target, stack: Stack, campaign_id: str | None = None) -> list[Status]:
    """Every campaign, oldest first, or the one of this id; `states` add up to `recipients`."""
    with _ledger(target, stack) as ledger:
        ids = control.campaign_ids(ledger) if campaign_id is None else [campaign_id]
        return [control.status(ledger, one) for one in ids]


def campaign_ids(target: Target, stack: Stack) -> list[str]:
    """Every campaign, oldest first."""
    with _ledger(target, stack) as ledger:
        return control.campaign_ids(ledger)


def whole_id(target: Target, stack: Stack, beginning: str) -> str:
    """The id of the one campaign that begins so, or what was given if there is none.

    Raises InputError if there are several.
    """
    ids = campaign_ids(target, stack)
    found = [one for one in ids if beginning and one.startswith(beginning)]
    if beginning in ids or not found:
        return beginning
    if len(found) > 1:
        raise InputError(
            f"{len(found)} campaigns begin with {beginning}. Name one of: {', '.join(found)}."
        )
    return found[0]


def find_upload(
    target: Target, stack: Stack, request_id: str, key: str, *, besides: Container[str]
) -> str | None:
    """The campaign of an upload, by the id of its request; None if none began yet."""
    with _ledger(target, stack) as ledger:
        return control.find_upload(ledger, request_id, key, besides=besides)


def report(target: Target, stack: Stack, campaign_id: str) -> list[Row]:
    """What became of each recipient of a campaign, in the order in which they were planned.

    A dict each: email, state, reason, message_ids, tries, decided_by, and time, in Unix seconds.
    Raises InputError if there is no such campaign.
    """
    with _ledger(target, stack) as ledger:
        return list(control.report(ledger, campaign_id))


def count_left_to_person(target: Target, stack: Stack, campaign_id: str) -> int:
    """How many recipients are `unknown` until a person settles them, or SES's events tell."""
    with _ledger(target, stack) as ledger:
        return control.count_left_to_person(ledger, campaign_id)


def chunks(target: Target, stack: Stack, campaign_id: str) -> list[tuple[str, list[Row]]]:
    """The chunks of a campaign in order: the name of each, and its recipients."""
    with _ledger(target, stack) as ledger:
        return list(control.chunks(ledger, campaign_id))


def pause(target: Target, stack: Stack, campaign_id: str) -> None:
    """Let nobody begin with more of a campaign. Chunks that are being sent still are.

    May be repeated. Raises InputError if there is no such campaign, or if it is done, failed or
    cancelled.
    """
    _write_gate(control.pause, target, stack, campaign_id)


def resume(target: Target, stack: Stack, campaign_id: str) -> None:
    """Go on with a paused campaign, and judge it by what happens from now on.

    May be repeated. Raises InputError, as pause.
    """
    _write_gate(control.resume, target, stack, campaign_id)


def cancel(target: Target, stack: Stack, campaign_id: str) -> None:
    """Send to nobody more of a campaign, for good. May be repeated.

    Raises InputError if there is no such campaign, or if it is done or failed.
    """
    _write_gate(control.cancel, target, stack, campaign_id)


def settle(
    target: Target, stack: Stack, campaign_id: str, decision: Decision, *, to: str | None = None
) -> int:
    """Decide for everybody who is `unknown`, or for one address; returns for how many.

    As `sent`, or as `pending`: to be sent again. Chunks that are being sent are waited for. Raises
    MailfanoutError if that takes two minutes, and InputError if there is no such campaign.
    """
    settled, deadline = 0, time.monotonic() + BUSY_LIMIT_SECONDS
    with _ledger(target, stack) as ledger:
        while True:
            done = control.settle(ledger, campaign_id, decision, to=to)
            settled += done.entries
            if not done.busy_chunks:
                return settled
            if time.monotonic() > deadline:
                raise MailfanoutError(
                    f"Settled: {settled}. Others are being sent just now. Type the same again."
                )
            target.sleep(1.0)


def redrive(target: Target, stack: Stack) -> Counter[Kind]:
    """Put this pipeline's dead letters back to where they belong; how many of each kind.

    If the simple design alone was deployed, those of its one dead-letter queue.
    """
    if not keeps_campaigns(target, stack):
        return redrive_letters(_letters(target, stack, stack.dead_letter_queue_name))
    with _ledger(target, stack) as ledger:
        names = stack.dead_letter_queue_name, stack.failed_queue_name
        letters = replace(
            _letters(target, stack, *names),
            feedback_url=_queue(target, stack.feedback_name),
            feedback_letters_url=_queue(target, stack.feedback_dead_letter_queue_name),
        )
        moved = redrive_letters(letters)
        control.sweep(ledger)
        return moved


def _letters(target: Target, stack: Stack, *dead_letter_queues: str) -> Letters:
    return Letters(
        sqs=target.client("sqs"),
        functions=target.client("lambda"),
        queue_url=_queue(target, stack.queue_name),
        dead_letter_urls=tuple(_queue(target, name) for name in dead_letter_queues),
        send_queue_name=stack.send_queue_name,
    )


def _queue(target: Target, name: str) -> str:
    """Its URL. Raises ResourceMissing; what is deployed anew is the design that is deployed."""
    return provision.require_queue(target, name, hint="mailfanout deploy")


def _write_gate(
    write: Callable[[Control, str], None], target: Target, stack: Stack, campaign_id: str
) -> None:
    """Again while a planner's transaction holds the campaign, for which boto3 does not wait."""
    with _ledger(target, stack) as ledger:
        _require_open(ledger, campaign_id)
        retry(
            partial(write, ledger, campaign_id),
            while_error=partial(refused, code="TransactionConflictException"),
            sleep=target.sleep,
        )


def _require_open(ledger: Control, campaign_id: str) -> None:
    state = control.status(ledger, campaign_id)["state"]
    if state in ("done", "failed"):
        raise InputError(f"Campaign {campaign_id} is {state}: nothing of it is left to be sent.")


@contextmanager
def _ledger(target: Target, stack: Stack) -> Iterator[Control]:
    try:
        yield Control.of(target, stack)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        if error.operation_name == "Invoke":
            raise ResourceMissing("Function", _function_in(error)) from error
        hint = "mailfanout deploy --design reliable"
        raise ResourceMissing("Table", stack.ledger_name, hint=hint) from error


def _function_in(error: ClientError) -> str:
    """The function that Lambda has not found, whose ARN its message names."""
    message = str(error.response["Error"]["Message"])
    return message.partition(":function:")[2].partition(":")[0]
