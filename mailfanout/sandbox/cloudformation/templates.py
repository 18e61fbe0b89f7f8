"""A template as it is written: parsed, and transformed as SAM says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

import boto3
import yaml

from mailfanout.sandbox.cloudformation.intrinsics import Scope, invalid, malformed
from mailfanout.sandbox.cloudformation.kinds import KINDS
from mailfanout.sandbox.cloudformation.template_parameters import check_names, check_parameters
from mailfanout.sandbox.json_objects import as_list

VERSION, SAM = "2010-09-09", "AWS::Serverless-2016-10-31"
# What one has to say when a template makes these. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
_IAM_TYPES = {"AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::User"}
# What a template may have, and a resource say of itself.
_SECTIONS = set(
    """
    AWSTemplateFormatVersion Conditions Description Globals Hooks Mappings Metadata Outputs
    Parameters Resources Rules Transform
    """.split()
)
_OF_RESOURCES = set(
    """
    Condition CreationPolicy DeletionPolicy DependsOn Metadata Properties Type UpdatePolicy
    UpdateReplacePolicy
    """.split()
)
_POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}
_MOST = {"Mappings": 200, "Outputs": 200, "Parameters": 200, "Resources": 500}
LARGEST_TEMPLATE_BYTES, LONGEST_DESCRIPTION = 1_000_000, 1024
_transforming = Lock()


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads references in their short form, and dates as the text that they are."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            message = "YAML aliases are not allowed in CloudFormation templates"
            raise invalid(f"Template error: {message}")
        return super().compose_node(parent, index)


def _short_form(loader: Any, suffix: str, node: Any) -> Any:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_form)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if not tag.endswith(":timestamp")]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Template:
    """A template: its text, and what it says once its transform is done."""

    text: str
    written: Mapping[str, Any]
    expanded: Mapping[str, Any]

    @property
    def resources(self) -> dict[str, Any]:
        return dict(self.expanded["Resources"])

    @property
    def parameters(self) -> dict[str, Any]:
        return dict(self.expanded.get("Parameters") or {})

    @property
    def outputs(self) -> dict[str, Any]:
        return dict(self.expanded.get("Outputs") or {})

    @cached_property
    def transforms(self) -> list[str]:
        return _transforms(self.written)

    @cached_property
    def capabilities(self) -> list[str]:
        """What has to be acknowledged before this template is carried out."""
        named = any("RoleName" in one.get("Properties", {}) for one in self._of_iam)
        iam = ["CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"] if self._of_iam else []
        return [*iam, *(["CAPABILITY_AUTO_EXPAND"] if self.transforms else [])]

    @property
    def capabilities_reason(self) -> str:
        kinds = sorted({one["Type"] for one in self._of_iam})
        words = "The following resource(s) require capabilities"
        return f"{words}: [{', '.join(kinds)}]" if kinds else ""

    @property
    def _of_iam(self) -> list[dict[str, Any]]:
        return [one for one in self.resources.values() if one["Type"] in _IAM_TYPES]

    def scope(self, values: Mapping[str, Any]) -> Scope:
        """What its expressions refer to, before any resource is made."""
        return Scope(
            values,
            mappings=self.expanded.get("Mappings") or {},
            conditions=self.expanded.get("Conditions") or {},
        )


def read_template(text: str, given: Mapping[str, str], region: str) -> Template:
    """The template in a text of YAML or JSON, for these parameters. Raises ApiError."""
    if len(text.encode()) > LARGEST_TEMPLATE_BYTES:
        raise invalid(f"Template may not exceed {LARGEST_TEMPLATE_BYTES} bytes in size.")
    try:
        written = _read(text)
    except RecursionError:
        raise malformed("the template is nested too deeply.") from None
    _check_form(written)
    template = Template(text, written, _transformed(written, given, region))
    unknown = sorted({one["Type"] for one in template.resources.values()} - KINDS.keys())
    if unknown:
        raise invalid(f"The sandbox's CloudFormation does not make: {', '.join(unknown)}.")
    return template


def _check_form(written: Any) -> None:
    if not isinstance(written, dict):
        raise malformed("unsupported structure.")
    if unknown := [str(one) for one in written if one not in _SECTIONS]:
        raise invalid(f"Invalid template property or properties [{', '.join(unknown)}]")
    if (version := written.get("AWSTemplateFormatVersion", VERSION)) != VERSION:
        raise malformed(f"{version} is not a supported value for AWSTemplateFormatVersion.")
    _refuse_macros(written)
    if len(str(written.get("Description", ""))) > LONGEST_DESCRIPTION:
        raise malformed("'Description' length is greater than 1024.")
    if isinstance(written.get("Resources"), str):
        raise malformed("Any Resources member must be an object.")
    for section in ("Conditions", "Mappings", "Outputs", "Parameters", "Resources"):
        if not isinstance(written.get(section) or {}, dict):
            raise malformed(f"{section} must be an object.")
    _check_mappings(written.get("Mappings") or {})
    check_parameters(written.get("Parameters") or {})
    for section, most in _MOST.items():
        if (number := len(written.get(section) or {})) > most:
            raise malformed(
                f"Number of {section.lower()}, {number}, is greater than maximum allowed, {most}"
            )
    resources = written.get("Resources")
    if not resources:
        raise malformed("At least one Resources member must be defined.")
    for name, one in resources.items():
        _check_resource(name, one, is_plain="Transform" not in written)
    _check_outputs(written.get("Outputs") or {})
    for section in ("Resources", "Outputs"):
        _refuse_null(written.get(section) or {}, section)
    check_names("Resource", resources)
    check_names("Output", written.get("Outputs") or {})


def _check_mappings(mappings: Mapping[str, Any]) -> None:
    for name, mapping in mappings.items():
        members = mapping.items() if isinstance(mapping, dict) else [(name, None)]
        for member, attributes in members:
            if not isinstance(attributes, dict):
                raise malformed(f"Every Mappings member {member} must be a map")
            if any(isinstance(one, dict) for one in attributes.values()):
                raise malformed("Every Mappings attribute must be a String or a List.")


def _check_resource(name: str, resource: Any, *, is_plain: bool) -> None:
    if not isinstance(resource, dict):
        raise malformed("Any Resources member must be an object.")
    if not isinstance(resource.get("Type"), str):
        raise malformed(f"[/Resources/{name}] Every Resources object must contain a Type member.")
    if is_plain and (unknown := [str(one) for one in resource if one not in _OF_RESOURCES]):
        raise invalid(f"Invalid template resource property '{unknown[0]}'")
    if not isinstance(resource.get("Properties") or {}, dict):
        raise malformed(f"Properties of {name} must be an object.")
    _check_condition(resource)
    if not all(isinstance(one, str) for one in as_list(resource.get("DependsOn") or [])):
        raise malformed("DependsOn must be a string or list of strings.")
    for kind, known in _POLICIES.items():
        if (policy := resource.get(kind, "Delete")) not in known:
            raise invalid(f"Template error: Unrecognized {kind} {policy} for resource {name}")


def _check_outputs(outputs: Mapping[str, Any]) -> None:
    for one in outputs.values():
        if not (isinstance(one, dict) and "Value" in one):
            raise malformed("Every Outputs member must contain a Value object")
        _check_condition(one)


def _check_condition(written: Mapping[str, Any]) -> None:
    """Raise ApiError if a resource or an output has a condition that is no name of one."""
    if not isinstance(written.get("Condition", ""), str):
        raise malformed("Every Condition member must be a string.")


def _transforms(written: Mapping[str, Any]) -> list[str]:
    """The names of a template's transforms, each of which may come with parameters."""
    listed = as_list(written.get("Transform") or [])
    return [str(one.get("Name") if isinstance(one, dict) else one) for one in listed]


