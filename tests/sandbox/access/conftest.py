"""moto behind the sandbox's checks, over HTTP."""

import io
import threading
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection

import boto3
import pytest
from account_setup import ROLE, TRUST, policy
from botocore.config import Config
from cheroot.wsgi import Server
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from signed_calls import ACCOUNT_ID, REGION, key_pair, session_of

from mailfanout.sandbox.access import authorize
from mailfanout.sandbox.account import issued_credentials
from mailfanout.sandbox.keys import Credentials, Keys
from mailfanout.sandbox.refusals import AccessError, error_response, refuse_stranger
from mailfanout.sandbox.request import Request
from mailfanout.sandbox.signatures import authenticate


class Front:
    """The checks in the order in which the sandbox makes them, and moto behind."""

    def __init__(self, keys):
        self._keys = keys
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        request = Request.from_wsgi(environ, body)
        try:
            if stranger := refuse_stranger(environ):
                raise stranger
            authorize(authenticate(request, self._keys, datetime.now(UTC)), request)
        except AccessError as error:
            status, headers, answer = error_response(request, error)
            start_response(status, headers)
            return [answer]
        environ |= {"wsgi.input": io.BytesIO(body), "RAW_URI": environ["REQUEST_URI"]}
        return self._moto(environ, start_response)


@pytest.fixture(scope="session")
def keys():
    return Keys(ACCOUNT_ID, look_up=partial(issued_credentials, ACCOUNT_ID))


@pytest.fixture(scope="session")
def endpoint_url(keys):
    server = Server(("127.0.0.1", 0), Front(keys), numthreads=2)
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield f"http://127.0.0.1:{server.bind_addr[1]}"
    server.stop()
    thread.join()


@pytest.fixture
def connect(endpoint_url):
    """Makes boto3 clients; moto is empty again afterwards."""
    clients = []

    def client_of(credentials: Credentials | None, service: str, **options):
        session = session_of(credentials) if credentials else boto3.Session(region_name=REGION)
        config = Config(retries={"total_max_attempts": 1}, **options)
        clients.append(session.client(service, endpoint_url=endpoint_url, config=config))
        return clients[-1]

    yield client_of
    for client in clients:
        client.close()
    moto_api_backend.reset()


@pytest.fixture
def admin(connect, keys):
    """Makes clients with the root pair."""
    return lambda service: connect(keys.root, service)


@pytest.fixture
def role(connect, keys, admin):
    """Creates the execution role with these statements, and makes clients of a session of it."""
    admin("iam").create_role(RoleName="lambda-s3-role", AssumeRolePolicyDocument=TRUST)

    def client_of(service, *statements):
        if statements:
            admin("iam").put_role_policy(
                RoleName="lambda-s3-role", PolicyName="p", PolicyDocument=policy(*statements)
            )
        return connect(keys.issue(ROLE, "sendQueue", lifetime_seconds=60), service)

    return client_of


@pytest.fixture
def user(connect, admin):
    """An IAM user with an access key, which the fixture's clients use."""
    iam = admin("iam")
    iam.create_user(UserName="yamada", Path="/mail/")
    key = iam.create_access_key(UserName="yamada")["AccessKey"]
    credentials = key_pair(key["AccessKeyId"], key["SecretAccessKey"])
    return lambda service: connect(credentials, service)


@pytest.fixture
def fetch(endpoint_url):
    """GETs a path without signing, as a browser does: status and body."""

    def get(path, **headers) -> tuple[int, bytes]:
        connection = HTTPConnection(endpoint_url.removeprefix("http://"))
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        answer = response.status, response.read()
        connection.close()
        return answer

    return get
