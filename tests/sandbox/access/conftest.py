"""moto behind the sandbox's checks, over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cache, partial
from http.client import HTTPConnection
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.moto_api._internal.models import moto_api_backend

from mailfanout.sandbox.access.account import create_administrator, issued_credentials
from mailfanout.sandbox.access.keys import Credentials, Keys
from mailfanout.sandbox.front import one_at_a_time
from mailfanout.sandbox.front.call_counts import CallCounts
from mailfanout.sandbox.front.gateway import Gateway
from mailfanout.sandbox.front.moto_calls import do_by_moto
from mailfanout.sandbox.http.request import Answer
from mailfanout.sandbox.http.server import HttpServer
from mailfanout.sandbox.seams import access, calls
from support.calls.signed_calls import ACCOUNT_ID, REGION, key_pair, session_of
from support.sandboxes.account_setup import ROLE, TRUST, Clients, Make, policy


@pytest.fixture(autouse=True, scope="module")
def one_parse() -> Iterator[None]:
    """moto gets calls that were read before it; other modules use moto alone."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for owner, name, value, _ in calls.replacements():
            monkeypatch.setattr(owner, name, value)
        yield


@pytest.fixture(autouse=True)
def seams(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name, value, _ in access.replacements():
        monkeypatch.setattr(owner, name, value, raising=False)


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys(ACCOUNT_ID, look_up=partial(issued_credentials, ACCOUNT_ID))


@pytest.fixture(scope="session")
def endpoint_url(keys: Keys) -> Iterator[str]:
    gateway = Gateway(
        partial(one_at_a_time, do_by_moto),
        keys=keys,
        counts=CallCounts(),
        own_api=lambda request: Answer(404, {}, b""),
    )
    server = HttpServer(gateway, admit=gateway.admit)
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield server.url
    server.stop()
    thread.join()


@pytest.fixture
def connect(endpoint_url: str) -> Iterator[Make]:
    """Makes boto3 clients; moto is empty again afterwards."""
    clients = []

    def client_of(credentials: Credentials | None, service: str, **options: Any) -> Any:
        session = session_of(credentials) if credentials else boto3.Session(region_name=REGION)
        config = Config(retries={"total_max_attempts": 1}, **options)
        clients.append(session.client(service, endpoint_url=endpoint_url, config=config))
        return clients[-1]

    yield client_of
    for client in clients:
        client.close()
    moto_api_backend.reset()


@pytest.fixture
def admin(connect: Make, keys: Keys) -> Clients:
    """Makes a client of each service with the owner's pair: a user with AdministratorAccess."""
    create_administrator(keys.owner)
    return cache(lambda service: connect(keys.owner, service))


@pytest.fixture
def role(connect: Make, keys: Keys, admin: Clients) -> Make:
    """Creates the execution role with these statements, and makes clients of a session of it."""
    admin("iam").create_role(RoleName="lambda-s3-role", AssumeRolePolicyDocument=TRUST)

    def client_of(service: str, *statements: Any) -> Any:
        if statements:
            admin("iam").put_role_policy(
                RoleName="lambda-s3-role", PolicyName="p", PolicyDocument=policy(*statements)
            )
        return connect(keys.issue(ROLE, "sendQueue", lifetime_seconds=60), service)

    return client_of


@pytest.fixture
def user(connect: Make, admin: Clients) -> Clients:
    """An IAM user with an access key, which the fixture's clients use."""
    iam = admin("iam")
    iam.create_user(UserName="yamada", Path="/mail/")
    key = iam.create_access_key(UserName="yamada")["AccessKey"]
    credentials = key_pair(key["AccessKeyId"], key["SecretAccessKey"])
    return cache(lambda service: connect(credentials, service))


@pytest.fixture
def fetch(endpoint_url: str) -> Make:
    """GETs a path without signing, as a browser does: status and body."""

    def get(path: str, **headers: Any) -> tuple[int, bytes]:
        connection = HTTPConnection(endpoint_url.removeprefix("http://"))
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        answer = response.status, response.read()
        connection.close()
        return answer

    return get
