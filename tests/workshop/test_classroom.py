"""An instructor reads how far learners are from the folders that `mailfanout lab` made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailfanout import workshop
from mailfanout.commands.classroom import class_command, handout_command
from mailfanout.errors import InputError
from mailfanout.workshop.record import Attempts, Guess, changed_record, read_record
from support.lessons.copies import write


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Mio opened nothing, Anna has solved an exercise and is stuck at one, Ben has just begun."""
    made = [tmp_path / name for name in ("mio", "anna", "ben")]
    for folder in made:
        write(folder / workshop.FIRST_NOTEBOOK, "{}")
    monkeypatch.chdir(made[1])
    with changed_record() as record:
        record.exercises["01-1"] = Attempts("correct")
        record.exercises["01-2"] = Attempts("not yet", failed=2, solution_shown=True)
        record.guesses["01-1"] = Guess("still one item", revealed=True)
        record.guesses["01-2"] = Guess("3", revealed=True)
        record.guesses["01-3"] = Guess("nothing")
    monkeypatch.chdir(made[2])
    with changed_record() as record:
        record.attempts_at("00-1")
        record.guesses["03-1"] = Guess("no")
    return made


def test_each_learner_has_a_row(folders: list[Path]) -> None:
    shown = CliRunner().invoke(class_command, [str(folder) for folder in folders]).output

    names, anna, ben, mio, stuck = shown.splitlines()
    assert names.split()[:3] == ["learner", "00", "01"] and names.split()[-1] == "right"
    assert anna.split()[:3] == ["anna", "·", "1/2"] and anna.split()[-1] == "1/2"
    assert ben.split()[1:6] == ["0/2", "·", "·", "0/2", "·"]
    assert set(mio.split()[1:]) == {"·"}
    assert stuck == "anna has tried without success yet: 01-2"


def test_a_program_reads_the_same(folders: list[Path]) -> None:
    shown = CliRunner().invoke(class_command, ["--json", *map(str, folders)]).output

    assert json.loads(shown)[0] == {
        "learner": "anna",
        "begun": ["01"],
        "solved": ["01-1"],
        "stuck": ["01-2"],
        "solutions_shown": ["01-2"],
        "guesses": {"01-1": "still one item", "01-2": "3", "01-3": "nothing"},
        "broken": False,
    }


@pytest.mark.parametrize(
    "text", ["", "[]", "\udcff", '{"guesses": {}, "exercises": {"01-1": {"outcome": "wow"}}}']
)
def test_a_record_that_cannot_be_read_is_not_taken_for_nothing_done(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    written = text.encode(errors="surrogateescape")
    (folders[1] / "progress.json").write_bytes(written)

    shown = CliRunner().invoke(class_command, [str(folder) for folder in folders]).output

    _, anna, *_, unknown = shown.splitlines()
    assert set(anna.split()[1:]) == {"?"}
    assert unknown == "anna: what is done there is unknown, because progress.json cannot be read."
    monkeypatch.chdir(folders[1])
    with changed_record() as record:
        record.attempts_at("00-1")
    assert not read_record(folders[1]).is_broken
    (folders[1] / "progress.json").write_text("broken again")
    with changed_record() as record:
        record.attempts_at("00-1")
    assert (folders[1] / "progress-broken.json").read_bytes() == written
    assert (folders[1] / "progress-broken-2.json").read_text() == "broken again"


def test_a_folder_without_notebooks_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        workshop.read_class([tmp_path])
    said = f"{tmp_path} is no copy of the notebooks: `mailfanout lab {tmp_path}` makes one."
    assert said in str(refused.value)


def test_a_dot_is_named_as_the_folder_that_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        workshop.read_class([Path()])
    assert f"`mailfanout lab {tmp_path.resolve()}` makes one" in str(refused.value)


def test_the_instructors_handout_is_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in ([], ["--instructor"]):
        CliRunner().invoke(handout_command, words)

    assert {path.name for path in tmp_path.iterdir()} == {
        "handout.html",
        "handout-instructor.html",
    }


def test_the_handout_asks_and_the_instructors_answers() -> None:
    learners, instructors = workshop.handout(), workshop.handout(for_instructor=True)

    for number, plan in workshop.COURSE.items():
        assert f"<h2>{number} {plan.title}</h2>" in learners
        assert plan.notes, f"lesson {number} has no notes to speak from"
    for one in workshop.PREDICTIONS:
        assert one.why[:20] not in learners
    assert workshop.PREDICTIONS[0].why in instructors
    assert "Exercise 01-1." in learners


def test_the_instructors_handout_has_a_solution_of_each_exercise() -> None:
    learners, instructors = workshop.handout(), workshop.handout(for_instructor=True)

    assert instructors.count("<pre>") == instructors.count("Exercise ") > 0
    assert "takahashi@example.com&quot;" in instructors
    assert "<pre>" not in learners


def test_the_handout_is_written_where_one_says(tmp_path: Path) -> None:
    path = tmp_path / "notes.html"

    CliRunner().invoke(handout_command, ["--instructor", "--output", str(path)])
    printed = CliRunner().invoke(handout_command, ["--output", "-"])

    assert path.read_text(encoding="utf-8") == workshop.handout(for_instructor=True)
    assert printed.stdout == workshop.handout()


def test_a_dash_with_its_directory_is_a_files_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    CliRunner().invoke(handout_command, ["--output", "./-"])

    assert (tmp_path / "-").read_text(encoding="utf-8") == workshop.handout()


def test_the_index_notebook_follows_from_the_lists() -> None:
    path = workshop.source_notebooks() / "index.ipynb"
    [cell] = json.loads(path.read_text(encoding="utf-8"))["cells"]

    assert "".join(cell["source"]) == workshop.index_text()
