"""Changes that save work which moto does at every call."""

from __future__ import annotations

import functools

from moto.core import responses as moto_responses
from moto.core.utils import method_names_from_class

from mailfanout.sandbox.seams.replacement import Replacement


def replacements() -> list[Replacement]:
    """Work that moto does anew for every call, some of what a call costs."""
    return [
        Replacement(
            moto_responses,
            "method_names_from_class",
            functools.cache(method_names_from_class),
            "core/responses.py inspects a service's class",
        ),
    ]
