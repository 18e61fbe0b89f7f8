"""Refusals say which call, by which code and message, and who may not do what on which resource."""

from __future__ import annotations

import pytest

from mailfanout import show
from mailfanout.show import Refusal
from mailfanout.show.documents import Text
from mailfanout.target import Target

HOSTILE = '<script>alert("&")</script>'
VISITOR = "arn:aws:iam::123456789012:user/visitor"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:mailsendqueue0000001"


def test_a_refusal_is_told_by_its_call_code_and_message(mailfanout_target: Target) -> None:
    refused = show.refusal(mailfanout_target.client("s3").list_objects_v2, Bucket="missing")

    assert refused == Refusal(
        "s3:ListObjectsV2", "NoSuchBucket", "The specified bucket does not exist"
    )
    assert str(refused).splitlines() == [
        "AWS refuses s3:ListObjectsV2",
        "  code      NoSuchBucket",
        "  message   The specified bucket does not exist",
    ]


@pytest.mark.parametrize("ends", ["", " because no identity-based policy allows it"])
def test_who_may_not_do_what_on_which_stands_line_by_line(ends: str) -> None:
    message = f"User: {VISITOR} is not authorized to perform: sqs:sendmessage on resource: {QUEUE}"

    lines = str(Refusal("sqs:SendMessage", "AccessDenied", message + ends)).splitlines()

    assert lines[3:] == [
        f"  who       {VISITOR}",
        "  what      sqs:sendmessage",
        f"  on which  {QUEUE}",
    ]


def test_html_says_the_same_and_is_escaped() -> None:
    shown = Refusal("s3:GetObject", "AccessDenied", HOSTILE)._repr_html_()

    assert "AWS refuses s3:GetObject" in shown and "AccessDenied" in shown
    assert "<script" not in shown


def test_a_call_that_is_not_refused_is_told_too(mailfanout_target: Target) -> None:
    accepted = show.refusal(mailfanout_target.client("sts").get_caller_identity)

    assert accepted == Text("The call was accepted, not refused.")
