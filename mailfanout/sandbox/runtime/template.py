"""What an environment has loaded when it begins as a copy: boto3, and what it reads from the disk.

A first client costs a function a third of a second of processor time, most of it for lists of
directories and for the services' models. It is spent once, ahead of the first function.
"""

from __future__ import annotations

import gc
import http.client
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from inspect import CO_VARKEYWORDS
from pkgutil import resolve_name
from types import FunctionType, MethodType, SimpleNamespace
from typing import Any

# What handlers of a mail fan-out call.
SERVICES = ("dynamodb", "sqs", "s3", "sesv2", "ses", "sns", "lambda")
# Variables that say where a session finds models and settings, which it may have read here.
SESSION_VARIABLES = ("AWS_CONFIG_FILE", "AWS_DATA_PATH")
# A client takes one, and the search for credentials two.
TLS_CONTEXTS = 6
# What makes the same of the same few texts, for each call anew.
REMEMBERED = (
    ("botocore.auth", "_host_from_url"),
    ("botocore.useragent", "sanitize_user_agent_string_component"),
    ("botocore.useragent:UserAgentComponent", "to_string"),
    ("urllib3.poolmanager", "parse_url"),
)
HEADER = re.compile(rb"([!-9;-~]+):[ \t]*([ -~]{0,8000})\r\n")
MANY_HEADERS = 50
LINE_BYTES = 2**16 + 1  # as many as http.client reads at once


def prepare() -> Iterator[object]:
    """Load it, step by step; nothing of it knows a Region or a key."""
    # Nearly all stays: to look for what does not would take two fifths of the time.
    gc.disable()
    with suppress(ImportError):
        import boto3
        import botocore.loaders
        import botocore.session

        yield boto3
        make_clients_faster()
        yield call_faster()
        loader = botocore.loaders.create_loader()
        create_loader = botocore.session.create_loader
        # Every session has a loader of its own, which remembers what it has read.
        botocore.session.create_loader = lambda path=None: create_loader(path) if path else loader
        session = boto3.Session("none", "none", region_name="us-east-1")
        for service in SERVICES:
            yield session.client(service)
        yield _offer_default_session(loader)
        yield _offer_tls_contexts()
    # A collection would write to memory that copies share until then.
    gc.freeze()
    gc.enable()


def make_clients_faster() -> None:
    """Spare botocore what it finds out anew for each session, and each client.

    Those are the name that an event has today, whether a handler takes any keywords, and what
    follows from a service's model alone: a client's methods, and the rules for endpoints.
    """
    import botocore.client
    import botocore.compat
    import botocore.endpoint_provider
    import botocore.hooks

    make_signature = botocore.compat.accepts_kwargs

    def takes_keywords(handler: Any) -> bool:
        function = handler.__func__ if isinstance(handler, MethodType) else handler
        if isinstance(function, FunctionType):
            return bool(function.__code__.co_flags & CO_VARKEYWORDS)
        return bool(make_signature(handler))

    find_name = cache(botocore.hooks.EventAliaser(None)._alias_event_name)
    botocore.hooks.EventAliaser._alias_event_name = lambda self, name: find_name(name)
    botocore.hooks.accepts_kwargs = takes_keywords

    client, rules = botocore.client, botocore.endpoint_provider
    client.ServiceModel = _once_for_each(client.ServiceModel, lambda description, **_: description)
    creator = client.ClientCreator
    create_methods = _once_for_each(creator._create_methods, lambda self, model: model)
    # A client's class may get more of them.
    creator._create_methods = lambda self, model: dict(create_methods(self, model))
    rules.RuleSet = _once_for_each(rules.RuleSet, lambda rules, **_: rules)
    botocore.hooks.NodeList.__copy__ = lambda self: type(self)(*map(list, self))


