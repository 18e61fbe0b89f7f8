"""Amazon SES: what it accepts, what becomes of a mail, and what it reports."""

from __future__ import annotations

from mailfanout.sandbox.ses import account, api, configuration_sets, destinations
from mailfanout.sandbox.ses.addresses import address_fault
from mailfanout.sandbox.ses.call import Call
from mailfanout.sandbox.ses.faults import refuse_as_faults_say
from mailfanout.sandbox.ses.handlebars import InvalidTemplate
from mailfanout.sandbox.ses.handlebars import parse as parse_template
from mailfanout.sandbox.ses.header import CONTROL_CHARACTERS
from mailfanout.sandbox.ses.mail import Outbox
from mailfanout.sandbox.ses.refusals import AwsError, Refusal
from mailfanout.sandbox.ses.sending import SendSettings, Ses

__all__ = [
    "CONTROL_CHARACTERS",
    "AwsError",
    "Call",
    "InvalidTemplate",
    "Outbox",
    "Refusal",
    "SendSettings",
    "Ses",
    "account",
    "address_fault",
    "api",
    "configuration_sets",
    "destinations",
    "parse_template",
    "refuse_as_faults_say",
]
