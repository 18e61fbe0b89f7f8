"""Which encoding a CSV file is in: few files say so."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from pathlib import Path
from typing import Literal

from mailfanout.errors import InputError

Encoding = Literal["cp932", "cp1252"]

# EUC-JP and Big5 are valid cp932, with these characters in it.
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
# How Japanese begins in ISO-2022-JP, which is otherwise ASCII.
_ESCAPE = "\x1b$"
_WIDE_BESIDE_LATIN = re.compile(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]")
_ACCENTED = r"[À-ÖØ-öø-ÿŠŒŽšœžŸ’]{1,2}"
_ACCENTED_RUN = re.compile(
    rf"(?<=[A-Za-z]){_ACCENTED}(?![^\x00-\x7f])|(?<![^\x00-\x7f]){_ACCENTED}(?=[A-Za-z])"
)
_NON_ASCII_RUN = re.compile(r"[^\x00-\x7f]+")


def decode(content: bytes, path: Path) -> tuple[str, Encoding | None]:
    """The text, and its encoding if that is a guess. Raises InputError if it is none of these."""
    utf_16 = _utf_16(content)
    text = _text(content, utf_16 or "utf-8-sig")
    if text is not None:
        return (_text(content, "iso2022_jp") or text) if _ESCAPE in text else text, None
    if not utf_16:
        japanese, western = _text(content, "cp932"), _text(content, "cp1252")
        is_doubtful = japanese is None or _WIDE_BESIDE_LATIN.search(japanese)
        if western is not None and is_doubtful and _is_western(western):
            return western, "cp1252"
        if japanese is not None:
            return japanese, "cp932"
    raise InputError(
        f"{path} is not text in UTF-8, UTF-16, cp932 (Shift_JIS), ISO-2022-JP or cp1252 (Western). "
        'Save it again as "CSV UTF-8", which Excel offers under Save As.'
    )


def _utf_16(content: bytes) -> str | None:
    """Which UTF-16 it is, also if its mark is missing: a file begins with an ASCII letter."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if content[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if content[:1] == b"\0" else None


def _text(content: bytes, encoding: str) -> str | None:
    with suppress(UnicodeDecodeError):
        text = content.decode(encoding)
        # UTF-16 without its mark, and many a binary file, is valid UTF-8 with NULs in it.
        is_other = "\0" in text or encoding == "cp932" and _PRIVATE_USE.search(text)
        return None if is_other else text
    return None


def _is_western(text: str) -> bool:
    """Whether most of what is not ASCII is one or two accented letters in a Latin word.

    A Japanese word beside a Latin one, as in 株式会社ABC, is a longer run in any reading.
    """
    return 2 * len(_ACCENTED_RUN.findall(text)) > len(_NON_ASCII_RUN.findall(text))
