"""Changes to moto's SES, with their reasons."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import moto.core.errors
from moto.core.responses import ActionResult
from moto.ses.exceptions import SesError
from moto.ses.models import EmailIdentity, SESBackend, ses_backends
from moto.ses.responses import EmailResponse
from moto.sesv2.responses import SESV2Response

from mailfanout.sandbox.access import current_caller
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.plain_results import PlainResult
from mailfanout.sandbox.seams.replacement import (
    LACKS,
    Method,
    Replacement,
    around,
    call_of,
    changes,
    given,
)
from mailfanout.sandbox.ses import (
    AwsError,
    Call,
    Refusal,
    Ses,
    account,
    api,
    configuration_sets,
    destinations,
)

Operation = Callable[[Ses, Call], Json]


def replacements(ses: Ses) -> list[Replacement]:
    """Every change to moto's SES, for setattr. Some values call the method that they replace."""
    return [
        *(
            Replacement(owner, name, given(_answer, ses, operation, version), reason)
            for version, (owner, by_reason) in enumerate(
                ((EmailResponse, _QUERY_OPERATIONS), (SESV2Response, _REST_JSON_OPERATIONS))
            )
            for reason, operations in by_reason.items()
            for name, operation in operations.items()
        ),
        *_existence_checks(),
        *around(
            SESBackend,
            "sends from a new identity, and says that it is not verified",
            create_email_identity_v2=_verified_at_once,
        ),
        *changes(
            EmailIdentity,
            "leaves out what becomes of bounces",
            get_response_object=_described(EmailIdentity.get_response_object),  # type: ignore[arg-type]
        ),
        *around(
            SESBackend,
            "has tokens for addresses, too",
            get_identity_verification_attributes=_tokens_of_domains,
        ),
        *changes(
            moto.core.errors,
            "warns of each Throttling error, because no service's model has it",
            COMMON_ERROR_CODES=[*moto.core.errors.COMMON_ERROR_CODES, "Throttling"],
        ),
    ]


_DROPS_PARTS = "drops Reply-To, tags and configuration set, never renders, and sends no events"

_QUERY_OPERATIONS: dict[str, dict[str, Operation]] = {
    _DROPS_PARTS: {
        "send_email": api.send_email_v1,
        "send_raw_email": api.send_raw_email_v1,
        "send_templated_email": api.send_templated_email_v1,
        "send_bulk_templated_email": api.send_bulk_templated_email_v1,
    },
    "has a fixed quota, and counts its own mails": {"get_send_quota": account.get_send_quota},
    "fails if there is no topic yet": {
        "set_identity_notification_topic": account.set_identity_notification_topic_v1
    },
    "knows few blocks of templates, no numbers and no nested attributes": {
        "test_render_template": api.test_render_email_template
    },
    "keeps one for each set, by a name that no other set may have": {
        "create_configuration_set_event_destination": destinations.create_event_destination,
        "describe_configuration_set": destinations.describe_configuration_set_v1,
    },
    "names no template that it refuses, makes an updated one a new one, and shows parts it lacks": {
        "create_template": account.create_template_v1,
        "update_template": account.update_template_v1,
        "get_template": account.get_template_v1,
    },
    "fails if there is none": {
        "delete_configuration_set": destinations.delete_configuration_set_v1,
        "delete_template": account.delete_template_v1,
    },
    LACKS: {
        "get_account_sending_enabled": account.get_account_sending_enabled_v1,
        "update_account_sending_enabled": account.put_account_sending_attributes,
        "delete_configuration_set_event_destination": destinations.delete_event_destination,
        "set_identity_headers_in_notifications_enabled": account.set_headers_in_notifications_v1,
        "update_configuration_set_event_destination": destinations.update_event_destination,
        "update_configuration_set_sending_enabled": configuration_sets.update_sending_enabled_v1,
    },
    "leaves the topics out": {
        "get_identity_notification_attributes": account.get_identity_notification_attributes_v1
    },
}

_REST_JSON_OPERATIONS: dict[str, dict[str, Operation]] = {
    _DROPS_PARTS: {"send_email": api.send_email},
    LACKS: {
        "send_bulk_email": api.send_bulk_email,
        "test_render_email_template": api.test_render_email_template,
        **{
            operation.__name__: operation
            for operation in (
                *(account.get_account, account.put_account_details),
                *(
                    account.put_account_sending_attributes,
                    account.put_account_suppression_attributes,
                ),
                account.put_email_identity_configuration_set_attributes,
                *(account.put_suppressed_destination, account.get_suppressed_destination),
                *(account.delete_suppressed_destination, account.list_suppressed_destinations),
                *(account.create_email_template, account.update_email_template),
                *(account.get_email_template, account.delete_email_template),
                account.list_email_templates,
            )
        },
        "create_configuration_set_event_destination": destinations.create_event_destination,
        "update_configuration_set_event_destination": destinations.update_event_destination,
        "get_configuration_set_event_destinations": destinations.get_event_destinations,
        "delete_configuration_set_event_destination": destinations.delete_event_destination,
        **configuration_sets.PUTTING,
    },
    "says that nobody may send": {
        "get_configuration_set": configuration_sets.get_configuration_set
    },
}

