"""What AWS refuses, and whom: the service, the error's code and message, who, what, on which."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from botocore.exceptions import ClientError

from mailfanout.campaign import printable
from mailfanout.show.documents import Text

# Legible on white and on black, as an error is in Jupyter.
_ERROR = (
    "border-left:4px solid #d1242f;background:rgba(209,36,47,.12);padding:6px 12px;"
    "overflow-wrap:anywhere"
)
# How IAM words it: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_NOT_AUTHORIZED = re.compile(
    r"(?:User: )?(?P<who>\S+) is not authorized to perform: (?P<what>\S+)"
    r"(?: on resource: (?P<which>\S+))?"
)


@dataclass(frozen=True)
class Refusal:
    """An error that AWS answered with, marked as one in Jupyter.

    `call` is the operation, such as `sqs:SendMessage`. If the message says who may not do what on
    which resource, these are shown line by line.
    """

    call: str
    code: str
    message: str

    def __repr__(self) -> str:
        lines = [f"  {name:<9} {value}" for name, value in self._lines().items()]
        return printable("\n".join([f"AWS refuses {self.call}", *lines]))

    def _repr_html_(self) -> str:
        lines = "".join(
            f'<div style="display:flex;gap:12px"><small style="flex:0 0 4.5em">{name}</small>'
            f'<span style="min-width:0">{escape(value)}</span></div>'
            for name, value in self._lines().items()
        )
        title = f"<b>✗ AWS refuses {escape(self.call)}</b>"
        return f'<div role="note" style="{_ERROR}">{title}{lines}</div>'

    def _lines(self) -> Mapping[str, str]:
        found = _NOT_AUTHORIZED.search(self.message)
        said = found.groupdict() if found else {}
        names = {"who": said.get("who"), "what": said.get("what"), "on which": said.get("which")}
        lines = {"code": self.code, "message": self.message}
        return lines | {name: value for name, value in names.items() if value}


def refusal(call: Callable[..., Any], **arguments: Any) -> Text | Refusal:
    """What AWS answers to a call that it refuses: the operation, the error's code and its message.

    The call is made: `show.refusal(sqs.send_message, QueueUrl=url, MessageBody="hello")`. If
    it is accepted, the text says so.
    """
    try:
        call(**arguments)
    except ClientError as error:
        details = error.response["Error"]
        service = _service_of(call)
        return Refusal(f"{service}:{error.operation_name}", details["Code"], details["Message"])
    return Text("The call was accepted, not refused.")


def _service_of(call: Callable[..., Any]) -> str:
    """The service of a boto3 client's method; "AWS" of any other function."""
    meta = getattr(getattr(call, "__self__", None), "meta", None)
    return str(meta.service_model.service_name) if meta else "AWS"
