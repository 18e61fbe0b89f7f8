"""DynamoDB at a cost that does not grow with the table, and as AWS answers."""

from __future__ import annotations

from mailfanout.sandbox.dynamodb import (
    comparisons,
    consumed,
    descriptions,
    grammar,
    projections,
    reads,
    streams,
    table_settings,
    updating,
    values,
    writes,
)
from mailfanout.sandbox.dynamodb.asked_items import item_requests
from mailfanout.sandbox.dynamodb.grammar import Applied, DocumentPath, Node, Value
from mailfanout.sandbox.dynamodb.numbers import InvalidNumber, spelled
from mailfanout.sandbox.dynamodb.table_settings import CAPACITY_UNITS, ONE_INDEX_AT_A_TIME

# What reads or writes items, and not tables.
ITEM_OPERATIONS = frozenset(
    """
    BatchGetItem BatchWriteItem DeleteItem GetItem PutItem Query Scan TransactGetItems
    TransactWriteItems UpdateItem
    """.split()
)

__all__ = [
    "Applied",
    "CAPACITY_UNITS",
    "ITEM_OPERATIONS",
    "InvalidNumber",
    "Node",
    "ONE_INDEX_AT_A_TIME",
    "DocumentPath",
    "Value",
    "comparisons",
    "consumed",
    "descriptions",
    "grammar",
    "item_requests",
    "projections",
    "reads",
    "spelled",
    "streams",
    "table_settings",
    "updating",
    "values",
    "writes",
]
