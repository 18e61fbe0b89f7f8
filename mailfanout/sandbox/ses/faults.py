"""Faults of SES: mails that it throttles, rejects or refuses."""

from __future__ import annotations

from mailfanout.sandbox.control import Faults
from mailfanout.sandbox.ses.refusals import AwsError, BulkEmailStatus
from mailfanout.sandbox.ses.sending import Refuse


def refuse_as_faults_say(faults: Faults) -> Refuse:
    """The function that SES calls with each recipient: it returns an error if a fault strikes."""

    def refuse(recipient: str) -> AwsError | None:
        for fault in faults.left() if faults.active else ():
            if fault.kind in _ERRORS and faults.take(fault.kind, recipient):
                return AwsError(*_ERRORS[fault.kind])
        return None

    return refuse


_ERRORS: dict[str, tuple[BulkEmailStatus, str]] = {
    "ses-throttle": ("ACCOUNT_THROTTLED", "Maximum sending rate exceeded."),
    "ses-reject": ("MESSAGE_REJECTED", "The message contains invalid content."),
    "ses-suspend": ("ACCOUNT_SUSPENDED", "Sending suspended for this account."),
}
