"""The front door: every call is read once, checked and counted here, and then done."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mailfanout.sandbox.access import (
    Caller,
    Credentials,
    Keys,
    authenticate,
    authenticate_form,
    authorize,
    find_signer,
    signed_scope,
)
from mailfanout.sandbox.awslambda import DOWNLOAD_PATH, code_at
from mailfanout.sandbox.calls import (
    ApiCall,
    by_form,
    check_length,
    check_limits,
    is_post_form,
    read_call,
    read_post_form,
    speech_of,
)
from mailfanout.sandbox.front.call_counts import CallCounts
from mailfanout.sandbox.front.faulty_calls import Do, ReplyLost
from mailfanout.sandbox.front.lambda_errors import with_members_of_model
from mailfanout.sandbox.front.operations import LARGEST_FORM_BYTES, largest_body_bytes
from mailfanout.sandbox.front.own_api import OWN_PATH
from mailfanout.sandbox.front.page_tokens import with_sealed_tokens
from mailfanout.sandbox.http import (
    Admission,
    Answer,
    ApiError,
    Refused,
    Request,
    Speech,
    error_answer,
    refuse_stranger,
    worded,
)

# The service that the sandbox's own API is signed for.
OWN_SERVICE = "sandbox"

# To read so much costs less than to ask twice who asks.
SMALL_BODY_BYTES = 2**16

log = logging.getLogger(__name__)


@dataclass
class Gateway:
    """Answers requests. `do` does the calls that may be made; `counts` learns of every one.

    `own_api` answers the calls under `/_sandbox`, which only the sandbox's owner may make.
    `last_call_at` is of the last call but those of callers that work `in_background`.
    """

    do: Do
    keys: Keys
    counts: CallCounts
    own_api: Callable[[Request], Answer]
    in_background: Callable[[Caller], bool] = lambda caller: False
    last_call_at: float = field(default_factory=time.monotonic, init=False)

    def admit(self, head: Request) -> Admission:
        """How large the body may be, or the refusal: before a large one, who asks is asked."""
        speech = speech_of(head)
        try:
            if stranger := refuse_stranger(head):
                raise Refused("access_denied", stranger)
            if head.raw_path.startswith(DOWNLOAD_PATH):
                return 0
            if speech.service == "s3":
                check_length(head)
            if is_post_form(head):
                return LARGEST_FORM_BYTES
            if _is_small(head):
                return SMALL_BODY_BYTES
            find_signer(head, self.keys, datetime.now(UTC))
            largest = largest_body_bytes(signed_scope(head)[0])
            if int(head.headers.get("content-length") or 0) > largest:
                raise Refused("too_large", f"Request must be smaller than {largest} bytes.")
        except Refused as refused:
            return _refusal(refused, speech)
        except ApiError as error:
            return error_answer(error, speech)
        return largest

    def __call__(self, request: Request) -> Answer:
        try:
            if request.raw_path.startswith(DOWNLOAD_PATH):
                return _download(request)
            if is_post_form(request):
                return self._take_form(request)
            credentials = authenticate(request, self.keys, datetime.now(UTC))
            self._note_call(credentials)
            service, region = signed_scope(request)
            if service == OWN_SERVICE:
                return self._answer_owner(request, credentials)
            account_id = credentials.caller.account_id
            call = read_call(request, service=service, region=region, account_id=account_id)
        except Refused as refused:
            return _refusal(refused, speech_of(request))
        except Exception:
            log.exception("A request for %s could not be read", request.raw_path)
            unread = "The sandbox cannot read the request; see its log."
            return _refusal(Refused("malformed", unread), speech_of(request))
        return with_members_of_model(self._answer(call, credentials), call)

    def _take_form(self, request: Request) -> Answer:
        """An upload by a form, which is signed in one of its fields."""
        try:
            form = read_post_form(request)
            credentials, region = authenticate_form(form, self.keys, datetime.now(UTC))
        except ApiError as error:
            return error_answer(error, Speech("s3", "rest-xml"))
        self._note_call(credentials)
        put = form.as_put(request)
        account_id = credentials.caller.account_id
        call = read_call(put, service="s3", region=region, account_id=account_id)
        with by_form():
            return form.answered(self._answer(call, credentials), request)

    def _note_call(self, credentials: Credentials) -> None:
        if not self.in_background(credentials.caller):
            self.last_call_at = time.monotonic()

    def _answer_owner(self, request: Request, credentials: Credentials) -> Answer:
        if credentials != self.keys.owner:
            raise Refused("access_denied", "Only the sandbox's own keys may call this")
        if not request.raw_path.startswith(f"{OWN_PATH}/"):
            raise Refused("unknown_operation", f"There is nothing at {request.raw_path}.")
        return self.own_api(request)

    def perform(self, call: ApiCall, credentials: Credentials) -> Answer:
        """Do a call, if the owner of the credentials may make it. Raises Refused or ApiError."""
        authorize(credentials.caller, call)
        check_limits(call)
        return with_sealed_tokens(lambda call: self.do(call, credentials), call)

    def _answer(self, call: ApiCall, credentials: Credentials) -> Answer:
        self.counts.add(credentials.caller.name, call.name)
        try:
            return self.perform(call, credentials)
        except Refused as refused:
            return _refusal(refused, call.speech)
        except ApiError as error:
            return error_answer(error, call.speech)
        except ReplyLost:
            raise
        except Exception:
            log.exception("%s failed", call.name)
            failed = f"The sandbox does not do {call.name} with these parameters; see its log."
            return _refusal(Refused("unsupported", failed), call.speech)


def _is_small(head: Request) -> bool:
    """Whether a body comes that is small, and comes unasked; for a stranger it is read, too."""
    headers = head.headers
    is_plain = "transfer-encoding" not in headers and "expect" not in headers
    return is_plain and int(headers.get("content-length") or 0) <= SMALL_BODY_BYTES


def _download(request: Request) -> Answer:
    """A function's zip, for whoever knows its address: that is signed, and ends by itself."""
    code = code_at(request.raw_path) if request.method == "GET" else None
    if code is None:
        raise Refused("access_denied", "Request has expired")
    return Answer(200, {"Content-Type": "application/zip"}, code)


def _refusal(refused: Refused, speech: Speech) -> Answer:
    return error_answer(worded(refused, speech), speech)
