"""What a call of CloudFormation says: the stack, the template, the parameters' values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote, urlsplit

from mailfanout.sandbox.access import STACKS_SESSION, Caller, Credentials
from mailfanout.sandbox.calls import ApiCall, violated
from mailfanout.sandbox.cloudformation.acting import Api, CallFailed
from mailfanout.sandbox.cloudformation.intrinsics import invalid
from mailfanout.sandbox.cloudformation.planning import Plan
from mailfanout.sandbox.cloudformation.stacks import Stack, Stacks
from mailfanout.sandbox.cloudformation.template_parameters import parameter_values
from mailfanout.sandbox.cloudformation.templates import Template, read_template

# How operations name a stack that is not there; the others say that there is none with its id.
_MISSING = {
    "DescribeStackResource": "Stack '{}' does not exist",
    **dict.fromkeys(
        (
            *("CreateChangeSet", "DescribeStackEvents", "ListChangeSets", "UpdateStack"),
            "UpdateTerminationProtection",
        ),
        "Stack [{}] does not exist",
    ),
}
# A larger template has to lie in S3.
LARGEST_BODY_BYTES = 51_200


@dataclass(frozen=True)
class Asked:
    """A call of CloudFormation: what it says, who makes it, and the stacks that there are."""

    call: ApiCall
    credentials: Credentials
    stacks: Stacks

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.call.parameters

    @property
    def account_id(self) -> str:
        return self.credentials.caller.account_id

    def arn(self, resource: str) -> str:
        """The ARN of a stack or a change set."""
        return f"arn:aws:cloudformation:{self.call.region}:{self.account_id}:{resource}"

    def api(self, role_arn: str | None = None) -> Api:
        """What makes the calls that follow: in the caller's name, or in the stack's role."""
        credentials = self.credentials
        if role_arn:
            credentials = replace(credentials, caller=Caller.session(role_arn, STACKS_SESSION))
        return self.stacks.api(credentials, self.call.region, self.call.host)

    def stack(self, name: str | None = None) -> Stack:
        """The stack that is named. Raises ApiError."""
        name = name or self.parameters.get("StackName") or ""
        found = self.stacks.find(name, self.call.region)
        if found is None:
            raise invalid(
                _MISSING.get(self.call.operation, "Stack with id {} does not exist").format(name)
            )
        return found


def template_of(asked: Asked, given: Mapping[str, str], stack: Stack | None = None) -> Template:
    """The template that the call brings, or the one that the stack has. Raises ApiError."""
    if asked.parameters.get("UsePreviousTemplate") and stack:
        return plan_of(stack).template
    template = read_template(_template_text(asked), given, asked.call.region)
    if allowed := asked.parameters.get("ResourceTypes"):
        for one in template.resources.values():
            if not any(fnmatchcase(one["Type"], pattern) for pattern in allowed):
                raise invalid(
                    f"Resource type {one['Type']} is not allowed by parameter ResourceTypes "
                    f"[{', '.join(allowed)}]"
                )
    return template


def _template_text(asked: Asked) -> str:
    text, url = asked.parameters.get("TemplateBody"), asked.parameters.get("TemplateURL")
    if (text is None) == (url is None):
        raise invalid("Either Template URL or Template Body must be specified.")
    if text is not None:
        if len(text.encode()) > LARGEST_BODY_BYTES:
            wanted = f"Member must have length less than or equal to {LARGEST_BODY_BYTES}"
            raise invalid(violated(("templateBody", text, wanted)))
        return str(text)
    parts = urlsplit(str(url))
    host = parts.hostname or ""
    if parts.scheme == "s3":
        raise invalid(f"S3 error: Domain name specified in {parts.netloc} is not a valid S3 domain")
    path = unquote(parts.path).lstrip("/")
    if host.startswith(("s3", "127.")) or host == "localhost":
        bucket, _, key = path.partition("/")
    elif parts.scheme in ("http", "https") and ".s3" in host:
        bucket, key = host.partition(".s3")[0], path
    else:
        raise invalid("TemplateURL must be a supported URL.")
    try:
        found = asked.api()("s3", "GetObject", Bucket=bucket, Key=key)
    except CallFailed as error:
        raise invalid(f"S3 error: {error}") from error
    return str(found["Body"])


def given_values(parameters: Mapping[str, Any], before: Mapping[str, str]) -> dict[str, str]:
    """The values of the template's parameters that the call gives, or leaves as they were."""
    given = {}
    if not all("ParameterKey" in one for one in parameters.get("Parameters", [])):
        raise invalid("Parameters must have a ParameterKey.")
    listed = [one["ParameterKey"] for one in parameters.get("Parameters", [])]
    if doubled := sorted({name for name in listed if listed.count(name) > 1}):
        raise invalid(f"Parameters: [{', '.join(doubled)}] are given more than once")
    for one in parameters.get("Parameters", []):
        name = one["ParameterKey"]
        if one.get("UsePreviousValue"):
            if name in before:
                given[name] = before[name]
        else:
            given[name] = one.get("ParameterValue", "")
    return given


def asked_on_failure(parameters: Mapping[str, Any]) -> str:
    """What becomes of a stack if a step fails: ROLLBACK, DELETE or DO_NOTHING. Raises ApiError."""
    chosen = parameters.get("OnFailure", parameters.get("OnStackFailure"))
    if chosen and "DisableRollback" in parameters:
        raise invalid("Either DisableRollback or OnFailure can be specified, not both.")
    return chosen or ("DO_NOTHING" if parameters.get("DisableRollback") else "ROLLBACK")


def plan_for(asked: Asked, stack: Stack, template: Template, given: Mapping[str, str]) -> Plan:
    """What the template wants of the stack: with the parameters, and what AWS adds to them."""
    values = {
        "AWS::AccountId": asked.account_id,
        "AWS::NotificationARNs": [],
        "AWS::Partition": "aws",
        "AWS::Region": asked.call.region,
        "AWS::StackId": stack.stack_id,
        "AWS::StackName": stack.name,
        "AWS::URLSuffix": "amazonaws.com",
        **parameter_values(template.parameters, given),
    }
    return Plan(template, values, asked.stacks.exports(asked.call.region, but=stack))


def plan_of(stack: Stack) -> Plan:
    """What the stack was told last. Raises ApiError if it was told nothing yet."""
    if stack.plan is None:
        raise invalid(f"Stack {stack.name} has no template yet.")
    return stack.plan
