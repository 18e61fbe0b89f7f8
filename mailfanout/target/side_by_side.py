"""Several calls to AWS at once: most of the time of each is the way there and back."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from graphlib import TopologicalSorter
from typing import TypeVar

Key = TypeVar("Key")
Item = TypeVar("Item")
Result = TypeVar("Result")

# A client of boto3 keeps ten connections open.
AT_ONCE = 8
# Windows hears of Ctrl-C only between two waits.
LOOK_SECONDS = 0.2


def side_by_side(do: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What is done gives for each item, in their order; raises as in_order does."""
    numbered = dict(enumerate(items))
    return list(in_order(lambda number: do(numbered[number]), dict.fromkeys(numbered, ())).values())


def in_order(
    do: Callable[[Key], Result],
    needs: Mapping[Key, Iterable[Key]],
    *,
    progress: Callable[[Key], None] = lambda key: None,
    despite_failures: bool = False,
) -> dict[Key, Result]:
    """What is done gives for each key of `needs`, in its order.

    Each is begun as soon as all that it needs is done, and `progress` is told before; what is in
    no need of one another is done side by side.

    Raises what the first of them raises that fails; what has begun by then is done all the same,
    and `despite_failures` so is whatever does not need what failed.
    Ctrl-C and whatever else ends a program wait for none of it: a call may take minutes to fail,
    and an executor's threads keep even the program's end waiting.
    """
    order = TopologicalSorter(needs)
    order.prepare()
    ready, has_failed = deque[Key](), False
    begun, under_way = dict[Key, Future[Result]](), dict[Future[Result], Key]()
    while True:
        ready.extend(order.get_ready() if not has_failed else ())
        while ready and len(under_way) < AT_ONCE:
            key = ready.popleft()
            progress(key)
            begun[key] = _begin(partial(do, key))
            under_way[begun[key]] = key
        if not under_way:
            results = {key: future.result() for key, future in begun.items()}
            return {key: results[key] for key in needs}
        for future in wait(under_way, LOOK_SECONDS, FIRST_COMPLETED).done:
            key = under_way.pop(future)
            if not future.exception():
                order.done(key)
            elif not despite_failures:
                has_failed = True
                ready.clear()


def _begin(work: Callable[[], Result]) -> Future[Result]:
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="side-by-side", daemon=True).start()
    return future
