"""The checks of the exercises: what AWS holds decides, never a variable of the notebook.

To add one, write a function of a target and a stack that returns CORRECT, NOT_ATTEMPTED or
`not_yet("…")`, and name it in CHECKS under its lesson and number. It may call AWS freely: where
AWS refuses, the learner reads why.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    exercise: str
    verdict: str


@dataclass(frozen=True)
class Progress:
    results: tuple[Result, ...]
