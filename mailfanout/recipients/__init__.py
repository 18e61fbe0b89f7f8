"""Recipients: checked as they come from a CSV file or a DataFrame, and in the pipeline's table."""

from __future__ import annotations

from mailfanout.recipients.checking import (
    BadRow,
    Checked,
    Recipient,
    address_for_ses,
    check_frame,
    example,
    read_csv,
    three_people,
)
from mailfanout.recipients.encodings import Encoding
from mailfanout.recipients.table import (
    Item,
    read_due,
    read_items,
    read_refused,
    seed,
    unsubscribe,
)

__all__ = [
    "BadRow",
    "Checked",
    "Encoding",
    "Item",
    "Recipient",
    "address_for_ses",
    "check_frame",
    "example",
    "read_csv",
    "read_due",
    "read_items",
    "read_refused",
    "seed",
    "three_people",
    "unsubscribe",
]
