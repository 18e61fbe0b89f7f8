"""Numbers of DynamoDB: up to 38 digits, in one spelling.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import decimal
import re
from decimal import Decimal

from mailfanout.errors import MailfanoutError

MOST_DIGITS = 38
_NUMBER = re.compile(
    r"[+-]?(\d+\.?\d*|\.\d+)([eE](?P<sign>[+-]?)0*(?P<exponent>\d{1,19}))?", re.ASCII
)
_SMALLEST, _LARGEST = -130, 125
# DynamoDB reads no exponent of more than 64 bits, and Python none of more than 18 digits.
_MOST_EXPONENT, _FAR_OUT = 2**63, 10**17
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
    found = _NUMBER.fullmatch(text)
    exponent = int(f"{found['sign']}{found['exponent']}") if found and found["exponent"] else 0
    if not found or not -_MOST_EXPONENT <= exponent < _MOST_EXPONENT:
        raise InvalidNumber(f"The parameter cannot be converted to a numeric value: {text}")
    if abs(exponent) > _FAR_OUT:
        raise _out_of_range(exponent)
    number = Decimal(text)
    digits = number.as_tuple().digits
    significant = "".join(map(str, digits)).strip("0")
    if len(significant) > MOST_DIGITS:
        raise InvalidNumber("Attempting to store more than 38 significant digits in a Number")
    if not _SMALLEST <= number.adjusted() <= _LARGEST:
        raise _out_of_range(number.adjusted())
    if not number:  # of which DynamoDB asks where it is written, too
        return "0"
    written = format(number, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _out_of_range(magnitude: int) -> InvalidNumber:
    flow, size = ("overflow", "larger") if magnitude > 0 else ("underflow", "smaller")
    return InvalidNumber(
        f"Number {flow}. Attempting to store a number with magnitude {size} than supported range"
    )
