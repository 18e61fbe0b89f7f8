"""CloudFormation's operations: parameters in AWS's words in, AWS's answers out.

What is done within seconds is done when the call returns, so that waiters need not wait.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from mailfanout.sandbox.access import Caller, Credentials
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.cloudformation import stacks as doing
from mailfanout.sandbox.cloudformation.acting import Api, CallFailed
from mailfanout.sandbox.cloudformation.change_sets import ChangeSet, described
from mailfanout.sandbox.cloudformation.intrinsics import invalid
from mailfanout.sandbox.cloudformation.planning import Plan, Resource
from mailfanout.sandbox.cloudformation.stacks import Stack, Stacks
from mailfanout.sandbox.cloudformation.templates import (
    Template,
    parameter_values,
    read_template,
)
from mailfanout.sandbox.http import ApiError

Json = dict[str, Any]
_NAME = re.compile("[a-zA-Z][-a-zA-Z0-9]*")
_NAMED_IAM, _IAM = "CAPABILITY_NAMED_IAM", "CAPABILITY_IAM"


@dataclass(frozen=True)
class Asked:
    """A call of CloudFormation: what it says, who makes it, and the stacks that there are."""

    call: ApiCall
    credentials: Credentials
    stacks: Stacks

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.call.parameters

    def api(self, role_arn: str | None = None) -> Api:
        """What makes the calls that follow: in the caller's name, or in the stack's role."""
        credentials = self.credentials
        if role_arn:
            credentials = replace(credentials, caller=Caller.session(role_arn, "AWSCloudFormation"))
        return self.stacks.api(credentials, self.call.region, self.call.host)

    def stack(self, name: str | None = None) -> Stack:
        """The stack that is named. Raises ApiError."""
        name = name or self.parameters.get("StackName") or ""
        found = self.stacks.find(name, self.call.region)
        if found is None:
            raise invalid(f"Stack with id {name} does not exist")
        return found


def create_stack(asked: Asked) -> Json:
    parameters = asked.parameters
    template = _template(asked, {})
    _require(template.capabilities, parameters)
    given = _given(parameters, {})
    plan = Plan(template, _values(asked, template, given, parameters["StackName"], None))
    stack = _new_stack(asked, given)
    plan = Plan(template, _values(asked, template, given, stack.name, stack.stack_id))
    work = partial(doing.create, stack, plan, asked.api(stack.role_arn))
    asked.stacks.begin(stack, "CREATE_IN_PROGRESS", work)
    return {"StackId": stack.stack_id}


def update_stack(asked: Asked) -> Json:
    stack, parameters = asked.stack(), asked.parameters
    _require_standing(stack)
    given = _given(parameters, stack.given)
    template = _template(asked, given, stack)
    _require(template.capabilities, parameters)
    plan = Plan(template, _values(asked, template, given, stack.name, stack.stack_id))
    doing.require_changes(stack, plan)
    stack.role_arn = parameters.get("RoleARN", stack.role_arn)
    stack.tags = parameters.get("Tags", stack.tags)
    work = partial(doing.update, stack, plan, given, asked.api(stack.role_arn))
    asked.stacks.begin(stack, "UPDATE_IN_PROGRESS", work)
    return {"StackId": stack.stack_id}


def delete_stack(asked: Asked) -> Json:
    stack = asked.stacks.find(asked.parameters["StackName"], asked.call.region)
    if stack and stack.status != "DELETE_COMPLETE":
        role_arn = asked.parameters.get("RoleARN", stack.role_arn)
        work = partial(doing.delete, stack, asked.api(role_arn))
        asked.stacks.begin(stack, "DELETE_IN_PROGRESS", work)
    return {}


def create_change_set(asked: Asked) -> Json:
    parameters = asked.parameters
    is_new = parameters.get("ChangeSetType", "UPDATE") == "CREATE"
    if not is_new:
        stack = asked.stack()
        _require_standing(stack)
    given = _given(parameters, {} if is_new else stack.given)
    template = _template(asked, given, None if is_new else stack)
    _require([one for one in template.capabilities if one in (_IAM, _NAMED_IAM)], parameters)
    if is_new:
        stack = _stack_in_review(asked, given)
    plan = Plan(template, _values(asked, template, given, stack.name, stack.stack_id))
    name = parameters["ChangeSetName"]
    arn = _arn(asked, f"changeSet/{name}/{uuid.uuid4()}")
    change_set = ChangeSet(
        name,
        arn,
        stack,
        plan,
        given,
        is_new,
        described(plan, stack),
        description=parameters.get("Description"),
        tags=parameters.get("Tags", []),
    )
    if not change_set.changes and not is_new:
        change_set.status, change_set.execution_status = "FAILED", "UNAVAILABLE"
    asked.stacks.change_sets[arn] = change_set
    return {"Id": arn, "StackId": stack.stack_id}


def describe_change_set(asked: Asked) -> Json:
    one = _change_set(asked)
    return {
        **_summary(one),
        "Parameters": _parameter_list(one.plan.scope.values, one.plan.template),
        "Capabilities": one.plan.template.capabilities,
        "Tags": one.tags,
        "Changes": one.changes,
    }


def list_change_sets(asked: Asked) -> Json:
    stack = asked.stack()
    found = [one for one in asked.stacks.change_sets.values() if one.stack is stack]
    return {"Summaries": [_summary(one) for one in found]}


def execute_change_set(asked: Asked) -> Json:
    one = _change_set(asked)
    if one.execution_status != "AVAILABLE":
        raise ApiError(
            "InvalidChangeSetStatus",
            f"ChangeSet [{one.change_set_id}] cannot be executed in its current status of "
            f"[{one.status}]",
        )
    api = asked.api(one.stack.role_arn)
    if one.is_new:
        work = partial(doing.create, one.stack, one.plan, api)
    else:
        work = partial(doing.update, one.stack, one.plan, one.given, api)
    word = "CREATE" if one.is_new else "UPDATE"
    one.execution_status = "EXECUTE_COMPLETE"
    asked.stacks.begin(one.stack, f"{word}_IN_PROGRESS", work)
    return {}


def delete_change_set(asked: Asked) -> Json:
    asked.stacks.change_sets.pop(_change_set(asked).change_set_id, None)
    return {}


def describe_stacks(asked: Asked) -> Json:
    if asked.parameters.get("StackName"):
        return {"Stacks": [_described(asked.stack())]}
    standing = asked.stacks.every(asked.call.region)
    return {"Stacks": [_described(one) for one in standing if one.status != "DELETE_COMPLETE"]}


def list_stacks(asked: Asked) -> Json:
    wanted = asked.parameters.get("StackStatusFilter")
    found = [one for one in asked.stacks.every(asked.call.region)]
    kept = ("StackId", "StackName", "CreationTime", "LastUpdatedTime", "StackStatus")
    described_stacks = [_described(one) for one in found if not wanted or one.status in wanted]
    return {"StackSummaries": [{k: one[k] for k in kept if k in one} for one in described_stacks]}


def describe_stack_resources(asked: Asked) -> Json:
    stack, wanted = asked.stack(), asked.parameters.get("LogicalResourceId")
    return {
        "StackResources": [
            {"StackId": stack.stack_id, "StackName": stack.name, **_resource(one, stack)}
            for one in _sorted(stack)
            if wanted in (None, one.logical_id)
        ]
    }


def describe_stack_resource(asked: Asked) -> Json:
    found = describe_stack_resources(asked)["StackResources"]
    if not found:
        name = asked.parameters["LogicalResourceId"]
        raise invalid(f"Resource {name} does not exist for stack {asked.stack().name}")
    return {"StackResourceDetail": {**found[0], "LastUpdatedTimestamp": found[0]["Timestamp"]}}


def list_stack_resources(asked: Asked) -> Json:
    stack = asked.stack()
    summaries = [_resource(one, stack) for one in _sorted(stack)]
    return {
        "StackResourceSummaries": [
            {"LastUpdatedTimestamp": one.pop("Timestamp"), **one} for one in summaries
        ]
    }


def describe_stack_events(asked: Asked) -> Json:
    stack = asked.stack()
    events = [
        {
            "StackId": stack.stack_id,
            "StackName": stack.name,
            "EventId": one.event_id,
            "LogicalResourceId": one.logical_id,
            "PhysicalResourceId": one.physical_id,
            "ResourceType": one.kind_name,
            "ResourceStatus": one.status,
            "Timestamp": one.at,
            **({"ResourceStatusReason": one.reason} if one.reason else {}),
        }
        for one in reversed(stack.events)
    ]
    return {"StackEvents": events}


def get_template(asked: Asked) -> Json:
    template = _plan_of(asked.stack()).template
    stages = ["Original", "Processed"]
    if asked.parameters.get("TemplateStage") == "Processed":
        return {"TemplateBody": dict(template.expanded), "StagesAvailable": stages}
    return {"TemplateBody": template.text, "StagesAvailable": stages}


def get_template_summary(asked: Asked) -> Json:
    named = asked.parameters.get("StackName")
    stack = asked.stack() if named else None
    if stack:
        template = _plan_of(stack).template
    else:
        template = _template(asked, {})
    return {
        "Description": str(template.written.get("Description", "")),
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
        "ResourceTypes": sorted({one["Type"] for one in template.resources.values()}),
        "DeclaredTransforms": template.transforms,
        "Version": str(template.written.get("AWSTemplateFormatVersion", "2010-09-09")),
    }


def _template(asked: Asked, given: Mapping[str, str], stack: Stack | None = None) -> Template:
    if asked.parameters.get("UsePreviousTemplate") and stack:
        return _plan_of(stack).template
    return read_template(_template_text(asked), given, asked.call.region)


def _template_text(asked: Asked) -> str:
    text, url = asked.parameters.get("TemplateBody"), asked.parameters.get("TemplateURL")
    if (text is None) == (url is None):
        raise invalid("Either Template URL or Template Body must be specified.")
    if text is not None:
        return str(text)
    parts = urlsplit(str(url))
    path = unquote(parts.path).lstrip("/")
    if (parts.hostname or "").startswith(("s3", "127.")) or parts.hostname == "localhost":
        bucket, _, key = path.partition("/")
    else:
        bucket, key = parts.netloc.partition(".s3")[0], path
    try:
        found = asked.api()("s3", "GetObject", Bucket=bucket, Key=key)
    except CallFailed as error:
        raise invalid(f"S3 error: {error}") from error
    return str(found["Body"])


def _given(parameters: Mapping[str, Any], before: Mapping[str, str]) -> dict[str, str]:
    given = {}
    for one in parameters.get("Parameters", []):
        name = one["ParameterKey"]
        if one.get("UsePreviousValue"):
            if name in before:
                given[name] = before[name]
        else:
            given[name] = one.get("ParameterValue", "")
    return given


def _values(
    asked: Asked, template: Template, given: Mapping[str, str], name: str, stack_id: str | None
) -> dict[str, Any]:
    """What Ref gives, beside resources: parameters, and what AWS adds to them."""
    return {
        "AWS::AccountId": asked.credentials.caller.account_id,
        "AWS::NotificationARNs": [],
        "AWS::Partition": "aws",
        "AWS::Region": asked.call.region,
        "AWS::StackId": stack_id,
        "AWS::StackName": name,
        "AWS::URLSuffix": "amazonaws.com",
        **parameter_values(template, given),
    }


def _new_stack(asked: Asked, given: dict[str, str]) -> Stack:
    parameters, name = asked.parameters, asked.parameters["StackName"]
    if not _NAME.fullmatch(name):
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    if asked.stacks.find(name, asked.call.region):
        raise ApiError("AlreadyExistsException", f"Stack [{name}] already exists")
    stack = Stack(
        name,
        _arn(asked, f"stack/{name}/{uuid.uuid4()}"),
        asked.call.region,
        given,
        parameters.get("Tags", []),
        parameters.get("Capabilities", []),
        parameters.get("RoleARN"),
    )
    asked.stacks.add(stack)
    return stack


def _stack_in_review(asked: Asked, given: dict[str, str]) -> Stack:
    found = asked.stacks.find(asked.parameters["StackName"], asked.call.region)
    if found and found.status == "REVIEW_IN_PROGRESS":
        found.given = given
        return found
    stack = _new_stack(asked, given)
    stack.set_status("REVIEW_IN_PROGRESS", "User Initiated")
    return stack


def _require_standing(stack: Stack) -> None:
    if stack.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"):
        raise invalid(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")


def _require(needed: list[str], parameters: Mapping[str, Any]) -> None:
    granted = parameters.get("Capabilities", [])
    missing = [
        one for one in needed if one not in granted and not (one == _IAM and _NAMED_IAM in granted)
    ]
    if missing:
        words = f"Requires capabilities : [{', '.join(missing)}]"
        raise ApiError("InsufficientCapabilitiesException", words)


def _change_set(asked: Asked) -> ChangeSet:
    name, stack_name = asked.parameters["ChangeSetName"], asked.parameters.get("StackName")
    for one in asked.stacks.change_sets.values():
        found: ChangeSet = one
        of_stack = stack_name in (None, found.stack.name, found.stack.stack_id)
        if name == found.change_set_id or (name == found.name and of_stack):
            return found
    raise ApiError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)


def _summary(one: ChangeSet) -> Json:
    return {
        "ChangeSetName": one.name,
        "ChangeSetId": one.change_set_id,
        "StackId": one.stack.stack_id,
        "StackName": one.stack.name,
        "Description": one.description,
        "CreationTime": one.created_at,
        "ExecutionStatus": one.execution_status,
        "Status": one.status,
        "StatusReason": one.reason,
    }


def _described(stack: Stack) -> Json:
    plan = stack.plan
    described_stack = {
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "Description": str(plan.template.written.get("Description", "")) if plan else None,
        "Parameters": _parameter_list(plan.scope.values, plan.template) if plan else [],
        "CreationTime": stack.created_at,
        "LastUpdatedTime": stack.updated_at,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DisableRollback": False,
        "NotificationARNs": [],
        "Capabilities": stack.capabilities,
        "Outputs": _outputs(stack),
        "Tags": stack.tags,
        "RoleARN": stack.role_arn,
        "EnableTerminationProtection": False,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }
    return {key: value for key, value in described_stack.items() if value is not None}


def _outputs(stack: Stack) -> list[Json]:
    written = stack.plan.template.outputs if stack.plan else {}
    return [
        {
            "OutputKey": name,
            "OutputValue": str(value),
            **({"Description": text} if (text := written[name].get("Description")) else {}),
        }
        for name, value in stack.outputs.items()
    ]


def _parameter_list(values: Mapping[str, Any], template: Template) -> list[Json]:
    return [
        {
            "ParameterKey": name,
            "ParameterValue": "****" if one.get("NoEcho") else _plain(values[name]),
        }
        for name, one in template.parameters.items()
    ]


def _plain(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def _sorted(stack: Stack) -> list[Resource]:
    return sorted(stack.resources.values(), key=lambda one: one.logical_id)


def _resource(one: Resource, stack: Stack) -> Json:
    told = [event for event in stack.events if event.logical_id == one.logical_id]
    return {
        "LogicalResourceId": one.logical_id,
        "PhysicalResourceId": one.made.physical_id,
        "ResourceType": one.kind_name,
        "ResourceStatus": told[-1].status if told else "CREATE_COMPLETE",
        "Timestamp": told[-1].at if told else datetime.now(UTC),
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def _plan_of(stack: Stack) -> Plan:
    if stack.plan is None:
        raise invalid(f"Stack {stack.name} has no template yet.")
    return stack.plan


def _arn(asked: Asked, resource: str) -> str:
    account_id = asked.credentials.caller.account_id
    return f"arn:aws:cloudformation:{asked.call.region}:{account_id}:{resource}"


# By the names of moto's methods, which are the operations'.
OPERATIONS: dict[str, Callable[[Asked], Json]] = {
    one.__name__: one
    for one in (
        create_change_set,
        create_stack,
        delete_change_set,
        delete_stack,
        describe_change_set,
        describe_stack_events,
        describe_stack_resource,
        describe_stack_resources,
        describe_stacks,
        execute_change_set,
        get_template,
        get_template_summary,
        list_change_sets,
        list_stack_resources,
        list_stacks,
        update_stack,
    )
}
