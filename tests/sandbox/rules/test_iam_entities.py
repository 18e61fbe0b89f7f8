"""What IAM says of users, groups, roles and policies that are not there, or are needed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import ACCOUNT_ID, EVERYTHING, ROLE_NAME, Account

NO_POLICY = f"arn:aws:iam::{ACCOUNT_ID}:policy/nope"
SAME_IN_CAPITALS = " Please note that Tag keys are case insensitive."
NO_ROLE = "The role with name nope cannot be found."
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [EVERYTHING]})
LAMBDA = {"Service": "lambda.amazonaws.com"}
TRUST = {"Effect": "Allow", "Principal": LAMBDA, "Action": "sts:AssumeRole"}
TRUSTED = json.dumps({"Statement": [TRUST]})


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "message"),
    [
        *(
            (operation, {"RoleName": "nope"}, "NoSuchEntity", NO_ROLE)
            for operation in ("get_role", "delete_role", "list_role_policies", "list_role_tags")
        ),
        *(
            (
                operation,
                {"RoleName": ROLE_NAME, "PolicyName": "nope"},
                "NoSuchEntity",
                "The role policy with name nope cannot be found.",
            )
            for operation in ("get_role_policy", "delete_role_policy")
        ),
        *(
            (
                operation,
                {"UserName": "learner", "PolicyName": "nope"},
                "NoSuchEntity",
                "The user policy with name nope cannot be found.",
            )
            for operation in ("get_user_policy", "delete_user_policy")
        ),
        *(
            (
                operation,
                {"GroupName": "nope", **more},
                "NoSuchEntity",
                "The group with name nope cannot be found.",
            )
            for operation, more in (
                ("get_group", {}),
                ("delete_group", {}),
                ("add_user_to_group", {"UserName": "learner"}),
                ("put_group_policy", {"PolicyName": "a", "PolicyDocument": "{}"}),
            )
        ),
        (
            "remove_user_from_group",
            {"GroupName": "nope", "UserName": "nobody"},
            "NoSuchEntity",
            "The user with name nobody cannot be found.",
        ),
        *(
            (
                operation,
                {"PolicyArn": f"{NO_POLICY}", **version},
                "NoSuchEntity",
                f"Policy {NO_POLICY} {words}",
            )
            for operation, version, words in (
                ("get_policy", {}, "was not found."),
                ("delete_policy", {}, "was not found."),
                ("list_entities_for_policy", {}, "does not exist or is not attachable."),
                *(
                    (
                        operation,
                        {"VersionId": "v1"},
                        "version v1 does not exist or is not attachable.",
                    )
                    for operation in (
                        *("get_policy_version", "delete_policy_version"),
                        "set_default_policy_version",
                    )
                ),
            )
        ),
        *(
            (
                operation,
                {"UserName": "learner", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", **more},
                "NoSuchEntity",
                "The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found.",
            )
            for operation, more in (
                ("delete_access_key", {}),
                ("update_access_key", {"Status": "Inactive"}),
            )
        ),
        (
            "get_policy_version",
            {"PolicyArn": NO_POLICY, "VersionId": "1"},
            "ValidationError",
            "1 validation error detected: Value at 'versionId' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?",
        ),
        (
            "attach_role_policy",
            {"RoleName": ROLE_NAME, "PolicyArn": "a-name-and-no-arn-of-it"},
            "ValidationError",
            "ARN a-name-and-no-arn-of-it is not valid.",
        ),
        (
            "untag_role",
            {"RoleName": ROLE_NAME, "TagKeys": ["no!"]},
            "ValidationError",
            "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member "
            "must satisfy constraint: [Member must have length less than or equal to 128, Member "
            "must have length greater than or equal to 1, Member must satisfy regular expression "
            r"pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]",
        ),
        *(
            (
                operation,
                {**named, "Tags": [{"Key": "a", "Value": ""}, {"Key": second, "Value": ""}]},
                "InvalidInput",
                f"Duplicate tag keys found.{more}",
            )
            for operation, named, second, more in (
                ("tag_role", {"RoleName": ROLE_NAME}, "A", SAME_IN_CAPITALS),
                ("tag_user", {"UserName": "learner"}, "A", SAME_IN_CAPITALS),
                ("create_policy", {"PolicyName": "new", "PolicyDocument": DOCUMENT}, "a", ""),
            )
        ),
        *(
            (
                operation,
                {**named, "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT_ID}:no-policy/nope"},
                "InvalidInput",
                f"ARN arn:aws:iam::{ACCOUNT_ID}:no-policy/nope is not valid.",
            )
            for operation, named in (
                ("put_role_permissions_boundary", {"RoleName": ROLE_NAME}),
                ("create_role", {"RoleName": "new", "AssumeRolePolicyDocument": TRUSTED}),
            )
        ),
        (
            "create_user",
            {"UserName": "learner"},
            "EntityAlreadyExists",
            "User with name learner already exists.",
        ),
        (
            "create_user",
            {"UserName": "Learner"},
            "EntityAlreadyExists",
            "User with name Learner already exists.",
        ),
    ],
)
def test_what_is_not_there_is_named_as_iam_does(
    account: Account, operation: str, parameters: dict[str, Any], code: str, message: str
) -> None:
    assert refusal(getattr(account.client("iam"), operation), **parameters) == (code, message)


def test_a_path_or_capitals_make_no_other_policy(account: Account) -> None:
    create = account.client("iam").create_policy
    create(PolicyName="mail", PolicyDocument=DOCUMENT, Path="/of/mailers/")
    create(PolicyName="AmazonSQSFullAccess", PolicyDocument=DOCUMENT)

    assert refusal(create, PolicyName="Mail", PolicyDocument=DOCUMENT) == (
        "EntityAlreadyExists",
        "A policy called Mail already exists. Duplicate names are not allowed.",
    )


def conflict(operation: Any, **names: str) -> str:
    """Why something is not deleted."""
    code, message = refusal(operation, **names)
    assert code == "DeleteConflict"
    return message.removeprefix("Cannot delete ")


def test_a_group_is_not_deleted_while_it_has_something(account: Account) -> None:
    iam, user = account.client("iam"), {"UserName": "leaving"}
    iam.create_user(**user)
    iam.create_group(GroupName="leaving")
    arn = iam.create_policy(PolicyName="of-group", PolicyDocument=DOCUMENT)["Policy"]["Arn"]

    assert refusal(iam.create_group, GroupName="leaving") == (
        "EntityAlreadyExists",
        "Group with name leaving already exists.",
    )
    iam.add_user_to_group(GroupName="leaving", **user)
    assert conflict(iam.delete_group, GroupName="leaving") == (
        "entity, must remove users from group first."
    )
    for _ in range(2):  # who is no member leaves, too
        iam.remove_user_from_group(GroupName="leaving", **user)
    iam.attach_group_policy(PolicyArn=arn, GroupName="leaving")
    assert conflict(iam.delete_group, GroupName="leaving") == (
        "entity, must detach all policies first."
    )
    iam.detach_group_policy(PolicyArn=arn, GroupName="leaving")
    inline = {"GroupName": "leaving", "PolicyName": "inline"}
    iam.put_group_policy(**inline, PolicyDocument=DOCUMENT)
    assert conflict(iam.delete_group, GroupName="leaving") == "entity, must delete policies first."
    iam.delete_group_policy(**inline)
    iam.delete_group(GroupName="leaving")
    iam.delete_user(**user)
    iam.delete_policy(PolicyArn=arn)


def test_a_user_is_not_deleted_while_it_has_something(account: Account) -> None:
    iam, user = account.client("iam"), {"UserName": "leaving"}
    iam.create_user(**user)
    arn = iam.create_policy(PolicyName="of-user", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    iam.attach_user_policy(PolicyArn=arn, **user)
    assert conflict(iam.delete_policy, PolicyArn=arn) == "a policy attached to entities."
    assert conflict(iam.delete_user, **user) == "entity, must detach all policies first."
    iam.detach_user_policy(PolicyArn=arn, **user)
    key = iam.create_access_key(**user)["AccessKey"]["AccessKeyId"]
    assert conflict(iam.delete_user, **user) == "entity, must delete access keys first."
    iam.delete_access_key(AccessKeyId=key, **user)
    iam.delete_user(**user)
    iam.delete_policy(PolicyArn=arn)


def test_a_policy_has_five_versions_and_goes_with_the_last_one(account: Account) -> None:
    iam = account.client("iam")
    arn = iam.create_policy(PolicyName="versions", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    for number in range(2, 6):
        made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=DOCUMENT)["PolicyVersion"]
        assert (made["VersionId"], "Document" in made) == (f"v{number}", False)
    listed = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [one["VersionId"] for one in listed] == ["v5", "v4", "v3", "v2", "v1"]
    assert not any("Document" in one for one in listed)
    new = {"PolicyArn": arn, "PolicyDocument": DOCUMENT}
    assert refusal(iam.create_policy_version, **new) == (
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must "
        "delete an existing version.",
    )
    assert conflict(iam.delete_policy, PolicyArn=arn).startswith("This policy has more than one")


def test_a_user_has_no_boundary_here(account: Account) -> None:
    create = account.client("iam").create_user

    said = refusal(create, UserName="bounded", PermissionsBoundary=NO_POLICY)[1]
    assert said == "The sandbox bounds roles alone: leave out PermissionsBoundary."


def test_a_group_moves_to_a_path_and_keeps_what_it_has(account: Account) -> None:
    iam = account.client("iam")
    iam.create_group(GroupName="mailers")
    iam.put_group_policy(GroupName="mailers", PolicyName="p", PolicyDocument=DOCUMENT)

    iam.update_group(GroupName="mailers", NewPath="/mail/")
    assert iam.get_group(GroupName="mailers")["Group"]["Path"] == "/mail/"

    iam.update_group(GroupName="mailers", NewGroupName="senders", NewPath="/sent/")
    assert iam.get_group(GroupName="senders")["Group"]["Path"] == "/sent/"
    assert iam.list_group_policies(GroupName="senders")["PolicyNames"] == ["p"]
