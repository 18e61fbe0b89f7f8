"""Lambda's errors, whose members differ from one to the next: Type, and message or Message."""

from __future__ import annotations

import json
from typing import Any

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import Answer


def with_members_of_model(answer: Answer, call: ApiCall) -> Answer:
    """The answer, an error of Lambda's with the members that AWS's model has of it."""
    if call.service != "lambda" or answer.status < 400:
        return answer
    headers = {name.lower(): value for name, value in answer.headers.items()}
    said = _document(answer.body)
    code = headers.get("x-amzn-errortype") or str(said.pop("__type", ""))
    shape: Any = call.model.service_model.shape_for_error_code(code)
    is_told_aloud = "Message" in shape.members if shape else code == "AccessDeniedException"
    message = {"Message" if is_told_aloud else "message": _message(said)}
    kind = {"Type": "User" if answer.status < 500 else "Service"}
    body = {**said, **message, **(kind if shape and "Type" in shape.members else {})}
    headers |= {"content-type": "application/json", "x-amzn-errortype": code}
    headers.pop("content-length", None)
    return Answer(answer.status, headers, json.dumps(body).encode())


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {"message": body.decode(errors="replace")}
    return found if isinstance(found, dict) else {"message": str(found)}


def _message(said: dict[str, Any]) -> str:
    said.pop("Type", None)
    found = [said.pop(name, None) for name in ("message", "Message")]
    return next((str(one) for one in found if one is not None), "")
