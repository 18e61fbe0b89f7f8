"""A table as DynamoDB describes it, made from moto's description.

See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
"""

from __future__ import annotations

import uuid
from operator import itemgetter

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

from mailfanout.sandbox.dynamodb.table_settings import CAPACITY_UNITS, settings_of
from mailfanout.sandbox.json_objects import Json

_INDEXES = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
_NOTHING_PROVISIONED = dict.fromkeys(CAPACITY_UNITS, 0)
_moto_describe = Table.describe


def describe(self: Table, base_key: str = "TableDescription") -> Json:
    """With the ids and counts that AWS always sends, and without empty lists of indexes."""
    table = _moto_describe(self, base_key)[base_key]
    table["AttributeDefinitions"] = sorted(self.attr, key=itemgetter("AttributeName"))
    table["TableId"] = vars(self).setdefault("table_id", str(uuid.uuid4()))
    billing = table.pop("BillingModeSummary")
    if self.billing_mode == "PAY_PER_REQUEST":
        billing["LastUpdateToPayPerRequestDateTime"] = self.created_at
        table["BillingModeSummary"] = billing
        table["ProvisionedThroughput"] = _NOTHING_PROVISIONED
    table.update(settings_of(self))
    table["ProvisionedThroughput"] = {"NumberOfDecreasesToday": 0, **table["ProvisionedThroughput"]}
    for kind in _INDEXES:
        if indexes := table.pop(kind):
            table[kind] = [_with_counts(self, kind, index) for index in indexes]
    return {base_key: table}


def _with_counts(table: Table, kind: str, index: Json) -> Json:
    # DynamoDB counts every six hours. Here each index is as if all items were in it, because to
    # count them would cost the more the more there are.
    counted = {
        "IndexArn": f"{table.table_arn}/index/{index['IndexName']}",
        "IndexSizeBytes": 0,
        "ItemCount": len(table),
    }
    if kind == "GlobalSecondaryIndexes":
        throughput = {"NumberOfDecreasesToday": 0, **index["ProvisionedThroughput"]}
        counted["ProvisionedThroughput"] = throughput
    return {**index, **counted}


def list_tables(
    self: DynamoDBBackend, limit: int, exclusive_start_table_name: str | None
) -> tuple[list[str], str | None]:
    """Names in their order, after one that may be gone, and the last if there are more."""
    found = sorted(name for name in self.tables if name > (exclusive_start_table_name or ""))
    page = found[:limit]
    return page, page[-1] if len(page) < len(found) else None
