"""What SES refuses of templates, mails, configuration sets and their event destinations.

See https://docs.aws.amazon.com/ses/latest/dg/quotas.html and
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-sns.html
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from email.parser import BytesHeaderParser

from moto.ses.models import SESBackend, ses_backends
from moto.sns.models import sns_backends

from mailfanout.sandbox.access import raw_mail
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError, Refused
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.ses import (
    CONTROL_CHARACTERS,
    InvalidTemplate,
    address_fault,
    parse_template,
)

# The whole mail, with what is attached as base64.
LARGEST_MAIL_BYTES = {"ses": 10 * 2**20, "sesv2": 40 * 2**20}
LARGEST_TEMPLATE_BYTES = 500 * 1024


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for a template, a mail or a topic that SES does not take."""
    if call.operation in _SENDING:
        _check_size(call)
        _check_headers(call)
    if call.operation.startswith("Send"):
        _check_sent(call)
    elif call.operation in _NAMING:
        _check_named(call)
    elif call.operation == "CreateConfigurationSet":
        _check_configuration_set(call)
    elif call.operation in _TEMPLATES:
        parameters = call.parameters
        _check_template(call, parameters.get("TemplateContent") or parameters.get("Template") or {})
    elif call.operation in _DESTINATIONS:
        _check_destination(call, account_id)
    elif "ResourceArn" in call.parameters:
        _check_tagged(call.parameters["ResourceArn"], ses_backends[account_id][call.region])
    elif call.operation == "SetIdentityNotificationTopic":
        _check_notifications(call, account_id)


def _check_size(call: ApiCall) -> None:
    content = call.parameters.get("Content") or call.parameters
    simple = content.get("Simple") or content.get("Message") or {}
    size = len(raw_mail(call)) + sum(_sizes(simple))
    if size > (largest := LARGEST_MAIL_BYTES[call.service]):
        raise _wrong(call, f"Message length is more than {largest} bytes long: '{size}'.")


def _check_headers(call: ApiCall) -> None:
    if not (raw := raw_mail(call)):
        return
    end = _EMPTY_LINE.search(raw)
    head = raw[: end.start()] if end else raw
    names = [name.lower() for name in BytesHeaderParser().parsebytes(head)]
    for name in _ONCE:
        if names.count(name.lower()) > 1:
            raise _wrong(call, f"Duplicate header '{name}'.")


def _check_sent(call: ApiCall) -> None:
    """What a mail is made of: one content in known character sets, tags once, somebody to go to."""
    parameters = call.parameters
    content = parameters.get("Content", {})
    if "Content" in parameters and len(content) != 1:
        raise _wrong(call, "Content must have exactly one of Simple, Raw and Template.")
    if "ListManagementOptions" in parameters:
        raise Refused("unsupported", "The sandbox does not do ListManagementOptions.")
    simple = content.get("Simple") or parameters.get("Message") or {}
    for part in (simple.get("Subject"), *(simple.get("Body") or {}).values()):
        _check_charset(call, (part or {}).get("Charset", "UTF-8"))
    for held in (simple, content.get("Template") or {}):
        _check_files(call, held.get("Attachments") or ())
    for name in _NAME_IN_RAW.findall(raw_mail(call)):
        _check_file_name(call, name.decode(errors="replace").strip())
    if "Bulk" in call.operation:
        _check_bulk(call)
    for tags in ("DefaultEmailTags", "DefaultTags", "EmailTags", "Tags"):
        names = [one["Name"] for one in parameters.get(tags) or ()]
        if doubled := next((name for name in names if names.count(name) > 1), None):
            raise _wrong(call, f"Duplicate message tag name <{doubled}>.")


def _check_files(call: ApiCall, attachments: Iterable[Json]) -> None:
    for attachment in attachments:
        _check_file_name(call, attachment["FileName"])
        if CONTROL_CHARACTERS.search(attachment["FileName"] + attachment.get("ContentType", "")):
            raise _wrong(call, "Control characters in the name or the type of an attachment.")


def _check_file_name(call: ApiCall, name: str) -> None:
    if _UNSAFE.fullmatch(name):
        raise _wrong(call, f"Illegal filename '{name}'.")


def _check_charset(call: ApiCall, charset: str) -> None:
    try:
        "".encode(charset)
    except (LookupError, ValueError) as error:
        raise _wrong(call, f"Unknown character set <{charset}>.") from error


def _check_bulk(call: ApiCall) -> None:
    entries = call.parameters.get("BulkEmailEntries", call.parameters.get("Destinations"))
    if not entries:
        raise _wrong(call, "At least one destination must be specified.")
    content = call.parameters.get("DefaultContent", {"Template": {}})
    if "Template" not in content:
        raise _wrong(call, "The template must be specified.")


def _check_named(call: ApiCall) -> None:
    """What is to be verified, or to get no mail, is an address; an identity may be a domain."""
    parameter = _NAMING[call.operation]
    name = call.parameters[parameter]
    is_domain = "@" not in name and parameter in ("EmailIdentity", "Domain")
    if fault := address_fault(f"a@{name}" if is_domain else name):
        kind = "domain" if is_domain else "email address"
        raise _wrong(call, f"Invalid {kind} <{name}>: {fault}.")
    if is_domain and "." not in name:
        raise _wrong(call, f"Invalid domain name <{name}>.")


