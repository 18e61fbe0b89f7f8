"""What a call that sends mail says of its sender and recipients, before anything accepts it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parseaddr
from typing import Any

from mailfanout.sandbox.calls import ApiCall

_NOBODY: Message = Message()


def sender(call: ApiCall) -> str:
    """The sender as the call, or else its raw mail, writes it; empty if neither does."""
    named = call.parameters.get("Source") or call.parameters.get("FromEmailAddress")
    return str(named or _raw_headers(call)["From"] or "")


def is_raw(call: ApiCall) -> bool:
    """Whether the call brings a whole mail, with headers."""
    return bool(_raw_mail(call))


def condition_keys(call: ApiCall) -> dict[str, str | list[str]]:
    """SES's condition keys of a call that sends, in lower case; none of any other call.

    See https://docs.aws.amazon.com/ses/latest/dg/sending-authorization-policy-examples.html
    """
    if call.service not in ("ses", "sesv2") or not call.operation.startswith("Send"):
        return {}
    display_name, address = parseaddr(sender(call))
    keys: dict[str, str | list[str]] = {
        "ses:fromaddress": address,
        "ses:fromdisplayname": display_name,
        "ses:recipients": _addresses(_recipients(call)),
    }
    return {name: value for name, value in keys.items() if value}


def _recipients(call: ApiCall) -> list[str]:
    """As the call writes them; a raw mail's own if the call names none."""
    headers = _raw_headers(call)
    raw = (str(one) for name in ("To", "Cc", "Bcc") for one in headers.get_all(name, []))
    return list(_named_in(call.parameters)) or list(raw)


def _named_in(parameters: Mapping[str, Any]) -> Iterator[str]:
    """Of a mail, of a raw one in API v1, and of each entry of a bulk one in either API."""
    destinations = parameters.get("Destinations", [])
    entries = [parameters, *parameters.get("BulkEmailEntries", [])]
    for destination in destinations:
        if isinstance(destination, str):
            yield destination
        else:
            entries.append(destination)
    for entry in entries:
        for addresses in entry.get("Destination", {}).values():
            yield from addresses


def _addresses(written: Iterable[str]) -> list[str]:
    return [address for _, address in getaddresses(list(written)) if address]


def _raw_mail(call: ApiCall) -> bytes:
    content = call.parameters.get("RawMessage") or call.parameters.get("Content", {}).get("Raw")
    return bytes((content or {}).get("Data", b""))


def _raw_headers(call: ApiCall) -> Message:
    raw = _raw_mail(call)
    return BytesHeaderParser().parsebytes(raw) if raw else _NOBODY
