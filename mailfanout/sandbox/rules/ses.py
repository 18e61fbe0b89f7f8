"""What SES refuses of templates, of mails by their size, and of topics that are not there.

See https://docs.aws.amazon.com/ses/latest/dg/quotas.html and
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-sns.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.sns.models import sns_backends

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.ses import InvalidTemplate, parse_template

# The whole mail, with what is attached as base64.
LARGEST_MAIL_BYTES = {"ses": 10 * 2**20, "sesv2": 40 * 2**20}
LARGEST_TEMPLATE_BYTES = 500 * 1024

Json = dict[str, Any]


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for a template, a mail or a topic that SES does not take."""
    if call.operation in _SENDING:
        _check_size(call)
    elif call.operation in _TEMPLATES:
        parameters = call.parameters
        _check_template(call, parameters.get("TemplateContent") or parameters.get("Template") or {})
    elif call.operation in _DESTINATIONS:
        _check_destination(call, account_id)
    elif call.operation == "SetIdentityNotificationTopic":
        _check_notifications(call, account_id)


def _check_size(call: ApiCall) -> None:
    content = call.parameters.get("Content") or call.parameters
    raw = content.get("Raw") or content.get("RawMessage") or {}
    simple = content.get("Simple") or content.get("Message") or {}
    size = len(raw.get("Data", b"")) + sum(_sizes(simple))
    if size > LARGEST_MAIL_BYTES[call.service]:
        raise ApiError(
            "InvalidParameterValue" if call.service == "ses" else "BadRequestException",
            f"Message length is more than {LARGEST_MAIL_BYTES[call.service]} bytes long: '{size}'.",
        )


def _sizes(simple: Json) -> Iterator[int]:
    for part in (simple.get("Subject"), *(simple.get("Body") or {}).values()):
        yield len((part or {}).get("Data", "").encode())
    for attachment in simple.get("Attachments") or ():
        yield len(attachment["RawContent"]) * 4 // 3


def _check_template(call: ApiCall, template: Json) -> None:
    parts = [template.get(f"{name}{_SUFFIX[call.service]}") for name in ("Subject", "Text", "Html")]
    if not parts[0]:
        raise _invalid_template(call, "The subject must be specified.")
    written = [part for part in parts if part]
    if sum(len(part.encode()) for part in written) > LARGEST_TEMPLATE_BYTES:
        raise _invalid_template(call, "The template is larger than 500 KB.")
    try:
        for part in written:
            parse_template(part)
    except InvalidTemplate as error:
        raise _invalid_template(call, str(error)) from error


def _invalid_template(call: ApiCall, message: str) -> ApiError:
    return ApiError("InvalidTemplate" if call.service == "ses" else "BadRequestException", message)


def _check_destination(call: ApiCall, account_id: str) -> None:
    given = call.parameters["EventDestination"]
    v1, v2 = given.get("SNSDestination", {}), given.get("SnsDestination", {})
    arn = v1.get("TopicARN") or v2.get("TopicArn")
    if arn and not _is_there(arn, call, account_id):
        code = "InvalidSNSDestination" if call.service == "ses" else "BadRequestException"
        raise ApiError(code, f"SNS topic <{arn}> not found.")


def _check_notifications(call: ApiCall, account_id: str) -> None:
    arn = call.parameters.get("SnsTopic")
    if arn is not None and not _is_there(arn, call, account_id):
        raise ApiError("InvalidParameterValue", f"SNS topic {arn} is invalid.")


def _is_there(topic_arn: str, call: ApiCall, account_id: str) -> bool:
    return topic_arn in sns_backends[account_id][call.region].topics


_DESTINATIONS = {
    "CreateConfigurationSetEventDestination",
    "UpdateConfigurationSetEventDestination",
}
_SENDING = {"SendEmail", "SendRawEmail"}
_TEMPLATES = {"CreateEmailTemplate", "CreateTemplate", "UpdateEmailTemplate", "UpdateTemplate"}
_SUFFIX = {"ses": "Part", "sesv2": ""}