def _check_configuration_set(call: ApiCall) -> None:
    parameters = call.parameters
    name = {**parameters, **parameters.get("ConfigurationSet", {})}.get("Name")
    name = parameters.get("ConfigurationSetName", name) or ""
    if not re.fullmatch(r"[\w-]{1,64}", name, re.ASCII):
        raise _wrong(
            call,
            f"Invalid configuration set name <{name}>: only alphanumeric ASCII characters, '_', "
            "and '-' are allowed, and at most 64 of them.",
            "InvalidConfigurationSet",
        )


def _wrong(call: ApiCall, message: str, code: str = "InvalidParameterValue") -> ApiError:
    """The refusal; API v2 has one code for all that v1 tells apart."""
    return ApiError(code if call.service == "ses" else "BadRequestException", message)


def _sizes(simple: Json) -> Iterator[int]:
    for part in (simple.get("Subject"), *(simple.get("Body") or {}).values()):
        yield len((part or {}).get("Data", "").encode())
    for attachment in simple.get("Attachments") or ():
        yield len(attachment["RawContent"]) * 4 // 3


def _check_template(call: ApiCall, template: Json) -> None:
    name = template.get("TemplateName") or call.parameters.get("TemplateName") or ""
    if not re.fullmatch(r"[\w-]{1,64}", name, re.ASCII):
        raise _invalid_template(call, f"The template name <{name}> is invalid.")
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
    return _wrong(call, message, "InvalidTemplate")


def _check_destination(call: ApiCall, account_id: str) -> None:
    given = call.parameters["EventDestination"]
    v1, v2 = given.get("SNSDestination", {}), given.get("SnsDestination", {})
    places = [name for name in given if name.endswith("Destination")]
    is_new = call.operation.startswith("Create")
    if len(places) > 1 or (is_new and not places):
        raise _wrong(call, "An event destination has exactly one place where events go.")
    if is_new and not given.get("MatchingEventTypes"):
        raise _wrong(call, "An event destination matches at least one type of events.")
    arn = v1.get("TopicARN") or v2.get("TopicArn")
    if arn and not _is_there(arn, call, account_id):
        raise _wrong(call, f"SNS topic <{arn}> not found.", "InvalidSNSDestination")


def _check_notifications(call: ApiCall, account_id: str) -> None:
    arn = call.parameters.get("SnsTopic")
    if arn is not None and not _is_there(arn, call, account_id):
        raise ApiError("InvalidParameterValue", f"SNS topic {arn} is invalid.")


def _check_tagged(arn: str, backend: SESBackend) -> None:
    """Raise ApiError unless what has tags, or is to have some, is there."""
    kind, _, name = arn.partition("/")
    kept: dict[str, Container[str]] = {
        "identity": backend.email_identities,
        "configuration-set": backend.config_sets,
    }
    if name not in kept.get(kind.rpartition(":")[2], (name,)):
        raise ApiError("NotFoundException", f"Resource <{arn}> does not exist.", 404)


def _is_there(topic_arn: str, call: ApiCall, account_id: str) -> bool:
    return topic_arn in sns_backends[account_id][call.region].topics


# See https://docs.aws.amazon.com/ses/latest/dg/mime-types.html
_ENDINGS = (
    "ade|adp|app|asp|bas|bat|cer|chm|cmd|com|cpl|crt|csh|der|exe|fxp|gadget|hlp|hta|inf|ins|isp|"
    "its|js|jse|ksh|lib|lnk|mad|maf|mag|mam|maq|mar|mas|mat|mau|mav|maw|mda|mdb|mde|mdt|mdw|mdz|"
    "msc|msh|msh1|msh2|mshxml|msh1xml|msh2xml|msi|msp|mst|ops|pcd|pif|plg|prf|prg|ps1|ps1xml|ps2|"
    "ps2xml|psc1|psc2|reg|scf|scr|sct|shb|shs|sys|tmp|url|vb|vbe|vbs|vps|vsmacros|vss|vst|vsw|vxd|"
    "ws|wsc|wsf|wsh|xnk"
)
_UNSAFE = re.compile(rf".*\.({_ENDINGS})", re.IGNORECASE | re.DOTALL)
_NAME_IN_RAW = re.compile(rb"""\b(?:file)?name\*?="?([^"\r\n;]{0,200}+)""", re.IGNORECASE)
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
# See https://docs.aws.amazon.com/ses/latest/dg/header-fields.html
_ONCE = (
    *("Bcc", "Cc", "Content-Type", "Date", "From", "Message-ID", "MIME-Version"),
    *("Reply-To", "Return-Path", "Sender", "Subject", "To"),
)
_DESTINATIONS = {"CreateConfigurationSetEventDestination", "UpdateConfigurationSetEventDestination"}
_NAMING = {
    "CreateEmailIdentity": "EmailIdentity",
    "PutSuppressedDestination": "EmailAddress",
    "VerifyDomainIdentity": "Domain",
    "VerifyEmailIdentity": "EmailAddress",
}
_SENDING = {"SendEmail", "SendRawEmail"}
_TEMPLATES = {"CreateEmailTemplate", "CreateTemplate", "UpdateEmailTemplate", "UpdateTemplate"}
_SUFFIX = {"ses": "Part", "sesv2": ""}
