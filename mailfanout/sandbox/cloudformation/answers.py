"""What CloudFormation tells of stacks: their state, resources, events and templates."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from mailfanout.sandbox.cloudformation.asked import Asked, plan_of, template_of
from mailfanout.sandbox.cloudformation.change_sets import ChangeSet, change_set
from mailfanout.sandbox.cloudformation.drift import Drift
from mailfanout.sandbox.cloudformation.intrinsics import invalid
from mailfanout.sandbox.cloudformation.stacks import IN_REVIEW, Stack, StackEvent, Subject
from mailfanout.sandbox.cloudformation.templates import Template
from mailfanout.sandbox.json_objects import Json

# What a summary of a stack says, with its names for it.
_SAME = """
StackId StackName CreationTime LastUpdatedTime DeletionTime StackStatus StackStatusReason
DriftInformation
""".split()
_OF_SUMMARY = {**dict(zip(_SAME, _SAME, strict=True)), "Description": "TemplateDescription"}
_ENDED = ("DELETE_COMPLETE", "ROLLBACK_COMPLETE")


def describe_stacks(asked: Asked) -> Json:
    """The stack that is named, also if it is deleted; or all that stand."""
    if asked.parameters.get("StackName"):
        return {"Stacks": [_described(asked.stack())]}
    return {"Stacks": [_described(one) for one in asked.stacks.standing(asked.call.region)]}


def list_stacks(asked: Asked) -> Json:
    """A summary of every stack, deleted ones too, or of those in the given states."""
    wanted = asked.parameters.get("StackStatusFilter")
    found = asked.stacks.every(asked.call.region)
    described = [_described(one) for one in found if not wanted or one.status in wanted]
    return {
        "StackSummaries": [
            {new: one[name] for name, new in _OF_SUMMARY.items() if name in one}
            for one in described
        ]
    }


def describe_stack_resources(asked: Asked) -> Json:
    """The resources of a stack in order of their logical ids, or the one that is named.

    The stack may be named by what it has made.
    """
    physical_id = asked.parameters.get("PhysicalResourceId")
    wanted = asked.parameters.get("LogicalResourceId")
    stack = asked.stacks.maker(physical_id, asked.call.region) if physical_id else asked.stack()
    return {
        "StackResources": [
            {"StackId": stack.stack_id, "StackName": stack.name, **one}
            for one in _resources(stack)
            if wanted in (None, one["LogicalResourceId"])
        ]
    }


def describe_stack_resource(asked: Asked) -> Json:
    """One resource of a stack. Raises ApiError if the stack has none of that logical id."""
    found = describe_stack_resources(asked)["StackResources"]
    if not found:
        name = asked.parameters["LogicalResourceId"]
        stack_name = asked.parameters["StackName"]
        raise invalid(f"Resource {name} does not exist for stack {stack_name}")
    written = plan_of(asked.stack()).wanted.get(found[0]["LogicalResourceId"], {})
    more = {
        "LastUpdatedTimestamp": found[0]["Timestamp"],
        "Metadata": json.dumps(written.get("Metadata", {})),
    }
    return {"StackResourceDetail": found[0] | more}


def list_stack_resources(asked: Asked) -> Json:
    """A summary of each resource of a stack, in order of their logical ids."""
    return {
        "StackResourceSummaries": [
            {"LastUpdatedTimestamp": one.pop("Timestamp"), **one}
            for one in _resources(asked.stack())
        ]
    }


def describe_stack_events(asked: Asked) -> Json:
    """What happened to a stack and its resources, the last event first."""
    stack = asked.stack()
    events = [
        {
            "StackId": stack.stack_id,
            "StackName": stack.name,
            "EventId": one.event_id,
            "LogicalResourceId": one.subject.logical_id,
            "PhysicalResourceId": one.physical_id,
            "ResourceType": one.subject.kind_name,
            "ResourceStatus": one.status,
            "Timestamp": one.at,
            **({"ResourceStatusReason": one.reason} if one.reason else {}),
            **_properties(one.subject),
        }
        for one in reversed(stack.events)
    ]
    return {"StackEvents": events}


def _properties(subject: Subject) -> Json:
    if subject.properties is None:
        return {}
    written = json.dumps(subject.properties, separators=(",", ":"), default=str)
    return {"ResourceProperties": written}


def get_template(asked: Asked) -> Json:
    """The template of a stack, or a change set, as it was given, or as its transforms made it."""
    has_change_set = "ChangeSetName" in asked.parameters
    plan = change_set(asked).plan if has_change_set else plan_of(asked.stack())
    template, text = plan.template, plan.template.text
    if asked.parameters.get("TemplateStage") == "Processed" and template.transforms:
        text = json.dumps(template.expanded)
    return {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}


def get_template_summary(asked: Asked) -> Json:
    """What a template asks for: of a stack that stands, or of the call's own template."""
    named = asked.parameters.get("StackName")
    stack = asked.stack() if named else None
    if stack and stack.status == IN_REVIEW:
        raise invalid("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
    template = plan_of(stack).template if stack else template_of(asked, {})
    logical_ids: dict[str, list[str]] = {}
    for name, one in template.resources.items():
        logical_ids.setdefault(one["Type"], []).append(name)
    metadata = template.written.get("Metadata")
    found = {
        "Description": str(template.written.get("Description", "")),
        "Metadata": metadata and json.dumps(metadata),
        "ResourceIdentifierSummaries": [
            {"ResourceType": kind_name, "LogicalResourceIds": names}
            for kind_name, names in logical_ids.items()
        ],
        "Parameters": [
            {
                "ParameterKey": name,
                "ParameterType": one.get("Type", "String"),
                "NoEcho": bool(one.get("NoEcho", False)),
                "Description": one.get("Description", ""),
                **({"DefaultValue": str(one["Default"])} if "Default" in one else {}),
                "ParameterConstraints": {"AllowedValues": one.get("AllowedValues", [])},
            }
            for name, one in template.parameters.items()
        ],
        "Capabilities": template.capabilities,
        "CapabilitiesReason": template.capabilities_reason,
        "ResourceTypes": sorted(logical_ids),
        "DeclaredTransforms": template.transforms,
        "Version": str(template.written.get("AWSTemplateFormatVersion", "2010-09-09")),
    }
    return _said(found) | {"Parameters": found["Parameters"]}


def validate_template(asked: Asked) -> Json:
    """What a template that can be read asks for. Raises ApiError for any other."""
    found = get_template_summary(asked)
    kept = ("ParameterKey", "DefaultValue", "NoEcho", "Description")
    parameters = [{k: one[k] for k in kept if k in one} for one in found["Parameters"]]
    others = ("Description", "Capabilities", "CapabilitiesReason", "DeclaredTransforms")
    return {"Parameters": parameters, **{name: found[name] for name in others if name in found}}


def summary(one: ChangeSet) -> Json:
    """A change set without its changes."""
    return {
        "ChangeSetName": one.name,
        "ChangeSetId": one.change_set_id,
        "StackId": one.stack.stack_id,
        "StackName": one.stack.name,
        "Description": one.parameters.get("Description"),
        "CreationTime": one.created_at,
        "ExecutionStatus": one.execution_status,
        "Status": one.status,
        "StatusReason": one.reason,
        "IncludeNestedStacks": False,
    }


def described_change_set(one: ChangeSet) -> Json:
    """A change set with its changes."""
    plan = one.plan
    said = {
        "Parameters": parameter_list(plan.scope.values, plan.template),
        "Tags": one.parameters.get("Tags"),
    }
    return {
        **summary(one),
        **_said(said),
        "NotificationARNs": [],
        "RollbackConfiguration": one.parameters.get("RollbackConfiguration", {}),
        "Capabilities": one.parameters.get("Capabilities", []),
        "Changes": one.changes,
    }


def _said(answer: Json) -> Json:
    """Without what is empty: CloudFormation says nothing of it."""
    return {name: value for name, value in answer.items() if value}


def _described(stack: Stack) -> Json:
    plan = stack.plan
    is_deleted = stack.status == "DELETE_COMPLETE"
    protection = {} if is_deleted else {"EnableTerminationProtection": stack.is_protected}
    said = {
        "Description": str(plan.template.written.get("Description", "")) if plan else None,
        "ChangeSetId": None if is_deleted else stack.change_set_id,
        "Parameters": parameter_list(plan.scope.values, plan.template) if plan else [],
        "LastUpdatedTime": stack.updated_at,
        "DeletionTime": stack.deleted_at,
        "StackStatusReason": stack.reason,
        "Capabilities": stack.capabilities,
        "Outputs": _outputs(stack),
        "RoleARN": stack.role_arn,
    }
    return {
        "StackId": stack.stack_id,
        "StackName": stack.name,
        **_said(said),
        "CreationTime": stack.created_at,
        "RollbackConfiguration": {},
        **stack.options,
        "StackStatus": stack.status,
        "DisableRollback": stack.on_failure == "DO_NOTHING",
        "NotificationARNs": [],
        "Tags": stack.tags,
        **protection,
        "DriftInformation": _drift("StackDriftStatus", stack.drift_status, stack.drifts.values()),
    }


def _outputs(stack: Stack) -> list[Json]:
    written = stack.plan.template.outputs if stack.plan else {}
    exported = {output: name for name, output in stack.exports.items()}
    return [
        {
            "OutputKey": name,
            "OutputValue": str(value),
            **({"Description": text} if (text := written[name].get("Description")) else {}),
            **({"ExportName": exported[name]} if name in exported else {}),
        }
        for name, value in stack.outputs.items()
    ]


def parameter_list(values: Mapping[str, Any], template: Template) -> list[Json]:
    """The template's parameters with their values, but for those that are secret."""
    return [
        {
            "ParameterKey": name,
            "ParameterValue": "****" if one.get("NoEcho") else _plain(values[name]),
        }
        for name, one in template.parameters.items()
    ]


def _plain(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def _resources(stack: Stack) -> list[Json]:
    """What is told of each resource, by logical id: of a stack that has ended, of all it had."""
    ids = {name: one.made.physical_id for name, one in stack.resources.items()}
    told = {(one.subject.logical_id, one.physical_id): one for one in stack.events}
    if stack.status in _ENDED:
        ids |= {name: there for name, there in told if there not in ("", stack.stack_id)}
    return [_resource(told[one], stack) for one in sorted(ids.items())]


def _resource(told: StackEvent, stack: Stack) -> Json:
    name = told.subject.logical_id
    seen = [stack.drifts[name]] if name in stack.drifts else []
    drift_status = seen[0].status if seen else "NOT_CHECKED"
    return {
        "LogicalResourceId": name,
        "PhysicalResourceId": told.physical_id,
        "ResourceType": told.subject.kind_name,
        "ResourceStatus": told.status,
        "Timestamp": told.at,
        "DriftInformation": _drift("StackResourceDriftStatus", drift_status, seen),
    }


def _drift(name: str, status: str, seen: Collection[Drift]) -> Json:
    """A status of drift, with when somebody looked last, if anybody did."""
    looked = {"LastCheckTimestamp": max(one.at for one in seen)} if seen else {}
    return {name: status, **looked}
