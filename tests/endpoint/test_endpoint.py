"""On another AWS-compatible endpoint, a lesson runs, or says in one line what is missing there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from mailfanout import verify, workshop
from mailfanout.errors import EndpointUnavailable, InputError, OperationMissing
from mailfanout.target import connect, stack_for
from mailfanout.target.endpoint import reason_of_absence
from support import notebooks
from support.ports import free_port
from support.sandboxes import other_servers

pytestmark = pytest.mark.slow
THOROUGH = pytest.mark.thorough

# Read units, how long their bars are, and how many guessed them.
NUMBERS = re.compile(r"[\d. █]+")
# Elsewhere than in the sandbox, what fails comes back after 30 s, and four times. Not here.
HIDDEN, HIDDEN_SHORTLY = '"VisibilityTimeout": "30"', '"VisibilityTimeout": "1"'


@pytest.fixture(scope="module")
def moto_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with other_servers.moto_server(tmp_path_factory.mktemp("moto")) as url:
        yield url


@pytest.fixture(scope="module")
def ministack_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    command = other_servers.find_ministack()
    if command is None:
        pytest.skip("ministack is not installed; .ci/run shows how")
    with other_servers.ministack(command, tmp_path_factory.mktemp("ministack")) as url:
        yield url


@pytest.fixture
def moto(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Its address: emptied, and the target of what the test starts."""
    post(f"{moto_url}/moto-api/reset")
    other_servers.aim_at(moto_url, monkeypatch)
    return moto_url


@pytest.fixture
def moto_with_policies(moto: str) -> Iterator[str]:
    """With AWS's own policies, of which lesson 03 shows one: each reset takes a second then."""
    set_policies(moto, loaded=True)
    post(f"{moto}/moto-api/reset")
    yield moto
    set_policies(moto, loaded=False)


def set_policies(moto: str, *, loaded: bool) -> None:
    post(f"{moto}/moto-api/config", {"iam": {"load_aws_managed_policies": loaded}})


