"""Several calls to AWS at once: most of the time of each is the way there and back."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# A client of boto3 keeps ten connections open.
AT_ONCE = 8
# Windows hears of Ctrl-C only between two waits.
LOOK_SECONDS = 0.2


def side_by_side(do: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What is done gives for each item, in their order.

    Raises what the first of them raises that fails; what has begun by then is done all the same.
    Ctrl-C and whatever else ends a program wait for none of it: a call may take minutes to fail,
    and an executor's threads keep even the program's end waiting.
    """
    asked: list[tuple[Item, Future[Result]]] = [(item, Future()) for item in items]
    waiting = deque(asked)

    def work() -> None:
        while waiting:
            try:
                item, future = waiting.popleft()
            except IndexError:  # another thread was faster
                return
            try:
                future.set_result(do(item))
            except BaseException as error:
                waiting.clear()
                future.set_exception(error)

    workers = [
        threading.Thread(target=work, name=f"side-by-side-{number}", daemon=True)
        for number in range(min(AT_ONCE, len(asked)))
    ]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            while worker.is_alive():
                worker.join(LOOK_SECONDS)
    finally:
        waiting.clear()
    return [future.result() for _, future in asked]
