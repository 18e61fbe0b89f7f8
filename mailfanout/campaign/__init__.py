"""A campaign: its mail, the sending of it, what was accepted, and what the functions logged."""

from __future__ import annotations

from mailfanout.campaign.accepted import Mail, body_of, inbox, printable, write_eml_files
from mailfanout.campaign.logs import Invocation, Line, invocations, outcomes, read_lines
from mailfanout.campaign.mail import MailText, check_mail, example_mail, read_mail
from mailfanout.campaign.sending import Report, count_recipients, send, upload

__all__ = [
    "Invocation",
    "Line",
    "Mail",
    "MailText",
    "Report",
    "body_of",
    "check_mail",
    "count_recipients",
    "example_mail",
    "inbox",
    "invocations",
    "outcomes",
    "printable",
    "read_lines",
    "read_mail",
    "send",
    "upload",
    "write_eml_files",
]
