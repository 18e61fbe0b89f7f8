"""Who AWS says we are."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """The account and the ARN that the credentials belong to."""

    account_id: str
    arn: str

    @property
    def partition(self) -> str:
        """Which of AWS's clouds it is: `aws`, `aws-us-gov`, `aws-cn`, …"""
        found = re.match(r"arn:([\w-]+):", self.arn)
        return found[1] if found else "aws"
