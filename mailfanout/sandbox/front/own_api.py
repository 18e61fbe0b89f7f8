"""The sandbox's own API, under /_sandbox: state, settings, faults, counts, mails, a note."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mailfanout.errors import InputError
from mailfanout.sandbox.control import Fault, Faults, read_fault
from mailfanout.sandbox.front.call_counts import CallCounts
from mailfanout.sandbox.front.faulty_calls import check_operation
from mailfanout.sandbox.front.settings import Settings, change_settings, read_settings
from mailfanout.sandbox.http import Answer, Request
from mailfanout.sandbox.ses import Outbox, Ses

OWN_PATH = "/_sandbox"
LARGE_PAGE_CHARACTERS = 4_000_000


class NotFound(Exception):
    """There is nothing at this path."""


@dataclass(frozen=True)
class OwnApi:
    """Answers the calls under `/_sandbox`: JSON in, JSON out, but for a mail's own bytes.

    What is not there is answered with 404, what makes no sense with 400, and a JSON string
    that says what to do.
    """

    settings: Settings
    ses: Ses
    faults: Faults
    counts: CallCounts
    note: list[Any]
    status: Callable[[], dict[str, Any]]
    reset: Callable[[], None]

    def __call__(self, request: Request) -> Answer:
        path = request.raw_path.removeprefix(OWN_PATH)
        try:
            found = self._answer(request.method, path, request)
        except NotFound:
            return Answer.of_json(404, f"There is no {request.method} {path}")
        except InputError as error:
            return Answer.of_json(400, str(error))
        return found if isinstance(found, Answer) else Answer.of_json(200, found)

    def _answer(self, method: str, path: str, request: Request) -> Any:
        outbox, args = self.ses.outbox, request.args
        match method, path.strip("/").split("/"):
            case "GET", ["status"]:
                return self.status()
            case "POST", ["reset"]:
                return self.reset()
            case "GET", ["note"]:
                return list(self.note)
            case "PUT", ["note"]:
                self.note[:] = [_document(request)]
                return None
            case "GET", ["settings"]:
                return read_settings(self.settings, self.ses.settings)
            case "PUT", ["settings"]:
                return change_settings(_document(request), self.settings, self.ses.settings)
            case "GET", ["faults"]:
                return [asdict(fault) for fault in self.faults.left()]
            case "POST", ["faults"]:
                return self.faults.add(_fault(request))
            case "DELETE", ["faults"]:
                return self.faults.clear()
            case "GET", ["calls"]:
                return self.counts.read()
            case "DELETE", ["calls"]:
                return self.counts.clear()
            case "GET", ["mails"]:
                return list(_page(outbox, args))
            case "GET", ["mails", "count"]:
                return len(outbox.find(args["to"])) if "to" in args else len(outbox)
            case "GET", ["mails", name] if mail := outbox.get(name.removesuffix(".eml")):
                return Answer(200, {"Content-Type": "message/rfc822"}, mail.rfc5322())
        raise NotFound


def _fault(request: Request) -> Fault:
    fault = read_fault(_document(request))
    if fault.aims_at_operation:
        check_operation(fault.on)
    return fault


def _page(outbox: Outbox, args: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The mails from position `after` on, at most `limit`, or all; of those to `to`, if given.

    With `longest`, what they say is cut. A page ends when it is large, after one mail at least.
    """
    after = _whole_number("after", args.get("after", "0"))
    end = after + _whole_number("limit", args["limit"]) if "limit" in args else None
    longest = _whole_number("longest", args["longest"]) if "longest" in args else None
    found = outbox.find(args["to"])[after:end] if "to" in args else outbox.after(after, end=end)
    characters = 0
    for mail in found:
        yield (described := mail.to_dict(longest=longest))
        characters += len(described["text"] or "") + len(described["html"] or "")
        if characters > LARGE_PAGE_CHARACTERS:
            return


def _whole_number(name: str, text: str) -> int:
    if not text.isdecimal():
        raise InputError(f"{name} is a whole number from 0, not {text!r}.")
    return int(text)


def _document(request: Request) -> Any:
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise InputError(f"The body is no JSON: {error}") from error
