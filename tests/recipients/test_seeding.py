"""What lands in the table, and who gets no mail any more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mailfanout.errors import InputError, ResourceMissing
from mailfanout.recipients.checking import Checked, Recipient, check_frame
from mailfanout.recipients.table import read_due, read_items, read_refused, seed, unsubscribe
from mailfanout.stack import Stack
from support.calls.throttled_dynamodb import ThrottledDynamoDB, in_process, people
from support.parts.people import SATO, YAMADA


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("dynamodb", region_name="us-east-1")


@pytest.fixture
def table(dynamodb: Any) -> Any:
    """moto's DynamoDB with the pipeline's table in it."""
    dynamodb.create_table(
        TableName=Stack().table_name,
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "email", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb


def items(table: Any) -> list[dict[str, Any]]:
    return list(table.scan(TableName=Stack().table_name)["Items"])


def test_seed_writes_recipients_not_yet_sent_and_without_error(table: Any) -> None:
    assert seed(in_process(table), Stack(), [YAMADA]) == 1
    assert items(table) == [
        {
            "email": {"S": "yamada@example.com"},
            "username": {"S": "山田太郎"},
            "haserror": {"N": "0"},
            "issend": {"N": "0"},
        }
    ]


def test_seed_writes_more_than_one_batch_and_tells_its_progress(table: Any) -> None:
    progress: list[int] = []
    assert seed(in_process(table), Stack(), people(60), progress=progress.append) == 60
    assert seed(in_process(table), Stack(), people(70), progress=progress.append) == 70
    assert progress == [25, 50, 60, 10, 35, 60, 70]
    assert len(items(table)) == 70


def test_seed_of_nobody_writes_nothing(table: Any) -> None:
    assert seed(in_process(table), Stack(), []) == 0
    assert items(table) == []


def test_seed_repeated_resets_what_is_there(table: Any) -> None:
    seed(in_process(table), Stack(), [YAMADA])
    once = items(table)
    table.update_item(
        TableName=Stack().table_name,
        Key={"email": {"S": YAMADA.email}},
        UpdateExpression="SET issend = :one, haserror = :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    assert read_refused(in_process(table), Stack()) == {YAMADA.email}
    seed(in_process(table), Stack(), [YAMADA])
    assert items(table) == once


def test_address_that_comes_twice_is_written_once_as_it_came_last(table: Any) -> None:
    assert seed(in_process(table), Stack(), [Recipient(SATO.email, "x"), SATO]) == 1
    assert items(table)[0]["username"] == {"S": SATO.username}


def test_seed_without_a_table_names_it(dynamodb: Any) -> None:
    with pytest.raises(ResourceMissing, match="Table mailaddress does not exist"):
        seed(in_process(dynamodb), Stack(), [YAMADA])


def test_without_a_table_nobody_is_there(dynamodb: Any) -> None:
    target = in_process(dynamodb)

    assert (read_items(target, Stack()), read_due(target, Stack())) == ([], [])
    assert read_refused(target, Stack()) == set()


def test_who_is_due_has_no_error_and_no_opt_out_and_who_is_refused_has_an_error_alone(
    table: Any,
) -> None:
    for number, (haserror, optedout) in enumerate([("0", "0"), ("1", "0"), ("0", "1"), ("1", "1")]):
        flags = {"haserror": {"N": haserror}, "optedout": {"N": optedout}}
        item = {"email": {"S": f"r{number}@example.com"}, **flags}
        table.put_item(TableName=Stack().table_name, Item=item)

    assert read_due(in_process(table), Stack()) == [Recipient("r0@example.com", "")]
    assert read_refused(in_process(table), Stack()) == {"r1@example.com"}


class DeletedMeanwhile:
    """The table's DynamoDB; whoever opts out was deleted since the table was read."""

    def __init__(self, table: Any) -> None:
        self.table = table

    def __getattr__(self, name: str) -> Any:
        return getattr(self.table, name)

    def update_item(self, *, Key: Any, **parameters: Any) -> Any:
        self.table.delete_item(TableName=Stack().table_name, Key=Key)
        return self.table.update_item(Key=Key, **parameters)


def test_whoever_is_deleted_before_the_opt_out_does_not_come_back(table: Any) -> None:
    seed(in_process(table), Stack(), [YAMADA])

    with pytest.raises(InputError, match="is not in table"):
        unsubscribe(in_process(DeletedMeanwhile(table)), Stack(), YAMADA.email)

    assert items(table) == []


def test_recipients_may_come_one_after_the_other(table: Any) -> None:
    assert seed(in_process(table), Stack(), iter([YAMADA, SATO])) == 2


