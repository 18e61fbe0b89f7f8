"""The simple pipeline anew, in the place of whatever stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mailfanout.provision.deployment import users
from mailfanout.provision.found_by_tag import find_parts
from mailfanout.provision.part_kinds import Part
from mailfanout.provision.parts import parts_of
from mailfanout.stack import Stack
from mailfanout.target import Target, in_order

# What is done, and the key of the part that it is done to.
Step = tuple[str, str]

_OTHERS: Step = ("delete", "others")


def renew(
    target: Target, stack: Stack, *, progress: Callable[[str], None] = lambda title: None
) -> None:
    """Delete what stands of the pipeline, of any design, and create the simple one.

    As teardown and deploy do, but nothing waits for what is not in its way: a part is created as
    soon as it is gone and what it needs can be used. In the end the mapping may still be on its
    way: messages wait for it in the queue. May be repeated.
    """
    parts = {part.key: part for part in parts_of()}
    titles = {key: part.title(stack) for key, part in parts.items()}

    def do(step: Step) -> None:
        action, part = step[0], parts.get(step[1])
        if part is None:
            for found in find_parts(target, stack, besides=titles.values()):
                found.delete(target)
        elif action == "create":
            part.make(target, stack)
        elif action == "wait" and part.wait:
            part.wait(target, stack)
        elif action == "delete" and part.delete:
            part.delete(target, stack)

    in_order(
        do, _needs(parts), progress=lambda step: progress(titles.get(step[1], "parts of before"))
    )


def _needs(parts: Mapping[str, Part]) -> dict[Step, list[Step]]:
    """The steps, each with those before it.

    What is quick and stands alone comes once the functions are asked for, which take their time.
    """
    functions = [("create", key) for key, part in parts.items() if part.function]
    needs: dict[Step, list[Step]] = {_OTHERS: functions}
    for key, keys in users([part for part in parts.values() if not part.belongs_to]).items():
        can_wait = not (keys or parts[key].needs or parts[key].wait)
        needs["delete", key] = functions if can_wait else [("delete", user) for user in keys]
    for key, part in parts.items():
        owner = part.belongs_to or key
        needs["create", key] = [("delete", owner), *(("wait", need) for need in part.needs)]
        if part.kind != "Event source mapping":
            needs["wait", key] = [("create", key)]
    return needs
