"""What boto3's own calls are recognised as, and which permissions they need."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.sandbox.access.permissions import permissions
from mailfanout.sandbox.http.request import Request
from support.calls.needed_permissions import CALLS, QUEUE, SENDER
from support.calls.signed_calls import ACCOUNT_ID, KEYS, call, called, changed, read


@pytest.mark.parametrize("service, method, parameters, needed", CALLS)
def test_a_call_needs_these_permissions(
    service: str, method: str, parameters: dict[str, Any], needed: Any
) -> None:
    read_call = called(KEYS.owner, service, method, **parameters)

    assert permissions(read_call, ACCOUNT_ID) == list(needed)
    assert read_call.service == service
    assert read_call.operation.lower() == method.replace("_", "")


def test_an_old_sqs_client_names_the_queue_in_the_path() -> None:
    body = b"Action=SendMessage&Version=2012-11-05&MessageBody=a"
    request = query_call("sqs", body, f"/{ACCOUNT_ID}/mailsendqueue")

    assert permissions(read(request), ACCOUNT_ID) == [("sqs:SendMessage", QUEUE)]


def test_events_need_the_permission_of_each_bus_and_may_be_left_out() -> None:
    entries = [{"Source": "a"}, {"EventBusName": "arn:aws:events:us-east-1:1:event-bus/b"}]
    request = call(KEYS.owner, "events", "put_events", Entries=entries)
    buses = f"arn:aws:events:us-east-1:{ACCOUNT_ID}:event-bus"

    needed = [("events:PutEvents", f"{buses}/default"), ("events:PutEvents", f"{buses}/b")]
    assert permissions(read(request), ACCOUNT_ID) == needed
    assert permissions(read(changed(request, body=b"{}")), ACCOUNT_ID) == [(needed[0][0], "*")]


def test_a_query_may_stand_in_the_url() -> None:
    query = "Action=GetCallerIdentity&Version=2011-06-15"
    request = changed(query_call("sts", b"", "/"), query=query, body=b"")

    assert read(request).name == "sts:GetCallerIdentity"


def test_a_from_header_is_read_out_of_a_raw_mail_however_it_is_folded() -> None:
    raw = b"Subject: x\r\nFrom:\r\n Mail <sender@example.com>\r\n\r\nFrom: other@example.com"
    sent = called(KEYS.owner, "ses", "send_raw_email", RawMessage={"Data": raw})

    assert permissions(sent, ACCOUNT_ID) == [("ses:SendRawEmail", SENDER)]


def query_call(service: str, body: bytes, path: str) -> Request:
    signed = call(KEYS.owner, "sts", "get_caller_identity")
    authorization = signed.headers["authorization"].replace("/sts/", f"/{service}/")
    return changed(signed, body=body, raw_path=path, headers={"authorization": authorization})
