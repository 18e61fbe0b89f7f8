"""DynamoDB at a cost that does not grow with the table, and as AWS answers."""

from __future__ import annotations

from mailfanout.sandbox.dynamodb import descriptions, expressions, reads, values, writes

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

__all__ = ["ITEM_OPERATIONS", "descriptions", "expressions", "reads", "values", "writes"]
