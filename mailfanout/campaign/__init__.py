"""A campaign: its mail, the sending of it, what was accepted, and what the functions logged."""

from __future__ import annotations

from mailfanout.campaign.accepted import AcceptedMail, body_of, inbox, printable, write_eml_files
from mailfanout.campaign.logs import (
    Line,
    LoggedInvocation,
    invocations,
    last_error,
    outcomes,
    read_end,
    read_lines,
)
from mailfanout.campaign.mail import (
    MailText,
    check_for_campaign,
    check_mail,
    example_mail,
    filled_in,
    needs_username,
    read_mail,
)
from mailfanout.campaign.sending import (
    Report,
    count_recipients,
    send,
    send_one,
    send_unchecked,
    upload,
)
from mailfanout.campaign.steering import (
    campaign_ids,
    cancel,
    chunks,
    keeps_campaigns,
    pause,
    redrive,
    report,
    resume,
    settle,
    status,
    whole_id,
)
from mailfanout.campaign.tallies import Opening, Tally, close_tally, open_tally
from mailfanout.ledger import OVER, Row, Status

__all__ = [
    "AcceptedMail",
    "Line",
    "LoggedInvocation",
    "MailText",
    "OVER",
    "Opening",
    "Report",
    "Row",
    "Status",
    "Tally",
    "body_of",
    "campaign_ids",
    "cancel",
    "check_mail",
    "chunks",
    "close_tally",
    "check_for_campaign",
    "count_recipients",
    "example_mail",
    "filled_in",
    "inbox",
    "invocations",
    "keeps_campaigns",
    "last_error",
    "needs_username",
    "open_tally",
    "outcomes",
    "pause",
    "printable",
    "read_end",
    "read_lines",
    "read_mail",
    "redrive",
    "report",
    "resume",
    "send",
    "send_one",
    "send_unchecked",
    "settle",
    "status",
    "upload",
    "whole_id",
    "write_eml_files",
]
