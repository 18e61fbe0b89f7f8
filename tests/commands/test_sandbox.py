"""`mailfanout sandbox …` and `mailfanout inbox` as a user types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailfanout import campaign, faults, provision, recipients
from mailfanout.sandbox.control import Sandbox
from mailfanout.target import Target, stack_for
from support import command_line

pytestmark = pytest.mark.slow


Run = Callable[..., command_line.Finished]


@pytest.fixture
def run(mailfanout_target: Target) -> Run:
    """Run a command line, with the sandbox empty."""
    return command_line.run


@pytest.fixture
def sent(mailfanout_target: Target) -> None:
    """The article's mail, sent to its three recipients."""
    stack = stack_for(mailfanout_target)
    provision.deploy(mailfanout_target, stack)
    recipients.seed(mailfanout_target, stack, recipients.example().recipients)
    campaign.send(mailfanout_target, stack, campaign.example_mail())


def test_fault_is_switched_on_shown_and_switched_off(run: Run, mailfanout_target: Target) -> None:
    on = run("sandbox", "fault", "ses-throttle", "--times", "10", "--to", "yamada@example.com")
    assert on == (0, "From now on SES throttles a mail to yamada@example.com, 10 times.\n", "")
    assert run("sandbox", "faults").stdout == (
        "SES throttles a mail to yamada@example.com, 10 times\n"
    )
    (listed,) = json.loads(run("sandbox", "faults", "--json").stdout)
    assert (listed["kind"], listed["times"]) == ("ses-throttle", 10)
    assert "No fault is on" in run("sandbox", "faults", "--clear").stdout
    assert faults.active(mailfanout_target) == ()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ses-reject"], "SES rejects a mail to *, once"),
        (["ses-suspend"], "SES refuses a mail to *, because the account is suspended, once"),
        (
            ["throttle", "dynamodb:UpdateItem", "--by", "sendQueue"],
            "dynamodb:UpdateItem by sendQueue is throttled, once",
        ),
        (["fail", "s3:GetObject"], "s3:GetObject fails with an internal error, its work not done"),
        (["slow", "sqs:*", "--delay-ms", "200"], "sqs:* takes 200 ms longer, once"),
        (["lose-reply", "sesv2:SendEmail"], "the reply of sesv2:SendEmail is lost, its work done"),
        (["s3-event-twice"], "an event of bucket * is delivered twice, once"),
        (["message-twice"], "a message of queue * comes back although it was deleted, once"),
        (["entry-fails", "--queue", "q"], "an entry of SendMessageBatch to queue q fails, once"),
        (["kill-at-start", "sendQueue"], "function sendQueue is killed before it starts, once"),
        (
            ["kill-after-calls", "sendQueue", "3", "--times", "2"],
            "function sendQueue is killed after its API call number 3, 2 times",
        ),
        (["kill-at-end", "sendQueue"], "function sendQueue is killed when it has finished"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_every_fault_has_a_command(run: Run, arguments: list[str], said: str) -> None:
    assert f"From now on {said}" in run("sandbox", "fault", *arguments).stdout


def test_help_lists_the_faults_with_an_example(run: Run) -> None:
    shown = run("sandbox", "fault", "--help").stdout
    assert "mailfanout sandbox fault ses-throttle --to yamada@example.com --times 10" in shown
    assert "kill-after-calls" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sandbox", "fault", "lose-reply", "sesv2:SendMail"], "Did you mean sesv2:SendEmail?"),
        (["sandbox", "fault", "ses-throttle", "--times", "0"], "0 is not in the range"),
        (["sandbox", "fault", "ses-explode"], "No such command 'ses-explode'"),
        (["sandbox", "fault", "ses-trottle"], "Did you mean ses-throttle?"),
        (["sandbox", "set", "time-scale", "fast"], "a number above 0"),
        (["sandbox", "set", "pace", "slow"], "setting pace. It is one of: lesson, aws"),
        (["sandbox", "set", "speed", "1"], "There is no setting speed. Choose one of: time-scale"),
        (["sandbox", "set", "max_send_rate", "0"], "0 is no value for the setting max-send-rate"),
        (["inbox", "--target", "aws"], "Only the sandbox shows mails"),
        (["send", "--dry-run", "--json"], "--json is of a send to everybody. Leave it out."),
        (["inbox", "--eml", "mails", "--json"], "Leave one of them out."),
        (["deploy", "--unsubscribe-url", "https://x.y"], "no address to unsubscribe at"),
        *(
            (["deploy", "--unsubscribe-url", f"https://x.y{end}"], "no address to unsubscribe at")
            for end in ("/a b", "/?{{email}}=", "/%", "/#a=", ":99999/")
        ),
        (["lab", ""], "the word after lab is empty. Is a variable of your shell not set?"),
        (["verify", "--report="], "--report= is empty. Is a variable of your shell not set?"),
        (["verify", "--limit", "nan"], "'nan' is not a valid integer range"),
        (["lab", "--port", "8_888"], "'8_888' is not a valid integer range"),
        (["lab", "--port", "０"], "0 is not in the range"),
        (["sandbox", "set", "time-scale", "1_0"], "'1_0' is no value for the setting time-scale"),
    ],
)
def test_mistake_ends_in_a_line_that_says_what_to_do(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    finished = run(*arguments)
    assert finished.exit_code == 2
    assert words in finished.stderr


def test_setting_is_changed_and_shown(run: Run, sandbox: Sandbox) -> None:
    assert run("sandbox", "set", "time-scale", "0.01").stdout == "time-scale is 0.01 now.\n"
    assert run("sandbox", "set", "time-scale", "０.０１").exit_code == 0
    run("sandbox", "set", "production", "false")
    assert sandbox.settings()["production"] is False
    run("sandbox", "set", "pace", "aws")
    shown = run("sandbox", "settings").stdout
    assert "time-scale        0.01\npace              aws\nproduction        false\n" in shown
    assert json.loads(run("sandbox", "settings", "--json").stdout) == sandbox.settings()


def test_calls_are_shown_and_reset(run: Run, sent: None) -> None:
    shown = run("sandbox", "calls").stdout
    assert "sendQueue: 5 calls\n       1  dynamodb:Query\n" in shown
    counts = json.loads(run("sandbox", "calls", "--json", "--reset").stdout)
    assert counts["readMessageAndSendMail"]["sesv2:SendEmail"] == 3
    assert "Nobody has called AWS" in run("sandbox", "calls").stdout


def test_inbox_shows_the_mails_to_one_address(run: Run, sent: None) -> None:
    shown = run("inbox", "--to", "yamada@example.com").stdout
    assert "yamada@example.com" in shown
    assert "tanaka@example.com" not in shown


def test_inbox_as_json_has_all_of_every_mail(run: Run, sent: None) -> None:
    mails = json.loads(run("inbox", "--json").stdout)
    assert len(mails) == 3
    assert {mail["text"] for mail in mails} == {"このメールはテストです。"}


def test_inbox_is_written_as_files_for_mail_programs(run: Run, sent: None, tmp_path: Path) -> None:
    directory = tmp_path / "new" / "mails"
    run("inbox", "--to", "sato@example.com", "--eml", str(directory))
    (file,) = directory.glob("*.eml")
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (message["To"], message["Subject"]) == ("sato@example.com", "メール配信テスト")


def test_directory_that_is_a_file_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    finished = run("inbox", "--eml", str(file))
    assert finished.exit_code == 2
    assert "is a file. Name a directory" in finished.stderr


def test_status_and_redrive_know_the_simple_design(
    run: Run, sent: None, mailfanout_target: Target
) -> None:
    stack = stack_for(mailfanout_target)
    values = {"username": "Ada", "bucketname": stack.bucket_name, "filename": "example.txt"}
    mailfanout_target.client("sqs").send_message(
        QueueUrl=provision.find_queue(mailfanout_target, stack.dead_letter_queue_name),
        MessageBody="deleted@example.com",
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in values.items()
        },
    )

    assert run("redrive").stdout == "simple: 1 dead letter\n"
    assert "The reliable design keeps campaigns" in run("status").stdout
    assert "The reliable design keeps campaigns" in run("status", "c1").stderr
    assert json.loads(run("status", "--json").stdout) == {"campaigns": []}