@pytest.fixture
def ministack(ministack_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Its address: emptied, and the target of what the test starts."""
    post(f"{ministack_url}/_ministack/reset")
    other_servers.aim_at(ministack_url, monkeypatch)
    return ministack_url


@pytest.mark.parametrize(
    ("endpoint", "lesson"),
    [
        ("moto_with_policies", "03"),
        ("ministack", "03"),
        *(pytest.param(*one, marks=THOROUGH) for one in (("moto", "01"), ("moto", "02"))),
        pytest.param("ministack", "02", marks=THOROUGH),
    ],
)
def test_a_lesson_without_functions_runs(
    request: pytest.FixtureRequest, endpoint: str, lesson: str, tmp_path: Path
) -> None:
    request.getfixturevalue(endpoint)

    assert verdicts(verified(lesson, tmp_path)) == {"correct"}


@pytest.mark.usefixtures("ministack")
def test_only_what_an_endpoint_does_otherwise_differs(tmp_path: Path) -> None:
    """ministack takes half a unit for each read. Where a lesson runs is no difference."""
    run = verified("01", tmp_path)

    assert verdicts(run) == {"correct"}
    differences = [one for cell in run.failed for one in cell.told]
    assert "'read units': 0.5" in differences[0].shown
    for one in differences:
        assert NUMBERS.sub("", one.shown) == NUMBERS.sub("", one.expected)


@pytest.mark.usefixtures("ministack")
class TestMinistack:
    """It runs functions, and triggers them."""

    @pytest.mark.thorough
    @pytest.mark.parametrize("lesson", ["00", "04", "05", "06"])
    def test_a_lesson_with_functions_runs(self, lesson: str, tmp_path: Path) -> None:
        assert verdicts(verified(lesson, tmp_path)) == {"correct"}

    @pytest.mark.thorough
    def test_a_lesson_runs_after_the_ones_before_it(self, tmp_path: Path) -> None:
        """Lesson 03 leaves a message on the queue, which AWS would have refused."""
        for lesson in ("03", "05"):
            assert verdicts(verified(lesson, tmp_path)) == {"correct"}

    def test_an_operation_that_it_lacks_is_named(self) -> None:
        with pytest.raises(OperationMissing, match=r"lacks sesv2:ListRecommendations \(NotFound"):
            connect().client("sesv2").list_recommendations()


class TestMoto:
    """Its server keeps functions, and runs none."""

    @pytest.mark.parametrize(
        "lesson", ["04", *(pytest.param(one, marks=THOROUGH) for one in ("05", "06"))]
    )
    def test_a_lesson_with_functions_says_in_one_line_why_not(
        self, moto: str, lesson: str, tmp_path: Path
    ) -> None:
        first = verified(lesson, tmp_path).cells[0]

        [shown] = first.outputs[-1]["traceback"]
        assert shown.startswith(f"OperationMissing: The endpoint {moto} lacks lambda:Invoke (")
        assert len(shown.splitlines()) == 1

    @pytest.mark.usefixtures("moto")
    def test_the_function_that_was_tried_is_removed(self) -> None:
        with pytest.raises(OperationMissing):
            workshop.start("04")

        assert connect().client("lambda").list_functions()["Functions"] == []

    @pytest.mark.usefixtures("moto")
    def test_an_operation_that_it_lacks_is_named(self) -> None:
        target = connect()

        with pytest.raises(OperationMissing, match=r"lacks sesv2:GetAccount \(HTTP status 404\)"):
            target.client("sesv2").get_account()
        with pytest.raises(OperationMissing, match="lacks sts:DecodeAuthorizationMessage"):
            target.client("sts").decode_authorization_message(EncodedMessage="text")

    @pytest.mark.usefixtures("moto")
    def test_a_refusal_stays_what_it_is(self) -> None:
        s3 = connect().client("s3")

        with pytest.raises(ClientError, match="NoSuchBucket"):
            s3.list_objects_v2(Bucket="nowhere")
        with pytest.raises(ClientError, match="404"):
            s3.head_bucket(Bucket="nowhere")


@pytest.mark.parametrize(
    ("status", "code", "text", "reason"),
    [
        (501, "InternalFailure", "not in this edition", "InternalFailure: not in this edition"),
        (400, "UnknownOperationException", "", "UnknownOperationException: "),
        (400, "InvalidOperationException", "Unknown action: X", "InvalidOperationException: Unkno"),
        (500, "500", "<!doctype html>", "HTTP status 500"),
    ],
)
def test_an_answer_shows_that_an_operation_is_missing(
    status: int, code: str, text: str, reason: str
) -> None:
    assert reason_of_absence(status, code, text).startswith(reason)


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (200, "", ""),
        (403, "403", "Forbidden"),
        (503, "503", "try again"),
        (404, "NotFoundException", "There is no such identity"),
        (500, "InternalError", "We encountered an internal error"),
    ],
)
def test_an_answer_shows_nothing_of_the_kind(status: int, code: str, text: str) -> None:
    assert reason_of_absence(status, code, text) == ""


def test_an_address_where_nobody_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    other_servers.aim_at(url, monkeypatch)

    with pytest.raises(EndpointUnavailable, match=f"Nobody answers at {url}"):
        stack_for(connect())


@pytest.mark.parametrize("url", ["", "127.0.0.1:4566"])
def test_what_is_no_address_is_told(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    other_servers.aim_at(url, monkeypatch)

    with pytest.raises(InputError, match="Set AWS_ENDPOINT_URL"):
        connect()


def verified(lesson: str, directory: Path) -> verify.NotebookRun:
    """The lesson on the endpoint, as `mailfanout verify` runs it; what failed comes back soon."""
    notebook = notebooks.read(lesson)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace(HIDDEN, HIDDEN_SHORTLY)
    path = directory / "lesson.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    with verify.place("endpoint") as where:
        return verify.run_one(verify.begin(where), where, path, limit_seconds=where.limit_seconds)


def verdicts(run: verify.NotebookRun) -> set[str]:
    """What the checks say of the lesson's solved exercises."""
    shown = [
        output.get("data", {}).get("text/plain", "")
        for cell in run.cells
        for output in cell.outputs
    ]
    return {text.partition(": ")[2] for text in shown if text.startswith("Exercise ")}


def post(url: str, document: object = None) -> None:
    with urlopen(Request(url, json.dumps(document).encode(), method="POST")) as answer:
        answer.read()
