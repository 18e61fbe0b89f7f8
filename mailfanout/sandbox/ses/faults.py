"""Faults of SES: mails that it throttles, rejects or refuses."""

from __future__ import annotations

from mailfanout.sandbox.control import Faults
from mailfanout.sandbox.ses.sending import AwsError, BulkEmailStatus, Refuse


def refuse_as_faults_say(faults: Faults) -> Refuse:
    """The function that SES calls with each recipient: it returns an error if a fault strikes."""

    def refuse(recipient: str) -> AwsError | None:
        for kind, (status, message) in _ERRORS.items():
            if faults.take(kind, recipient):
                return AwsError(status, message)
        return None

    return refuse


_ERRORS: dict[str, tuple[BulkEmailStatus, str]] = {
    "ses-throttle": ("ACCOUNT_THROTTLED", "Maximum sending rate exceeded."),
    "ses-reject": ("MESSAGE_REJECTED", "The message contains invalid content."),
    "ses-suspend": ("ACCOUNT_SUSPENDED", "Sending suspended for this account."),
}
