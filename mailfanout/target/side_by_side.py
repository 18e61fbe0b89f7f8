"""Several calls to AWS at once: most of the time of each is the way there and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# A client of boto3 keeps ten connections open.
AT_ONCE = 8


def side_by_side(do: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What is done gives for each item, in their order.

    Raises what the first of them raises that fails; what has begun by then is done all the same.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="side-by-side") as workers:
        return list(workers.map(do, items))
