"""All changes to moto together, and how they are made.

A test in tests/sandbox/seams stands for each, and fails when moto moves.
"""

from __future__ import annotations

from itertools import chain

from moto.core.common_models import BaseModel

from mailfanout.sandbox.awslambda import LambdaService
from mailfanout.sandbox.cloudformation import Stacks
from mailfanout.sandbox.event_sources import EventSources
from mailfanout.sandbox.front import before_first_call, read_no_body
from mailfanout.sandbox.seams import (
    access,
    awslambda,
    calls,
    cloudformation,
    cloudwatch,
    dynamodb,
    dynamodbstreams,
    event_sources,
    logs,
    pages,
    qualified,
    s3,
    s3_answers,
    s3_encryption,
    s3_uploads,
    s3_versions,
    ses,
    sns,
    speed,
    sqs,
    tagging,
    triggers,
)
from mailfanout.sandbox.seams.replacement import Replacement, changes
from mailfanout.sandbox.ses import Ses

# Those that need nothing of the sandbox's.
_ON_THEIR_OWN = (
    *(access, calls, cloudwatch, dynamodb, dynamodbstreams, logs, pages, qualified, s3, s3_answers),
    *(s3_encryption, s3_uploads, s3_versions, sns, speed, sqs, tagging),
)


def install(service: LambdaService, sources: EventSources, mails: Ses, stacks: Stacks) -> None:
    """Change moto in this process. It cannot be undone, and is done once."""
    _make(at_start(service, sources, mails))
    read_no_body("sesv2", ses.WITHOUT_BODY)
    before_first_call("cloudformation", lambda: _make(cloudformation.replacements(stacks)))


def _make(replacements: list[Replacement]) -> None:
    for owner, name, value, _reason in replacements:
        setattr(owner, name, value)


def replacements(
    service: LambdaService, sources: EventSources, mails: Ses, stacks: Stacks
) -> list[Replacement]:
    """Every seam. Some values call what they replace."""
    return [*at_start(service, sources, mails), *cloudformation.replacements(stacks)]


def at_start(service: LambdaService, sources: EventSources, mails: Ses) -> list[Replacement]:
    """The seams that are needed from the first call on."""
    return [
        *changes(
            BaseModel,
            "keeps every instance for ever, for a dashboard",
            __new__=lambda model, *args, **kwargs: object.__new__(model),
        ),
        *chain.from_iterable(module.replacements() for module in _ON_THEIR_OWN),
        *awslambda.replacements(service),
        *event_sources.replacements(service, sources),
        *triggers.replacements(service),
        *ses.replacements(mails),
    ]
