"""The mails that the sandbox's SES accepted."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailfanout.errors import InputError, writing_to
from mailfanout.target import Target


@dataclass(frozen=True)
class AcceptedMail:
    """One mail that SES accepted."""

    to: str
    subject: str
    body: str
    message_id: str


def inbox(
    target: Target, *, after: int = 0, to: str | None = None, longest: int | None = None
) -> tuple[AcceptedMail, ...]:
    """Every mail that the sandbox's SES accepted, oldest first; empty on other targets.

    With `to`, the mails to this address alone; `after` leaves out that many of the first mails.
    With `longest`, a subject or body with more characters is cut there, and ends in an ellipsis.
    """
    if target.sandbox is None:
        return ()
    listed = target.sandbox.mails(after=after, to=to, longest=longest)
    return tuple(
        AcceptedMail(recipient, mail["subject"], body_of(mail), mail["message_id"])
        for mail in listed
        for recipient in mail["destinations"]["to"]
    )


def count_accepted(target: Target) -> int:
    """How many mails the sandbox's SES accepted; 0 on other targets."""
    return target.sandbox.count_mails() if target.sandbox else 0


def printable(text: str) -> str:
    """The text with signs in the place of control characters, which would steer a terminal.

    So would those that turn the direction of all that follows: the frame's line, or a name's end.
    """
    return _CONTROLS.sub(lambda found: _sign(ord(found[0])), text)


def _sign(code: int) -> str:
    """Unicode has a picture of each of ASCII's control characters."""
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def write_eml_files(
    target: Target, directory: str | os.PathLike[str], *, to: str | None = None
) -> list[Path]:
    """Write the inbox as files that any mail program opens, and return them, oldest first.

    Writes none on other targets. Raises InputError if the directory cannot be written to.
    """
    sandbox, directory = target.sandbox, Path(directory)
    if sandbox is None:
        return []
    if directory.exists() and not directory.is_dir():
        raise InputError(f"{directory} is a file. Name a directory for the mails.")
    with writing_to(directory, mend="Name a directory that is yours."):
        directory.mkdir(parents=True, exist_ok=True)
        ids = [mail["message_id"] for mail in sandbox.mails(to=to)]
        files = {directory / f"{message_id}.eml": message_id for message_id in ids}
        for path, message_id in files.items():
            path.write_bytes(sandbox.mail_bytes(message_id))
    return [*files]


def body_of(mail: dict[str, Any]) -> str:
    """What a listed mail says: its text, or its HTML, or else the names of what is attached."""
    attached = ", ".join(mail["attachments"])
    return mail["text"] or mail["html"] or (f"[attached: {attached}]" if attached else "")
