"""A table in moto, and short words for what the tests do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mailfanout.sandbox.seams import dynamodb

REGION, ACCOUNT_ID = "us-east-1", "123456789012"
INDEX = "haserror-index"
REPLACEMENTS = dynamodb.replacements()


class Table:
    """The client's calls on one table, and short forms of the common ones."""

    def __init__(self, client: Any, name: str = "mailaddress") -> None:
        self.client = client
        self.name = name

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            return getattr(self.client, operation)(TableName=self.name, **parameters)

        return call

    def put(self, email: str, **attributes: Any) -> None:
        self.put_item(Item={"email": {"S": email}, "haserror": {"N": "0"}} | attributes)

    def get(self, email: str) -> dict[str, Any] | None:
        item: dict[str, Any] | None = self.get_item(Key={"email": {"S": email}}).get("Item")
        return item

    def update(self, email: str, expression: str, **parameters: Any) -> Any:
        """`_value` stands for `:value` in the expressions."""
        values = {f":{name[1:]}": parameters.pop(name) for name in [*parameters] if name[0] == "_"}
        if values:
            parameters["ExpressionAttributeValues"] = values
        return self.update_item(
            Key={"email": {"S": email}}, UpdateExpression=expression, **parameters
        )

    def query_index(self, **parameters: Any) -> Any:
        return self.query(
            IndexName=INDEX,
            KeyConditionExpression="haserror = :no",
            ExpressionAttributeValues={":no": {"N": "0"}},
            **parameters,
        )

    def transact(self, *items: Any, **parameters: Any) -> Any:
        return self.client.transact_write_items(TransactItems=[*items], **parameters)


def new_table(
    client: Any, name: str = "mailaddress", flag: str = "haserror", **parameters: Any
) -> Table:
    """A table of addresses, with an index of a flag."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "email", "AttributeType": "S"},
            {"AttributeName": flag, "AttributeType": "N"},
        ],
        GlobalSecondaryIndexes=[index(f"{flag}-index", flag)],
        **parameters,
    )
    return Table(client, name)


def new_sorted_table(client: Any, name: str) -> None:
    """A table of addresses and days, with a local index of the days."""
    schema = [
        {"AttributeName": name, "KeyType": kind}
        for name, kind in (("email", "HASH"), ("day", "RANGE"))
    ]
    local = {"IndexName": "by-day", "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}}
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=schema,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("email", "day")
        ],
        LocalSecondaryIndexes=[local],
    )


def index(name: str, key: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


def emails(answer: Any) -> list[str]:
    return [item["email"]["S"] for item in answer["Items"]]


def put(email: str, **attributes: Any) -> dict[str, Any]:
    item = {"email": {"S": email}} | attributes
    return {"Put": {"TableName": "mailaddress", "Item": item}}
