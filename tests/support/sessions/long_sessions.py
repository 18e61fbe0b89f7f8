"""What a process that runs thousands of tests need not do again and again."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

import botocore.session
from hypothesis import HealthCheck, settings
from hypothesis.internal import charmap
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.internal.intervalsets import IntervalSet

from mailfanout.target.models import share_models

# How many new objects the garbage collector lets pass between two looks, as in the sandbox.
NEW_OBJECTS = 50_000


def leave_garbage_longer() -> None:
    """Look for garbage less often, and never while tests are collected: that stays, anyhow."""
    gc.set_threshold(NEW_OBJECTS, 10, 10)
    gc.disable()


def keep_what_is_there() -> None:
    """Never look at the collected tests and what they import."""
    gc.freeze()
    gc.enable()


def compile_once() -> None:
    """A thousand interpreters start in the tests: the first one compiles a module, not each."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def draw_the_same_everywhere() -> None:
    """Let Hypothesis draw no numbers and texts from the source of what is loaded at the moment.

    Tests would be given other examples in each process, which first would read all of that source.
    """
    nothing = Constants()
    providers._get_local_constants = lambda: nothing


def know_what_utf_8_encodes() -> None:
    """All but surrogates. In a new checkout, Hypothesis encodes a million characters to find out.

    And so does each process that comes to its first text meanwhile.
    """
    find_out = charmap.intervals_from_codec
    utf_8 = IntervalSet([(0, 0xD7FF), (0xE000, sys.maxunicode)]), IntervalSet([])

    def know(name: str) -> Any:
        return utf_8 if name == "utf-8" else find_out(name)

    vars(charmap)["intervals_from_codec"] = know


def give_hypothesis_time() -> None:
    """No property fails because the machine is slow, or does something else."""
    settings.register_profile(
        "any machine",
        settings.default,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("any machine")


def read_models_once() -> None:
    """Let botocore's sessions, each with a loader of its own, share what they read from files."""
    create_loader = botocore.session.create_loader

    def create_sharing_loader(search_path: str | None = None) -> Any:
        loader = create_loader(search_path)
        share_models(loader)
        return loader

    botocore.session.create_loader = create_sharing_loader
