"""What a process that runs thousands of tests need not do again and again."""

from __future__ import annotations

import gc
import inspect
import os
import sys
from functools import cache
from types import FunctionType, MethodType
from typing import Any

import botocore.hooks
import botocore.session
from botocore.compat import accepts_kwargs

from mailfanout.target.models import share_models

# How many new objects the garbage collector lets pass between two looks, as in the sandbox.
NEW_OBJECTS = 50_000


def leave_garbage_longer() -> None:
    """Collect less often. Most of what is made while tests are collected stays, anyhow."""
    gc.set_threshold(NEW_OBJECTS, 10, 10)


def keep_what_is_there() -> None:
    """Never look at the collected tests and what they import."""
    gc.collect()
    gc.freeze()


def compile_once() -> None:
    """A thousand interpreters start in the tests: the first one compiles a module, not each."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def read_models_once() -> None:
    """Let botocore's sessions, each with a loader of its own, share what they read from files."""
    create_loader = botocore.session.create_loader

    def create_sharing_loader(search_path: str | None = None) -> Any:
        loader = create_loader(search_path)
        share_models(loader)
        return loader

    botocore.session.create_loader = create_sharing_loader


def register_handlers_faster() -> None:
    """Spare botocore's sessions, with 140 handlers each, what they find out anew for each of them.

    Those are the name that an event has today, and whether a handler takes any keywords.
    """
    botocore.hooks.accepts_kwargs = _takes_keywords
    aliaser = botocore.hooks.EventAliaser(None)
    find_name = cache(aliaser._alias_event_name)
    botocore.hooks.EventAliaser._alias_event_name = lambda self, name: find_name(name)


def _takes_keywords(handler: Any) -> bool:
    """As botocore finds it, which makes a signature of each handler."""
    function = handler.__func__ if isinstance(handler, MethodType) else handler
    if not isinstance(function, FunctionType):
        return bool(accepts_kwargs(handler))
    return bool(function.__code__.co_flags & inspect.CO_VARKEYWORDS)
