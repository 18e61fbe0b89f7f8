"""Changes to moto's CloudFormation, with their reasons. They are made before its first call.

moto's imports nearly every other service of moto's, which takes two seconds: twice what the
sandbox takes to start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from moto.core.resource_tagging import TaggedResource
from moto.core.responses import ActionResult

from mailfanout.sandbox.access import Credentials, current_caller
from mailfanout.sandbox.cloudformation import OPERATIONS, Asked, Stacks
from mailfanout.sandbox.seams.replacement import LACKS, Replacement, call_of, changes, given, refuse

Operation = Callable[[Asked], dict[str, Any]]

_REASON = (
    "cloudformation/parsing.py makes no policies, subscriptions, identities or alarms, asks nobody "
    "for leave, rolls nothing back, and sees no parameter in Sub"
)

_LACKED = {
    *("describe_stack_drift_detection_status", "describe_stack_resource_drifts"),
    *("detect_stack_drift", "detect_stack_resource_drift"),
    *("list_imports", "update_termination_protection"),
}


def replacements(stacks: Stacks) -> list[Replacement]:
    """Every change to moto's CloudFormation, for setattr."""
    from moto.cloudformation.models import CloudFormationBackend
    from moto.cloudformation.responses import CloudFormationResponse

    by_path = CloudFormationResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER
    of_stack_sets = {path: by_path[path] for path in by_path if "StackSet" in path}
    return [
        *(
            Replacement(CloudFormationResponse, name, given(_answer, stacks, do), _reason(name))
            for name, do in OPERATIONS.items()
        ),
        *changes(
            CloudFormationResponse,
            "cloudformation/models.py reads templates of stack sets by yaml.Loader, which runs "
            "whatever Python stands in them",
            create_stack_set=refuse,
            update_stack_set=refuse,
        ),
        *changes(
            CloudFormationResponse,
            "knows none of the stacks that there are",
            get_stack_policy=refuse,
            set_stack_policy=refuse,
        ),
        *changes(
            CloudFormationBackend,
            "finds none of the stacks that there are by their tags",
            iter_tagged_resources=given(_by_tags, stacks),
        ),
        *changes(
            CloudFormationResponse,
            "reads answers out of its own models",
            RESPONSE_KEY_PATH_TO_TRANSFORMER=of_stack_sets,
        ),
    ]


def _reason(name: str) -> str:
    return LACKS if name in _LACKED else _REASON


def _by_tags(stacks: Stacks, backend: Any) -> Iterator[TaggedResource]:
    for one in stacks.standing(backend.region_name):
        tags = {tag["Key"]: tag["Value"] for tag in one.tags}
        yield TaggedResource(one.stack_id, tags, "cloudformation:stack")


def _answer(stacks: Stacks, operation: Operation, response: Any) -> ActionResult:
    # Who calls was settled at the front; the secret is not needed again.
    credentials = Credentials(str(response.access_key), "", current_caller())
    _ = response.cloudformation_backend  # moto looks for tags in backends that were used
    return ActionResult(operation(Asked(call_of(response), credentials, stacks)))
