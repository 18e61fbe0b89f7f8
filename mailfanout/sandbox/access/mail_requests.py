"""What a request to send mail says of its sender and recipients, before anything accepts it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parseaddr
from typing import Any

from mailfanout.sandbox.http import Request

# In API v1's forms: of a mail, of a raw one, and of each entry of a bulk one.
_RECIPIENT = re.compile(r"((.+\.)?(To|Cc|Bcc)Addresses|Destinations)\.member\.\d+")


def sender(request: Request) -> str:
    """The sender as the call, or else its raw mail, writes it; empty where neither does.

    Raises AttributeError, TypeError or ValueError where the call is malformed.
    """
    named = request.parameters.get("Source") or request.document.get("FromEmailAddress")
    return str(named or _raw_headers(request)["From"] or "")


def is_raw(request: Request) -> bool:
    """Whether the call brings a whole mail, with headers. Raises as `sender` does."""
    return bool(_raw_data(request))


def condition_keys(request: Request) -> dict[str, str | list[str]]:
    """SES's condition keys of a call that sends, in lower case; none of any other call.

    See https://docs.aws.amazon.com/ses/latest/dg/sending-authorization-policy-examples.html
    """
    if request.service != "ses" or not request.operation[1].startswith("Send"):
        return {}
    try:
        display_name, address = parseaddr(sender(request))
        recipients = _addresses(_recipients(request))
    except (AttributeError, TypeError, ValueError):
        return {}  # The service will say what is wrong.
    keys: dict[str, str | list[str]] = {
        "ses:fromaddress": address,
        "ses:fromdisplayname": display_name,
        "ses:recipients": recipients,
    }
    return {name: value for name, value in keys.items() if value}


def _recipients(request: Request) -> list[str]:
    """As the call writes them; a raw mail's own where the call names none."""
    if request.protocol == "query":
        form = request.parameters.items()
        named = [value for name, value in form if _RECIPIENT.fullmatch(name)]
    else:
        named = list(_named_in(request.document))
    headers = _raw_headers(request)
    return named or [str(one) for name in ("To", "Cc", "Bcc") for one in headers.get_all(name, [])]


def _named_in(document: dict[str, Any]) -> Iterator[str]:
    for entry in [document, *document.get("BulkEmailEntries", [])]:
        for addresses in entry.get("Destination", {}).values():
            yield from addresses


def _addresses(written: Iterable[str]) -> list[str]:
    return [address for _, address in getaddresses(list(written)) if address]


def _raw_data(request: Request) -> str:
    in_document = request.document.get("Content", {}).get("Raw", {}).get("Data")
    return str(request.parameters.get("RawMessage.Data") or in_document or "")


def _raw_headers(request: Request) -> Message:
    return BytesHeaderParser().parsebytes(base64.b64decode(_raw_data(request)))
