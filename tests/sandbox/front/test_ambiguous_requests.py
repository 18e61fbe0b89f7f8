"""A key that may do one thing on one resource does nothing else, however a request is bent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SdkCredentials
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from moto.iam.models import iam_backends
from moto.moto_api._internal.models import moto_api_backend

from mailfanout.sandbox.access import Credentials, Keys
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.front import CallCounts, Gateway
from mailfanout.sandbox.http.request import Answer, Request
from support.calls.on_the_wire import LISTED, NAMES, operation, parameters, unsigned
from support.calls.signed_calls import HOST

pytestmark = pytest.mark.slow

REGION, ACCOUNT_ID = "us-east-1", "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/one-thing"
MINE = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:mine"
MESSAGE = {"QueueUrl": f"http://{HOST}/{ACCOUNT_ID}/mine", "MessageBody": "hello"}
ONE_THING = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": MINE}
NAMES_OF_RESOURCES = [
    "Bucket",
    "FunctionName",
    "Identity",
    "QueueName",
    "QueueUrl",
    "RequestItems",
    "RoleName",
    "SourceArn",
    "TableName",
    "TargetArn",
    "TopicArn",
    "TransactItems",
]
FEW_OF_EACH = settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


class Front:
    """The gateway, and the calls that it let pass."""

    def __init__(self) -> None:
        self.done: list[ApiCall] = []
        self.keys = Keys(ACCOUNT_ID)
        counts, nothing = CallCounts(), Answer(404, {}, b"")
        own_api = self._own_api
        self._gateway = Gateway(self._do, keys=self.keys, counts=counts, own_api=own_api)
        self.was_owner = False
        self.nothing = nothing

    def send(self, request: Request) -> int:
        admission = self._gateway.admit(request)
        answer = admission if isinstance(admission, Answer) else self._gateway(request)
        return answer.status

    def _do(self, call: ApiCall, credentials: Credentials) -> Answer:
        self.done.append(call)
        return Answer(200, {}, b"")

    def _own_api(self, request: Request) -> Answer:
        self.was_owner = True
        return self.nothing


@pytest.fixture
def front() -> Iterator[Front]:
    allow(ONE_THING)
    yield Front()
    moto_api_backend.reset()


def allow(*statements: dict[str, Any]) -> None:
    iam = iam_backends[ACCOUNT_ID]["aws"]
    if "one-thing" not in {role.name for role in iam.roles.values()}:
        iam.create_role("one-thing", "{}", "/", None, "", [], "3600")
    document = {"Version": "2012-10-17", "Statement": statements}
    iam.put_role_policy("one-thing", "p", json.dumps(document))


class Bent:
    """A SendMessage on its way out, with parts of another call put into it."""

    def __init__(self, request: AWSRequest, other: AWSRequest, service: str) -> None:
        self.request = request
        self.other = other
        self.service = service
        self.scope = "sqs"
        self.signs_query = False

    @property
    def body(self) -> bytes:
        return as_bytes(self.request.data)

    def take_header(self, name: str) -> None:
        if name in self.other.headers:
            del self.request.headers[name]
            self.request.headers[name] = as_text(self.other.headers[name])


def from_other_headers(bent: Bent) -> None:
    for name in ("X-Amz-Target", "Content-Type"):
        bent.take_header(name)


def from_other_target(bent: Bent) -> None:
    bent.take_header("X-Amz-Target")


def from_other_body(bent: Bent) -> None:
    bent.request.data = as_bytes(bent.other.data)


def both_bodies(bent: Bent) -> None:
    bent.request.data = bent.body + b"&" + as_bytes(bent.other.data)


def both_documents(bent: Bent) -> None:
    try:
        document = json.loads(bent.body) | json.loads(as_bytes(bent.other.data))
    except (ValueError, TypeError):  # a body is no document, or no object
        return
    bent.request.data = json.dumps(document).encode()


def from_other_path(bent: Bent) -> None:
    url = urlsplit(bent.other.url)
    bent.request.url = f"http://{HOST}{url.path}?{url.query}"
    bent.request.method = bent.other.method


def action_in_the_query(bent: Bent) -> None:
    model = operation(bent.service, "".join(bent.request.context["name"]))
    fields = {"Action": model.name, "Version": model.service_model.api_version}
    bent.request.url += f"?{urlencode(fields)}"


def from_other_scope(bent: Bent) -> None:
    model = operation(bent.service, bent.request.context["name"]).service_model
    bent.scope = str(model.metadata.get("signingName") or model.metadata["endpointPrefix"])


def from_the_owners_scope(bent: Bent) -> None:
    bent.scope = "sandbox"


def scope_in_capitals(bent: Bent) -> None:
    bent.scope = bent.scope.upper()


def in_an_encoding(bent: Bent) -> None:
    bent.request.headers["Content-Encoding"] = "gzip"


def as_a_form(bent: Bent) -> None:
    del bent.request.headers["Content-Type"]
    bent.request.headers["Content-Type"] = "application/x-www-form-urlencoded"


def path_of_the_owner(bent: Bent) -> None:
    bent.request.url = f"http://{HOST}/_sandbox/reset"


def two_signatures(bent: Bent) -> None:
    bent.signs_query = True


WAYS = [
    action_in_the_query,
    as_a_form,
    both_bodies,
    both_documents,
    from_other_body,
    from_other_headers,
    from_other_path,
    from_other_scope,
    from_other_target,
    from_the_owners_scope,
    in_an_encoding,
    path_of_the_owner,
    scope_in_capitals,
    two_signatures,
]


@pytest.mark.parametrize(("service", "name"), LISTED, ids=NAMES)
@FEW_OF_EACH
@given(data=st.data())
def test_a_key_for_one_queue_does_nothing_else(
    front: Front, service: str, name: str, data: Any
) -> None:
    other = unsigned(service, name, data.draw(parameters(service, name)))
    protocol = data.draw(st.sampled_from(["json", "query"]))
    bent = Bent(unsigned_message(protocol, name), other, service)
    for way in data.draw(st.lists(st.sampled_from(WAYS), min_size=1, max_size=3, unique=True)):
        way(bent)

    front.send(signed(bent, front.keys))

    assert not front.was_owner
    # Everybody may ask who they are.
    for call in (one for one in front.done if one.name != "sts:GetCallerIdentity"):
        assert call.name == "sqs:SendMessage"
        assert call.parameters["QueueUrl"] == MESSAGE["QueueUrl"]


@pytest.mark.parametrize(("service", "name"), LISTED, ids=NAMES)
@FEW_OF_EACH
@given(data=st.data())
def test_names_that_are_added_to_a_call_are_never_read(
    front: Front, service: str, name: str, data: Any
) -> None:
    shape = operation(service, name).input_shape
    own = set(shape.members) if shape else set()
    added = data.draw(st.sampled_from(sorted(set(NAMES_OF_RESOURCES) - own)))
    allow({"Effect": "Allow", "Action": "*", "Resource": "*"})
    request = unsigned(service, name, data.draw(parameters(service, name)))
    bent = Bent(request, request, service)
    request.context["name"] = name
    from_other_scope(bent)
    if request.headers.get("X-Amz-Target"):
        request.data = json.dumps(json.loads(as_bytes(request.data)) | {added: "theirs"}).encode()
    elif request.method == "POST" and isinstance(request.data, dict):
        request.data = {**request.data, added: "theirs"}
    else:
        request.url += f"{'&' if '?' in request.url else '?'}{added}=theirs"

    front.send(signed(bent, front.keys))

    assert all("theirs" not in repr(call.parameters) for call in front.done)


def unsigned_message(protocol: str, name: str) -> AWSRequest:
    if protocol == "query":
        form = {"Action": "SendMessage", "Version": "2012-11-05", **MESSAGE}
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        data = urlencode(form).encode()
        request = AWSRequest("POST", f"http://{HOST}/", headers=headers, data=data)
    else:
        request = unsigned("sqs", "SendMessage", MESSAGE)
    request.context["name"] = name
    return request


def signed(bent: Bent, keys: Keys) -> Request:
    issued = keys.issue(ROLE, "one-thing", lifetime_seconds=3600)
    credentials = SdkCredentials(
        issued.access_key_id, issued.secret_access_key, issued.session_token
    )
    request = bent.request
    auth = S3SigV4Auth if bent.scope == "s3" else SigV4Auth
    if bent.signs_query:
        presigned = AWSRequest("GET", f"http://{HOST}/bucket/key")
        S3SigV4QueryAuth(credentials, "s3", REGION, expires=60).add_auth(presigned)
        separator = "&" if "?" in request.url else "?"
        request.url += f"{separator}{urlsplit(presigned.url).query}"
    auth(credentials, bent.scope, REGION).add_auth(request)
    prepared = request.prepare()
    url = urlsplit(prepared.url)
    headers = {name.lower(): as_text(value) for name, value in prepared.headers.items()}
    body = as_bytes(prepared.body or b"")
    return Request(prepared.method, url.path or "/", url.query, {"host": HOST, **headers}, body)


def as_bytes(data: Any) -> bytes:
    if isinstance(data, dict):
        return urlencode(data).encode()
    return data.encode() if isinstance(data, str) else bytes(data or b"")


def as_text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
