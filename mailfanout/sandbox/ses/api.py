"""SES's sending operations, of both API versions, in place of moto's.

API v1 (the query protocol) says in other words what v2 (REST and JSON) says: its requests are
rewritten into v2's, so that every mail comes in through one door. An operation takes the
request's parameters, in AWS's names, and answers with AWS's response, or raises AwsError.
See https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Operations.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

from mailfanout.sandbox.calls import identity_for
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.ses.call import Call
from mailfanout.sandbox.ses.feedback import Listeners
from mailfanout.sandbox.ses.handlebars import RenderingFailed
from mailfanout.sandbox.ses.mail import Attachment, Mail, new_message_id
from mailfanout.sandbox.ses.outcomes import MailEvent, rendering_failure
from mailfanout.sandbox.ses.raw import parse_raw
from mailfanout.sandbox.ses.refusals import AwsError, invalid
from mailfanout.sandbox.ses.sending import RECIPIENT_LIMIT, Ses
from mailfanout.sandbox.ses.templates import Template, find_template, template_data


def send_email(ses: Ses, call: Call) -> Json:
    """SESv2 SendEmail, with Simple, Raw or Template content."""
    content = call.params["Content"]
    envelope = _envelope(call.params)
    if "Template" in content:
        wanted = content["Template"]
        template = find_template(wanted, call.backend)
        filling = _Filling(template, template_data(wanted.get("TemplateData")))
        mail = _new_mail(ses, call, envelope | _extras(wanted) | filling.parts)
        _send_filled(ses, call, mail, filling)
    elif simple := content.get("Simple"):
        mail = _new_mail(ses, call, envelope | _extras(simple) | _simple(simple))
        _send(ses, call, mail)
    else:
        mail = _new_mail(ses, call, _raw(content["Raw"]["Data"], envelope))
        _send(ses, call, mail)
    return {"MessageId": mail.message_id}


def send_bulk_email(ses: Ses, call: Call) -> Json:
    """SESv2 SendBulkEmail: one mail per entry, each with a result of its own.

    What concerns all entries (the sender, the configuration set, the template) fails the call.
    """
    entries = call.params["BulkEmailEntries"]
    if len(entries) > RECIPIENT_LIMIT:
        raise invalid(f"Recipient count exceeds {RECIPIENT_LIMIT}.")
    wanted = call.params["DefaultContent"]["Template"]
    template = find_template(wanted, call.backend)
    data = template_data(wanted.get("TemplateData"))
    tags = _tags(call.params.get("DefaultEmailTags"))
    common = _new_mail(ses, call, _envelope(call.params) | _extras(wanted) | {"tags": tags})
    ses.check_sender(common, call.backend)
    shared = common._asdict()
    listeners = Listeners.of(common, call.backend)
    bulk = _Bulk(ses, call, common, shared, template, data, listeners)
    return {"BulkEmailEntryResults": [_entry_result(bulk, entry) for entry in entries]}


def send_email_v1(ses: Ses, call: Call) -> Json:
    """SES SendEmail."""
    return _send_v1(ses, call, {"Simple": call.params["Message"]})


def send_raw_email_v1(ses: Ses, call: Call) -> Json:
    """SES SendRawEmail: Destinations, if given, go before the message's own recipients."""
    params = call.params | {"Destination": {"ToAddresses": call.params.get("Destinations", [])}}
    return _send_v1(ses, call._replace(params=params), {"Raw": call.params["RawMessage"]})


def send_templated_email_v1(ses: Ses, call: Call) -> Json:
    """SES SendTemplatedEmail."""
    wanted = {"TemplateName": call.params["Template"], "TemplateData": call.params["TemplateData"]}
    return _send_v1(ses, call, {"Template": wanted})


