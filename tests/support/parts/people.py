"""The article's recipients, and a file with two of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mailfanout.recipients.checking import Recipient

YAMADA = Recipient("yamada@example.com", "山田太郎")
SATO = Recipient("sato@example.com", "佐藤二郎")
TWO_ROWS = "email,username\nyamada@example.com,山田太郎\ntanaka@example.com,田中一郎\n"
Write = Callable[..., Path]
