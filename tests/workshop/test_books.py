"""A learner's books count each mail that is due, and nothing else."""

from __future__ import annotations

import pytest

from mailfanout import faults, provision, recipients, workshop
from mailfanout.errors import InputError
from mailfanout.recipients import Recipient
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.workshop.experiments import EXPERIMENTS
from support import notebooks

pytestmark = pytest.mark.slow

ANNA, BEN = "anna@example.com", "ben@example.com"


@pytest.fixture
def books(mailfanout_target: Target) -> workshop.Books:
    """Of the simple pipeline with two recipients."""
    assert mailfanout_target.sandbox
    mailfanout_target.sandbox.change_settings(time_scale=0.001)
    provision.deploy(mailfanout_target, Stack())
    people = [Recipient(ANNA, "Anna"), Recipient(BEN, "Ben")]
    recipients.seed(mailfanout_target, Stack(), people)
    return workshop.Books(mailfanout_target, Stack())


def test_who_is_lost_doubled_and_on_record_is_listed(
    mailfanout_target: Target, books: workshop.Books
) -> None:
    faults.throttle_ses(mailfanout_target, to=ANNA)
    books.send("refused")
    assert books.lost == (ANNA,)
    assert "Resend Skip" in str(books.track(ANNA))

    faults.repeat_s3_event(mailfanout_target)
    books.send("twice")
    books.send("unreadable", data=b"\xff")

    _, twice, unreadable = books.tallies
    assert (twice.mails, twice.doubled, twice.lost) == (4, (ANNA, BEN), ())
    assert (unreadable.mails, unreadable.on_record, unreadable.lost) == (0, (ANNA, BEN), ())


def test_an_experiment_that_is_repeated_gets_its_line_anew(
    mailfanout_target: Target, books: workshop.Books
) -> None:
    faults.throttle_ses(mailfanout_target, to=ANNA, times=5)
    books.send("again")
    assert faults.active(mailfanout_target) == ()

    books.send("again")

    [again] = books.tallies
    assert (again.mails, again.lost) == (2, ())


def test_the_reader_goes_on_though_the_block_failed(
    mailfanout_target: Target, books: workshop.Books
) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        workshop.reader_held(mailfanout_target, Stack()) as sandbox,
    ):
        books.upload("held")
        sandbox.wait_until_quiet()
        assert sandbox.count_mails() == 0
        raise ZeroDivisionError

    assert books.count().tallies[-1].mails == 2


def test_books_without_an_experiment_say_how_to_begin_one(books: workshop.Books) -> None:
    with pytest.raises(InputError, match=r"books\.send"):
        books.count()


def test_lesson_07_does_every_experiment_of_the_list_and_no_other() -> None:
    code = "\n".join(notebooks.code_of(notebooks.read("07")))

    titles = [title for title in EXPERIMENTS if f'books.send("{title}"' in code]
    titles += [title for title in EXPERIMENTS if f'books.upload("{title}"' in code]
    assert sorted(titles) == sorted(EXPERIMENTS)


def test_lesson_08_repeats_what_lesson_07_comes_to() -> None:
    assert tables_of("08")[0] == tables_of("07")[-1]


def tables_of(lesson: str) -> list[str]:
    """What the books said in each cell of a notebook that shows them."""
    cells = notebooks.read(lesson)["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    texts = ["".join(output.get("data", {}).get("text/plain", "")) for output in outputs]
    return [text for text in texts if text.startswith("experiment ")]
