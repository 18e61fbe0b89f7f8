"""DynamoDB at a cost that does not grow with the table, and as AWS answers."""

from __future__ import annotations

from mailfanout.sandbox.dynamodb import (
    comparisons,
    descriptions,
    expressions,
    reads,
    values,
    writes,
)
from mailfanout.sandbox.dynamodb.numbers import InvalidNumber, spelled

# What reads or writes items, and not tables.
ITEM_OPERATIONS = frozenset(
    {
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    }
)

__all__ = [
    "ITEM_OPERATIONS",
    "InvalidNumber",
    "comparisons",
    "descriptions",
    "expressions",
    "reads",
    "spelled",
    "values",
    "writes",
]
