"""Every notebook as a learner meets it: exercises untouched, answered wrongly, solved; then again.

Each is run twice in one kernel, on the sandbox as the one before it, in no particular order, left
it. The second run must show what is stored.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from typing import Any

import pytest

from mailfanout import workshop
from mailfanout.workshop import LESSONS
from mailfanout.workshop.exercises import CHECKS
from support import notebooks

pytestmark = pytest.mark.slow

STUB = "# Your code here"
# They take half a minute and more. That each runs once, nbval shows.
LONG = {"08", "10", "12"}
SHUFFLED = random.Random(20221119).sample(LESSONS, len(LESSONS))

CHANGED_SETTINGS = "dict(target.sandbox.settings().items() - lesson.settings.items())"

# What a learner may write in place of the stub; the solution mends it, since it runs after it.
WRONG = {
    "12-1": "provision.delete_table(target, beside)",
    "00-1": 's3.put_object(Bucket=stack.bucket_name, Key="hello.png", Body=b"Hello!")',
    "01-1": """
dynamodb.put_item(TableName=stack.table_name, Item={"email": {"S": "suzuki@example.com"}})
""",
    "01-2": "dynamodb.put_item(TableName=stack.table_name, Item=yamada)",
    "02-1": """
people = [recipients.Recipient("success@simulator.amazonses.com", "success")]
recipients.seed(target, stack, people)
""",
    "02-2": """
recipients.seed(target, stack, recipients.check_frame(frame).recipients)
""",
    "03-1": """
url = sqs.get_queue_url(QueueName=stack.dead_letter_queue_name)["QueueUrl"]
sqs.set_queue_attributes(QueueUrl=url, Attributes={"ReceiveMessageWaitTimeSeconds": "5"})
""",
    "03-2": """
s3.put_bucket_versioning(
    Bucket=stack.bucket_name, VersioningConfiguration={"Status": "Suspended"}
)
""",
    "04-1": """
rule = {"Name": "prefix", "Value": ".txt"}
wanted = {**notification, "Filter": {"Key": {"FilterRules": [rule]}}}
notify(
    Bucket=stack.bucket_name,
    NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]},
)
""",
    "04-2": """
lesson.client("dynamodb").update_item(
    TableName=stack.table_name,
    Key={"email": {"S": show.table(target, stack)["email"].min()}},
    UpdateExpression="SET haserror = :yes",
    ExpressionAttributeValues={":yes": {"N": "1"}},
)
""",
    "05-1": "lambda_client.update_event_source_mapping(UUID=uuid, BatchSize=1)",
    "05-2": 'provision.invoke(target, stack.read_message_name, {"Records": [record]})',
    "06-1": """
lesson.client("dynamodb").update_item(
    TableName=stack.table_name,
    Key={"email": {"S": "info@branch83.example.com"}},
    UpdateExpression="SET username = :name",
    ExpressionAttributeValues={":name": {"S": "第38支店"}},
)
""",
    "06-2": 'campaign.upload(target, stack, campaign.check_mail("news.txt", mail.data))',
    "06-3": """
lambda_client.update_event_source_mapping(UUID=uuid, ScalingConfig={"MaximumConcurrency": 3})
""",
    "07-1": 'books.send("a mail of my own")',
    "07-2": """
for email in books.tallies[1].lost:
    dynamodb.update_item(
        TableName=stack.table_name,
        Key={"email": {"S": email}},
        UpdateExpression="SET issend = :no",
        ExpressionAttributeValues={":no": {"N": "0"}},
    )
""",
    "08-1": """
campaign.settle(target, stack, doubtful["campaign"], "pending", to="yamada@example.com")
""",
    "08-2": """
with workshop.reader_held(target, stack):
    campaign.upload(target, stack, news)
    target.sandbox.wait_until_quiet()
    campaign.pause(target, stack, campaign.status(target, stack)[-1]["campaign"])
""",
    "08-3": """
text = "Promise\\n\\nEach of you gets exactly one mail.\\n"
campaign.send(target, stack, campaign.check_mail("promise.txt", text.encode()))
""",
    "09-1": """
dynamodb.update_item(
    TableName=stack.table_name,
    Key={"email": {"S": yamada}},
    UpdateExpression="SET haserror = :yes",
    ExpressionAttributeValues={":yes": {"N": "1"}},
)
""",
    "09-2": """
