"""SES apart from sending: what moto lacks, or does otherwise than AWS.

Quotas, the suppression list, email templates, notification topics.
Operations have the form that `ses.api` describes.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import NoReturn

from moto.ses.exceptions import SesError

from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.pages import page_of
from mailfanout.sandbox.ses.call import Call
from mailfanout.sandbox.ses.feedback import (
    NOTIFICATION_TYPES,
    TopicMessage,
    suppression_list,
    with_headers,
)
from mailfanout.sandbox.ses.refusals import AwsError, invalid
from mailfanout.sandbox.ses.sending import Ses, account_attributes
from mailfanout.sandbox.ses.set_options import find_configuration_set
from mailfanout.sandbox.ses.templates import stored_template

# Any time lies between them.
_FIRST, _LAST = (one.replace(tzinfo=UTC) for one in (datetime.min, datetime.max))


def get_send_quota(ses: Ses, call: Call) -> Json:
    """SES GetSendQuota."""
    return {
        "Max24HourSend": ses.settings.max_24_hour_send,
        "MaxSendRate": ses.settings.max_send_rate,
        "SentLast24Hours": float(ses.quota(call.backend.region_name).sent_last_24_hours()),
    }


def get_account(ses: Ses, call: Call) -> Json:
    """SESv2 GetAccount."""
    return {
        "DedicatedIpAutoWarmupEnabled": False,
        "EnforcementStatus": "HEALTHY",
        # What an account has that chose nothing.
        "PricingAttributes": {"CurrentPlan": "ESSENTIALS", "NextPlan": "ESSENTIALS"},
        "ProductionAccessEnabled": ses.settings.production,
        "SendQuota": get_send_quota(ses, call),
        "SendingEnabled": True,
        "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        **account_attributes(call.backend),
    }


def put_account_details(ses: Ses, call: Call) -> Json:
    """SESv2 PutAccountDetails. Nobody reviews it: a setting of the sandbox is what it asks for."""
    details = {name: value for name, value in call.params.items() if name in _DETAILS}
    account_attributes(call.backend)["Details"] = details
    return {}


def put_account_sending_attributes(ses: Ses, call: Call) -> Json:
    """SESv2 PutAccountSendingAttributes, and SES UpdateAccountSendingEnabled."""
    is_enabled = call.params.get("SendingEnabled") or call.params.get("Enabled")
    account_attributes(call.backend)["SendingEnabled"] = bool(is_enabled)
    return {}


def put_account_suppression_attributes(ses: Ses, call: Call) -> Json:
    """SESv2 PutAccountSuppressionAttributes. What is on the list already stays there."""
    reasons = {"SuppressedReasons": call.params.get("SuppressedReasons", [])}
    account_attributes(call.backend)["SuppressionAttributes"] = reasons
    return {}


def get_account_sending_enabled_v1(ses: Ses, call: Call) -> Json:
    """SES GetAccountSendingEnabled."""
    return {"Enabled": account_attributes(call.backend).get("SendingEnabled", True)}


def put_email_identity_configuration_set_attributes(ses: Ses, call: Call) -> Json:
    """SESv2 PutEmailIdentityConfigurationSetAttributes: what mails have that name no other one."""
    identity = call.backend.email_identities.get(call.params["EmailIdentity"])
    if identity is None:
        _not_found(f"Email identity {call.params['EmailIdentity']} does not exist.")
    if name := call.params.get("ConfigurationSetName"):
        find_configuration_set(name, call.backend)
    identity.configuration_set_name = name
    return {}


def put_suppressed_destination(ses: Ses, call: Call) -> Json:
    """SESv2 PutSuppressedDestination: from now on mails to the address bounce."""
    address = call.params["EmailAddress"].lower()
    suppression_list(call.backend)[address] = {
        "EmailAddress": address,
        "Reason": call.params["Reason"],
        "LastUpdateTime": ses.now(),
    }
    return {}


def get_suppressed_destination(ses: Ses, call: Call) -> Json:
    """SESv2 GetSuppressedDestination."""
    return {"SuppressedDestination": _suppressed(call)}


def delete_suppressed_destination(ses: Ses, call: Call) -> Json:
    """SESv2 DeleteSuppressedDestination."""
    del suppression_list(call.backend)[_suppressed(call)["EmailAddress"]]
    return {}


def list_suppressed_destinations(ses: Ses, call: Call) -> Json:
    """SESv2 ListSuppressedDestinations, by reason, and by when each was put on the list."""
    asked = call.params
    reasons = asked.get("Reasons") or ["BOUNCE", "COMPLAINT"]
    listed = [
        item
        for item in suppression_list(call.backend).values()
        if item["Reason"] in reasons
        and asked.get("StartDate", _FIRST) <= item["LastUpdateTime"] <= asked.get("EndDate", _LAST)
    ]
    return _page("SuppressedDestinationSummaries", listed, call)


def create_email_template(ses: Ses, call: Call) -> Json:
    """SESv2 CreateEmailTemplate. Templates are API v1's, which moto has."""
    name = call.params["TemplateName"]
    if name in call.backend.templates:
        raise AwsError("TEMPLATE_EXISTS", f"Template {name} already exists.")
    return _store_template(ses, call)


def update_email_template(ses: Ses, call: Call) -> Json:
    """SESv2 UpdateEmailTemplate."""
    _template(call)
    return _store_template(ses, call)


def get_email_template(ses: Ses, call: Call) -> Json:
    """SESv2 GetEmailTemplate."""
    template = _template(call)
    parts = {"Subject": "subject_part", "Text": "text_part", "Html": "html_part"}
    content = {name: template[part] for name, part in parts.items() if template[part]}
    return {"TemplateName": template["template_name"], "TemplateContent": content}


