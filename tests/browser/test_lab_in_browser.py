"""What a learner sees who types `mailfanout lab`: lessons in JupyterLab, run in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from support.lessons.notebook_page import (
    Notebook,
    begin,
    choose_theme,
    contrast,
    current_notebook,
    open_notebook,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LESSONS = ["first_lesson", "second_lesson", "send_lesson"]
UNSOLVED = ["first_lesson", "second_lesson"]
SUBJECT = "メール配信テスト"
LEGIBLE = 4.5  # https://www.w3.org/TR/WCAG22/#contrast-minimum


@pytest.fixture(scope="module")
def first_lesson(page: Page, address: str, screenshots: Path) -> Notebook:
    """What JupyterLab opens by itself; then every cell was run, with no exercise done."""
    lesson = begin(page, address)
    page.screenshot(path=screenshots / "00_opened.png")
    lesson.run_all()
    page.screenshot(path=screenshots / "00_run.png")
    return lesson


@pytest.fixture(scope="module")
def second_lesson(first_lesson: Notebook) -> Notebook:
    """The next lesson, by the link at the end of the first; run with no exercise done."""
    first_lesson.show()
    first_lesson.panel.get_by_role("link", name="01 Create the table").click()
    first_lesson.panel.wait_for(state="hidden")
    lesson = current_notebook(first_lesson.page)
    lesson.run_all()
    return lesson


@pytest.fixture(scope="module")
def send_lesson(first_lesson: Notebook) -> Notebook:
    """Lesson 06 with its solutions, run."""
    lesson = open_notebook(first_lesson.page, "solved/06_run_a_send.ipynb")
    lesson.run_all()
    return lesson


@pytest.fixture
def lesson(request: pytest.FixtureRequest) -> Notebook:
    """The lesson that the test is parametrized with, in front."""
    found: Notebook = request.getfixturevalue(request.param)
    found.show()
    return found


@pytest.fixture
def in_the_dark(send_lesson: Notebook) -> Iterator[Notebook]:
    """Lesson 06 in JupyterLab's dark theme."""
    send_lesson.show()
    choose_theme(send_lesson.page, "Dark")
    yield send_lesson
    choose_theme(send_lesson.page, "Light")


def test_the_first_lesson_opens_beside_its_table_of_contents(first_lesson: Notebook) -> None:
    first_lesson.show()

    expect(first_lesson.tab).to_have_text("00_start_here.ipynb")
    headings = first_lesson.page.locator(".jp-TableOfContents .jp-tocItem-content")
    expect(headings.first).to_have_text("00 Start here")
    expect(headings.filter(has_text="In one minute")).to_be_visible()


def test_nobody_asks_about_news(first_lesson: Notebook) -> None:
    expect(first_lesson.page.get_by_text("official Jupyter news")).to_have_count(0)


def test_no_line_of_code_is_cut_off(first_lesson: Notebook) -> None:
    expect(first_lesson.code_cells.first.locator(".cm-lineWrapping")).to_be_attached()


@pytest.mark.parametrize("lesson", LESSONS, indirect=True)
def test_every_cell_runs_without_an_error(lesson: Notebook) -> None:
    expect(lesson.errors).to_have_count(0)
    assert lesson.prompts() == [f"[{n}]:" for n in range(1, lesson.code_cells.count() + 1)]


@pytest.mark.parametrize("lesson", LESSONS, indirect=True)
def test_pictures_are_seen_whole(lesson: Notebook) -> None:
    assert lesson.broken_images() == []
    assert lesson.pictures.count() >= 2
    for picture in lesson.pictures.all():
        seen, place = picture.bounding_box(), picture.locator("..").bounding_box()
        assert seen and place
        assert seen["width"] > 600 and seen["height"] > 100
        assert seen["x"] + seen["width"] <= place["x"] + place["width"]


@pytest.mark.parametrize("lesson", UNSOLVED, indirect=True)
def test_exercises_of_a_learners_copy_are_open(lesson: Notebook) -> None:
    expect(lesson.code_cells.filter(has_text="# Your code here")).to_have_count(2)
    expect(lesson.panel.get_by_text("BEGIN SOLUTION")).to_have_count(0)
    verdicts = lesson.outputs.filter(has_text=": not attempted")
    expect(verdicts).to_have_count(2)


def test_the_mails_are_on_the_screen(send_lesson: Notebook, screenshots: Path) -> None:
    send_lesson.show()
    inbox = send_lesson.output_of("show.inbox(target)")

    inbox.screenshot(path=screenshots / "06_inbox.png")

    expect(inbox.get_by_text(SUBJECT)).to_have_count(3)
    for name in ("sato", "tanaka", "yamada"):
        expect(inbox.get_by_text(f"to {name}@example.com")).to_be_visible()


def test_the_consumers_are_on_the_screen(send_lesson: Notebook, screenshots: Path) -> None:
    send_lesson.show()
    consumers = send_lesson.output_of("show.consumers(")

    consumers.screenshot(path=screenshots / "06_consumers.png")

    expect(consumers.locator("svg.mf")).to_be_visible()


def test_mails_can_be_read_in_the_dark(in_the_dark: Notebook, screenshots: Path) -> None:
    inbox = in_the_dark.output_of("show.inbox(target)")

    inbox.screenshot(path=screenshots / "06_inbox_dark.png")
    in_the_dark.pictures.first.screenshot(path=screenshots / "06_pipeline_dark.png")
    in_the_dark.page.screenshot(path=screenshots / "06_dark.png")

    for words in (SUBJECT, "to sato@example.com", "このメールはテストです。"):
        assert contrast(inbox.get_by_text(words).first, in_the_dark.panel) > LEGIBLE


def test_the_page_works_alone(
    second_lesson: Notebook, send_lesson: Notebook, requests: list[str], script_errors: list[str]
) -> None:
    assert {urlsplit(url).hostname for url in requests} <= {"localhost", "127.0.0.1", None}
    assert script_errors == []