lesson.client("sns").subscribe(
    TopicArn=stack.feedback_topic_arn, Protocol="email", Endpoint="you@example.com"
)
""",
    "09-3": "campaign.upload(target, stack, news)",
    "10-1": """
[mapping] = lesson.client("lambda").list_event_source_mappings(
    FunctionName=stack.read_message_name
)["EventSourceMappings"]
lesson.client("lambda").update_event_source_mapping(
    UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": 4}
)
""",
    "10-2": 'lesson.client("events").disable_rule(Name=stack.rule_name)',
    "10-3": """
found = (mine / "bulk_mail.py").read_text(encoding="utf-8")
found = found.replace('    "ACCOUNT_THROTTLED",\\n', "")
(mine / "bulk_mail.py").write_text(found, encoding="utf-8", newline="\\n")
""",
    "11-1": """
lesson.client("sns").subscribe(
    TopicArn=second.notices_arn, Protocol="email", Endpoint="ops@example.com"
)
""",
}


def marked(names: Iterable[str]) -> list[Any]:
    """Lessons or exercises as parameters; those of the lessons that take long are thorough."""
    return [
        pytest.param(name, marks=pytest.mark.thorough) if name[:2] in LONG else name
        for name in names
    ]


@pytest.mark.parametrize("lesson", marked(SHUFFLED))
def test_a_second_run_in_the_same_kernel_shows_what_is_stored(
    kernel: notebooks.Kernel, lesson: str
) -> None:
    stored = [text_of(cell["outputs"]) for cell in cells(lesson)]

    *again, changed_settings = shown(kernel, lesson)[-len(stored) - 1 :]

    assert again == stored
    assert changed_settings == "{}"


@pytest.mark.parametrize("exercise", marked(CHECKS))
def test_an_untouched_stub_is_not_attempted(kernel: notebooks.Kernel, exercise: str) -> None:
    assert verdicts(kernel, exercise)[0] == "not attempted"


@pytest.mark.parametrize("exercise", marked(WRONG))
def test_a_wrong_answer_is_not_yet_correct(kernel: notebooks.Kernel, exercise: str) -> None:
    assert re.match("not yet, because .{10,}", verdicts(kernel, exercise)[1])


@pytest.mark.parametrize("exercise", marked(CHECKS))
def test_the_solution_is_correct(kernel: notebooks.Kernel, exercise: str) -> None:
    assert verdicts(kernel, exercise)[-1] == "correct"


def test_every_exercise_has_a_wrong_answer_but_the_one_that_is_done_or_not() -> None:
    assert CHECKS.keys() - WRONG.keys() == {"00-2"}


def verdicts(kernel: notebooks.Kernel, exercise: str) -> list[str]:
    """What its check says in turn: of the stub, the wrong answer, the solution, and once more."""
    text = "\n".join(shown(kernel, exercise[:2]))
    return re.findall(rf"^Exercise {exercise}: (.+)", text, re.MULTILINE)


@cache
def shown(kernel: notebooks.Kernel, lesson: str) -> list[str]:
    """What each cell puts out: of the run with the learner's answers, then of another.

    In the end, the sandbox's settings that are not as the lesson found them.
    """
    solved = notebooks.code_of(notebooks.read(lesson))
    return notebooks.run(kernel, [*variants(lesson), *solved, CHANGED_SETTINGS])


def cells(lesson: str) -> list[dict[str, Any]]:
    return [cell for cell in notebooks.read(lesson)["cells"] if cell["cell_type"] == "code"]


def text_of(outputs: list[dict[str, Any]]) -> str:
    """The text that a cell's outputs have in common with a terminal."""
    texts = (output.get("text") or output["data"].get("text/plain", "") for output in outputs)
    return "".join(chain.from_iterable(texts))


def variants(lesson: str) -> Iterator[str]:
    """The cells of a notebook, and before each solution its stub and a wrong answer."""
    notebook = notebooks.read(lesson)
    student = notebooks.code_of(workshop.student_version(notebook))
    for number, solved in enumerate(notebooks.code_of(notebook)):
        stub = student[number]
        if STUB in stub:
            # The check ends the cell of the exercise, or is the cell after it.
            if "workshop.check" not in stub:
                stub += f"\n{student[number + 1]}"
            [exercise] = re.findall(r'workshop\.check\("(.+)"\)', stub)
            yield stub
            if exercise in WRONG:
                yield stub.replace(STUB, WRONG[exercise].strip())
        yield solved
