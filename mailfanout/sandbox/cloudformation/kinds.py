"""The types of resources that the sandbox's CloudFormation makes, all in one list."""

from __future__ import annotations

from mailfanout.sandbox.cloudformation import computing, mailing, messaging, storing, watching
from mailfanout.sandbox.cloudformation.resource_kind import ResourceKind

KINDS: dict[str, ResourceKind] = {
    **storing.KINDS,
    **computing.KINDS,
    **messaging.KINDS,
    **mailing.KINDS,
    **watching.KINDS,
}