def send_bulk_templated_email_v1(ses: Ses, call: Call) -> Json:
    """SES SendBulkTemplatedEmail."""
    params = _params_v2(call.params) | {
        "DefaultEmailTags": call.params.get("DefaultTags", []),
        "DefaultContent": {
            "Template": {
                "TemplateName": call.params["Template"],
                "TemplateData": call.params.get("DefaultTemplateData"),
            }
        },
        "BulkEmailEntries": [_entry_v2(entry) for entry in call.params["Destinations"]],
    }
    results = send_bulk_email(ses, call._replace(params=params))["BulkEmailEntryResults"]
    return {"Status": [result | {"Status": _status_v1(result["Status"])} for result in results]}


def test_render_email_template(ses: Ses, call: Call) -> Json:
    """SESv2 TestRenderEmailTemplate, and SES TestRenderTemplate: the mail that would leave."""
    template = find_template(call.params, call.backend)
    try:
        data = template_data(call.params.get("TemplateData"))
    except AwsError as error:
        raise AwsError("RENDERING_DATA_INVALID", error.message) from error
    try:
        parts = template.rendered(data)
    except RenderingFailed as error:
        raise AwsError("RENDERING_FAILED", str(error)) from error
    mail = _new_mail(ses, call, {"source": "", **parts})
    return {"RenderedTemplate": mail.rfc5322().decode()}


class _Filling:
    """A template filled in for one mail: the mail's parts, or what is to be reported instead."""

    def __init__(self, template: Template, data: Json) -> None:
        self.parts: Json = {}
        self.failure: MailEvent | None = None
        try:
            self.parts = template.rendered(data)
        except RenderingFailed as error:
            self.failure = rendering_failure(template.name, str(error))


class _Bulk(NamedTuple):
    """What the entries of one SendBulkEmail share."""

    ses: Ses
    call: Call
    common: Mail
    fields: Json  # of `common`: to replace some takes half as long as Python's own replace
    template: Template
    data: Json
    listeners: Listeners


def _entry_result(bulk: _Bulk, entry: Json) -> Json:
    try:
        message_id = _send_entry(bulk, entry)
    except AwsError as error:
        return {"Status": error.status, "Error": error.message}
    return {"Status": "SUCCESS", "MessageId": message_id}


def _send_entry(bulk: _Bulk, entry: Json) -> str:
    replacement = entry.get("ReplacementEmailContent", {}).get("ReplacementTemplate", {})
    data = template_data(replacement.get("ReplacementTemplateData"))
    filling = _Filling(bulk.template, bulk.data | data)
    own = {
        "message_id": new_message_id(bulk.common.accepted_at),
        "headers": _replaced(bulk.common.headers, _pairs(entry.get("ReplacementHeaders"))),
        "tags": {**bulk.common.tags, **_tags(entry.get("ReplacementTags"))},
    }
    mail = Mail(**bulk.fields | own | _destinations(entry["Destination"]) | filling.parts)
    _send_filled(bulk.ses, bulk.call, mail, filling, bulk.listeners)
    return mail.message_id


def _send(ses: Ses, call: Call, mail: Mail) -> None:
    ses.admit(mail, call.backend)
    ses.deliver(mail, call.backend, Listeners.of(mail, call.backend))


def _send_filled(
    ses: Ses, call: Call, mail: Mail, filling: _Filling, listeners: Listeners | None = None
) -> None:
    """Send a mail. Who is to hear of it is known if its sender was checked before."""
    ses.admit(mail, call.backend, is_sender_checked=listeners is not None)
    listeners = listeners or Listeners.of(mail, call.backend)
    if filling.failure:
        # AWS has answered with a message id by then: only an event tells of it.
        ses.report(mail, [filling.failure], listeners)
    else:
        ses.deliver(mail, call.backend, listeners)


def _send_v1(ses: Ses, call: Call, content: Json) -> Json:
    return send_email(ses, call._replace(params=_params_v2(call.params) | {"Content": content}))


