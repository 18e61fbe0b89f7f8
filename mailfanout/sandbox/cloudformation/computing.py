"""Functions, their permissions and mappings, roles, rules."""

from __future__ import annotations

import io
import secrets
import zipfile

from mailfanout.sandbox.cloudformation.acting import Api
from mailfanout.sandbox.cloudformation.resource_kind import (
    Made,
    Properties,
    ResourceKind,
    chosen,
    deleted_by,
    document,
    known_by,
    tag_map,
    whole_or_not,
)
from mailfanout.sandbox.cloudformation.tagging import retagged_by
from mailfanout.sandbox.states import Change

_CONFIGURATION = tuple(
    """
    Architectures DeadLetterConfig Description Environment EphemeralStorage Handler Layers
    LoggingConfig MemorySize Role Runtime Timeout TracingConfig
    """.split()
)
_NOT_UPDATED = {"Architectures"}
# What a function, a mapping and a role are where a template says nothing.
_UNSET_FUNCTION: Properties = {
    "DeadLetterConfig": {"TargetArn": ""},
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "Layers": [],
    "LoggingConfig": {"LogFormat": "Text"},
    "MemorySize": 128,
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
}
_UNSET_MAPPING: Properties = {
    "BatchSize": 10,
    "Enabled": True,
    "FilterCriteria": {},
    "FunctionResponseTypes": [],
    "MaximumBatchingWindowInSeconds": 0,
    "ScalingConfig": {},
}
_UNSET_ROLE = {"Description": "", "MaxSessionDuration": 3600}


def _create_role(api: Api, properties: Properties) -> Made:
    settings = chosen(properties, "RoleName", "Path", "Description", "MaxSessionDuration", "Tags")
    settings.setdefault("Description", "")
    trust = document(properties["AssumeRolePolicyDocument"])
    role = api("iam", "CreateRole", AssumeRolePolicyDocument=trust, **settings)["Role"]
    made = Made(role["RoleName"], {"Arn": role["Arn"], "RoleId": role["RoleId"]})
    with whole_or_not(api, made, lambda api, made, _: _delete_role(api, made, properties)):
        _put_policies(api, made, properties)
    _wait_until_known(api, made)
    return made


def _wait_until_known(api: Api, made: Made) -> None:
    """CloudFormation, too, waits until other services know a role, and what it may do."""
    changes: tuple[Change, ...] = ("role created", "policies written")

    def is_known() -> bool:
        return not any(made.attributes["Arn"] in api.states.under_way(one) for one in changes)

    api.wait_until(is_known, f"Role {made.physical_id}")


def _put_policies(api: Api, made: Made, properties: Properties) -> None:
    name = {"RoleName": made.physical_id}
    for policy in properties.get("Policies", []):
        text = document(policy["PolicyDocument"])
        api("iam", "PutRolePolicy", **name, PolicyName=policy["PolicyName"], PolicyDocument=text)
    for arn in properties.get("ManagedPolicyArns", []):
        api("iam", "AttachRolePolicy", **name, PolicyArn=arn)


def _update_role(api: Api, made: Made, properties: Properties) -> None:
    name = {"RoleName": made.physical_id}
    trust = document(properties["AssumeRolePolicyDocument"])
    api("iam", "UpdateAssumeRolePolicy", **name, PolicyDocument=trust)
    if settings := chosen(properties, *_UNSET_ROLE):
        api("iam", "UpdateRole", **name, **settings)
    _put_policies(api, made, properties)
    wanted = {one["PolicyName"] for one in properties.get("Policies", [])}
    for policy in api("iam", "ListRolePolicies", **name)["PolicyNames"]:
        if policy not in wanted:
            api("iam", "DeleteRolePolicy", **name, PolicyName=policy)
    attached = api("iam", "ListAttachedRolePolicies", **name)["AttachedPolicies"]
    for arn in [one["PolicyArn"] for one in attached]:
        if arn not in properties.get("ManagedPolicyArns", []):
            api("iam", "DetachRolePolicy", **name, PolicyArn=arn)
    _wait_until_known(api, made)


