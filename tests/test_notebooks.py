"""The notebooks read alike.

That they show what they showed, cell by cell, is compared by nbval: pytest collects them itself.
That they do so again in the same kernel is in tests/workshop/test_exercises_run.py.
`tests/support/notebooks.py` executes them anew.
"""

from __future__ import annotations

import re
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest

from mailfanout import workshop
from mailfanout.stack import Stack
from mailfanout.workshop import COURSE, LESSONS, PREDICTIONS, notebook_of
from mailfanout.workshop.exercises import CHECKS
from mailfanout.workshop.exercises.pipeline import leave_out_a_recipient, send_a_mail_again
from support import notebooks
from support.sandboxes.homes import sandbox_home

NAMES = [notebook_of(lesson).stem for lesson in LESSONS]

METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    # Without the version, which would differ from one machine to the next.
    "language_info": {"name": "python"},
}
# The picture of a race differs in every run; its text does not. With other handlers than ours, as
# `mailfanout verify --handlers` runs them, our code and what it logs and calls is not compared.
TAGS = {"nbval-ignore-output", "our-code", "sandbox-shows"}
SHOWS_OUR_CODE = re.compile(
    r"show\.(handler|log|outcomes|calls|consumers)\(|consumers\.frame|calls\["
    r"|handler_path|LogResult|read_lines|\boutcomes\(|\.counted\("
)
# What AWS and other endpoints show otherwise, or not at all, though most lessons run there.
SHOWS_THE_SANDBOX = re.compile(
    r"show\.(inbox|calls)\(|calls\[|get_account\(\)|plan\.make\(|print\(stack\.prefix\)|mail_bytes"
)
# So do cells of lesson 09 whose outputs follow from how long things take: the functions' timeouts
# in the picture, and whether bounces come back before all mails are out.
LONGER_ON_AWS = {"cell-09-03", "cell-09-30", "cell-09-36"}
READS_OUR_LOG = {leave_out_a_recipient, send_a_mail_again}
# What makes a cell hard to read, to repeat or to compare.
UNWANTED = re.compile(
    r"clear_output|display_id|os\.system|import \*|sys\.path|\bsleep\(|pip install|%%|;$"
    r"|^\s*(try|class)\b",
    re.MULTILINE,
)

for_each_notebook = pytest.mark.parametrize("name", NAMES)


