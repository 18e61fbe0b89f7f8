"""IAM and STS: who may do what."""

from __future__ import annotations

import json

from mailfanout.policies import trust_policy
from support.every_operation.caller import ROLE_ARN, TAGS, Caller

EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def call_iam(call: Caller) -> None:
    trust, everything = json.dumps(trust_policy()), json.dumps(EVERYTHING)
    anybody = trust_policy()
    anybody["Statement"][0]["Principal"] = {"AWS": "*", "Service": "lambda.amazonaws.com"}
    role = {"RoleName": "whole"}
    managed = "arn:aws:iam::aws:policy/AmazonSQSFullAccess"
    call("iam", "CreateRole", AssumeRolePolicyDocument=trust, Tags=TAGS, **role)
    call("iam", "UpdateAssumeRolePolicy", PolicyDocument=json.dumps(anybody), **role)
    call("iam", "PutRolePolicy", PolicyName="all", PolicyDocument=everything, **role)
    call("iam", "AttachRolePolicy", PolicyArn=managed, **role)
    call("iam", "TagRole", Tags=TAGS, **role)
    call("iam", "GetRole", **role)
    call("iam", "GetRolePolicy", PolicyName="all", **role)
    for operation in ("ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags"):
        call("iam", operation, **role)
    call("iam", "ListRoles")
    call("iam", "CreateUser", UserName="anna")
    call("iam", "CreateAccessKey", UserName="anna")
    call("iam", "PutUserPolicy", UserName="anna", PolicyName="all", PolicyDocument=everything)
    call("iam", "DetachRolePolicy", PolicyArn=managed, **role)
    other = {"RoleName": "other"}
    call("iam", "CreateRole", AssumeRolePolicyDocument=trust, **other)
    call("iam", "PutRolePolicy", PolicyName="all", PolicyDocument=everything, **other)
    call("iam", "DeleteRolePolicy", PolicyName="all", **other)
    call("iam", "DeleteRole", **other)


def call_sts(call: Caller) -> None:
    call("sts", "GetCallerIdentity")
    call("sts", "AssumeRole", RoleArn=ROLE_ARN, RoleSessionName="anna")
