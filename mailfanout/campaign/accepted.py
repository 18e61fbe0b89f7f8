"""The mails that the sandbox's SES accepted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mailfanout.errors import InputError
from mailfanout.target import Target


@dataclass(frozen=True)
class AcceptedMail:
    """One mail that SES accepted."""

    to: str
    subject: str
    body: str
    message_id: str


def inbox(target: Target, *, to: str | None = None) -> tuple[AcceptedMail, ...]:
    """Every mail that the sandbox's SES accepted, oldest first; empty on other targets.

    With `to`, the mails to this address alone.
    """
    return _mails(target, to=to)


def write_eml_files(target: Target, directory: Path, *, to: str | None = None) -> list[Path]:
    """Write the inbox as files that any mail program opens, and return them, oldest first.

    Writes none on other targets. Raises InputError if the directory cannot be written to.
    """
    files: list[Path] = []
    sandbox = target.sandbox
    if sandbox is None:
        return files
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for message_id in [mail["message_id"] for mail in sandbox.mails(to=to)]:
            files.append(directory / f"{message_id}.eml")
            files[-1].write_bytes(sandbox.mail_bytes(message_id))
    except OSError as error:
        raise InputError(f"{directory} cannot be written to: {error.strerror}.") from error
    return files


def _accepted(target: Target) -> int:
    return 0 if target.sandbox is None else target.sandbox.count_mails()


def _mails(target: Target, *, after: int = 0, to: str | None = None) -> tuple[AcceptedMail, ...]:
    if target.sandbox is None:
        return ()
    listed = target.sandbox.mails(after=after, to=to)
    return tuple(
        AcceptedMail(recipient, mail["subject"], mail["text"] or mail["html"], mail["message_id"])
        for mail in listed
        for recipient in mail["destinations"]["to"]
    )