def test_whoever_has_opted_out_stays_so(table: Any) -> None:
    seed(in_process(table), Stack(), [YAMADA, SATO])
    unsubscribe(in_process(table), Stack(), YAMADA.email)

    seed(in_process(table), Stack(), [YAMADA, SATO, Recipient(YAMADA.email.upper(), "Yamada")])

    assert [one.email for one in read_due(in_process(table), Stack())] == [SATO.email]


class OptsOutMeanwhile:
    """The table's DynamoDB; YAMADA opts out once the table was read, before a recipient is put."""

    def __init__(self, table: Any) -> None:
        self.table = table

    def __getattr__(self, name: str) -> Any:
        return getattr(self.table, name)

    def transact_write_items(self, **parameters: Any) -> Any:
        unsubscribe(in_process(self.table), Stack(), YAMADA.email)
        return self.table.transact_write_items(**parameters)


def test_whoever_opts_out_while_recipients_are_written_stays_so(table: Any) -> None:
    seed(in_process(table), Stack(), [YAMADA])

    seed(in_process(OptsOutMeanwhile(table)), Stack(), [YAMADA, SATO])

    assert [one.email for one in read_due(in_process(table), Stack())] == [SATO.email]


def test_an_address_in_other_capitals_is_the_recipient_who_is_there(table: Any) -> None:
    seed(in_process(table), Stack(), [Recipient("A.User@example.com", "A")])

    again = [Recipient("a.user@example.com", "B"), Recipient("a.USER@EXAMPLE.com", "C")]
    assert seed(in_process(table), Stack(), again) == 1

    assert read_due(in_process(table), Stack()) == [Recipient("A.User@example.com", "C")]


SPELLED = ["A.User@Example.com", "a.user@example.com"]


def put_by_hand(table: Any, *emails: str) -> None:
    for email in emails:
        item = {"email": {"S": email}, "username": {"S": "A"}, "haserror": {"N": "0"}}
        table.put_item(TableName=Stack().table_name, Item=item)


def test_of_two_spellings_that_are_there_the_one_is_written_that_is_given(table: Any) -> None:
    put_by_hand(table, *SPELLED)

    for given in SPELLED:
        seed(in_process(table), Stack(), [Recipient(given, f"{given} is new")])

    assert [one.username for one in read_due(in_process(table), Stack())] == [
        f"{given} is new" for given in SPELLED
    ]


def test_every_spelling_of_an_address_is_stopped_and_named(table: Any) -> None:
    put_by_hand(table, *SPELLED)
    seed(in_process(table), Stack(), [SATO])

    assert unsubscribe(in_process(table), Stack(), "A.USER@example.com") == SPELLED

    assert [one.email for one in read_due(in_process(table), Stack())] == [SATO.email]


def test_an_address_is_found_as_its_owner_writes_it(table: Any) -> None:
    seed(in_process(table), Stack(), [Recipient("sato@xn--r8jz45g.jp", "Sato")])

    assert unsubscribe(in_process(table), Stack(), "sato@例え.jp") == ["sato@xn--r8jz45g.jp"]


def test_an_address_that_is_in_no_spelling_in_the_table_is_refused(table: Any) -> None:
    with pytest.raises(InputError, match="nobody@example.com is not in table mailaddress"):
        unsubscribe(in_process(table), Stack(), "nobody@example.com")


def test_nobody_can_be_stopped_without_a_table(dynamodb: Any) -> None:
    with pytest.raises(ResourceMissing):
        unsubscribe(in_process(dynamodb), Stack(), SATO.email)


def test_what_a_check_found_good_is_seeded() -> None:
    throttled = ThrottledDynamoDB()
    checked = Checked((SATO, YAMADA), ())

    assert seed(in_process(throttled), Stack(), checked) == 2
    assert throttled.emails == [SATO.email, YAMADA.email]


@pytest.mark.parametrize("address", ["", "nobody", "a b@example.com", "@example.com"])
def test_a_recipient_whose_address_is_none_is_refused(address: str) -> None:
    throttled = ThrottledDynamoDB()
    with pytest.raises(InputError, match=f"^{address!r} is no address. Correct it.$"):
        seed(in_process(throttled), Stack(), [SATO, Recipient(address, "Nobody")])
    assert not throttled.emails


@pytest.mark.parametrize("given", [SATO, None, "people.csv", [("sato@example.com", "Sato")]])
def test_what_are_no_recipients_is_refused_with_what_makes_them(given: Any) -> None:
    with pytest.raises(InputError, match=r"is no list of recipients\. Give what recipients\.check"):
        seed(in_process(ThrottledDynamoDB()), Stack(), given)


def test_a_check_of_what_is_no_frame_says_what_makes_one() -> None:
    given: Any = "people.csv"

    with pytest.raises(InputError, match=r"str is no DataFrame\. Give what pandas\.read_csv"):
        check_frame(given)
