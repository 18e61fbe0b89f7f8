"""What DynamoDB refuses of tables and their indexes, new or changed.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from __future__ import annotations

import re
from functools import partial

from moto.dynamodb.models.table import Table

from mailfanout.sandbox.calls import violated
from mailfanout.sandbox.dynamodb import CAPACITY_UNITS, ONE_INDEX_AT_A_TIME
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json

SHORTEST_NAME, LONGEST_NAME = 3, 255
MOST_GLOBAL_INDEXES, MOST_LOCAL_INDEXES = 20, 5
_NAME = "[a-zA-Z0-9_.-]+"
# At least one of them is to change.
_CHANGES = tuple(
    """
    BillingMode DeletionProtectionEnabled GlobalSecondaryIndexUpdates OnDemandThroughput
    ProvisionedThroughput ReplicaUpdates SSESpecification StreamSpecification TableClass
    WarmThroughput
    """.split()
)
# Each of them is changed alone; DynamoDB tells of the first.
_ALONE = {
    "SSESpecification": "Server-Side Encryption modification",
    "TableClass": "TableClass modification",
    "DeletionProtectionEnabled": "DeletionProtection modification",
    "WarmThroughput": "WarmThroughput",
}
# What DynamoDB says of a request that it does not take.
invalid = partial(ApiError, "ValidationException")


def check_new_table(parameters: Json) -> None:
    """Raise ApiError for a table that DynamoDB does not make."""
    _check_name(parameters["TableName"])
    if "KeySchema" not in parameters:
        raise invalid(violated(("keySchema", None, "Member must not be null")))
    if "AttributeDefinitions" not in parameters:
        raise _undefined([one["AttributeName"] for one in parameters["KeySchema"]], [])
    _check_schema(parameters["KeySchema"])
    global_indexes = parameters.get("GlobalSecondaryIndexes") or []
    local_indexes = parameters.get("LocalSecondaryIndexes") or []
    if len(global_indexes) > MOST_GLOBAL_INDEXES:
        raise wrong(
            f"GlobalSecondaryIndex count exceeds the per-table limit of {MOST_GLOBAL_INDEXES}"
        )
    billing_mode = parameters.get("BillingMode", "PROVISIONED")
    if billing_mode == "PAY_PER_REQUEST":
        _check_nothing_is_provisioned(parameters, global_indexes)
    _check_settings(parameters, billing_mode)
    names: set[str] = set()
    for index in (*global_indexes, *local_indexes):
        if (name := index["IndexName"]) in names:
            raise wrong(f"Duplicate index name: {name}")
        names.add(name)
        _check_index(index)
    _check_local_indexes(local_indexes, parameters["KeySchema"])
    if stream := parameters.get("StreamSpecification"):
        _check_view(
            stream,
            "Table is being created with a stream enabled, UpdateViewType is required",
            "Table is being created with a stream disabled, UpdateViewType should not be specified",
        )


def _check_settings(parameters: Json, billing_mode: str, unbound: int | None = None) -> None:
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


def _check_view(stream: Json, lacks: str, needs_none: str) -> None:
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


def _check_nothing_is_provisioned(parameters: Json, indexes: list[Json]) -> None:
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


def check_changed_table(parameters: Json, table: Table) -> None:
    """Raise ApiError for a change that DynamoDB does not make.

    What the call defines anew is added to what is defined: moto forgets the rest.
    """
    _check_combination([name for name in _CHANGES if name in parameters], parameters)
    if stream := parameters.get("StreamSpecification"):
        _check_changed_stream(stream, table)
    if not any(
        one.get("Enabled", "SSEType" in one)
        for one in (parameters.get("SSESpecification", {"Enabled": True}), table.sse_specification)
        if one is not None
    ):
        raise wrong("Table is already encrypted by default")
    billing_mode = parameters.get("BillingMode") or table.billing_mode or "PROVISIONED"
    _check_settings(parameters, billing_mode, unbound=-1)
    if billing_mode == "PAY_PER_REQUEST":
        _check_nothing_is_provisioned(parameters, [])
    if parameters.get("BillingMode") == "PROVISIONED" and "ProvisionedThroughput" not in parameters:
        raise wrong("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    _check_throughput(parameters, table)
    updates = parameters.get("GlobalSecondaryIndexUpdates")
    if updates == []:
        raise wrong("List of GlobalSecondaryIndexUpdates is empty")
    updates = updates or []
    if not all(updates):
        raise wrong(
            "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
            "GlobalSecondaryIndexUpdate.Delete must not be null"
        )
    if any(len(one) > 1 for one in updates):
        raise wrong(
            "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate "
            "object"
        )
    if sum("Update" not in one for one in updates) > 1:
        raise ApiError("LimitExceededException", ONE_INDEX_AT_A_TIME)
    held = {index.name for index in table.global_indexes}
    for action, index in (pair for one in updates for pair in one.items()):
        if action == "Create":
            _check_new_index(parameters, index, table)
        elif index["IndexName"] not in held:
            raise ApiError("ResourceNotFoundException", "Requested resource not found")

    if given := parameters.get("AttributeDefinitions"):
        named = {one["AttributeName"] for one in given}
        given += [one for one in table.attr if one["AttributeName"] not in named]


def _check_combination(changes: list[str], parameters: Json) -> None:
    """UpdateTable does one thing."""
    if not changes:
        raise invalid(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
            "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
            "MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
            "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is "
            "required"
        )
    for name, words in _ALONE.items():
        if name in changes and len(changes) > 1:
            raise wrong(f"{words} must be the only operation in the request")
    if "StreamSpecification" in changes and "ProvisionedThroughput" in changes:
        raise wrong("You cannot modify stream status while updating table IOPS")
    if any("Update" not in one for one in parameters.get("GlobalSecondaryIndexUpdates") or ()):
        for name, words in (
            ("ProvisionedThroughput", "updating table IOPS"),
            ("StreamSpecification", "changing stream status"),
        ):
            if name in changes:
                raise wrong(f"You cannot create or delete index while {words}")


def _check_changed_stream(stream: Json, table: Table) -> None:
    _check_view(
        stream,
        "If stream is being enabled then UpdateViewType is required",
        "If stream is being disabled, then UpdateViewType must not be specified",
    )
    is_enabled = bool((table.stream_specification or {}).get("StreamEnabled"))
    if stream["StreamEnabled"] == is_enabled:
        has = "already has an enabled stream" if is_enabled else "has no stream to disable"
        raise invalid(f"Table {has}: TableName: {table.name}")


def _check_throughput(parameters: Json, table: Table) -> None:
    """It is changed, if it is asked for alone."""
    asked, now = parameters.get("ProvisionedThroughput"), table.throughput
    if parameters.keys() & {*_CHANGES} != {"ProvisionedThroughput"} or asked is None:
        return
    if all(asked[unit] == now[unit] for unit in CAPACITY_UNITS):
        told = " ".join(
            f"Current {unit} provisioned for the table: {now[unit]}. "
            f"Requested {unit}: {asked[unit]}."
            for unit in CAPACITY_UNITS
        )
        raise invalid(
            "The provisioned throughput for the table will not change. The requested value equals "
            f"the current value. {told} Refer to the Amazon DynamoDB Developer Guide for current "
            "limits and how to request higher limits."
        )


def _check_new_index(parameters: Json, index: Json, table: Table) -> None:
    if index["IndexName"] in {one.name for one in table.all_indexes()}:
        raise invalid("Attempting to create an index which already exists")
    _check_index(index)
    given = parameters.get("AttributeDefinitions") or table.attr
    defined = [one["AttributeName"] for one in given]
    keys = [one["AttributeName"] for one in index["KeySchema"]]
    if missing := [name for name in keys if name not in defined]:
        raise _undefined(missing, defined)


def _undefined(keys: list[str], defined: list[str]) -> ApiError:
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
        wanted = f"Member must satisfy regular expression pattern: {_NAME}"
        raise invalid(violated(("tableName", name, wanted)))


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


def _check_index(index: Json) -> None:
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
