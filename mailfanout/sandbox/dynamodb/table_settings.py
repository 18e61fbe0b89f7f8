"""What a table was told of its capacity, class and encryption, as DynamoDB describes it.

See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from mailfanout.sandbox.json_objects import Json

# What a table, or an index, has provisioned.
CAPACITY_UNITS = ("ReadCapacityUnits", "WriteCapacityUnits")
ONE_INDEX_AT_A_TIME = (
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per "
    "table"
)
_LAST_ON_DEMAND = "LastUpdateToPayPerRequestDateTime"


def settings_of(table: Table) -> Json:
    """The members of its description that moto does not have."""
    settings: Json = vars(table).setdefault("settings", {})
    return settings


def keeps_settings(
    original: Callable[[DynamoHandler], ActionResult], self: DynamoHandler
) -> ActionResult:
    """CreateTable or UpdateTable that also keeps what moto does not, and describes the table so."""
    asked, backend = self.body, self.dynamodb_backend
    tables = backend.tables
    table = tables.get(asked["TableName"].rpartition("/")[2])
    before = (table.billing_mode, table.throughput) if table else None
    encrypted = table.describe()["TableDescription"].get("SSEDescription", {}) if table else {}
    answer = original(self)
    result: Any = answer.result
    described: Json = result["TableDescription"]
    table = tables[described["TableName"]]
    _keep(asked, table, is_new=before is None)
    if policy := asked.get("ResourcePolicy"):
        backend.put_resource_policy(table.table_arn, policy, None)
    if before:
        _keep_changes(asked, table, *before)
    described.update(table.describe()["TableDescription"])
    if before and "SSESpecification" in asked:
        described["SSEDescription"] = {**encrypted, "Status": "UPDATING"}
    return answer


def _keep(asked: Json, table: Table, *, is_new: bool) -> None:
    settings = settings_of(table)
    if table_class := asked.get("TableClass"):
        changed = {} if is_new else {"LastUpdateDateTime": utcnow()}
        settings["TableClassSummary"] = {"TableClass": table_class, **changed}
    if most := asked.get("OnDemandThroughput"):
        settings["OnDemandThroughput"] = {**settings.get("OnDemandThroughput", {}), **most}


def _keep_changes(asked: Json, table: Table, billing_mode: str | None, throughput: Json) -> None:
    if encryption := asked.get("SSESpecification"):
        key = table._get_default_encryption_key(table.account_id, table.region_name)
        table.sse_specification = {"KMSMasterKeyId": key, **encryption}
    settings, now = settings_of(table), utcnow()
    if table.billing_mode != billing_mode:
        known = settings.get("BillingModeSummary", {}).get(_LAST_ON_DEMAND, table.created_at)
        date = now if table.billing_mode == "PAY_PER_REQUEST" else known
        settings["BillingModeSummary"] = {"BillingMode": table.billing_mode, _LAST_ON_DEMAND: date}
    if table.throughput is not throughput:
        table.throughput = _dated(table.throughput, throughput, now)


def _dated(throughput: Json, before: Json, now: object) -> Json:
    """With when it last grew and shrank. A sandbox hardly outlives a day of decreases."""
    dates = {name: value for name, value in before.items() if name not in CAPACITY_UNITS}
    if any(throughput[unit] > before[unit] for unit in CAPACITY_UNITS):
        dates["LastIncreaseDateTime"] = now
    if any(throughput[unit] < before[unit] for unit in CAPACITY_UNITS):
        dates["LastDecreaseDateTime"] = now
        dates["NumberOfDecreasesToday"] = dates.get("NumberOfDecreasesToday", 0) + 1
    return {**dates, **throughput}
