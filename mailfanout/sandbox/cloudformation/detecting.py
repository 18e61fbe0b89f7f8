"""CloudFormation's operations that look for drift, and tell what they found.

On AWS a detection takes some minutes, and DescribeStackDriftDetectionStatus says when it is done.
Here it is done when the call returns that begins it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from mailfanout.sandbox.cloudformation.acting import CallFailed
from mailfanout.sandbox.cloudformation.asked import Asked
from mailfanout.sandbox.cloudformation.drift import Drift, find_drift
from mailfanout.sandbox.cloudformation.intrinsics import invalid
from mailfanout.sandbox.cloudformation.planning import Resource
from mailfanout.sandbox.cloudformation.stacks import Stack
from mailfanout.sandbox.json_objects import Json

_STANDING = (
    *("CREATE_COMPLETE", "UPDATE_COMPLETE"),
    *("UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"),
)


def detect_stack_drift(asked: Asked) -> Json:
    """Look at the resources of a stack, or at those that are named. Raises ApiError."""
    stack = _standing_stack(asked)
    wanted = asked.parameters.get("LogicalResourceIds") or [*stack.resources]
    began, detection_id = datetime.now(UTC), str(uuid.uuid4())
    status = {"DetectionStatus": "DETECTION_COMPLETE"}
    try:
        _look(asked, stack, [_resource(stack, name) for name in wanted])
    except CallFailed as error:
        status = {"DetectionStatus": "DETECTION_FAILED", "DetectionStatusReason": str(error)}
    asked.stacks.detections[detection_id] = {
        "StackId": stack.stack_id,
        "StackDriftDetectionId": detection_id,
        "StackDriftStatus": stack.drift_status,
        **status,
        "DriftedStackResourceCount": len(stack.drifted),
        "Timestamp": began,
    }
    return {"StackDriftDetectionId": detection_id}


def describe_stack_drift_detection_status(asked: Asked) -> Json:
    """How a detection ended. Raises ApiError if there was none of this id."""
    detection_id = asked.parameters["StackDriftDetectionId"]
    if detection_id not in asked.stacks.detections:
        raise invalid(f"Stack drift detection id {detection_id} does not exist")
    return dict(asked.stacks.detections[detection_id])


def describe_stack_resource_drifts(asked: Asked) -> Json:
    """What was found of each resource that was looked at, or of those in the given states."""
    stack, wanted = asked.stack(), asked.parameters.get("StackResourceDriftStatusFilters")
    found = sorted(stack.drifts.items())
    return {
        "StackResourceDrifts": [
            _described(stack, stack.resources[name], one)
            for name, one in found
            if not wanted or one.status in wanted
        ]
    }


def detect_stack_resource_drift(asked: Asked) -> Json:
    """Look at one resource of a stack. Raises ApiError if nobody can tell of its type."""
    stack = _standing_stack(asked)
    resource = _resource(stack, asked.parameters["LogicalResourceId"])
    try:
        _look(asked, stack, [resource])
    except CallFailed as error:
        raise invalid(str(error)) from error
    if resource.logical_id not in stack.drifts:
        raise invalid(f"Drift detection is not supported on resource type {resource.kind_name}")
    drift = stack.drifts[resource.logical_id]
    return {"StackResourceDrift": _described(stack, resource, drift)}


def _standing_stack(asked: Asked) -> Stack:
    stack = asked.stack()
    if stack.status not in _STANDING:
        raise invalid(
            f"Drift detection cannot be performed on stack {stack.name} in status {stack.status}"
        )
    return stack


def _resource(stack: Stack, name: str) -> Resource:
    if name not in stack.resources:
        raise invalid(f"Resource {name} does not exist for stack {stack.name}")
    return stack.resources[name]


def _look(asked: Asked, stack: Stack, resources: Iterable[Resource]) -> None:
    api = asked.api(stack.role_arn)
    for one in resources:
        if drift := find_drift(api, one, stack.tags_of(one.logical_id)):
            stack.seen[one.logical_id] = drift


def _described(stack: Stack, resource: Resource, drift: Drift) -> Json:
    described = {
        "StackId": stack.stack_id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.made.physical_id,
        "ResourceType": resource.kind_name,
        "StackResourceDriftStatus": drift.status,
        "Timestamp": drift.at,
    }
    if drift.actual is None:
        return described
    return described | {
        "ExpectedProperties": json.dumps(drift.expected),
        "ActualProperties": json.dumps(drift.actual),
        "PropertyDifferences": drift.differences,
    }
