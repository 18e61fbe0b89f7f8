"""What SES's calls need: on identities, configuration sets and templates.

See https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
"""

from __future__ import annotations

from collections.abc import Iterator

from mailfanout.sandbox.access.account import sending_identity
from mailfanout.sandbox.access.mail_requests import configuration_set, raw_mail, senders, templates
from mailfanout.sandbox.access.permission import Permission, action_of, arn_of
from mailfanout.sandbox.calls import ApiCall


def mail_permissions(call: ApiCall, account_id: str) -> list[Permission]:
    """On everything that a mail is sent as and with, or on what another call names."""
    sends = call.operation.startswith("Send")
    named = _used(call, account_id) if sends else _named(call)
    action = "ses:SendRawEmail" if sends and raw_mail(call) else action_of(call)
    found = [Permission(action, arn_of(call, account_id, one)) for one in named]
    return found or [Permission(action, "*")]


def _used(call: ApiCall, account_id: str) -> Iterator[str]:
    for mailbox in senders(call):
        yield f"identity/{sending_identity(mailbox, account_id, call.region)}"
    if name := configuration_set(call):
        yield f"configuration-set/{name}"
    for name in templates(call):
        yield f"template/{name}"


def _named(call: ApiCall) -> Iterator[str]:
    for parameter, kind in _RESOURCES.items():
        if isinstance(name := call.parameters.get(parameter), str):
            yield f"{kind}/{name}"


_RESOURCES = {
    "ConfigurationSetName": "configuration-set",
    "ContactListName": "contact-list",
    "EmailAddress": "identity",
    "EmailIdentity": "identity",
    "Identity": "identity",
    "TemplateName": "template",
}