def _delete_role(api: Api, made: Made, properties: Properties) -> None:
    name = {"RoleName": made.physical_id}
    for policy in properties.get("Policies", []):
        api.unless_missing("iam", "DeleteRolePolicy", **name, PolicyName=policy["PolicyName"])
    for arn in properties.get("ManagedPolicyArns", []):
        api.unless_missing("iam", "DetachRolePolicy", **name, PolicyArn=arn)
    api.unless_missing("iam", "DeleteRole", **name)


def _create_function(api: Api, properties: Properties) -> Made:
    settings = chosen(properties, "FunctionName", *_CONFIGURATION) | tag_map(properties)
    created = api("lambda", "CreateFunction", Code=_code(properties), **settings)
    made = Made(created["FunctionName"], {"Arn": created["FunctionArn"]})
    _settle(api, made)
    return made


def _update_function(api: Api, made: Made, properties: Properties) -> None:
    name = {"FunctionName": made.physical_id}
    settings = chosen(properties, *(one for one in _CONFIGURATION if one not in _NOT_UPDATED))
    if logging := settings.get("LoggingConfig"):
        settings["LoggingConfig"] = {"LogGroup": f"/aws/lambda/{made.physical_id}", **logging}
    api("lambda", "UpdateFunctionConfiguration", **name, **settings)
    _settle(api, made)
    api("lambda", "UpdateFunctionCode", **name, **_code(properties))
    _settle(api, made)


def _settle(api: Api, made: Made) -> None:
    def is_settled() -> bool:
        found = api("lambda", "GetFunctionConfiguration", FunctionName=made.physical_id)
        return "Pending" != found.get("State") and found.get("LastUpdateStatus") != "InProgress"

    api.wait_until(is_settled, f"Function {made.physical_id}")


def _code(properties: Properties) -> Properties:
    """Where the package is; or a package of the source that stands in the template."""
    code = properties["Code"]
    if "ZipFile" not in code:
        return dict(code)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("index.py", date_time=(1980, 1, 1, 0, 0, 0))
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, code["ZipFile"])
    return {**code, "ZipFile": buffer.getvalue()}


def _create_permission(api: Api, properties: Properties) -> Made:
    statement_id = f"cloudformation-{secrets.token_hex(6)}"
    api("lambda", "AddPermission", StatementId=statement_id, **properties)
    return Made(statement_id, {"Id": statement_id})


def _delete_permission(api: Api, made: Made, properties: Properties) -> None:
    name = {"FunctionName": properties["FunctionName"]}
    api.unless_missing("lambda", "RemovePermission", **name, StatementId=made.physical_id)


def _create_mapping(api: Api, properties: Properties) -> Made:
    created = api("lambda", "CreateEventSourceMapping", **(properties | tag_map(properties)))
    uuid, arn = created["UUID"], created.get("EventSourceMappingArn", "")
    made = Made(uuid, {"Id": uuid, "EventSourceMappingArn": arn})
    _settle_mapping(api, made)
    return made


def _update_mapping(api: Api, made: Made, properties: Properties) -> None:
    settings = {k: v for k, v in properties.items() if k not in ("EventSourceArn", "Tags")}
    api("lambda", "UpdateEventSourceMapping", UUID=made.physical_id, **settings)
    _settle_mapping(api, made)


def _delete_mapping(api: Api, made: Made, _: Properties) -> None:
    api.unless_missing("lambda", "DeleteEventSourceMapping", UUID=made.physical_id)

    def is_gone() -> bool:
        listed = api("lambda", "ListEventSourceMappings")["EventSourceMappings"]
        return all(one["UUID"] != made.physical_id for one in listed)

    api.wait_until(is_gone, f"The deletion of event source mapping {made.physical_id}")


