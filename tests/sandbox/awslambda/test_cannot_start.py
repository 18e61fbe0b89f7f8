"""A function that cannot be started fails like any other: it is tried again, and given up."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from support.parts.zips import zip_of
from support.sandboxes.account_in_sandbox import Account, queue_arn

pytestmark = pytest.mark.slow


def damaged() -> bytes:
    """A zip with a bad CRC: the code differs from its checksum."""
    code = zip_of("def lambda_handler(event, context):\n    return 'whole'\n")
    return code.replace(b"'whole'", b"'WHOLE'")


def encrypted() -> bytes:
    """A zip that asks for a password: the first bit of an entry's flags."""
    zipped = bytearray(zip_of("def lambda_handler(event, context):\n    pass\n"))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        zipped[zipped.index(signature) + flags] |= 1
    return bytes(zipped)


def contradictory() -> bytes:
    """A zip in which one entry would lie below another, which is a file."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("lambda_function.py", "")
        archive.writestr("lambda_function.py/below.py", "")
    return zipped.getvalue()


ZIPS = {"damaged": damaged(), "encrypted": encrypted(), "contradictory": contradictory()}


@pytest.fixture(params=[*ZIPS, "NUL in a variable"])
def broken(request: pytest.FixtureRequest, account: Account) -> Account:
    """An account with a function that cannot be started, and a queue for what is given up."""
    account.queue("dead-letters")
    options: dict[str, Any] = {"DeadLetterConfig": {"TargetArn": queue_arn("dead-letters")}}
    if request.param in ZIPS:
        account.function(**options)
        account.client("lambda").update_function_code(
            FunctionName="recorder", ZipFile=ZIPS[request.param]
        )
    else:
        account.function(**options, Environment={"Variables": {"NAME": "before\0after"}})
    return account


def test_event_for_it_ends_in_the_dead_letter_queue(broken: Account) -> None:
    broken.invoke(event={"kept": True}, InvocationType="Event")

    queue_url = broken.client("sqs").get_queue_url(QueueName="dead-letters")["QueueUrl"]
    message = broken.receive(queue_url)

    assert json.loads(message["Body"]) == {"kept": True}
    assert message["MessageAttributes"]["ErrorCode"]["StringValue"] == "200"
    broken.wait_until_quiet()


def test_a_call_gets_a_function_error(broken: Account) -> None:
    answer = broken.invoke()

    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"].startswith("Runtime.")
    assert answer["Payload"]["errorMessage"]


def test_it_runs_as_soon_as_its_code_is_mended(account: Account) -> None:
    account.function()
    lambda_client = account.client("lambda")
    lambda_client.update_function_code(FunctionName="recorder", ZipFile=ZIPS["damaged"])
    assert "FunctionError" in account.invoke()
    account.wait_for_function()

    lambda_client.update_function_code(
        FunctionName="recorder",
        ZipFile=zip_of("def lambda_handler(event, context):\n    return 'mended'\n"),
    )

    assert account.invoke()["Payload"] == "mended"
