"""Every resource of the pipeline: created, mended and deleted, once and again."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mailfanout import provision
from mailfanout.errors import InputError, MailfanoutError, ResourceMissing
from mailfanout.policies import trust_policy
from mailfanout.stack import Stack
from mailfanout.target import Target

Act = Callable[[Target, Stack], Any]

SEND_QUEUE, READ_MESSAGE = provision.function_names(Stack())
MAPPING = "event source mapping of readMessageAndSendMail"
ROLE = {"RoleName": "lambda-s3-role"}
DENY = {"Effect": "Deny", "Action": "*", "Resource": "*"}
DENY_ALL = json.dumps({"Version": "2012-10-17", "Statement": [DENY]})


@pytest.fixture
def stack() -> Stack:
    return Stack()


def never(_: float) -> None:
    raise AssertionError("there is nothing to wait for")


def in_moto(region: str) -> Target:
    return Target("aws", boto3.Session("testing", "testing", region_name=region), sleep=never)


US_EAST_1, EU_WEST_1 = in_moto("us-east-1"), in_moto("eu-west-1")


@pytest.fixture
def target() -> Iterator[Target]:
    """moto in this process, empty; the clients, which take long to make, serve every test."""
    with mock_aws():
        yield US_EAST_1


PARTS = {part.title(Stack()): part for part in provision.parts_of()}
DELETES = {title: part.delete for title, part in PARTS.items() if part.delete}


def without(title: str) -> list[str]:
    """What is left of the pipeline when a part is deleted, and with it what belongs to it."""
    key = PARTS[title].key
    return [other for other, part in PARTS.items() if key not in (part.key, part.belongs_to)]


def test_deploy_creates_every_resource(target: Target, stack: Stack) -> None:
    provision.deploy(target, stack)

    assert list(provision.describe(target, stack)) == list(PARTS)


def test_deploy_reports_and_returns_each_part(target: Target, stack: Stack) -> None:
    reported: list[str] = []

    parts = provision.deploy(target, stack, progress=reported.append)

    assert reported == list(parts)
    assert parts["table mailaddress"] == stack.table_arn
    assert parts["queue mailsendqueue0000001"].endswith("/123456789012/mailsendqueue0000001")


@pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))
def test_a_part_stands_as_its_settings_state(
    target: Target, stack: Stack, part: provision.Part
) -> None:
    provision.deploy(target, stack)

    found = part.read(target, stack)

    stated = json.loads(json.dumps(part.settings(stack)))
    assert found is not None
    assert {key: found.get(key) for key in stated} == stated


def test_a_part_needs_only_parts_before_it() -> None:
    keys = [part.key for part in PARTS.values()]

    for number, part in enumerate(PARTS.values()):
        assert {*part.needs} <= {*keys[:number]}


def test_two_stacks_with_prefixes_share_no_name() -> None:
    anna, ben = Stack().with_prefix("anna-"), Stack().with_prefix("ben-")

    for part in PARTS.values():
        assert part.key == "identity" or part.title(anna) != part.title(ben)


def test_a_second_deploy_changes_nothing(target: Target, stack: Stack) -> None:
    parts, before = provision.deploy(target, stack), provision.describe(target, stack)

    again = provision.deploy(target, stack)

    assert (again, provision.describe(target, stack)) == (parts, before)


def test_a_function_that_is_deployed_already_is_only_looked_at(
    target: Target, stack: Stack
) -> None:
    provision.deploy(target, stack)
    operations: list[str] = []

    def record(model: Any, **_: Any) -> None:
        operations.append(model.name)

    events = target.client("lambda").meta.events
    events.register("before-call.lambda", record)
    provision.create_function(target, stack, SEND_QUEUE)
    events.unregister("before-call.lambda", record)

    assert operations == ["GetFunctionConfiguration"]


@mock_aws
def test_a_bucket_outside_us_east_1_lies_in_its_region() -> None:
    stack = Stack(region="eu-west-1")

    provision.create_bucket(EU_WEST_1, stack)
    provision.create_bucket(EU_WEST_1, stack)

    assert provision.describe(EU_WEST_1, stack)["bucket mailbody-20221119"]["Region"] == "eu-west-1"


def test_a_description_does_not_depend_on_where_the_sandbox_listens(
    target: Target, stack: Stack
) -> None:
    parts = provision.deploy(target, stack)

    variables = provision.describe(target, stack)["function sendQueue"]["Variables"]

    assert variables["QUEUE_URL"] == "/123456789012/mailsendqueue0000001"
    assert parts["queue mailsendqueue0000001"].endswith(variables["QUEUE_URL"])


@pytest.mark.parametrize("part", DELETES)
def test_a_deleted_part_may_be_deleted_again(target: Target, stack: Stack, part: str) -> None:
    provision.deploy(target, stack)

    DELETES[part](target, stack)
    DELETES[part](target, stack)

    assert list(provision.describe(target, stack)) == without(part)


@pytest.mark.parametrize("part", DELETES)
def test_deploy_brings_a_deleted_part_back(target: Target, stack: Stack, part: str) -> None:
    provision.deploy(target, stack)
    before = provision.describe(target, stack)
    DELETES[part](target, stack)

    provision.deploy(target, stack)

    assert provision.describe(target, stack) == before


def update_table(target: Target, **change: Any) -> None:
    target.client("dynamodb").update_table(TableName="mailaddress", **change)


def drop_indexes(target: Target, stack: Stack) -> None:
    for name in ("issend-index", "haserror-index"):
        update_table(target, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": name}}])


def provision_throughput(target: Target, stack: Stack) -> None:
    throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    update_table(target, BillingMode="PROVISIONED", ProvisionedThroughput=throughput)


def trust_another_service(target: Target, stack: Stack) -> None:
    policy = json.dumps(trust_policy()).replace("lambda", "ec2")
    target.client("iam").update_assume_role_policy(**ROLE, PolicyDocument=policy)


def permit_nothing(target: Target, stack: Stack) -> None:
    policy = {"PolicyName": "mailfanout", "PolicyDocument": DENY_ALL}
    target.client("iam").put_role_policy(**ROLE, **policy)


def set_queue(name: str, **attributes: str) -> Act:
    def act(target: Target, stack: Stack) -> None:
        sqs = target.client("sqs")
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)

    return act


def configure_function(**change: Any) -> Act:
    def act(target: Target, stack: Stack) -> None:
        target.client("lambda").update_function_configuration(FunctionName=SEND_QUEUE, **change)

    return act


def replace_code(target: Target, stack: Stack) -> None:
    package = provision.zip_handler(provision.handler_path(stack, SEND_QUEUE))
    target.client("lambda").update_function_code(FunctionName=READ_MESSAGE, ZipFile=package)


def permit_another_bucket(target: Target, stack: Stack) -> None:
    provision.forbid_bucket_to_invoke(target, stack)
    target.client("lambda").add_permission(
        FunctionName=SEND_QUEUE,
        StatementId="AllowBucketToInvoke",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::another",
    )


def configure_mapping(**change: Any) -> Act:
    def act(target: Target, stack: Stack) -> None:
        client = target.client("lambda")
        (mapping,) = client.list_event_source_mappings()["EventSourceMappings"]
        client.update_event_source_mapping(UUID=mapping["UUID"], **change)

    return act


@pytest.mark.parametrize(
    "meddle",
    [
        pytest.param(drop_indexes, id="indexes"),
        pytest.param(provision_throughput, id="billing-mode"),
        pytest.param(trust_another_service, id="trust-policy"),
        pytest.param(permit_nothing, id="execution-policy"),
        pytest.param(
            set_queue("mailsendqueue0000001-dlq", MessageRetentionPeriod="60"), id="retention"
        ),
        pytest.param(set_queue("mailsendqueue0000001", VisibilityTimeout="7"), id="visibility"),
        pytest.param(set_queue("mailsendqueue0000001", RedrivePolicy=""), id="redrive-policy"),
        pytest.param(set_queue("mailsendqueue0000001", Policy=DENY_ALL), id="access-policy"),
        pytest.param(configure_function(Timeout=1), id="timeout"),
        pytest.param(configure_function(Environment={"Variables": {}}), id="environment"),
        pytest.param(replace_code, id="code"),
        pytest.param(provision.forbid_bucket_to_invoke, id="no-permission"),
        pytest.param(permit_another_bucket, id="permission"),
        pytest.param(provision.delete_notification, id="notification"),
        pytest.param(configure_mapping(BatchSize=1), id="batch-size"),
        pytest.param(configure_mapping(FunctionResponseTypes=[]), id="response-types"),
        pytest.param(configure_mapping(MaximumBatchingWindowInSeconds=9), id="window"),
        pytest.param(configure_mapping(Enabled=False), id="disabled"),
    ],
)
def test_deploy_mends_what_was_changed_by_hand(target: Target, stack: Stack, meddle: Act) -> None:
    provision.deploy(target, stack)
    before = provision.describe(target, stack)
    meddle(target, stack)
    assert provision.describe(target, stack) != before

    provision.deploy(target, stack)

    assert provision.describe(target, stack) == before


def test_a_table_with_other_keys_is_refused_and_left_alone(target: Target, stack: Stack) -> None:
    target.client("dynamodb").create_table(
        TableName=stack.table_name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "address", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "address", "AttributeType": "S"}],
    )
    before = provision.describe(target, stack)

    with pytest.raises(MailfanoutError, match="mailaddress exists with other keys"):
        provision.create_table(target, stack)

    assert provision.describe(target, stack) == before


def test_teardown_leaves_nothing_and_may_be_repeated(target: Target, stack: Stack) -> None:
    provision.deploy(target, stack)
    for name in provision.function_names(stack):
        target.client("logs").create_log_group(logGroupName=stack.log_group_name(name))

    provision.teardown(target, stack)
    assert provision.remaining(target, stack) == []

    provision.teardown(target, stack)


@pytest.mark.parametrize("last_step", range(0, 11, 2))
def test_half_a_pipeline_can_be_torn_down(target: Target, stack: Stack, last_step: int) -> None:
    reported: list[str] = []

    def interrupt(name: str) -> None:
        reported.append(name)
        if len(reported) > last_step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        provision.deploy(target, stack, progress=interrupt)

    provision.teardown(target, stack)

    assert provision.remaining(target, stack) == []


def test_a_bucket_goes_with_every_version_in_it(target: Target, stack: Stack) -> None:
    s3, bucket = target.client("s3"), {"Bucket": stack.bucket_name}
    provision.create_bucket(target, stack)
    s3.put_object(**bucket, Key="before.txt", Body=b"")
    s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"first", b"second"):
        s3.put_object(**bucket, Key="メール 1.txt", Body=body)
    s3.delete_object(**bucket, Key="メール 1.txt")

    provision.delete_bucket(target, stack)

    assert provision.remaining(target, stack) == []


def test_a_role_goes_with_the_policies_that_were_attached_by_hand(
    target: Target, stack: Stack
) -> None:
    provision.create_role(target, stack)
    iam = target.client("iam")
    policy = iam.create_policy(PolicyName="by-hand", PolicyDocument=DENY_ALL)["Policy"]
    iam.attach_role_policy(**ROLE, PolicyArn=policy["Arn"])

    provision.delete_role(target, stack)

    assert provision.remaining(target, stack) == []


def test_an_identity_that_was_there_before_outlives_the_pipeline(
    target: Target, stack: Stack
) -> None:
    target.client("sesv2").create_email_identity(EmailIdentity=stack.sender)
    provision.deploy(target, stack)

    provision.teardown(target, stack)

    assert list(provision.describe(target, stack)) == ["identity sender@example.com"]


SEND_QUEUE_FUNCTION = partial(provision.create_function, name=SEND_QUEUE)


@pytest.mark.parametrize(
    ("act", "part", "missing"),
    [
        (provision.create_queue, "queue mailsendqueue0000001", "role lambda-s3-role"),
        (provision.create_queue, "queue mailsendqueue0000001", "queue mailsendqueue0000001-dlq"),
        (SEND_QUEUE_FUNCTION, "function sendQueue", "role lambda-s3-role"),
        (SEND_QUEUE_FUNCTION, "function sendQueue", "queue mailsendqueue0000001"),
        (provision.allow_bucket_to_invoke, "function sendQueue", "function sendQueue"),
        (provision.create_notification, "bucket mailbody-20221119", "bucket mailbody-20221119"),
        (provision.create_event_source_mapping, MAPPING, "queue mailsendqueue0000001"),
        (provision.create_event_source_mapping, MAPPING, "function readMessageAndSendMail"),
    ],
)
def test_a_missing_part_is_named_with_the_call_that_creates_it(
    target: Target, stack: Stack, act: Callable[..., Any], part: str, missing: str
) -> None:
    provision.deploy(target, stack)
    DELETES[part](target, stack)
    DELETES[missing](target, stack)

    with pytest.raises(ResourceMissing) as raised:
        act(target, stack)

    assert raised.value.name == missing.split()[-1]
    _, call = str(raised.value).split("Type: ")
    eval(call, {"provision": provision, "target": target, "stack": stack})
    act(target, stack)


def test_the_same_source_is_zipped_to_the_same_bytes(tmp_path: Path) -> None:
    unix, windows = (tmp_path / system / "lambda_function.py" for system in ("unix", "windows"))
    for path, source in ((unix, b"NAME = 'x'\n"), (windows, b"NAME = 'x'\r\n")):
        path.parent.mkdir()
        path.write_bytes(source)

    package = provision.zip_handler(unix)

    assert provision.zip_handler(windows) == package
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        (entry,) = archive.infolist()
        assert archive.read("lambda_function.py") == b"NAME = 'x'\n"
    assert (entry.date_time, entry.external_attr >> 16) == ((1980, 1, 1, 0, 0, 0), 0o644)


def test_an_unknown_function_is_refused_with_the_choice(target: Target, stack: Stack) -> None:
    with pytest.raises(InputError, match="sendQueue, readMessageAndSendMail"):
        provision.create_function(target, stack, "sendMail")


def test_an_unknown_version_is_refused_with_the_choice(target: Target, stack: Stack) -> None:
    with pytest.raises(InputError, match="simple"):
        provision.create_function(target, stack, SEND_QUEUE, version="perfect")
