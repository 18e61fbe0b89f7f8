"""A learner's predictions: asked before a run, kept, and looked at after it.

workshop.predict("06-2", "three")   in a cell before the run
workshop.reveal("06-2")             in a cell after it
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from html import escape

from mailfanout.errors import none_such
from mailfanout.workshop.predictions import PREDICTIONS, Prediction, predictions_of
from mailfanout.workshop.record import Guess, Record, changed_record, read_record

_BOX = (
    "border:1px solid rgba(128,128,128,.4);border-left:4px solid {};border-radius:6px;"
    "padding:8px 14px;max-width:760px;background:rgba(128,128,128,.06)"
)
# Each is seen on white and on black.
_ASKED, _RIGHT, _WRONG = "#3b82c4", "#2e9e5b", "#b8681c"


@dataclass(frozen=True)
class Question:
    """A prediction with its choices; the learner's own is marked."""

    prediction: Prediction
    guess: str | None
    note: str

    def __repr__(self) -> str:
        one = self.prediction
        choices = [f"  ({self._mark('x', choice)}) {choice}" for choice in one.choices]
        return "\n".join([f"Prediction {one.number}. {one.question}", *choices, self.note])

    def _repr_html_(self) -> str:
        one = self.prediction
        choices = "".join(
            f'<li style="list-style:none">{self._mark("●", choice, "○")} {escape(choice)}</li>'
            for choice in one.choices
        )
        return (
            f'<div style="{_BOX.format(_ASKED)}"><b>Prediction {one.number}.</b> '
            f'{escape(one.question)}<ul style="margin:6px 0;padding-left:8px">{choices}</ul>'
            f"<small>{escape(self.note)}</small></div>"
        )

    def _mark(self, mine: str, choice: str, others: str = " ") -> str:
        return mine if choice == self.guess else others


@dataclass(frozen=True)
class Answer:
    """Whether a guess was right, and why things are as they are."""

    prediction: Prediction
    guess: str | None

    def __repr__(self) -> str:
        return f"Prediction {self.prediction.number}. {self._said()} {self.prediction.why}"

    def _repr_html_(self) -> str:
        colour = _RIGHT if self.guess == self.prediction.right else _WRONG
        return (
            f'<div style="{_BOX.format(colour)}"><b>Prediction {self.prediction.number}. '
            f"{escape(self._said())}</b><br>{escape(self.prediction.why)}</div>"
        )

    def _said(self) -> str:
        right = self.prediction.right
        if self.guess is None:
            return f"You made no guess. It is “{right}”."
        if self.guess == right:
            return f"Your guess was right: “{right}”."
        return f"A surprise: you expected “{self.guess}”, and it is “{right}”."


def predict(number: str, answer: object = None) -> Question:
    """A prediction's question and choices: `workshop.predict("06-2", "three")` keeps a guess.

    A guess is one of the choices, the beginning of one, or the number in it: 6 is "line 6" or
    "six". It may be changed until it is revealed; what is guessed after that is not counted.
    Without an answer nothing changes. Raises InputError if there is no such prediction, and no
    other error: a guess that is none of the choices is answered with what to type.
    """
    prediction = _find(number)
    kept = read_record().guesses.get(number)
    choice = None if answer is None else _choice(prediction, str(answer))
    if answer is not None and choice is None:
        return Question(
            prediction, kept.choice if kept else None, _misspelt(prediction, str(answer))
        )
    if choice and not (kept and kept.revealed):
        kept = Guess(choice)
        _keep(number, kept)
    if kept is None:
        return Question(prediction, None, f'Type your guess: workshop.predict("{number}", "…")')
    which = "Your guess" if choice in (None, kept.choice) else "What you guessed before the run"
    return Question(prediction, kept.choice, f"{which} is kept: {kept.choice}.")


def reveal(number: str) -> Answer:
    """Whether the guess was right, and why: `workshop.reveal("06-2")`, after the run.

    Raises InputError if there is no such prediction.
    """
    prediction = _find(number)
    guess = read_record().guesses.get(number)
    if guess is None:
        return Answer(prediction, None)
    _keep(number, Guess(guess.choice, revealed=True))
    return Answer(prediction, guess.choice)


def count_guesses(record: Record, lesson: str) -> str:
    """How many of a lesson's predictions were guessed, and how many of these were right.

    "" if the lesson has none.
    """
    asked = predictions_of(lesson)
    made = [one for one in asked if one.number in record.guesses]
    right = sum(record.guesses[one.number].choice == one.right for one in made)
    return f"{len(made)} of {len(asked)} guessed, {right} right" if asked else ""


def _keep(number: str, guess: Guess) -> None:
    with changed_record() as record:
        record.guesses[number] = guess


def _find(number: str) -> Prediction:
    for prediction in PREDICTIONS:
        if prediction.number == number:
            return prediction
    raise none_such("prediction", number, (one.number for one in PREDICTIONS))


def _choice(prediction: Prediction, answer: str) -> str | None:
    """The choice that is meant: the answer itself, or the only one that begins with it.

    A number, as a digit or as a word, means the only choice that has it in either form.
    """
    plain = _plain(answer)
    found = [choice for choice in prediction.choices if _plain(choice) == plain]
    if plain and not found:
        found = [choice for choice in prediction.choices if _plain(choice).startswith(plain)]
    if not found and (number := _in_digits(answer)).isdecimal():
        found = [choice for choice in prediction.choices if number in _in_digits(choice).split()]
    return found[0] if len(found) == 1 else None


def _misspelt(prediction: Prediction, answer: str) -> str:
    quoted = [f'"{choice}"' for choice in prediction.choices]
    close = get_close_matches(_plain(answer), map(_plain, prediction.choices), 1, 0.75)
    meant = [choice for choice in prediction.choices if _plain(choice) in close]
    hint = f' Did you mean "{meant[0]}"?' if meant else ""
    return f'"{answer}" is none of the choices: type {" or ".join(quoted)}.{hint}'


_NUMBERS = "zero one two three four five six seven eight nine ten".split()


def _in_digits(words: str) -> str:
    digits = {word: str(number) for number, word in enumerate(_NUMBERS)}
    return " ".join(digits.get(word, word) for word in _plain(words).split())


def _plain(words: str) -> str:
    return " ".join(words.casefold().replace("`", "").strip(" .").split())