def _settle_mapping(api: Api, made: Made) -> None:
    def is_settled() -> bool:
        found = api("lambda", "GetEventSourceMapping", UUID=made.physical_id)
        return found["State"] in ("Enabled", "Disabled")

    api.wait_until(is_settled, f"Event source mapping {made.physical_id}")


def _create_rule(api: Api, properties: Properties) -> Made:
    name = properties["Name"]
    made = Made(name, {"Arn": api.arn("events", f"rule/{name}")})
    with whole_or_not(api, made, _delete_rule):
        _put_rule(api, properties)
    return made


def _put_rule(api: Api, properties: Properties) -> None:
    settings = chosen(properties, "Name", "Description", "ScheduleExpression", "State", "Tags")
    pattern = {k: document(v) for k, v in chosen(properties, "EventPattern").items()}
    api("events", "PutRule", **settings, **pattern)
    if targets := properties.get("Targets"):
        api("events", "PutTargets", Rule=properties["Name"], Targets=targets)


def _update_rule(api: Api, made: Made, properties: Properties) -> None:
    _put_rule(api, {k: v for k, v in properties.items() if k != "Tags"})
    _remove_targets(api, made, but={one["Id"] for one in properties.get("Targets", [])})


def _delete_rule(api: Api, made: Made, _: Properties) -> None:
    _remove_targets(api, made, but=set())
    api.unless_missing("events", "DeleteRule", Name=made.physical_id)


def _remove_targets(api: Api, made: Made, but: set[str]) -> None:
    listed = api.unless_missing("events", "ListTargetsByRule", Rule=made.physical_id)
    if ids := [one["Id"] for one in listed.get("Targets", []) if one["Id"] not in but]:
        api("events", "RemoveTargets", Rule=made.physical_id, Ids=ids)


KINDS = {
    "AWS::IAM::Role": ResourceKind(
        create=_create_role,
        update=_update_role,
        delete=_delete_role,
        fixed={"RoleName", "Path"},
        free={
            *("AssumeRolePolicyDocument", "ManagedPolicyArns", "Policies", "Tags"),
            *_UNSET_ROLE,
        },
        unset=_UNSET_ROLE,
        named_by="RoleName",
        attributes={"Arn", "RoleId"},
        retag=retagged_by("iam", "RoleName", what="Role"),
        shows_own_tags=False,
    ),
    "AWS::Lambda::Function": ResourceKind(
        create=_create_function,
        update=_update_function,
        delete=deleted_by("lambda", "DeleteFunction", "FunctionName"),
        fixed={"FunctionName"},
        free={"Code", "Tags", *_CONFIGURATION} - _NOT_UPDATED,
        kept=_NOT_UPDATED,
        unset=_UNSET_FUNCTION,
        named_by="FunctionName",
        attributes={"Arn"},
        retag=retagged_by("lambda", "Resource", arn="Arn", as_map=True),
    ),
    "AWS::Lambda::Permission": ResourceKind(
        create=_create_permission,
        delete=_delete_permission,
        fixed={"Action", "FunctionName", "Principal", "SourceAccount", "SourceArn"},
        attributes={"Id"},
    ),
    "AWS::Lambda::EventSourceMapping": ResourceKind(
        create=_create_mapping,
        update=_update_mapping,
        delete=_delete_mapping,
        fixed={"EventSourceArn"},
        free={"FunctionName", "Tags", *_UNSET_MAPPING},
        unset=_UNSET_MAPPING,
        attributes={"Id", "EventSourceMappingArn"},
        retag=retagged_by("lambda", "Resource", arn="EventSourceMappingArn", as_map=True),
    ),
    "AWS::Events::Rule": ResourceKind(
        create=_create_rule,
        update=_update_rule,
        delete=_delete_rule,
        fixed={"Name"},
        free={"Description", "EventPattern", "ScheduleExpression", "State", "Tags", "Targets"},
        named_by="Name",
        is_there=known_by("events", "DescribeRule", "Name"),
        attributes={"Arn"},
        retag=retagged_by("events", "ResourceARN", arn="Arn"),
    ),
}
