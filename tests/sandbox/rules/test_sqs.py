"""What SQS refuses of queues and messages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
NAMES = [
    *((name, "cannot start or end with a '.'") for name in (".n", "n.", "n..n")),
    ("n" * 256, "names must be shorter than 256 Bytes"),
]


@pytest.mark.parametrize(
    ("name", "attributes", "code", "words"),
    [
        ("other", {"QueueArn": "x"}, "InvalidAttributeName", "Unknown Attribute QueueArn."),
        (
            "other",
            {"ContentBasedDeduplication": "true"},
            "InvalidAttributeName",
            "Unknown Attribute ContentBasedDeduplication.",
        ),
        *(
            (
                "other",
                attributes,
                "InvalidAttributeName",
                f"You can specify the {next(iter(attributes))} only when FifoQueue is set to true.",
            )
            for attributes in ({"DeduplicationScope": "queue"}, {"FifoThroughputLimit": "perQueue"})
        ),
        (
            "other",
            {"KmsMasterKeyId": "alias/a", "SqsManagedSseEnabled": "true"},
            "InvalidAttributeName",
            "You can use one type of server-side encryption (SSE) at one time.",
        ),
        ("other.fifo", {}, "InvalidParameterValue", "Can only include alphanumeric"),
        ("other", {"FifoQueue": "true"}, "InvalidParameterValue", "must end with .fifo"),
        ("", {}, "InvalidParameterValue", "hyphens, or underscores. 1 to 80 in length"),
        ("a:b", {}, "InvalidParameterValue", "hyphens, or underscores. 1 to 80 in length"),
        ("o ther", {}, "InvalidParameterValue", "hyphens, or underscores. 1 to 80 in length"),
    ],
)
def test_names_and_attributes_that_no_such_queue_has_are_refused(
    account: Account, name: str, attributes: dict[str, str], code: str, words: str
) -> None:
    create = account.client("sqs").create_queue

    found, message = refusal(create, QueueName=name, Attributes=attributes)

    assert found == code
    assert words in message


@pytest.mark.parametrize(
    ("queue", "attributes", "error"),
    [
        ("queue", {"CreatedTimestamp": "1"}, "Unknown Attribute CreatedTimestamp."),
        ("queue", {"FifoQueue": "true"}, "Unknown Attribute FifoQueue."),
        ("orders.fifo", {"FifoQueue": "false"}, "Modifying queue type is not supported."),
    ],
)
def test_what_a_queue_is_stays_as_it_is(
    account: Account, queue: str, attributes: dict[str, str], error: str
) -> None:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]

    code, message = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes=attributes)

    assert code.startswith("InvalidAttribute")
    assert message.endswith(error)


@pytest.mark.parametrize(
    ("given", "code", "name"),
    [
        ({"MessageDeduplicationId": "1"}, "MissingParameter", "MissingRequiredParameterException"),
        ({"MessageGroupId": "a"}, "InvalidParameterValue", "InvalidParameterValueException"),
        (
            {"MessageGroupId": "a", "MessageDeduplicationId": "1", "DelaySeconds": 1},
            "InvalidParameterValue",
            "InvalidParameterValueException",
        ),
    ],
)
def test_errors_have_the_codes_of_the_query_protocol_and_names_beside_them(
    account: Account, given: dict[str, str], code: str, name: str
) -> None:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="orders.fifo")["QueueUrl"]

    with pytest.raises(ClientError) as caught:
        sqs.send_message(QueueUrl=url, MessageBody="hello", **given)

    error: dict[str, Any] = caught.value.response["Error"]
    assert (error["Code"], error["QueryErrorCode"]) == (code, name)


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"n": {"DataType": "Number", "StringValue": "abc"}}, "Can't cast the value"),
        ({"n": {"DataType": "String", "StringValue": ""}}, "must contain a non-empty value"),
        ({"n": {"DataType": "Number", "StringValue": "\u0663"}}, "Can't cast the value"),
        ({"n": {"DataType": "Number", "StringValue": "1e127"}}, "Can't cast the value"),
        ({"n": {"DataType": "Number", "StringValue": f"1e{'9' * 19}"}}, "Can't cast the value"),
        *(({name: {"DataType": "String", "StringValue": "a"}}, words) for name, words in NAMES),
        (
            {"n": {"DataType": f"String.{'x' * 256}", "StringValue": "a"}},
            "types must be shorter than 256 Bytes",
        ),
        ({"n!": {"DataType": "String", "StringValue": "a"}}, "attribute name 'n!' is invalid."),
        (
            {"n": {"DataType": "String", "StringValue": "a\x08"}},
            "Invalid binary character '#x8' was found in the message attribute 'n' value, the set",
        ),
        ({"AWS.n": {"DataType": "String", "StringValue": "a"}}, "are reserved for use by Amazon."),
        (
            {f"n{n}": {"DataType": "String", "StringValue": "a"} for n in range(11)},
            "Number of message attributes [11] exceeds the allowed maximum [10].",
        ),
    ],
)
def test_message_attributes_that_sqs_does_not_take_are_refused(
    account: Account, attributes: dict[str, Any], words: str
) -> None:
    sqs = account.client("sqs")

    code, message = refusal(
        sqs.send_message,
        QueueUrl=sqs.get_queue_url(QueueName="queue")["QueueUrl"],
        MessageBody="hello",
        MessageAttributes=attributes,
    )

    assert code == "InvalidParameterValue"
    assert words in message


@pytest.mark.parametrize("kind", ["Number", "String.text", "Binary"])
def test_a_trace_header_is_a_plain_string(account: Account, kind: str) -> None:
    header = {"DataType": kind, "StringValue": TRACE, "BinaryValue": TRACE.encode()}
    parameters = {"MessageBody": "a", "MessageSystemAttributes": {"AWSTraceHeader": header}}

    code, message = refusal(
        account.client("sqs").send_message, QueueUrl=account.queue(), **parameters
    )

    assert code == "InvalidParameterValue"
    assert message == "The message system attribute 'AWSTraceHeader' must be of type 'String'."


@pytest.mark.parametrize("name", ["ContentBasedDeduplication", "FifoQueue"])
def test_a_standard_queue_does_not_tell_what_only_fifo_queues_have(
    account: Account, name: str
) -> None:
    get = account.client("sqs").get_queue_attributes
    asked = {"AttributeNames": ["QueueArn", name]}
    ordered = account.queue("orders.fifo", FifoQueue="true")

    assert refusal(get, QueueUrl=account.queue(), **asked) == (
        "InvalidAttributeName",
        f"Unknown Attribute {name}.",
    )
    assert name in get(QueueUrl=ordered, **asked)["Attributes"]


def test_another_account_has_no_queue_that_is_found(account: Account) -> None:
    get, owner = account.client("sqs").get_queue_url, {"QueueOwnerAWSAccountId": "9" * 12}

    assert refusal(get, QueueName="queue", **owner)[1] == "The specified queue does not exist."


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("receive_message", {"AttributeNames": ["Nope"]}, "InvalidAttributeName"),
        ("receive_message", {"MessageSystemAttributeNames": ["Nope"]}, "InvalidAttributeName"),
        ("send_message", {"MessageBody": "a", "MessageGroupId": "a b"}, "InvalidParameterValue"),
        ("send_message", {"MessageBody": "a", "MessageGroupId": "a" * 129}, "InvalidParameter"),
        ("set_queue_attributes", {"Attributes": {"SqsManagedSseEnabled": "x"}}, "InvalidAttribute"),
        ("set_queue_attributes", {"Attributes": {"DeduplicationScope": "x"}}, "InvalidAttribute"),
        (
            "set_queue_attributes",
            {"Attributes": {"KmsDataKeyReusePeriodSeconds": "59"}},
            "InvalidAttributeValue",
        ),
        ("list_dead_letter_source_queues", {"MaxResults": 1001}, "InvalidParameterValue"),
    ],
)
def test_what_sqs_does_not_take_is_refused(
    account: Account, operation: str, parameters: dict[str, Any], code: str
) -> None:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="queue")["QueueUrl"]

    assert refusal(getattr(sqs, operation), QueueUrl=url, **parameters)[0].startswith(code)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("delete_message", {"ReceiptHandle": "garbage"}),
        ("change_message_visibility", {"ReceiptHandle": "garbage", "VisibilityTimeout": 1}),
    ],
)
def test_a_handle_that_the_queue_never_gave_is_named(
    account: Account, operation: str, parameters: dict[str, Any]
) -> None:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="queue")["QueueUrl"]

    assert refusal(getattr(sqs, operation), QueueUrl=url, **parameters) == (
        "ReceiptHandleIsInvalid",
        'The input receipt handle "garbage" is not a valid receipt handle.',
    )


def test_letters_of_all_alphabets_name_attributes_of_messages(account: Account) -> None:
    attributes = {"attr.1øßä": {"DataType": "String", "StringValue": "a"}}
    traced = {"AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}}
    sqs = account.client("sqs")
    url = account.queue("letters")
    message = {"MessageBody": "hello", "MessageSystemAttributes": traced}

    sent = sqs.send_message(QueueUrl=url, **message, MessageAttributes=attributes)
    batch = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", **message}])

    md5s = [one["MD5OfMessageSystemAttributes"] for one in (sent, *batch["Successful"])]
    assert md5s == ["5ae4d5d7636402d80f4eb6d213245a88"] * 2
    asked = {"QueueUrl": url, "MessageAttributeNames": ["*"]}
    assert sqs.receive_message(**asked)["Messages"][0]["MessageAttributes"] == attributes


def test_the_policy_that_permissions_make_has_the_older_version(account: Account) -> None:
    sqs, url = account.client("sqs"), account.queue("permitted")
    permission = {"Label": "a", "AWSAccountIds": ["123456789012"], "Actions": ["SendMessage"]}

    sqs.add_permission(QueueUrl=url, **permission)

    refused = refusal(sqs.add_permission, QueueUrl=url, **{**permission, "Label": "a b"})
    assert refused[1].startswith("Value a b for parameter Label is invalid.")
    refused = refusal(sqs.add_permission, QueueUrl=url, **{**permission, "AWSAccountIds": ["1"]})
    assert refused[1] == (
        "Value [1] for parameter PrincipalId is invalid. Reason: Unable to verify."
    )
    assert refusal(sqs.remove_permission, QueueUrl=url, Label="nope")[1] == (
        "Value nope for parameter Label is invalid. Reason: can't find label."
    )
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    assert json.loads(found["Policy"])["Version"] == "2008-10-17"
