"""Numbers of DynamoDB: up to 38 digits, in one spelling.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import decimal
import re
from decimal import Decimal

from mailfanout.errors import MailfanoutError

MOST_DIGITS = 38
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?\s*", re.ASCII)
# What is as DynamoDB would write it already.
_PLAIN = re.compile(r"-?[1-9]\d{0,17}|0", re.ASCII)
# Enough for a sum to show that it has too many digits. Python's own context has 28.
ARITHMETIC = decimal.Context(prec=2 * MOST_DIGITS)


class InvalidNumber(MailfanoutError):
    """What DynamoDB does not take as a number, in its words."""


def spelled(text: str) -> str:
    """A number in DynamoDB's one spelling of it. Raises InvalidNumber."""
    if _PLAIN.fullmatch(text):
        return text
    if not _NUMBER.fullmatch(text):
        raise InvalidNumber(f"The parameter cannot be converted to a numeric value: {text}")
    number = Decimal(text.strip())
    digits = number.as_tuple().digits
    significant = "".join(map(str, digits)).strip("0")
    if len(significant) > MOST_DIGITS:
        raise InvalidNumber("Attempting to store more than 38 significant digits in a Number")
    if not number:
        return "0"
    if not -130 <= number.adjusted() <= 125:
        size = "larger" if number.adjusted() > 0 else "smaller"
        flow = "overflow" if number.adjusted() > 0 else "underflow"
        raise InvalidNumber(
            f"Number {flow}. Attempting to store a number with magnitude {size} than supported "
            "range"
        )
    written = format(number, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written