def _params_v2(params: Json) -> Json:
    names = {
        "FromEmailAddress": "Source",
        "FeedbackForwardingEmailAddress": "ReturnPath",
        "Destination": "Destination",
        "ReplyToAddresses": "ReplyToAddresses",
        "EmailTags": "Tags",
        "ConfigurationSetName": "ConfigurationSetName",
    }
    return {v2: params[v1] for v2, v1 in names.items() if v1 in params}


def _entry_v2(destination: Json) -> Json:
    data = destination.get("ReplacementTemplateData")
    return {
        "Destination": destination["Destination"],
        "ReplacementTags": destination.get("ReplacementTags", []),
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": data}},
    }


def _status_v1(status: str) -> str:
    renamed = {
        "CONFIGURATION_SET_NOT_FOUND": "ConfigurationSetDoesNotExist",
        "TEMPLATE_NOT_FOUND": "TemplateDoesNotExist",
        "INVALID_PARAMETER": "InvalidParameterValue",
    }
    return renamed.get(status) or status.title().replace("_", "")


def _new_mail(ses: Ses, call: Call, fields: Json) -> Mail:
    now, bounces_to = ses.now(), call.params.get("FeedbackForwardingEmailAddress")
    if bounces_to:
        fields |= {"also_verified": (*fields.get("also_verified", ()), bounces_to)}
    if not fields.get("configuration_set"):
        fields |= {"configuration_set": _default_set(fields["source"], call.backend)}
    return Mail(
        message_id=new_message_id(now),
        accepted_at=now,
        account_id=call.backend.account_id,
        caller_identity=call.caller_identity,
        operation=call.operation,
        region=call.backend.region_name,
        **fields,
    )


def _default_set(source: str, backend: Any) -> str | None:
    """The configuration set that a sender's identity has for mails that name none."""
    identity = backend.email_identities.get(identity_for(source, backend.email_identities))
    return identity.configuration_set_name if identity else None


def _envelope(params: Json) -> Json:
    return {
        "source": params.get("FromEmailAddress", ""),
        "reply_to": tuple(params.get("ReplyToAddresses", ())),
        "tags": _tags(params.get("EmailTags")),
        "configuration_set": params.get("ConfigurationSetName"),
        **_destinations(params.get("Destination", {})),
    }


def _destinations(destination: Json) -> Json:
    return {
        "to": tuple(destination.get("ToAddresses", ())),
        "cc": tuple(destination.get("CcAddresses", ())),
        "bcc": tuple(destination.get("BccAddresses", ())),
    }


def _simple(message: Json) -> Json:
    body = message["Body"]
    return {
        "subject": message["Subject"]["Data"],
        "text": body.get("Text", {}).get("Data"),
        "html": body.get("Html", {}).get("Data"),
    }


def _raw(content: bytes, envelope: Json) -> Json:
    fields = parse_raw(content)
    given = {name: value for name, value in envelope.items() if value}
    if given.keys() & {"to", "cc", "bcc"}:
        fields |= {"to": (), "cc": (), "bcc": ()}
    return fields | given | {"raw_content": content}


def _extras(content: Json) -> Json:
    return {
        "headers": _pairs(content.get("Headers")),
        "attachments": tuple(_attachment(file) for file in content.get("Attachments", ())),
    }


def _attachment(file: Json) -> Attachment:
    content_type = file.get("ContentType", "application/octet-stream")
    return Attachment(file["FileName"], file["RawContent"], content_type)


def _pairs(headers: list[Json] | None) -> tuple[tuple[str, str], ...]:
    return tuple((header["Name"], header["Value"]) for header in headers or ())


def _replaced(
    headers: tuple[tuple[str, str], ...], replacements: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    replaced = {name.lower() for name, _ in replacements}
    return tuple(pair for pair in headers if pair[0].lower() not in replaced) + replacements


def _tags(tags: list[Json] | None) -> dict[str, str]:
    return {tag["Name"]: tag["Value"] for tag in tags or ()}