def test_pytest_compares_the_outputs_of_all_of_them(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.option.nbval and not pytestconfig.option.nbval_lax
    assert "notebooks" in pytestconfig.getini("testpaths")


def test_the_notebooks_are_these() -> None:
    found = sorted(path.stem for path in notebooks.DIRECTORY.glob("*.ipynb"))
    assert found == [*NAMES, "index"]


@pytest.mark.slow
def test_they_are_run_in_kernels_that_nothing_has_run_in(tmp_path: Path) -> None:
    look = """
import os, subprocess, sys
ours = [name for name in sys.modules if name.partition(".")[0] in ("mailfanout", "support")]
failed = subprocess.run([sys.executable, "-c", "exit(7)"]).returncode
print(ours, os.environ["MAILFANOUT_HOME"], failed, sys.path.count(""), os.getpid(), sep="\\n")
"""
    with sandbox_home(tmp_path), notebooks.kernel() as kernel:
        [told] = notebooks.run(kernel, [look])
    said = told.splitlines()

    assert said[:4] == ["[]", str(tmp_path), "7", "1"]
    assert not psutil.pid_exists(int(said[4]))


@for_each_notebook
def test_it_begins_with_its_title_and_at_most_three_points(name: str) -> None:
    title, *text = "".join(cells(name, "markdown")[0]["source"]).splitlines()

    assert title == f"# {name[:2]} {COURSE[name[:2]].title}", "workshop/course.py has its title"
    points = sum(line.startswith("- ") for line in text)
    assert 1 <= points <= 3, "its first cell ends in what is learned: one to three lines with '- '"


@for_each_notebook
def test_its_first_cell_begins_the_lesson(name: str) -> None:
    imports, *start = "".join(cells(name, "code")[0]["source"]).splitlines()

    assert re.fullmatch(r"from mailfanout import (\w+, )+workshop", imports)
    assert start == ["", f'lesson = workshop.start("{name[:2]}")', "lesson"]


@for_each_notebook
def test_every_cell_was_executed_in_order_from_a_fresh_kernel(name: str) -> None:
    counts = [cell["execution_count"] for cell in cells(name, "code")]

    anew = f"execute it: python tests/support/notebooks.py {name[:2]}"
    assert counts == list(range(1, len(counts) + 1)), anew
    for cell in cells(name, "code"):
        count = cell["execution_count"]
        assert all(one.get("execution_count", count) == count for one in cell["outputs"])


@for_each_notebook
def test_its_cells_are_short_and_plain(name: str) -> None:
    sources = notebooks.code_of(notebooks.read(name[:2]))

    long = [source for source in sources if len(source.splitlines()) > 12]
    assert not long, "a cell has up to twelve lines: move some to the package, or to another cell"
    unwanted = list(filter(UNWANTED.search, sources))
    assert not unwanted, "this belongs in the package, and not in a lesson"


@for_each_notebook
def test_no_word_of_code_is_parted_in_a_window_of_1024_pixels(name: str) -> None:
    """JupyterLab starts a new line at blanks alone; a row is 74 letters beside its side bar."""
    words = [
        word for source in notebooks.code_of(notebooks.read(name[:2])) for word in source.split()
    ]

    assert not [word for word in words if len(word) > 72], (
        "give a part of it a name, on a line before"
    )


@for_each_notebook
def test_no_cell_ends_in_an_error_or_a_warning(name: str) -> None:
    for cell in cells(name, "code"):
        kinds = [output.get("name", output["output_type"]) for output in cell["outputs"]]
        assert not {"error", "stderr"}.intersection(kinds), cell["source"]


@for_each_notebook
def test_printed_text_is_stored_in_one_piece(name: str) -> None:
    """A kernel sends it in pieces of any size: nbval joins them, a diff would not."""
    for cell in cells(name, "code"):
        assert sum(output["output_type"] == "stream" for output in cell["outputs"]) <= 1


@for_each_notebook
def test_executing_it_anew_changes_no_metadata(name: str) -> None:
    notebook = notebooks.read(name[:2])

    assert notebook["metadata"] == METADATA
    for cell in notebook["cells"]:
        assert cell["metadata"].keys() <= {"tags"}
        assert set(cell["metadata"].get("tags", [])) <= TAGS


@for_each_notebook
def test_what_it_sets_in_the_sandbox_it_puts_back_in_the_end(name: str) -> None:
    sources = notebooks.code_of(notebooks.read(name[:2]))

    sets = "change_settings(" in "".join(sources)
    assert (sources[-1] == "lesson.end()") == sets, "what changes settings ends with lesson.end()"


@for_each_notebook
def test_cells_that_show_our_code_or_what_it_logs_are_tagged(name: str) -> None:
    by_log = [exercise for exercise, check in CHECKS.items() if check in READS_OUR_LOG]
    by_log = [exercise for exercise in by_log if exercise.startswith(name[:2])]
    ends = [f'workshop.check("{exercise}")' for exercise in by_log]
    ends += [f'workshop.progress("{name[:2]}")'] if by_log else []

    for cell in cells(name, "code"):
        source = "".join(cell["source"])
        shows = SHOWS_OUR_CODE.search(source) or any(end in source for end in ends)
        assert ("our-code" in cell["metadata"].get("tags", [])) == bool(shows), source


@for_each_notebook
def test_cells_that_only_the_sandbox_shows_so_are_tagged(name: str) -> None:
    for cell in cells(name, "code"):
        source = "".join(cell["source"])
        is_other = SHOWS_THE_SANDBOX.search(source) or cell["id"] in LONGER_ON_AWS
        shows = is_other and not COURSE[name[:2]].sandbox_alone
        assert ("sandbox-shows" in cell["metadata"].get("tags", [])) == bool(shows), source


@for_each_notebook
def test_its_code_takes_names_from_the_stack(name: str) -> None:
    """On AWS, each of them begins with a prefix."""
    code = "\n".join(notebooks.code_of(notebooks.read(name[:2])))
    names = {field: value for field, value in vars(Stack()).items() if field.endswith("_name")}
    names.pop("stack_name")  # the package's, too
    by_heart = [one for one in names.values() if one in code]

    assert not by_heart or COURSE[name[:2]].sandbox_alone


@for_each_notebook
def test_its_exercises_are_those_that_have_a_check(name: str) -> None:
    code = "\n".join(notebooks.code_of(notebooks.read(name[:2])))
    text = "\n".join("".join(cell["source"]) for cell in cells(name, "markdown"))
    exercises = [exercise for exercise in CHECKS if exercise.startswith(f"{name[:2]}-")]

    checked = re.findall(r'workshop\.check\("(.+?)"\)', code)
    assert checked == exercises, "CHECKS of workshop/exercises/checks.py has others"
    assert re.findall(r"^\*\*Exercise (.+?)\.\*\*", text, re.MULTILINE) == exercises
    assert (f'workshop.progress("{name[:2]}")' in code) == bool(exercises)


@for_each_notebook
def test_its_predictions_are_asked_before_a_run_and_revealed_after_it(name: str) -> None:
    sources = notebooks.code_of(notebooks.read(name[:2]))
    asked = [one.number for one in PREDICTIONS if one.number.startswith(f"{name[:2]}-")]

    for number in asked:
        [at] = [n for n, source in enumerate(sources) if f'predict("{number}", ' in source]
        assert sources[at + 1 :].index(f'workshop.reveal("{number}")') > 0
        assert re.fullmatch(r"workshop\.predict\([^\n]+\)", sources[at])
    assert re.findall(r'predict\("(.+?)"', "\n".join(sources)) == asked


@for_each_notebook
def test_what_there_is_to_read_after_a_prediction_is_folded(name: str) -> None:
    cells = notebooks.read(name[:2])["cells"]

    for cell, after in pairwise(cells):
        if "workshop.reveal(" in "".join(cell["source"]):
            assert "".join(after["source"]).startswith("<details><summary>What happened</summary>")


def test_the_guesses_of_the_notebooks_are_wrong_now_and_then() -> None:
    code = "\n".join(chain.from_iterable(notebooks.code_of(notebooks.read(n)) for n in LESSONS))
    guesses = dict(re.findall(r'workshop\.predict\("(.+?)", "(.+)"\)', code))
    right = [one for one in PREDICTIONS if guesses[one.number] == one.right]

    assert len(PREDICTIONS) / 4 < len(right) < len(PREDICTIONS)
    assert all({guesses[one.number], one.right} <= {*one.choices} for one in PREDICTIONS)


@for_each_notebook
def test_every_exercise_has_a_solution_that_a_student_does_not_get(name: str) -> None:
    notebook = notebooks.read(name[:2])
    student = "\n".join(notebooks.code_of(workshop.student_version(notebook)))
    solved = "\n".join(notebooks.code_of(notebook))

    assert student.count("# Your code here") == solved.count("workshop.check(")
    assert "SOLUTION" not in student
    assert not re.search(r"workshop\.predict\(.+,", student)


@for_each_notebook
def test_it_ends_with_the_way_to_the_next_lesson(name: str) -> None:
    following = NAMES[(NAMES.index(name) + 1) % len(NAMES)]
    text = "".join(cells(name, "markdown")[-1]["source"])

    way = f"]({following}.ipynb)"
    found = re.search(rf"^Next: .*?{re.escape(way)}", text, re.MULTILINE | re.DOTALL)
    assert found, f"its last text has to say: Next: [{following[:2]} …{way}"


@for_each_notebook
def test_its_links_lead_somewhere(name: str) -> None:
    text = "\n".join("".join(cell["source"]) for cell in cells(name, "markdown"))

    for link in re.findall(r"\]\(([^)#]+)", text):
        assert link.startswith("https://") or (notebooks.DIRECTORY / link).is_file(), link


def cells(name: str, kind: str) -> list[dict[str, Any]]:
    return [cell for cell in notebooks.read(name[:2])["cells"] if cell["cell_type"] == kind]
