"""The whole pipeline at once: deployed, described, torn down, as the list of its parts says."""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import ClientError

from mailfanout.errors import MailfanoutError, ResourceMissing, TeardownIncomplete
from mailfanout.provision.awslambda import has_log_group
from mailfanout.provision.functions import function_names
from mailfanout.provision.parts import parts_of
from mailfanout.stack import Stack, State
from mailfanout.target import Target, wait_until

Progress = Callable[[str], None]
TEARDOWN_TIMEOUT_SECONDS = 120


def deploy(
    target: Target,
    stack: Stack,
    *,
    version: str = "simple",
    progress: Progress = lambda title: None,
) -> dict[str, str]:
    """Create or mend the whole pipeline; returns the ARN, URL or id of each part by its title.

    `progress` is told each part's title before it is worked on. A second deploy changes nothing.
    """
    created = {}
    for part in parts_of(version):
        title = part.title(stack)
        progress(title)
        created[title] = part.create(target, stack)
    return created


def teardown(target: Target, stack: Stack, *, progress: Progress = lambda title: None) -> None:
    """Delete the whole pipeline, in the reverse order, and wait until it is gone.

    May be repeated, also on part of a pipeline. On AWS it takes a minute or two, which is how
    long a deleted queue stays visible. Raises TeardownIncomplete if something is left.
    """
    for part in reversed(parts_of()):
        if part.delete:
            progress(part.title(stack))
            part.delete(target, stack)
    _wait_until_gone(target, stack)


def describe(target: Target, stack: Stack) -> dict[str, State]:
    """The parts that exist, by their titles, each with its settings as AWS words them.

    Two stacks of the same names are equal if these are: dates, counts, the ids that AWS
    chooses and the host in a queue's URL are left out, and so is what only a run creates.
    """
    found = {part.title(stack): part.read(target, stack) for part in parts_of()}
    return {title: state for title, state in found.items() if state is not None}


def require_whole(target: Target, stack: Stack) -> None:
    """Raises MailfanoutError for the first part that keeps mails from going out.

    It does not exist, the role may do nothing, or the mapping is disabled. What may not be read
    is taken to be there.
    """
    for part in parts_of():
        try:
            state = part.read(target, stack)
        except ClientError as error:
            if "AccessDenied" not in error.response["Error"]["Code"]:
                raise
            continue
        if state is None or state.get("State") == "Deleting":
            raise ResourceMissing(part.noun.capitalize(), part.name(stack))
        if part.key == "role" and not (state["Policies"] or state["AttachedPolicies"]):
            raise ResourceMissing("Policy of role", part.name(stack))
        if part.key == "mapping" and state["State"].startswith("Disabl"):
            raise MailfanoutError(f"The {part.title(stack)} is disabled. Type: mailfanout deploy")


def remaining(target: Target, stack: Stack) -> list[str]:
    """What a teardown would still have to delete, log groups included; empty when all is gone.

    An identity that was not created by mailfanout stays, and is not in the list.
    """
    found = describe(target, stack)
    ours = [
        title
        for part in parts_of()
        for title in [part.title(stack)]
        if not part.belongs_to and title in found and part.ours(found[title])
    ]
    groups = [name for name in function_names(stack) if has_log_group(target, stack, name)]
    return [*ours, *(f"log group {stack.log_group_name(name)}" for name in groups)]


def _wait_until_gone(target: Target, stack: Stack) -> None:
    try:
        wait_until(
            lambda: not remaining(target, stack),
            description="part of the pipeline is still there",
            sleep=target.sleep,
            timeout_seconds=TEARDOWN_TIMEOUT_SECONDS,
        )
    except MailfanoutError as error:
        raise TeardownIncomplete(remaining(target, stack)) from error
