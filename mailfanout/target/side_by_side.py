"""Several calls to AWS at once: most of the time of each is the way there and back."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from graphlib import TopologicalSorter
from queue import Empty, SimpleQueue
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
    ready, begun, ended = deque[Key](), dict[Key, Future[Result]](), SimpleQueue[Key]()

    def work(key: Key) -> None:
        try:
            begun[key].set_result(do(key))
        except BaseException as error:
            begun[key].set_exception(error)
        ended.put(key)

    under_way, has_failed = 0, False
    while True:
        ready.extend(order.get_ready() if not has_failed else ())
        while ready and under_way < AT_ONCE:
            key = ready.popleft()
            progress(key)
            begun[key] = Future()
            threading.Thread(target=work, args=(key,), name="side-by-side", daemon=True).start()
            under_way += 1
        if not under_way:
            results = {key: future.result() for key, future in begun.items()}
            return {key: results[key] for key in needs}
        key = _next(ended)
        under_way -= 1
        if not begun[key].exception():
            order.done(key)
        elif not despite_failures:
            has_failed = True
            ready.clear()


def _next(ended: SimpleQueue[Key]) -> Key:
    while True:
        with suppress(Empty):
            return ended.get(timeout=LOOK_SECONDS)
