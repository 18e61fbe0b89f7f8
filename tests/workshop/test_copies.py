"""A learner's copy keeps what the learner wrote, and has no solutions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailfanout import workshop
from mailfanout.errors import InputError
from support.lessons.copies import a_cell, a_notebook, a_tutorial, files_below, read, write

UNSOLVED = """\
def flag(item):
    # Your code here

flag({"issend": {"N": "0"}})
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return a_tutorial(tmp_path / "notebooks")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy"


class TestCopy:
    def test_every_file_is_copied_but_hidden_ones(self, source: Path, copy: Path) -> None:
        workshop.make_copy(source, copy)

        files = ["00_start_here.ipynb", "01_create_the_table.ipynb", "data/people.csv"]
        assert sorted(path.relative_to(copy).as_posix() for path in files_below(copy)) == files
        assert (copy / "data" / "people.csv").read_text(encoding="utf-8") == "email,username\n"

    def test_solutions_outputs_and_counts_are_left_out(self, source: Path, copy: Path) -> None:
        workshop.make_copy(source, copy)

        [cell] = read(copy / "00_start_here.ipynb")["cells"]
        assert "".join(cell["source"]) == UNSOLVED
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        assert cell["metadata"] == {"tags": ["raises-exception"]}

    def test_the_source_stays_as_it_is(self, source: Path, copy: Path) -> None:
        before = {path: path.read_bytes() for path in files_below(source)}

        workshop.make_copy(source, copy)

        assert {path: path.read_bytes() for path in files_below(source)} == before

    def test_what_the_learner_wrote_is_kept(self, source: Path, copy: Path) -> None:
        workshop.make_copy(source, copy)
        write(copy / "00_start_here.ipynb", "mine")
        (copy / "01_create_the_table.ipynb").unlink()

        workshop.make_copy(source, copy)

        assert (copy / "01_create_the_table.ipynb").is_file()
        assert (copy / "00_start_here.ipynb").read_text(encoding="utf-8") == "mine"

    def test_a_fresh_copy_moves_the_old_one_aside(self, source: Path, copy: Path) -> None:
        for answer in ("first", "second"):
            workshop.make_copy(source, copy)
            write(copy / "00_start_here.ipynb", answer)
            moved_to = workshop.make_copy(source, copy, fresh=True).moved_to
            assert moved_to
            kept = moved_to / "00_start_here.ipynb"
            assert kept.read_text(encoding="utf-8") == answer

        assert moved_to == copy.with_name("copy-2")
        assert "".join(read(copy / "00_start_here.ipynb")["cells"][0]["source"]) == UNSOLVED

    def test_fresh_has_nothing_to_move_the_first_time(self, source: Path, copy: Path) -> None:
        assert workshop.make_copy(source, copy, fresh=True).moved_to is None

    def test_what_was_there_stays_as_it_is_and_what_was_added_is_counted(
        self, source: Path, copy: Path
    ) -> None:
        write(copy / "data" / "people.csv", "mine")
        write(copy / "thesis.txt", "mine")
        (copy / "01_create_the_table.ipynb").symlink_to("nowhere")

        copied = workshop.make_copy(source, copy)

        assert (copied.added, copied.to_others) == (1, True)
        assert (copy / "01_create_the_table.ipynb").is_symlink()
        kept = [copy / "data" / "people.csv", copy / "thesis.txt"]
        assert [path.read_text(encoding="utf-8") for path in kept] == ["mine"] * 2
        assert workshop.make_copy(source, copy).added == 0

    def test_a_directory_of_something_else_is_not_moved_aside(
        self, source: Path, copy: Path
    ) -> None:
        write(copy / "thesis.txt", "mine")

        with pytest.raises(InputError, match="holds no copy of the notebooks"):
            workshop.make_copy(source, copy, fresh=True)

        assert (copy / "thesis.txt").is_file()

    @pytest.mark.parametrize("place", [".", "..", "student"])
    def test_a_copy_does_not_mix_with_its_source(self, source: Path, place: str) -> None:
        with pytest.raises(InputError, match="Name another directory"):
            workshop.make_copy(source, source / place)

    def test_a_file_in_the_place_of_the_copy_is_named(self, source: Path, copy: Path) -> None:
        write(copy, "mine")

        with pytest.raises(InputError, match="copy is a file. Name a directory"):
            workshop.make_copy(source, copy)

    @pytest.mark.parametrize("marker", ["BEGIN", "END"])
    def test_a_marker_without_its_other_is_named(
        self, source: Path, copy: Path, marker: str
    ) -> None:
        cell = a_cell(f"### {marker} SOLUTION\nx = 1")
        write(source / "01_create_the_table.ipynb", json.dumps(a_notebook(cell)))

        with pytest.raises(InputError, match=f"01_create_the_table.ipynb: .*{marker} SOLUTION"):
            workshop.make_copy(source, copy)

    def test_guesses_are_left_open(self) -> None:
        cell = a_cell('workshop.predict("06-2", "three")')

        copied = workshop.student_version(a_notebook(cell))

        assert copied["cells"][0]["source"] == ['workshop.predict("06-2")']

    def test_text_cells_are_copied_as_they_are(self) -> None:
        text = {"cell_type": "markdown", "metadata": {}, "source": "### BEGIN SOLUTION"}

        assert workshop.student_version(a_notebook(text)) == a_notebook(text)

    def test_each_solution_of_a_cell_has_its_own_place(self) -> None:
        solution = "### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n"

        copied = workshop.student_version(a_notebook(a_cell(f"{solution}print(x)\n{solution}")))

        expected = "# Your code here\nprint(x)\n# Your code here\n"
        assert "".join(copied["cells"][0]["source"]) == expected
