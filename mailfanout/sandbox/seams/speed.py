"""Changes that save work which moto does at every call."""

from __future__ import annotations

import functools
import string

from moto.core import responses as moto_responses
from moto.core.utils import method_names_from_class
from moto.moto_api._internal.moto_random import MotoRandom

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
        Replacement(
            MotoRandom,
            "get_random_string",
            _random_string,
            "moto_api/_internal/moto_random.py chooses an answer's request id letter by letter",
        ),
    ]


def _random_string(
    self: MotoRandom, length: int = 20, include_digits: bool = True, lower_case: bool = False
) -> str:
    letters = string.ascii_letters + (string.digits if include_digits else "")
    text = "".join(self.choices(letters, k=length))
    return text.lower() if lower_case else text
