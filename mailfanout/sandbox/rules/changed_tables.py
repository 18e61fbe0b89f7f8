"""What DynamoDB refuses of changes to tables, their indexes and streams.

See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from __future__ import annotations

from moto.dynamodb.models.table import Table

from mailfanout.sandbox.dynamodb import CAPACITY_UNITS, ONE_INDEX_AT_A_TIME
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.tables import (
    check_index,
    check_nothing_is_provisioned,
    check_settings,
    check_view,
    invalid,
    undefined_keys,
    wrong,
)

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


def check_changed_table(parameters: Json, table: Table) -> None:
    """Raise ApiError for a change that DynamoDB does not make.

    What the call defines anew is added to what is defined: moto forgets the rest.
    """
    _check_combination([name for name in _CHANGES if name in parameters], parameters)
    if stream := parameters.get("StreamSpecification"):
        _check_changed_stream(stream, table)
    _check_encryption(parameters, table)
    billing_mode = parameters.get("BillingMode") or table.billing_mode or "PROVISIONED"
    check_settings(parameters, billing_mode, unbound=-1)
    if billing_mode == "PAY_PER_REQUEST":
        check_nothing_is_provisioned(parameters, [])
    if parameters.get("BillingMode") == "PROVISIONED" and "ProvisionedThroughput" not in parameters:
        raise wrong("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    _check_throughput(parameters, table)
    _check_index_updates(parameters, table)
    if given := parameters.get("AttributeDefinitions"):
        named = {one["AttributeName"] for one in given}
        given += [one for one in table.attr if one["AttributeName"] not in named]


def _check_encryption(parameters: Json, table: Table) -> None:
    """It cannot end if there is none but the one that every table has."""
    if not any(
        one.get("Enabled", "SSEType" in one)
        for one in (parameters.get("SSESpecification", {"Enabled": True}), table.sse_specification)
        if one is not None
    ):
        raise wrong("Table is already encrypted by default")


def _check_index_updates(parameters: Json, table: Table) -> None:
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
    check_view(
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
    check_index(index)
    given = parameters.get("AttributeDefinitions") or table.attr
    defined = [one["AttributeName"] for one in given]
    keys = [one["AttributeName"] for one in index["KeySchema"]]
    if missing := [name for name in keys if name not in defined]:
        raise undefined_keys(missing, defined)
