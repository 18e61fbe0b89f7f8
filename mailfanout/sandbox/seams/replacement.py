"""How a change to moto is written down, and learns of the call; installation.py makes them all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, NoReturn

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.front import CALL

# A function or method of moto's, which its replacement may call.
Method = Callable[..., Any]
# The reason for what is new, and replaces nothing.
LACKS = "has no such operation"


class Replacement(NamedTuple):
    """One assignment, `setattr(owner, name, value)`, and its reason: what moto does or lacks there.

    It is said of the owner's file, if it names no other.
    """

    owner: Any
    name: str
    value: Any
    reason: str


def changes(owner: Any, reason: str, /, **values: Any) -> list[Replacement]:
    """What takes the place of attributes of one owner, by their names, for one reason."""
    return [Replacement(owner, name, value, reason) for name, value in values.items()]


def around(owner: Any, reason: str, /, **works: Method) -> list[Replacement]:
    """The same of functions that first take what they replace, to call it."""
    values = {name: given(work, getattr(owner, name)) for name, work in works.items()}
    return changes(owner, reason, **values)


def given(work: Method, *first: Any) -> Method:
    """`work` with its first arguments, as a function: a class makes no method of a partial."""

    def method(*arguments: Any, **options: Any) -> Any:
        return work(*first, *arguments, **options)

    vars(method)["__wrapped__"] = partial(work, *first)  # whose signature it has
    return method


def call_of(response: Any) -> ApiCall:
    """The call that one of moto's responses answers, as it was read at the front."""
    call: ApiCall = response.normalized_request.environ[CALL]
    return call


def refuse(response: Any) -> NoReturn:
    """In the place of an operation that moto has and the sandbox has not."""
    raise NotImplementedError
