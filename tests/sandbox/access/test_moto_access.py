"""moto's flaws with callers, keys and policies, and what stands in their place.

A test of moto alone fails when moto mends its flaw: then the replacement can go.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.moto_api._internal import mock_random
from moto.sqs import models
from moto.sqs.exceptions import SQSException

from mailfanout.sandbox.access.keys import Credentials
from mailfanout.sandbox.sqs import queue
from support.calls.refusals import refusal
from support.calls.signed_calls import ACCOUNT_ID, REGION, key_pair
from support.sandboxes.account_setup import (
    BUCKET,
    QUEUE,
    ROLE,
    SESSION,
    Clients,
    Make,
    allow,
    create_bucket,
    create_queue,
    deny,
    policy,
    set_queue_policy,
    trust,
)

pytestmark = pytest.mark.slow

ACCOUNT = f"arn:aws:iam::{ACCOUNT_ID}:root"
DEAD_LETTERS = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:dead-letters"
REDRIVE = json.dumps({"deadLetterTargetArn": DEAD_LETTERS, "maxReceiveCount": 5})
ONLY_THE_ROLE = allow("sqs:SendMessage", QUEUE, Principal={"AWS": ROLE})


@pytest.fixture
def moto_alone(seams: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()


@pytest.fixture
def session_keys(admin: Clients, role: Make) -> Make:
    """Assumes the role: its session's key pair, and whom STS says it belongs to."""
    document = policy(trust({"AWS": ACCOUNT}))
    admin("iam").update_assume_role_policy(RoleName="lambda-s3-role", PolicyDocument=document)

    def assume() -> tuple[Credentials, dict[str, str]]:
        answer = admin("sts").assume_role(RoleArn=ROLE, RoleSessionName="test")
        given = answer["Credentials"]
        pair = key_pair(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        return pair, answer["AssumedRoleUser"]

    return assume


@pytest.fixture(params=[models.Queue, queue.Queue], ids=["moto's", "ours"])
def configured_queue(
    admin: Clients, role: Make, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Attributes:
    """A queue with an access policy and a redrive policy: its attributes to set and to read."""
    monkeypatch.setattr(models, "Queue", request.param)
    sqs, queue_url = create_queue(admin)
    sqs.create_queue(QueueName="dead-letters")
    set_queue_policy(sqs, queue_url, ONLY_THE_ROLE)
    configured = Attributes(sqs, queue_url)
    configured.set(RedrivePolicy=REDRIVE)
    return configured


class Attributes:
    """The attributes of one queue."""

    def __init__(self, sqs: Any, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def set(self, **attributes: Any) -> None:
        self._sqs.set_queue_attributes(QueueUrl=self._queue_url, Attributes=attributes)

    def read(self) -> dict[str, str]:
        answer = self._sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=["All"])
        return dict(answer["Attributes"])


def identity(sts: Any) -> tuple[str, str]:
    answer = sts.get_caller_identity()
    assert answer["Account"] == ACCOUNT_ID
    return answer["UserId"], answer["Arn"]


def test_a_user_has_an_id_of_aws_which_iam_knows_too(admin: Clients, user: Clients) -> None:
    user_id, arn = identity(user("sts"))

    assert arn == f"arn:aws:iam::{ACCOUNT_ID}:user/mail/yamada"
    assert re.fullmatch("AIDA[A-Z2-7]{17}", user_id)
    assert admin("iam").get_user(UserName="yamada")["User"]["UserId"] == user_id


def test_a_function_is_a_session_of_its_role(admin: Clients, role: Make) -> None:
    sts = role("sts")

    role_id = admin("iam").get_role(RoleName="lambda-s3-role")["Role"]["RoleId"]

    assert re.fullmatch("AROA[A-Z2-7]{17}", role_id)
    assert identity(sts) == (f"{role_id}:sendQueue", SESSION)


def test_a_role_that_was_assumed_is_whom_assume_role_said(
    connect: Make, session_keys: Make
) -> None:
    credentials, assumed = session_keys()

    assert identity(connect(credentials, "sts")) == (assumed["AssumedRoleId"], assumed["Arn"])
    assert assumed["Arn"].endswith("assumed-role/lambda-s3-role/test")


def test_a_function_whose_role_is_gone_still_learns_who_it_is(admin: Clients, role: Make) -> None:
    sts = role("sts")
    admin("iam").delete_role(RoleName="lambda-s3-role")

    assert identity(sts) == ("lambda-s3-role:sendQueue", SESSION)


def test_moto_alone_takes_functions_for_a_user_named_moto(moto_alone: None, role: Make) -> None:
    assert identity(role("sts"))[1].endswith(":user/moto")


def test_moto_alone_gives_a_user_an_id_that_aws_would_not(moto_alone: None, user: Clients) -> None:
    assert not identity(user("sts"))[0].startswith("AIDA")


def key_after_seed(iam: Any) -> tuple[str, str]:
    mock_random.seed(42)
    key = iam.create_access_key(UserName="yamada")["AccessKey"]
    iam.delete_access_key(UserName="yamada", AccessKeyId=key["AccessKeyId"])
    return key["AccessKeyId"], key["SecretAccessKey"]


def session_key_after_seed(assume: Make) -> tuple[str, str]:
    mock_random.seed(42)
    credentials, _ = assume()
    return credentials.access_key_id, credentials.secret_access_key


def test_whoever_knows_the_seed_knows_no_key(
    admin: Clients, user: Clients, session_keys: Make
) -> None:
    iam = admin("iam")

    assert set(key_after_seed(iam)).isdisjoint(key_after_seed(iam))
    assert set(session_key_after_seed(session_keys)).isdisjoint(
        session_key_after_seed(session_keys)
    )


def test_moto_alone_makes_every_key_from_its_seed(
    moto_alone: None, admin: Clients, user: Clients, session_keys: Make
) -> None:
    iam = admin("iam")

    assert key_after_seed(iam) == key_after_seed(iam)
    assert session_key_after_seed(session_keys) == session_key_after_seed(session_keys)


def test_a_queue_keeps_its_policies_when_something_else_is_set(
    configured_queue: Attributes,
) -> None:
    before = configured_queue.read()

    configured_queue.set(VisibilityTimeout="90")

    after = configured_queue.read()
    assert after["VisibilityTimeout"] == "90"
    assert (after["Policy"], after["RedrivePolicy"]) == (before["Policy"], before["RedrivePolicy"])


@pytest.mark.parametrize("name", ["Policy", "RedrivePolicy"])
def test_an_empty_string_takes_a_policy_from_a_queue(
    configured_queue: Attributes, name: str
) -> None:
    configured_queue.set(**{name: ""})

    assert {"Policy", "RedrivePolicy"} - configured_queue.read().keys() == {name}


@pytest.mark.parametrize(
    "name, value",
    [
        ("RedrivePolicy", json.dumps({"deadLetterTargetArn": DEAD_LETTERS})),
        ("RedrivePolicy", json.dumps({"deadLetterTargetArn": f"{QUEUE}9", "maxReceiveCount": 1})),
        ("Policy", "{"),
        ("Policy", "[]"),
        ("Policy", "{}"),
    ],
)
def test_a_queue_that_refuses_a_policy_changes_nothing(
    configured_queue: Attributes, name: str, value: Any
) -> None:
    before = configured_queue.read()

    with pytest.raises(ClientError) as refusal:
        configured_queue.set(VisibilityTimeout="90", **{name: value})

    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert configured_queue.read() == before


def test_a_queue_names_the_attribute_that_is_no_policy(configured_queue: Attributes) -> None:
    assert refusal(configured_queue.set, Policy="{") == (
        "InvalidAttributeValue",
        "Invalid value for the parameter Policy.",
    )


def test_moto_alone_drops_a_queues_policy(moto_alone: None, configured_queue: Attributes) -> None:
    configured_queue.set(VisibilityTimeout="90")

    assert "Policy" not in configured_queue.read()


def test_moto_alone_keeps_half_of_what_it_refuses(
    moto_alone: None, configured_queue: Attributes
) -> None:
    """Its models, that is: over HTTP, the sandbox's rules refuse this before moto sees it."""
    half = {"deadLetterTargetArn": DEAD_LETTERS}
    queue = models.sqs_backends[ACCOUNT_ID][REGION].queues[QUEUE.rpartition(":")[2]]

    with pytest.raises(SQSException):
        queue._set_attributes({"RedrivePolicy": json.dumps(half)})

    assert queue.redrive_policy == half


@pytest.fixture
def bucket_for_the_role(admin: Clients, role: Make) -> Any:
    """The role's client of a bucket that denies its objects to everybody else."""
    s3 = create_bucket(admin)
    but_the_role = {"ArnNotEquals": {"aws:PrincipalArn": ROLE}}
    statement = deny("s3:*Object", f"{BUCKET}/*", Principal="*", Condition=but_the_role)
    s3.put_bucket_policy(Bucket="mailbody", Policy=policy(statement))
    return role("s3", allow("s3:*", "*"))


def test_a_bucket_denies_only_whom_its_policy_denies(
    admin: Clients, bucket_for_the_role: Any
) -> None:
    assert bucket_for_the_role.put_object(Bucket="mailbody", Key="a", Body=b"mail")
    assert bucket_for_the_role.get_object(Bucket="mailbody", Key="a")["Body"].read() == b"mail"

    code, message = refusal(admin("s3").get_object, Bucket="mailbody", Key="a")
    assert code == "AccessDenied"
    assert message.endswith("with an explicit deny in a resource-based policy")


def test_a_bucket_denies_the_deletion_of_many_objects_for_one_of_them(admin: Clients) -> None:
    s3 = create_bucket(admin)
    statement = deny("s3:DeleteObject", f"{BUCKET}/kept/*", Principal="*")
    s3.put_bucket_policy(Bucket="mailbody", Policy=policy(statement))

    objects = [{"Key": "a"}, {"Key": "kept/b"}]

    code, message = refusal(s3.delete_objects, Bucket="mailbody", Delete={"Objects": objects})
    assert code == "AccessDenied"
    assert "mailbody/kept/b" in message


def test_moto_alone_denies_a_bucket_to_everybody(
    moto_alone: None, bucket_for_the_role: Any
) -> None:
    code, message = refusal(bucket_for_the_role.put_object, Bucket="mailbody", Key="a")

    assert (code, "explicit deny" in message) == ("403", False)
