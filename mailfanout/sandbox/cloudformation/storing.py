"""Tables and buckets."""

from __future__ import annotations

from mailfanout.sandbox.cloudformation.acting import Api
from mailfanout.sandbox.cloudformation.notifying import notifications_of
from mailfanout.sandbox.cloudformation.resource_kind import (
    Made,
    Properties,
    ResourceKind,
    chosen,
    deleted_by,
    document,
    known_by,
    whole_or_not,
)
from mailfanout.sandbox.cloudformation.tagging import retag_bucket, retagged_by

_TTL = "TimeToLiveSpecification"


def _create_table(api: Api, properties: Properties) -> Made:
    asked = {name: one for name, one in properties.items() if name != _TTL}
    table = api("dynamodb", "CreateTable", **asked)["TableDescription"]
    name = table["TableName"]
    api.wait_until(lambda: _status(api, name) == "ACTIVE", f"Table {name}")
    made = Made(name, {"Arn": table["TableArn"]})
    with whole_or_not(api, made, _delete_table):
        _let_expire(api, made, properties)
    return made


def _update_table(api: Api, made: Made, properties: Properties) -> None:
    changes = chosen(properties, "BillingMode", "ProvisionedThroughput")
    api("dynamodb", "UpdateTable", TableName=made.physical_id, **changes)
    api.wait_until(lambda: _status(api, made.physical_id) == "ACTIVE", "A table's change")
    _let_expire(api, made, properties)


def _let_expire(api: Api, made: Made, properties: Properties) -> None:
    """DynamoDB refuses to be told what is so already."""
    if not (asked := properties.get(_TTL)):
        return
    name, is_wanted = made.physical_id, str(asked["Enabled"]).lower() == "true"
    now = api("dynamodb", "DescribeTimeToLive", TableName=name)["TimeToLiveDescription"]
    is_on = now["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
    attribute = asked["AttributeName"] if is_wanted else now.get("AttributeName")
    if is_wanted != is_on or (is_on and attribute != now["AttributeName"]):
        wanted = {"AttributeName": attribute, "Enabled": is_wanted}
        api("dynamodb", "UpdateTimeToLive", TableName=name, TimeToLiveSpecification=wanted)


def _delete_table(api: Api, made: Made, _: Properties) -> None:
    api.unless_missing("dynamodb", "DeleteTable", TableName=made.physical_id)
    api.wait_until(lambda: _status(api, made.physical_id) is None, "A table's deletion")


def _status(api: Api, name: str) -> str | None:
    found = api.unless_missing("dynamodb", "DescribeTable", TableName=name)
    if not found:
        return None
    table = found["Table"]
    indexes = table.get("GlobalSecondaryIndexes", [])
    states = {table["TableStatus"], *(one.get("IndexStatus", "ACTIVE") for one in indexes)}
    return "ACTIVE" if states == {"ACTIVE"} else "UPDATING"


def _create_bucket(api: Api, properties: Properties) -> Made:
    name = properties["BucketName"]
    # A bucket without a Region lies in us-east-1. AWS refuses a request that names us-east-1.
    place = {"CreateBucketConfiguration": {"LocationConstraint": api.region}}
    api("s3", "CreateBucket", Bucket=name, **(place if api.region != "us-east-1" else {}))
    attributes = {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "DualStackDomainName": f"{name}.s3.dualstack.{api.region}.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{api.region}.amazonaws.com",
    }
    made = Made(name, attributes)
    with whole_or_not(api, made, _delete_bucket):
        _set_bucket(api, made, properties)
        if tags := properties.get("Tags"):
            api("s3", "PutBucketTagging", Bucket=name, Tagging={"TagSet": tags})
    return made


def _set_bucket(api: Api, made: Made, properties: Properties) -> None:
    bucket = {"Bucket": made.physical_id}
    if versioning := properties.get("VersioningConfiguration"):
        api("s3", "PutBucketVersioning", **bucket, VersioningConfiguration=versioning)
    if block := properties.get("PublicAccessBlockConfiguration"):
        blocked = {name: str(value).lower() == "true" for name, value in block.items()}
        api("s3", "PutPublicAccessBlock", **bucket, PublicAccessBlockConfiguration=blocked)
    if encryption := properties.get("BucketEncryption"):
        rules = {"Rules": _encryption_rules(encryption)}
        api("s3", "PutBucketEncryption", **bucket, ServerSideEncryptionConfiguration=rules)
    told = notifications_of(properties)
    api("s3", "PutBucketNotificationConfiguration", **bucket, NotificationConfiguration=told)


def _encryption_rules(encryption: Properties) -> list[Properties]:
    renamed = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return [
        {renamed.get(name, name): value for name, value in one.items()}
        for one in encryption["ServerSideEncryptionConfiguration"]
    ]


# Versions that there are stay, and every object is encrypted with S3's own keys at least.
_UNSET_BUCKET = {
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        ]
    },
    "VersioningConfiguration": {"Status": "Suspended"},
}
_delete_bucket = deleted_by("s3", "DeleteBucket", "Bucket")


def _create_bucket_policy(api: Api, properties: Properties) -> Made:
    made = Made(properties["Bucket"])
    _set_bucket_policy(api, made, properties)
    return made


def _set_bucket_policy(api: Api, made: Made, properties: Properties) -> None:
    policy = document(properties["PolicyDocument"])
    api("s3", "PutBucketPolicy", Bucket=made.physical_id, Policy=policy)


KINDS = {
    "AWS::DynamoDB::Table": ResourceKind(
        create=_create_table,
        update=_update_table,
        delete=_delete_table,
        fixed={"TableName", "KeySchema", "AttributeDefinitions"},
        free={"BillingMode", "ProvisionedThroughput", "Tags", _TTL},
        kept={"GlobalSecondaryIndexes"},
        unset={"BillingMode": "PROVISIONED", _TTL: {"Enabled": False}},
        named_by="TableName",
        attributes={"Arn"},
        retag=retagged_by("dynamodb", "ResourceArn", arn="Arn"),
        shows_own_tags=False,
    ),
    "AWS::S3::Bucket": ResourceKind(
        create=_create_bucket,
        update=_set_bucket,
        delete=_delete_bucket,
        fixed={"BucketName"},
        free={
            *("BucketEncryption", "NotificationConfiguration"),
            *("PublicAccessBlockConfiguration", "Tags", "VersioningConfiguration"),
        },
        unset=_UNSET_BUCKET,
        named_by="BucketName",
        is_there=known_by("s3", "HeadBucket", "Bucket"),
        attributes={"Arn", "DomainName", "DualStackDomainName", "RegionalDomainName"},
        retag=retag_bucket,
    ),
    "AWS::S3::BucketPolicy": ResourceKind(
        create=_create_bucket_policy,
        update=_set_bucket_policy,
        delete=deleted_by("s3", "DeleteBucketPolicy", "Bucket"),
        fixed={"Bucket"},
        free={"PolicyDocument"},
    ),
}