WITHOUT_BODY = [name for operations in _REST_JSON_OPERATIONS.values() for name in operations]

# The codes of API v1 and of v2.
_CODES: dict[Refusal, tuple[str, str]] = {
    "MESSAGE_REJECTED": ("MessageRejected", "MessageRejected"),
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": ("MailFromDomainNotVerifiedException",) * 2,
    "CONFIGURATION_SET_NOT_FOUND": ("ConfigurationSetDoesNotExist", "NotFoundException"),
    "TEMPLATE_EXISTS": ("AlreadyExists", "AlreadyExistsException"),
    "TEMPLATE_NOT_FOUND": ("TemplateDoesNotExist", "NotFoundException"),
    "ACCOUNT_SUSPENDED": ("MessageRejected", "AccountSuspendedException"),
    "ACCOUNT_THROTTLED": ("Throttling", "TooManyRequestsException"),
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": ("Throttling", "LimitExceededException"),
    "ACCOUNT_SENDING_PAUSED": ("AccountSendingPausedException", "SendingPausedException"),
    "CONFIGURATION_SET_SENDING_PAUSED": (
        "ConfigurationSetSendingPausedException",
        "SendingPausedException",
    ),
    "EVENT_DESTINATION_EXISTS": ("EventDestinationAlreadyExists", "AlreadyExistsException"),
    "EVENT_DESTINATION_NOT_FOUND": ("EventDestinationDoesNotExist", "NotFoundException"),
    "INVALID_PARAMETER": ("InvalidParameterValue", "BadRequestException"),
    "RENDERING_DATA_INVALID": ("InvalidRenderingParameter", "BadRequestException"),
    "RENDERING_FAILED": ("MissingRenderingAttribute", "BadRequestException"),
}


def _answer(ses: Ses, operation: Operation, version: int, response: Any) -> ActionResult:
    """Of API v1 or v2: which of its two codes an error has."""
    asked, caller = call_of(response), current_caller()
    # SES names a caller by the user's or the role's name alone.
    name = (caller.role_arn or caller.arn).rpartition("/")[2]
    backend = ses_backends[caller.account_id][asked.region]
    try:
        return PlainResult(operation(ses, Call(asked.parameters, backend, name, asked.operation)))
    except AwsError as error:
        raise SesError(_CODES[error.status][version], error.message) from error


def _existence_checks() -> list[Replacement]:
    identity = ("EmailIdentity", "email_identities", "Email identity {}")
    configuration_set = ("ConfigurationSetName", "config_sets", "Configuration set <{}>")
    checks = {
        "create_email_identity": {identity: False, configuration_set: True},
        "get_email_identity": {identity: True},
        "delete_email_identity": {identity: True},
        "create_configuration_set": {configuration_set: False},
        "delete_configuration_set": {configuration_set: True},
    }
    return around(
        SESV2Response,
        "overwrites, fails, or answers with API v1's error",
        **{name: partial(_checked, resources) for name, resources in checks.items()},
    )


def _checked(resources: dict[tuple[str, str, str], bool], original: Method, response: Any) -> Any:
    """What asks first whether what the call names is there, or is not there, as it has to be."""
    for (parameter, kept_in, described), exists in resources.items():
        name = response._get_param(parameter)
        found = name in getattr(response.sesv2_backend.core_backend, kept_in)
        if name and exists and not found:
            message = f"{described.format(name)} does not exist."
            raise SesError("NotFoundException", message)
        if found and not exists:
            # SES's own grammar, of identities.
            exist = "exist" if kept_in == "email_identities" else "exists"
            message = f"{described.format(name)} already {exist}."
            raise SesError("AlreadyExistsException", message)
    return original(response)


def _verified_at_once(original: Method, *args: Any, **kwargs: Any) -> Any:
    identity = original(*args, **kwargs)
    identity.verified_for_sending_status = True
    identity.feedback_forwarding_status = True
    return identity


def _described(original: property) -> property:
    def get_response_object(identity: EmailIdentity) -> dict[str, Any]:
        described: dict[str, Any] = original.fget(identity)  # type: ignore[misc]
        return {**described, "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}}

    return property(get_response_object)


def _tokens_of_domains(original: Method, *args: Any, **kwargs: Any) -> Any:
    found = original(*args, **kwargs)
    for name, attributes in found.items():
        if "@" in name:
            del attributes["VerificationToken"]
    return found