def delete_email_template(ses: Ses, call: Call) -> Json:
    """SESv2 DeleteEmailTemplate."""
    del call.backend.templates[_template(call)["template_name"]]
    return {}


def list_email_templates(ses: Ses, call: Call) -> Json:
    """SESv2 ListEmailTemplates."""
    listed = [
        {"TemplateName": item["template_name"], "CreatedTimestamp": item["Timestamp"]}
        for item in call.backend.templates.values()
    ]
    return _page("TemplatesMetadata", listed, call)


def set_identity_notification_topic_v1(ses: Ses, call: Call) -> Json:
    """SES SetIdentityNotificationTopic; without a topic, notifications of that type end."""
    identity, kind = call.params["Identity"], call.params["NotificationType"]
    topic_arn = call.params.get("SnsTopic")
    if identity not in call.backend.email_identities:
        words = f"Identity {identity} is invalid. Must be a verified email address or domain."
        raise invalid(words)
    call.backend.sns_topics.setdefault(identity, {})[kind] = topic_arn
    if topic_arn:
        ses.publish([TopicMessage(topic_arn, None, _subscribed(topic_arn, kind, identity))])
    return {}


def set_headers_in_notifications_v1(ses: Ses, call: Call) -> Json:
    """SES SetIdentityHeadersInNotificationsEnabled."""
    identity, kind = call.params["Identity"], call.params["NotificationType"]
    if kind not in NOTIFICATION_TYPES:
        valid = ", ".join(NOTIFICATION_TYPES)
        raise invalid(f"Invalid notification type: {kind}. Valid values are: {valid}.")
    if identity not in call.backend.email_identities:
        message = f"Identity {identity} is not verified or does not exist."
        raise AwsError("MESSAGE_REJECTED", message)
    settings = call.backend.sns_topics.setdefault(identity, {})
    settings[with_headers(kind)] = call.params["Enabled"]
    return {}


def create_template_v1(ses: Ses, call: Call) -> Json:
    """SES CreateTemplate."""
    return create_email_template(ses, _template_in_v2(call))


def update_template_v1(ses: Ses, call: Call) -> Json:
    """SES UpdateTemplate."""
    return update_email_template(ses, _template_in_v2(call))


def get_template_v1(ses: Ses, call: Call) -> Json:
    """SES GetTemplate, with those parts that there are."""
    found = get_email_template(ses, call)
    parts = {f"{name}Part": part for name, part in found["TemplateContent"].items()}
    return {"Template": {"TemplateName": found["TemplateName"], **parts}}


def delete_template_v1(ses: Ses, call: Call) -> Json:
    """SES DeleteTemplate; one that is gone is no error."""
    call.backend.templates.pop(call.params["TemplateName"], None)
    return {}


def get_identity_notification_attributes_v1(ses: Ses, call: Call) -> Json:
    """SES GetIdentityNotificationAttributes."""
    attributes = {
        identity: _notification_attributes(call.backend.sns_topics.get(identity, {}))
        for identity in call.params["Identities"]
    }
    return {"NotificationAttributes": attributes}


def _subscribed(topic_arn: str, kind: str, identity: str) -> str:
    """A topic's first message says what it will hear of."""
    message = (
        f"You have successfully subscribed your Amazon SNS topic '{topic_arn}' to receive "
        f"'{kind}' notifications from Amazon SES for identity '{identity}'."
    )
    return json.dumps({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": message})


def _notification_attributes(settings: Json) -> Json:
    topics = {f"{kind}Topic": settings.get(kind) for kind in NOTIFICATION_TYPES}
    headers = {name: settings.get(name, False) for name in map(with_headers, NOTIFICATION_TYPES)}
    forwarding = settings.get("feedback_forwarding_enabled", True)
    named = {name: arn for name, arn in topics.items() if arn}
    return {**named, "ForwardingEnabled": forwarding, **headers}


_DETAILS = (
    *("AdditionalContactEmailAddresses", "ContactLanguage", "MailType"),
    *("UseCaseDescription", "WebsiteURL"),
)


def _suppressed(call: Call) -> Json:
    address = call.params["EmailAddress"]
    item = suppression_list(call.backend).get(address.lower())
    return item or _not_found(f"Email address {address} does not exist on your suppression list.")


def _template_in_v2(call: Call) -> Call:
    given = call.params["Template"]
    content = {name.removesuffix("Part"): one for name, one in given.items()}
    name = content.pop("TemplateName")
    return call._replace(params={"TemplateName": name, "TemplateContent": content})


def _store_template(ses: Ses, call: Call) -> Json:
    name, content = call.params["TemplateName"], call.params["TemplateContent"]
    held = call.backend.templates.get(name, {})
    call.backend.templates[name] = {
        "template_name": name,
        "subject_part": content.get("Subject", ""),
        "text_part": content.get("Text", ""),
        "html_part": content.get("Html", ""),
        "Timestamp": held.get("Timestamp") or ses.now(),
    }
    return {}


def _template(call: Call) -> Json:
    return stored_template(call.params["TemplateName"], call.backend)


def _not_found(message: str) -> NoReturn:
    raise SesError("NotFoundException", message)


def _page(name: str, items: list[Json], call: Call) -> Json:
    most = int(call.params.get("PageSize") or 1000)
    page, token = page_of(items, call.params.get("NextToken"), most)
    return {name: page, **({"NextToken": token} if token else {})}
