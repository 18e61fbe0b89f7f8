"""The tables of the reliable design, made with boto3."""

from __future__ import annotations

from typing import Any

from support.waiting import wait_for_table


def create_tables(dynamodb: Any) -> None:
    """The recipients, and the ledger; returns when both are active."""
    for table, names in {"mailaddress": ["email"], "maildelivery": ["campaign", "part"]}.items():
        dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": name, "KeyType": kind}
                for name, kind in zip(names, ("HASH", "RANGE"), strict=False)
            ],
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in names],
        )
        wait_for_table(dynamodb, table)
