"""What a call that sends mail says of its sender and recipients, before anything accepts it.

Mailboxes are read as SES reads them: who may send is asked of whom the mail will be from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from mailfanout.sandbox.calls import ApiCall, bare_address, mail_headers, mailboxes

CONDITION_KEYS = frozenset({"ses:fromaddress", "ses:fromdisplayname", "ses:recipients"})
_NOBODY = EmailMessage()
_CONFIGURATION_SET = "X-SES-CONFIGURATION-SET"


def senders(call: ApiCall) -> list[str]:
    """The sender as the call writes it, and whom its raw mail is from: each is to be allowed."""
    named = call.parameters.get("Source") or call.parameters.get("FromEmailAddress")
    return [*([str(named)] if named else []), *mailboxes(_raw_headers(call), "From")]


def configuration_set(call: ApiCall) -> str | None:
    """The name of the configuration set that the call, or else its raw mail, asks for."""
    named = call.parameters.get("ConfigurationSetName")
    written = named or _raw_headers(call)[_CONFIGURATION_SET]
    return str(written) if written else None


def templates(call: ApiCall) -> Iterator[str]:
    """The names of the stored templates that the call fills in."""
    parameters = call.parameters
    contents = (parameters.get("Content", {}), parameters.get("DefaultContent", {}), parameters)
    for content in contents:
        template = content.get("Template") or {}
        name = template if isinstance(template, str) else template.get("TemplateName")
        if name:
            yield name


def condition_key(call: ApiCall, key: str) -> str | list[str]:
    """What one of SES's condition keys is for a call that sends; empty if that does not have it.

    See https://docs.aws.amazon.com/ses/latest/dg/sending-authorization-policy-examples.html
    """
    if call.service not in ("ses", "sesv2") or not call.operation.startswith("Send"):
        return ""
    if key == "ses:recipients":
        return [bare_address(one) for one in _recipients(call)]
    sender = next(iter(senders(call)), "")
    return bare_address(sender) if key == "ses:fromaddress" else parseaddr(sender)[0]


def _recipients(call: ApiCall) -> list[str]:
    """As the call writes them; a raw mail's own if the call names none."""
    headers = _raw_headers(call)
    raw = (one for name in ("To", "Cc", "Bcc") for one in mailboxes(headers, name))
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


def raw_mail(call: ApiCall) -> bytes:
    """The whole mail that the call brings, as it is written; empty if it brings none."""
    content = call.parameters.get("RawMessage") or call.parameters.get("Content", {}).get("Raw")
    return bytes((content or {}).get("Data", b""))


def _raw_headers(call: ApiCall) -> EmailMessage:
    raw = raw_mail(call)
    return mail_headers(raw) if raw else _NOBODY