def _refuse_macros(written: Mapping[str, Any]) -> None:
    """Raise ApiError if anything but SAM is to change the template, or to make parts of it."""
    if others := [one for one in _transforms(written) if one != SAM]:
        raise invalid(f"The sandbox's CloudFormation does not do the transform {others[0]}.")
    if name := next(_macros(written), None):
        raise invalid(f"The sandbox's CloudFormation does not do {name}.")


def _macros(value: Any) -> Iterator[str]:
    for name, one in value.items() if isinstance(value, dict) else ():
        if str(name).startswith(("Fn::Transform", "Fn::ForEach")):
            yield name
        yield from _macros(one)
    for one in value if isinstance(value, list) else ():
        yield from _macros(one)


def _refuse_null(value: Any, path: str) -> None:
    if value is None:
        raise invalid(f"[/{path}] 'null' values are not allowed in templates")
    if isinstance(value, dict):
        for name, one in value.items():
            _refuse_null(one, f"{path}/{name}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            _refuse_null(one, f"{path}/{number}")


def _read(text: str) -> Any:
    """A text that begins like JSON may be YAML after all; if it is neither, it was to be JSON."""
    no_json = None
    if text.lstrip()[:1] == "{":
        try:
            return json.loads(text)
        except json.JSONDecodeError as wrong:
            no_json = f"JSON not well-formed. (line {wrong.lineno}, column {wrong.colno + 1})"
        except ValueError as wrong:  # a number of thousands of digits
            no_json = f"JSON not well-formed. {wrong}"
    try:
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError) as wrong:
        at = getattr(wrong, "problem_mark", None)
        where = f"(line {at.line + 1}, column {at.column + 1})" if at else str(wrong)
        raise malformed(no_json or f"YAML not well-formed. {where}") from wrong


def _transformed(
    written: Mapping[str, Any], given: Mapping[str, str], region: str
) -> Mapping[str, Any]:
    if not _transforms(written):
        return written
    # Two seconds of imports, which whoever brings no SAM template need not wait for.
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    session = boto3.Session("unused", "unused", region_name=region)
    copied = json.loads(json.dumps({**written, "Transform": SAM}))
    with _transforming:
        try:
            translator = Translator({}, Parser(), boto_session=session)
            expanded: Mapping[str, Any] = translator.translate(copied, dict(given))
        except InvalidDocumentException as error:
            reasons = "; ".join(cause.message for cause in error.causes)
            raise invalid(f"Transform {SAM} failed with: {reasons}") from error
    return expanded
