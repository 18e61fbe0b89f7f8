"""A mail as it is uploaded: read, and taken apart as the functions will."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from unicodedata import category

from mailfanout.errors import InputError

# All as sendQueue of the reliable design has them.
MAX_MAIL_BYTES = 390_000
# How Japanese begins in ISO-2022-JP, which is otherwise ASCII, and so valid UTF-8.
_ESCAPE = "\x1b$"
_CONTROL = ("Cc", "Zl", "Zp")
_PLACEHOLDER = re.compile(r"(?<![{\\])\{\{(?:username|email)\}\}(?!\})")


@dataclass(frozen=True)
class MailText:
    """A mail as it is uploaded: first line the subject, an empty line, then the body."""

    name: str
    data: bytes
    subject: str
    body: str


def read_mail(path: str | os.PathLike[str]) -> MailText:
    """Read and check a mail before it is uploaded. Raises InputError, naming what to mend."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}. Correct its name or directory.") from error
    except OSError as error:
        said = f"The mail {path} cannot be read: {error.strerror}. Name a text file that is yours."
        raise InputError(said) from error
    return check_mail(path.name, data)


def example_mail() -> MailText:
    """The article's `example.txt`."""
    file = resources.files("mailfanout") / "examples" / "example.txt"
    return check_mail(file.name, file.read_bytes())


def check_mail(name: str, data: bytes) -> MailText:
    """Take a mail apart exactly as the functions will. Raises InputError, naming what to mend.

    The subject has no blanks around it, and the body ends before the file's last line end.
    """
    if not isinstance(data, bytes):
        raise InputError(f"The mail {name} has to be bytes. A text becomes bytes by .encode().")
    if any(category(one) == "Cs" for one in name):
        raise InputError(f"S3 has no key {name!r}, which is no Unicode. Name the mail otherwise.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"The mail {name} is not UTF-8. Save it as UTF-8.") from error
    if _ESCAPE in text:
        raise InputError(f"The mail {name} is ISO-2022-JP, and not UTF-8. Save it as UTF-8.")
    if "\0" in text.partition("\n")[0]:
        raise InputError(f"The mail {name} is UTF-16, or no text at all. Save it as UTF-8.")
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    subject, second_line, body = (lines.split("\n", 2) + ["", ""])[:3]
    if not subject.strip():
        raise InputError(f"The mail {name} has no subject. Write it in the first line.")
    if control := [one for one in subject.strip() if one != "\t" and category(one) in _CONTROL]:
        raise InputError(
            f"The subject of the mail {name} has the control character U+{ord(control[0]):04X}, "
            "which SES takes in no header. Take it out."
        )
    if second_line.strip():
        raise InputError(f"The mail {name} has no empty second line. Put one before the body.")
    if not body.strip():
        raise InputError(f"The mail {name} has no body. Write it from the third line on.")
    return MailText(name, data, subject.strip(), body.removesuffix("\n"))


def require_mail(given: object) -> None:
    """Raise InputError for what is no MailText, such as a file's name or its text."""
    if not isinstance(given, MailText):
        raise InputError(
            f'{type(given).__name__} is no mail. Give what campaign.read_mail("hello.txt") '
            'or campaign.check_mail("hello.txt", data) returns.'
        )


def check_for_campaign(mail: MailText) -> None:
    """Raise InputError for a mail that the reliable design would refuse.

    A line has a `{{` that nobody fills in, or the mail is too long for the ledger.
    """
    if len((mail.subject + mail.body).encode()) > MAX_MAIL_BYTES:
        raise InputError(f"The mail {mail.name} is longer than {MAX_MAIL_BYTES:,} bytes. Cut it.")
    for number, line in enumerate([mail.subject, "", *mail.body.split("\n")], start=1):
        if "{{" in _PLACEHOLDER.sub("", line):
            raise InputError(
                f"Line {number} of the mail {mail.name} has a {{{{ that nobody would fill in. "
                "Write {{username}} or {{email}}, or take it out."
            )


def needs_username(mail: MailText) -> bool:
    """Whether a recipient of the reliable design without a username fails."""
    return "{{username}}" in mail.subject + mail.body


def filled_in(mail: MailText, *, email: str, username: str) -> MailText:
    """The mail as one recipient of the reliable design gets it."""

    def fill(text: str) -> str:
        values = {"{{email}}": email, "{{username}}": " ".join(username.split())}
        return _PLACEHOLDER.sub(lambda found: values[found[0]], text)

    return replace(mail, subject=fill(mail.subject), body=fill(mail.body))