def test_simple_design_warns_of_what_it_does_not_fill_in(
    run: Run, sent: None, tmp_path: Path
) -> None:
    file = tmp_path / "mail.txt"
    file.write_bytes(b"Hello {{username}}\n\nText\n")

    said = run("send", str(file), "--dry-run").stderr

    assert "The simple design sends {{ as it stands" in said


def test_a_test_mail_goes_to_its_address_alone(run: Run, sent: None, sandbox: Sandbox) -> None:
    run("send", "--test-to", "test@例え.jp")

    sent_to = [mail["destinations"]["to"] for mail in sandbox.mails()]
    assert sent_to[3:] == [["test@xn--r8jz45g.jp"]]


def test_a_test_mail_whose_reply_is_lost_is_sent_once(
    run: Run, sent: None, sandbox: Sandbox
) -> None:
    run("sandbox", "fault", "lose-reply", "sesv2:SendEmail")

    finished = run("send", "--test-to", "test@example.com")

    assert finished.exit_code == 1
    assert "Whether test@example.com gets the mail is unknown" in finished.stderr
    assert len([*sandbox.mails()]) == 4


def test_a_dry_run_of_a_test_mail_shows_it_and_sends_nothing(
    run: Run, sent: None, sandbox: Sandbox
) -> None:
    shown = run("send", "--test-to", "test@example.com", "--dry-run").stdout

    assert "To: test@example.com" in shown
    assert "A test would go to test@example.com" in shown
    assert len([*sandbox.mails()]) == 3


@pytest.mark.parametrize("option", [("--policy", "settle"), ("--unsubscribe-url", "https://x.y/")])
def test_the_simple_design_takes_no_option_of_the_other(
    run: Run, sent: None, option: tuple[str, str]
) -> None:
    code, _, said = run("deploy", *option)
    assert (code, said) == (
        2,
        f"Error: The simple design has no {option[0]}. Add --design reliable, or leave it out.\n",
    )


def test_a_teardown_says_whose_parts_it_looked_for(run: Run, sent: None) -> None:
    said = run("teardown", "--prefix", "nobody").stdout
    assert said == "Nothing is left of the stack nobody in the sandbox.\n"


def test_a_file_that_cannot_be_written_is_named_with_what_could_be(
    run: Run, tmp_path: Path
) -> None:
    code, _, said = run("handout", "--output", str(tmp_path / "none" / "handout.html"))
    assert code == 2
    assert said.endswith("Name a file in a directory that is there and yours.\n")


@pytest.mark.parametrize("option", [("--dry-run",), ("--test-to", "test@example.com")])
def test_what_a_send_needs_is_named_though_nobody_would_get_it(
    run: Run, mailfanout_target: Target, option: tuple[str, ...]
) -> None:
    code, _, said = run("send", *option)

    assert (code, said.split("Type: ")[0]) == (1, "Error: Table mailaddress does not exist. ")
