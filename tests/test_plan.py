"""What a deploy would make, as whom, where, and what it costs: said before anything is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from mailfanout import plan, prices, provision
from mailfanout.stack import Design, Stack
from mailfanout.target import Target, stack_for

pytestmark = pytest.mark.slow

DESIGNS: tuple[Design, ...] = ("simple", "reliable")
ANNA = "arn:aws:iam::123456789012:user/anna"
ACCOUNT = {
    "ProductionAccessEnabled": True,
    "PricingAttributes": {"CurrentPlan": "ESSENTIALS"},
    "SendQuota": {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 200.0},
}
LIMITS = {"AccountLimit": {"ConcurrentExecutions": 1000}}


@contextmanager
def account(
    monkeypatch: pytest.MonkeyPatch, *, identity: Any = None, limits: Any = LIMITS, **changes: Any
) -> Iterator[Target]:
    """An AWS in which nothing stands, and that says this of SES and Lambda; "" is a refusal."""
    target = Target("aws", boto3.Session("testing", "testing", region_name="eu-west-1"))
    monkeypatch.setattr(provision.Part, "read", None, raising=False)
    parts_of = provision.parts_of

    def unmade(design: Design, **options: bool) -> list[provision.Part]:
        return [replace(part, read=lambda *_: None) for part in parts_of(design, **options)]

    monkeypatch.setattr(provision, "parts_of", unmade)
    sts, sesv2, functions = (Stubber(target.client(name)) for name in ("sts", "sesv2", "lambda"))
    who = {"Account": "123456789012", "Arn": ANNA, "UserId": "AIDA"}
    sts.add_response("get_caller_identity", who)
    answer(sesv2, "get_account", {**ACCOUNT, **changes} if changes != {"denied": True} else "")
    for found in identity or (None, None):
        answer(sesv2, "get_email_identity", found)
    answer(functions, "get_account_settings", limits)
    with sts, sesv2, functions:
        yield target


def answer(stub: Stubber, method: str, found: Any) -> None:
    if found is None:
        stub.add_client_error(method, "NotFoundException")
    elif found == "":
        stub.add_client_error(method, "AccessDeniedException")
    else:
        stub.add_response(method, found)


PARTS = {design: provision.parts_of(design) for design in DESIGNS}
STACK = Stack(region="eu-west-1", sender="anna@mine.dev").with_names_for_aws().with_prefix("anna-")


def verified(yes: bool, status: str = "PENDING") -> dict[str, Any]:
    return {"VerifiedForSendingStatus": yes, "VerificationStatus": status}


@pytest.mark.parametrize("design", DESIGNS)
def test_it_names_every_part_and_makes_none(mailfanout_target: Target, design: Design) -> None:
    stack = stack_for(mailfanout_target, prefix="anna")
    provision.create_table(mailfanout_target, stack)

    found = plan.make(mailfanout_target, stack, design=design)

    titles = [part.title(stack) for part in PARTS[design]]
    assert found.parts == {title: title == "table anna-mailaddress" for title in titles}
    assert list(provision.describe(mailfanout_target, stack)) == ["table anna-mailaddress"]
    assert not found.is_first
    assert f"{len(titles)} parts of the {design} design, 1 of them there already" in str(found)


def test_it_says_who_where_and_what_it_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    with account(monkeypatch) as target:
        said = str(plan.make(target, STACK))

    assert said.startswith(
        "AWS account 123456789012, eu-west-1, as arn:aws:iam::123456789012:user/anna; "
        "every name begins with anna-\n"
    )
    assert "+ bucket anna-mailbody-20221119-123456789012-eu-west-1" in said
    assert "0.26 dollars a month while nobody sends" in said
    assert "0.164 dollars for a thousand mails, 0.160 of them for SES" in said
    assert "up to 14 mails a second, 50,000 in 24 hours, 200 of them used" in said
    assert "SES's sandbox" not in said
    assert "up to 1,000 functions at once" in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"ProductionAccessEnabled": False},
            "the account is in SES's sandbox: mails go only to verified addresses",
        ),
        ({"EnforcementStatus": "SHUTDOWN"}, "AWS has paused the account's sending: see its case"),
        ({"SendingEnabled": False}, "--sending-enabled --region eu-west-1"),
        (
            {"SendQuota": {"Max24HourSend": -1.0, "MaxSendRate": 1.0, "SentLast24Hours": 200.0}},
            "any number in 24 hours, 200 of them used",
        ),
        ({"PricingAttributes": {"CurrentPlan": "NONE"}}, "0.104 dollars"),
        (
            {"PricingAttributes": {"CurrentPlan": "PRO"}},
            "0.004 dollars for a thousand mails, and what SES's plan",
        ),
    ],
)
def test_it_says_what_ses_lets_the_account_do_and_takes_for_it(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], words: str
) -> None:
    with account(monkeypatch, **changes) as target:
        assert words in str(plan.make(target, STACK))


@pytest.mark.parametrize(
    ("address", "domain", "said"),
    [
        (None, None, "create-email-identity --email-identity anna@mine.dev --region eu-west-1"),
        (verified(False), None, "not verified yet (PENDING): follow the link"),
        (verified(True, "SUCCESS"), None, "the sender anna@mine.dev is verified"),
        (None, verified(True, "SUCCESS"), "the sender anna@mine.dev is verified"),
        (None, verified(False), "is not verified: aws sesv2"),
    ],
)
def test_it_says_whether_the_sender_is_verified_and_what_does_it(
    monkeypatch: pytest.MonkeyPatch, address: Any, domain: Any, said: str
) -> None:
    with account(monkeypatch, identity=(address, domain)) as target:
        assert said in str(plan.make(target, STACK))


def test_feedback_is_nine_parts_more_and_a_second_queue_that_is_polled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with account(monkeypatch) as target:
        made = plan.make(target, replace(STACK, reports_feedback=True), design="simple")

    assert "20 parts of the simple design:" in str(made)
    assert "+ function anna-recordFeedback" in str(made)
    assert "0.52 dollars a month while nobody sends" in str(made)


def test_a_new_accounts_few_executions_are_pointed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with account(monkeypatch, limits={"AccountLimit": {"ConcurrentExecutions": 10}}) as target:
        assert "that is few: in the Service Quotas console" in str(plan.make(target, STACK))


def test_what_may_not_be_read_is_said_and_the_rest_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListQueues")

    with account(monkeypatch, identity=("", ""), limits="", denied=True) as target:
        parts = [
            replace(one, read=refuse) if one.key == "queue" else one
            for one in provision.parts_of("simple")
        ]
        monkeypatch.setattr(provision, "parts_of", lambda design, **_: parts)
        monkeypatch.setattr(provision, "find_design", refuse)
        made = plan.make(target, STACK, design=plan.design_of(target, STACK))
        said = str(made)

    assert made.is_first and made.as_json()["parts"]["queue anna-mailsendqueue0000001"] is None
    assert "11 parts of the simple design; ? may not be read:" in said
    assert "    ? queue anna-mailsendqueue0000001\n" in said

    assert "you may not call ses:GetAccount" in said
    assert "you may not call lambda:GetAccountSettings" in said
    assert "+ table anna-mailaddress" in said


@pytest.mark.parametrize("design", DESIGNS)
def test_the_calls_that_it_reckons_with_have_rates(design: Design) -> None:
    calls = {
        f"{function} {operation}"
        for function, operations in prices.CALLS[design].items()
        for operation in operations
    }
    rated = {rate.per for rate in prices.RATES[design]} - {prices.CALL, prices.RECIPIENT}

    assert rated - calls <= {
        "recordFeedback dynamodb:PutItem",
        "recordFeedback sns:Publish",
        "sweepCampaigns dynamodb:GetItem",
        "sweepCampaigns dynamodb:PutItem",
        "sweepCampaigns dynamodb:Query",
        "sweepCampaigns sqs:GetQueueAttributes",
    }
    assert 2 < prices.dollars_per_million(design, prices.CALLS[design]) < 5