def call_faster() -> object:
    """Spare botocore and urllib3 what they find out anew for each call."""
    for name, function in REMEMBERED:
        with suppress(AttributeError):  # another botocore may be without it
            owner = resolve_name(name)
            setattr(owner, function, lru_cache(256)(getattr(owner, function)))
    remember_dates()
    http.client.parse_headers = headers_reader(http.client.parse_headers)
    return http.client


def remember_dates() -> None:
    """S3 says with each object when it was written. Other times may depend on the time zone."""
    import botocore.utils

    parse: Any = botocore.utils._parse_timestamp_with_tzinfo
    remembered = lru_cache(256)(parse)

    def parse_date(value: Any, zone: Any) -> Any:
        is_date = isinstance(value, str) and value.endswith(" GMT")
        return remembered(value, zone) if is_date else parse(value, zone)

    botocore.utils._parse_timestamp_with_tzinfo = parse_date


def headers_reader(parse: Any) -> Any:
    """Reads a response's headers as `parse` does, without the email package if they are plain."""

    def read(stream: Any, _class: Any = http.client.HTTPMessage, **options: Any) -> Any:
        message = _class()
        lines: list[bytes] = []
        while not any(options.values()) and len(lines) < MANY_HEADERS:
            lines.append(stream.readline(LINE_BYTES))
            if lines[-1] == b"\r\n":
                message.set_payload("")
                return message
            header = HEADER.fullmatch(lines[-1])
            if not header or header[2].lower().startswith((b"multipart", b"message")):
                break
            message.set_raw(header[1].decode(), header[2].decode())
        again = iter(lines)
        reread = SimpleNamespace(readline=lambda size: next(again, None) or stream.readline(size))
        return parse(reread, _class, **options)

    return read


def is_hidden_by(directory: str) -> bool:
    """Whether a function brings a module that is loaded here: its own has to come first."""
    brought = {name.partition(".")[0] for name in os.listdir(directory)}
    return not brought.isdisjoint(name.partition(".")[0] for name in sys.modules)


def take_on(variables: Mapping[str, str]) -> None:
    """Take these environment variables for the process's own, and forget what came of others."""
    os.environ.clear()
    os.environ.update(variables)
    tempfile.tempdir = None
    time.tzset()


def _once_for_each(make: Callable[..., Any], made_of: Callable[..., object]) -> Callable[..., Any]:
    """The same, but what it has made of an object, it gives again for that object."""
    made: dict[int, tuple[object, Any]] = {}

    def give(*arguments: Any, **options: Any) -> Any:
        source = made_of(*arguments, **options)
        if id(source) not in made:
            # It is kept, so that no other object ever gets its number.
            made[id(source)] = source, make(*arguments, **options)
        return made[id(source)][1]

    return give


def _offer_default_session(loader: Any) -> object:
    """The session of `boto3.client`, which looks for a Region and a key when one is called for.

    Whoever says where models or settings are by then, the function itself too, gets another one.
    """
    import boto3
    import botocore.session

    session = botocore.session.Session()
    # Else the settings would be read, and kept, to see where the models are.
    session.register_component("data_loader", loader)
    made = [boto3.Session(botocore_session=session)]
    set_up = boto3.setup_default_session

    def take(**options: Any) -> None:
        if made and not options and os.environ.keys().isdisjoint(SESSION_VARIABLES):
            boto3.DEFAULT_SESSION = made[0]
            made.clear()
        else:
            set_up(**options)

    boto3.setup_default_session = take
    return take


def _offer_tls_contexts() -> object:
    """Each client begins with one of its own, for plain HTTP, too, and OpenSSL takes its time."""
    import botocore.httpsession

    create = botocore.httpsession.create_urllib3_context
    made = [create() for _ in range(TLS_CONTEXTS)]

    def take(*arguments: Any, **options: Any) -> Any:
        with suppress(IndexError):  # all are taken, perhaps by another thread just now
            if not (arguments or options):
                return made.pop()
        return create(*arguments, **options)

    botocore.httpsession.create_urllib3_context = take
    return take
