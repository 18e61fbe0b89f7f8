"""The capstone: a change of a learner's own to a function, and the trials that it has to stand."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile
from typing import Any

from mailfanout import campaign, faults, provision, recipients
from mailfanout.errors import InputError
from mailfanout.recipients import read_due
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.workshop.exercises.verdicts import CORRECT, NOT_ATTEMPTED, Verdict, not_yet
from mailfanout.workshop.experiments import (
    EXPERIMENTS,
    REFUSED_ONCE,
    Books,
    Trial,
    twenty_people,
    watch,
)
from mailfanout.workshop.record import learners_folder

OWN_DIRECTORY = "my_pipeline"
# In readMessageAndSendMail: the lease, the recipients, SES; the record is the next one.
CALLS_UP_TO_SES = 3


def _nothing_goes_wrong(trial: Trial, title: str) -> None:
    """Nobody waits for a function that fails here: that is its code's own doing."""
    began_ms = time.time() * 1000
    names = provision.function_names(trial.stack, design="reliable")

    def own_error() -> tuple[str, str] | None:
        return campaign.last_error(trial.target, trial.stack, *names, since_ms=began_ms)

    trial.books.upload(title)
    watch(trial.target, lambda: trial.books.is_over() or bool(own_error()), f"{title!r} goes on")
    if not trial.books.is_over() and (found := own_error()):
        name, said = found[0], found[1].removesuffix(".")
        raise InputError(f"{name} fails though {title}: {said}. Mend it, and run the cell again.")
    trial.books.count()


def _killed_after_ses(trial: Trial, title: str) -> None:
    name = trial.stack.read_message_name
    faults.kill_after_calls(trial.target, name, CALLS_UP_TO_SES)
    trial.books.send(title)


# What every change has to stand, whatever else it does.
TRIALS = {
    "nothing goes wrong": _nothing_goes_wrong,
    REFUSED_ONCE: EXPERIMENTS[REFUSED_ONCE],
    **{title: EXPERIMENTS[title] for title in EXPERIMENTS if title.endswith("comes twice")},
    "killed between SES and the record": _killed_after_ses,
}


def own_copy(stack: Stack, function_name: str) -> Path:
    """A directory with a reliable function's source, for a learner to change.

    It is in the folder of the learner's notebooks, in `my_pipeline`, which `mailfanout verify
    --handlers` takes. The modules that functions share are in the directory above it. May be
    repeated: a file that is there is left as it is, and one that was deleted comes back. Raises
    InputError if there is no such function.
    """
    source = provision.handler_path(stack, function_name, design="reliable").parent
    directory = learners_folder() / OWN_DIRECTORY / "reliable" / function_name
    directory.mkdir(parents=True, exist_ok=True)
    for files, place in ((source, directory), (source.parent, directory.parent)):
        for file in files.glob("*.py"):
            if not (place / file.name).exists():
                copyfile(file, place / file.name)
    return directory


def put_to_trial(target: Target, stack: Stack) -> Books:
    """Send to twenty recipients, again and again, while something else goes wrong each time.

    First it waits until code that was just deployed is in use. Returns the books. Raises InputError
    if the target is not the sandbox, and if a function fails though nothing goes wrong.
    """
    trial = Trial(target, stack, Books(target, stack))
    updated = target.client("lambda").get_waiter("function_updated_v2")
    for name in provision.function_names(stack, design="reliable"):
        updated.wait(FunctionName=name)
    recipients.seed(target, stack, twenty_people(target))
    for title, experiment in TRIALS.items():
        experiment(trial, title)
    return trial.books


def change_the_pipeline(target: Target, stack: Stack) -> Verdict:
    """Change a function; it stands every trial."""
    changed = changed_functions(target, stack)
    if not changed:
        return NOT_ATTEMPTED
    last_change = max(changed.values())
    uploads = {key: at for key, at in _uploads(target, stack) if at >= last_change}
    campaigns = {one["key"]: one["campaign"] for one in campaign.status(target, stack)}
    due = {one.email for one in read_due(target, stack)}
    for title in TRIALS:
        key = f"{title}.txt"
        if key not in uploads or key not in campaigns:
            return not_yet("it has not stood every trial: workshop.put_to_trial(target, stack)")
        got = _mails_of(target, campaigns[key])
        if missing := len(due - got.keys()):
            return not_yet(f"of {len(due)}, {missing} got no mail in this trial: {title}.")
        if doubled := sum(number > 1 for number in got.values()):
            return not_yet(f"of {len(due)}, {doubled} got two mails in this trial: {title}.")
    return CORRECT


def changed_functions(target: Target, stack: Stack) -> dict[str, datetime]:
    """The functions whose code is not that of the reliable design, and when each was changed."""
    client, found = target.client("lambda"), {}
    for part in provision.parts_of("reliable"):
        if part.kind == "Lambda function":
            state = part.read(target, stack) or {}
            if state.get("CodeSha256") != part.settings(stack)["CodeSha256"]:
                name = part.name(stack)
                configuration = client.get_function_configuration(FunctionName=name)
                found[name] = _to_the_second(configuration["LastModified"])
    return found


def _to_the_second(text: str) -> datetime:
    """Lambda's `2026-11-26T04:46:24.047+0000`, as exactly as S3 tells the time of an upload."""
    return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)


def _uploads(target: Target, stack: Stack) -> list[tuple[str, datetime]]:
    listed = target.client("s3").list_objects_v2(Bucket=stack.bucket_name).get("Contents", [])
    return [(entry["Key"], entry["LastModified"]) for entry in listed]


def _mails_of(target: Target, campaign_id: str) -> Counter[str]:
    """How many mails of a campaign everybody got: each mail has its campaign as a tag."""
    mails: Any = target.sandbox.mails() if target.sandbox else ()
    return Counter(
        email
        for mail in mails
        if mail["tags"].get("campaign") == campaign_id
        for email in mail["destinations"]["to"]
    )
