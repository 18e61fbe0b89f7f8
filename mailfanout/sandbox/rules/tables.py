"""What DynamoDB refuses of new tables and their indexes.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from __future__ import annotations

import re
from functools import partial

from mailfanout.sandbox.calls import violated
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json

SHORTEST_NAME, LONGEST_NAME = 3, 255
MOST_GLOBAL_INDEXES, MOST_LOCAL_INDEXES = 20, 5
_NAME = "[a-zA-Z0-9_.-]+"
_IN_PATTERN = f"Member must satisfy regular expression pattern: {_NAME}"
# What DynamoDB says of a request that it does not take.
invalid = partial(ApiError, "ValidationException")


def check_new_table(parameters: Json) -> None:
    """Raise ApiError for a table that DynamoDB does not make."""
    _check_name(parameters["TableName"])
    if "KeySchema" not in parameters:
        raise invalid(violated(("keySchema", None, "Member must not be null")))
    if "AttributeDefinitions" not in parameters:
        raise undefined_keys([one["AttributeName"] for one in parameters["KeySchema"]], [])
    _check_schema(parameters["KeySchema"])
    global_indexes = parameters.get("GlobalSecondaryIndexes") or []
    local_indexes = parameters.get("LocalSecondaryIndexes") or []
    if len(global_indexes) > MOST_GLOBAL_INDEXES:
        raise wrong(
            f"GlobalSecondaryIndex count exceeds the per-table limit of {MOST_GLOBAL_INDEXES}"
        )
    billing_mode = parameters.get("BillingMode", "PROVISIONED")
    if billing_mode == "PAY_PER_REQUEST":
        check_nothing_is_provisioned(parameters, global_indexes)
    check_settings(parameters, billing_mode)
    names: set[str] = set()
    for index in (*global_indexes, *local_indexes):
        if (name := index["IndexName"]) in names:
            raise wrong(f"Duplicate index name: {name}")
        names.add(name)
        check_index(index)
    _check_local_indexes(local_indexes, parameters["KeySchema"])
    if stream := parameters.get("StreamSpecification"):
        check_view(
            stream,
            "Table is being created with a stream enabled, UpdateViewType is required",
            "Table is being created with a stream disabled, UpdateViewType should not be specified",
        )


def check_settings(parameters: Json, billing_mode: str, unbound: int | None = None) -> None:
    """Of encryption, and of the bounds on demand, which `unbound` removes."""
    encryption = parameters.get("SSESpecification") or {}
    for name in ("SSEType", "KMSMasterKeyId"):
        if name in encryption and encryption.get("Enabled") is False:
            raise wrong(f"{name} can not be specified if Enabled is false")
    if "KMSMasterKeyId" in encryption and encryption.get("SSEType") != "KMS":
        raise wrong("SSEType KMS is required if KMSMasterKeyId is specified")
    if encryption.get("SSEType") == "AES256":
        raise wrong("SSEType AES256 is not supported")
    for name, most in (parameters.get("OnDemandThroughput") or {}).items():
        if billing_mode == "PROVISIONED":
            raise wrong(
                f"{name} for OnDemandThroughput cannot be specified when the table BillingMode is "
                "PROVISIONED"
            )
        if most < 1 and most != unbound:
            raise wrong(
                f"Requested {name} for OnDemandThroughput for table is outside of valid range"
            )


def check_view(stream: Json, lacks: str, needs_none: str) -> None:
    """A stream has a view type while it is enabled."""
    if stream["StreamEnabled"] != ("StreamViewType" in stream):
        raise wrong(lacks if stream["StreamEnabled"] else needs_none)


def _check_local_indexes(indexes: list[Json], schema: list[Json]) -> None:
    """They sort the table's own partitions by another key."""
    if indexes and len(schema) < 2:
        raise wrong(
            "Table KeySchema does not have a range key, which is required when specifying a "
            "LocalSecondaryIndex"
        )
    for name, keys in ((one["IndexName"], one["KeySchema"]) for one in indexes):
        if len(keys) < 2:
            raise wrong(f"Index KeySchema does not have a range key for index: {name}")
        partition_key, of_table = keys[0]["AttributeName"], schema[0]["AttributeName"]
        if partition_key != of_table:
            raise wrong(
                "Index KeySchema does not have the same leading hash key as table KeySchema for "
                f"index: {name}. index hash key: {partition_key}, table hash key: {of_table}"
            )
    if len(indexes) > MOST_LOCAL_INDEXES:
        raise wrong(
            f"Number of LocalSecondaryIndexes exceeds per-table limit of {MOST_LOCAL_INDEXES}"
        )


def check_nothing_is_provisioned(parameters: Json, indexes: list[Json]) -> None:
    """Raise ApiError if a table on demand, or one of its indexes, is given capacity."""
    if parameters.get("ProvisionedThroughput"):
        raise wrong(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode "
            "is PAY_PER_REQUEST"
        )
    for index in indexes:
        if index.get("ProvisionedThroughput"):
            raise wrong(
                f"ProvisionedThroughput should not be specified for index: {index['IndexName']} "
                "when BillingMode is PAY_PER_REQUEST"
            )


def undefined_keys(keys: list[str], defined: list[str]) -> ApiError:
    """The error for an index whose keys the table does not define."""
    return wrong(
        "Some index key attributes are not defined in AttributeDefinitions. Keys: "
        f"[{', '.join(keys)}], AttributeDefinitions: [{', '.join(defined)}]"
    )


def _check_name(name_or_arn: str) -> None:
    name = name_or_arn.rpartition("/")[2]
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        raise invalid(
            f"TableName must be at least {SHORTEST_NAME} characters long and at most "
            f"{LONGEST_NAME} characters long"
        )
    if not re.fullmatch(_NAME, name):
        raise invalid(violated(("tableName", name, _IN_PATTERN)))


def check_named(name: str | None) -> None:
    """Raise ApiError for what is no name of a table, nor an ARN."""
    if name is None or name.startswith("arn:"):
        return
    if len(name) > LONGEST_NAME:
        longest = f"Member must have length less than or equal to {LONGEST_NAME}"
        raise invalid(violated(("tableName", name, longest)))
    if not re.fullmatch(_NAME, name):
        raise invalid(violated(("tableName", name, _IN_PATTERN)))


def _check_schema(schema: list[Json]) -> None:
    kinds, names = zip(*((one["KeyType"], one["AttributeName"]) for one in schema), strict=True)
    if kinds[0] != "HASH":
        raise invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if kinds[1:] not in ((), ("RANGE",)):
        raise invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    if len(set(names)) < len(names):
        raise invalid(
            "Both the Hash Key and the Range Key element in the KeySchema have the same name"
        )


def check_index(index: Json) -> None:
    """Raise ApiError for an index of which it is not clear what it projects."""
    projection = index["Projection"]
    kind, others = projection.get("ProjectionType"), projection.get("NonKeyAttributes")
    if kind is None:
        raise wrong("Unknown ProjectionType: null")
    if (kind == "INCLUDE") != bool(others):
        is_or_not = "is" if others else "is not"
        raise wrong(f"ProjectionType is {kind}, but NonKeyAttributes {is_or_not} specified")


def wrong(reason: str) -> ApiError:
    """What DynamoDB says of a value in a request."""
    return invalid(f"One or more parameter values were invalid: {reason}")
