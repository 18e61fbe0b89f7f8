"""The experiments of lessons 07 and 08: something goes wrong, and who gets no mail, or two?

books           sends mails under an experiment's title, and counts what became of them
break_it        the one list of experiments
moment          kills the reader around the call that hands mails to SES
loop            a function that starts itself
"""

from __future__ import annotations

from mailfanout.workshop.experiments.books import Books, reader_held, watch
from mailfanout.workshop.experiments.break_it import (
    EXPERIMENTS,
    REFUSED_ONCE,
    Trial,
    break_it,
    is_refused_once,
    twenty_people,
)
from mailfanout.workshop.experiments.loop import deploy_loop, loop_source
from mailfanout.workshop.experiments.moment import kill_reader

__all__ = [
    "EXPERIMENTS",
    "REFUSED_ONCE",
    "Books",
    "Trial",
    "break_it",
    "deploy_loop",
    "is_refused_once",
    "kill_reader",
    "loop_source",
    "reader_held",
    "twenty_people",
    "watch",
]
