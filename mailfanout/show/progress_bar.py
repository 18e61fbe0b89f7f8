"""A progress bar that reads the same in every run."""

from __future__ import annotations

import sys
from collections.abc import Callable


def bar(total: int, unit: str) -> Callable[[int], None]:
    """A progress bar, to be given as `progress` to `campaign.send`, `recipients.seed`, `outcomes`.

    `unit` is what is counted, such as "mails". It has no time and no rate, so that in the end it
    reads the same in every run.
    """
    from tqdm import tqdm

    line = tqdm(
        total=total,
        unit=unit,
        file=sys.stdout,
        ncols=60,
        bar_format="{bar} {n_fmt} of {total_fmt} {unit}",
    )

    def advance(number: int) -> None:
        line.update(number - line.n)
        if line.n == total:
            line.close()

    return advance
