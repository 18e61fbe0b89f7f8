"""Mail addresses as SES reads them."""

from __future__ import annotations

import re
from functools import lru_cache

from mailfanout.sandbox.calls import bare_address


@lru_cache(maxsize=256)
def address_fault(mailbox: str) -> str | None:
    """What SES says of an address that it refuses, or None if it takes it."""
    address = bare_address(mailbox)
    if _ORDINARY.fullmatch(address):
        return None
    return next((fault for pattern, fault in _FAULTS if pattern.search(address)), None)


@lru_cache(maxsize=256)
def simulator_scenario(mailbox: str) -> str | None:
    """What the mailbox simulator plays for an address (`bounce`, `ooto`, …), or None elsewhere.

    A label counts for nothing: `bounce+7@simulator.amazonses.com` bounces. See
    https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
    """
    local, _, domain = bare_address(mailbox).lower().rpartition("@")
    return local.partition("+")[0] if domain == "simulator.amazonses.com" else None


# What most addresses look like, and none that has a fault.
_ORDINARY = re.compile(r"[\w.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+", re.ASCII)

# Told of an address is what is wrong farthest to the left; its local part ends at the first @.
_FAULTS = [
    (re.compile(pattern), fault)
    for pattern, fault in (
        (r"^[^@(),:;<>\[\]]*?[^!-~]", "Local address contains control or whitespace"),
        (r'^(?!")[^@]*[(),:;<>\[\]]', "Local address contains illegal character"),
        (r"^[^@]*$", "Missing final '@domain'"),
        (r"^@", "Missing local name"),
        (r"^[^@]*@$", "Missing domain"),
        (r"^[^@]*@\.", "Domain starts with dot"),
        (r"^[^@]*@[A-Za-z0-9.-]*?\.\.", "Domain contains dot-dot"),
        (r"^[^@]*@[A-Za-z0-9.-]*[^!-~]", "Domain contains control or whitespace"),
        (r"^[^@]*@.*[^A-Za-z0-9.-]", "Domain contains illegal character"),
        (r"\.$", "Domain ends with dot"),
    )
]
