"""Every resource of the pipeline is created, once and again."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from moto import mock_aws

from mailfanout import provision
from mailfanout.errors import InputError, MailfanoutError, ResourceMissing
from mailfanout.stack import Design, Stack
from mailfanout.target import Target
from support.parts.pipelines import DELETES, EU_WEST_1, PARTS, SEND_QUEUE

pytestmark = pytest.mark.slow

MAPPING = "event source mapping of readMessageAndSendMail"


def test_deploy_creates_every_resource(target: Target, stack: Stack) -> None:
    provision.deploy(target, stack)

    assert list(provision.describe(target, stack)) == list(PARTS)


def test_deploy_reports_and_returns_each_part(target: Target, stack: Stack) -> None:
    reported: list[str] = []

    parts = provision.deploy(target, stack, progress=reported.append)

    assert sorted(reported) == sorted(PARTS)
    assert list(parts) == list(PARTS)
    assert parts["table mailaddress"] == stack.table_arn
    assert parts["queue mailsendqueue0000001"].endswith("/123456789012/mailsendqueue0000001")


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


@contextmanager
def calls_to_lambda(target: Target) -> Iterator[list[str]]:
    operations: list[str] = []

    def record(model: Any, **_: Any) -> None:
        operations.append(model.name)

    events = target.client("lambda").meta.events
    events.register("before-call.lambda", record)
    yield operations
    events.unregister("before-call.lambda", record)


def test_a_function_that_is_deployed_already_is_only_looked_at(
    target: Target, stack: Stack
) -> None:
    provision.deploy(target, stack)

    with calls_to_lambda(target) as operations:
        provision.create_function(target, stack, SEND_QUEUE)

    assert operations == ["GetFunctionConfiguration", "ListTags", "GetFunctionConfiguration"]


def test_one_function_comes_up_while_the_other_is_created(target: Target, stack: Stack) -> None:
    both_are_asked_for = threading.Barrier(2)
    events, event = target.client("lambda").meta.events, "before-call.lambda.CreateFunction"

    def wait_for_the_other(**_: Any) -> None:
        both_are_asked_for.wait(10)

    events.register(event, wait_for_the_other)
    try:
        provision.deploy(target, stack)
    finally:
        events.unregister(event, wait_for_the_other)

    assert {*provision.describe(target, stack)} == {*PARTS}


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


def test_a_package_holds_what_stands_beside_the_handler_and_what_is_named(tmp_path: Path) -> None:
    for name in ("function/lambda_function.py", "function/beside.py", "shared.py", "other.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")

    package = provision.zip_handler(
        tmp_path / "function" / "lambda_function.py", tmp_path / "shared.py"
    )

    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.namelist() == ["beside.py", "lambda_function.py", "shared.py"]


def test_the_same_source_is_zipped_to_the_same_bytes(tmp_path: Path) -> None:
    unix, windows = (tmp_path / system / "lambda_function.py" for system in ("unix", "windows"))
    for path, source in ((unix, b"NAME = 'x'\n"), (windows, b"NAME = 'x'\r\n")):
        path.parent.mkdir()
        path.write_bytes(source)

    package = provision.zip_handler(unix)

    assert provision.zip_handler(windows) == package
    assert provision.zip_handler(str(windows)) == package
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        (entry,) = archive.infolist()
        assert archive.read("lambda_function.py") == b"NAME = 'x'\n"
    assert (entry.date_time, entry.external_attr >> 16) == ((1980, 1, 1, 0, 0, 0), 0o644)


def test_a_handler_whose_file_is_not_there_is_named() -> None:
    with pytest.raises(
        InputError, match=r"^There is no file own.handler\.py\. Correct its path\.$"
    ):
        provision.zip_handler("own/handler.py")


def test_an_unknown_function_is_refused_with_the_choice(target: Target, stack: Stack) -> None:
    with pytest.raises(InputError, match="sendQueue, readMessageAndSendMail"):
        provision.create_function(target, stack, "sendMail")


def test_an_unknown_design_is_refused_with_the_choice(target: Target, stack: Stack) -> None:
    with pytest.raises(InputError, match="simple"):
        provision.create_function(target, stack, SEND_QUEUE, design=cast(Design, "perfect"))


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
