"""Every change to moto's DynamoDB, which is slow, has no lock, and differs from AWS in places.

The tests in tests/sandbox/dynamodb show what each is for; test_dynamodb_like_moto.py there, that
nothing else has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb import comparisons, responses
from moto.dynamodb.exceptions import ResourceNotFoundException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler, DynamoResult

from mailfanout.sandbox import dynamodb
from mailfanout.sandbox.dynamodb import (
    ITEM_OPERATIONS,
    consumed,
    descriptions,
    projections,
    reads,
    table_settings,
    updating,
    values,
    writes,
)
from mailfanout.sandbox.seams.replacement import Method, Replacement, around, changes, given

Operation = Callable[[DynamoHandler], ActionResult]

# What has items in its answer.
_GIVES_ITEMS = ITEM_OPERATIONS - {"BatchWriteItem", "TransactWriteItems"}

# Parts of an answer that AWS gives only on request, by the parameter that requests each.
_ON_REQUEST = {
    "ReturnConsumedCapacity": "ConsumedCapacity",
    "ReturnItemCollectionMetrics": "ItemCollectionMetrics",
}

# One lock for all tables: each request, also a transaction, is one step.
_lock = RLock()


def replacements() -> list[Replacement]:
    """Every change, for setattr. Some values call what they replace."""
    return [*_requests(), *_answers(), *_reads(), *_writes(), *_parsing(), *_comparing()]


class ItemResult(DynamoResult):
    """An answer whose items are sent as they are stored, in DynamoDB's JSON."""

    def __init__(self, result: object) -> None:
        self._result = result

    def execute_result(self, context: Any) -> Any:
        operation = context.operation_model
        if operation.name not in _GIVES_ITEMS:
            return DynamoResult(self.result).execute_result(context)
        result: Any = self.result
        body = values.encode(result, operation.output_shape.members)
        return 200, {"Content-Type": "application/x-amz-json-1.0"}, body


def _requests() -> list[Replacement]:
    return [
        *around(
            DynamoHandler,
            "has no lock: of two claims with a condition, both may succeed",
            call_action=_one_at_a_time,
        ),
        *changes(
            responses,
            "core/serialize.py describes each value by the service's model, at 0.4 ms an item",
            DynamoResult=ItemResult,
        ),
    ]


def _answers() -> list[Replacement]:
    """What was asked for is answered, no more and no less."""
    return [
        *_answers_to_writes(),
        *changes(
            DynamoHandler,
            "counts a unit for each key, asked or not",
            batch_get_item=given(
                _only_what_was_asked,
                given(reads.counts_units_of_batch, DynamoHandler.batch_get_item),
            ),
        ),
        *changes(responses, "takes 25 items to read at once", TRANSACTION_MAX_ITEMS=100),
        *changes(
            DynamoHandler,
            "compares each key with all before it",
            _contains_duplicates=reads.has_doubles,
        ),
        *around(
            DynamoHandler,
            "ignores a table's class, its bounds on demand, and how it is encrypted from now on",
            **dict.fromkeys(("create_table", "update_table"), table_settings.keeps_settings),
        ),
        *around(
            DynamoDBBackend,
            "does not say which table, and leaves its policy to the next one of the name",
            delete_table=_delete_table,
        ),
        *changes(
            DynamoDBBackend,
            "lists tables by age, and none after one that is gone",
            list_tables=descriptions.list_tables,
        ),
    ]


def _answers_to_writes() -> list[Replacement]:
    """What items hold, before and after, is what writing them costs."""
    return [
        *changes(
            DynamoHandler,
            "leaves an attribute out of UPDATED_OLD and UPDATED_NEW whose value did not change, "
            "gives the whole of one that changed within, and counts half a write unit, asked or "
            "not",
            update_item=given(consumed.counts_write_units, updating.answer_update),
        ),
        *around(
            DynamoHandler,
            "counts one unit, however large an item is, and none for its indexes",
            **dict.fromkeys(("put_item", "delete_item"), consumed.counts_write_units),
        ),
        *changes(
            DynamoHandler,
            "ignores ClientRequestToken: what an SDK sends again after a lost reply is done twice",
            transact_write_items=given(
                _only_what_was_asked,
                given(
                    writes.once_per_token,
                    given(consumed.counts_write_units, DynamoHandler.transact_write_items),
                    consumed.of_reads,
                ),
            ),
        ),
        *changes(
            DynamoHandler,
            "always adds ConsumedCapacity and ItemCollectionMetrics",
            batch_write_item=given(
                _only_what_was_asked,
                given(consumed.counts_write_units, DynamoHandler.batch_write_item),
            ),
        ),
    ]


def _reads() -> list[Replacement]:
    """The cost of a page depends on what it reads, not on the size of the table."""
    reason = "walks and sorts the whole table for each page"
    return [
        *changes(
            Table, "lacks ids and counts, lists empty indexes", describe=descriptions.describe
        ),
        *changes(Table, reason, query=reads.query, scan=reads.scan),
        *changes(
            Item,
            "takes an item apart to pick some attributes, and of a list gives one element",
            project=projections.project,
        ),
        *changes(
            responses.ProjectionExpressionParser,
            "finds no placeholder before an index, and no dot in a name",
            parse=projections.parse,
        ),
        *changes(
            DynamoHandler,
            "gives whole items, and counts two units for each that is there",
            transact_get_items=given(
                consumed.counts_units_of_gets,
                given(projections.transact_get_items, DynamoHandler.transact_get_items),
            ),
        ),
        *around(responses, "refuses a Scan as a Query", validate_select=reads.checks_selection),
        *around(
            DynamoHandler,
            "counts the same units whatever was read",
            **dict.fromkeys(("get_item", "query", "scan"), reads.counts_read_units),
        ),
    ]


def _writes() -> list[Replacement]:
    """A write is done as a whole or not at all, and what a table holds never changes."""
    followed = "keeps no order: ours follows each write"
    walks = (
        "dynamodb/models/__init__.py changes the stored item, leaves half of what fails, and walks "
        "a copy of the parsed expression ten times"
    )
    copies = "copies a value at each of its levels"
    measures = "measures the whole for each attribute, and holds 405,000 bytes"
    return [
        *changes(Table, followed, put_item=writes.put_item, delete_item=writes.delete_item),
        *changes(DynamoDBBackend, walks, update_item=updating.update_item),
        *changes(
            DynamoDBBackend,
            "copies the whole table for each item of a transaction",
            transact_write_items=writes.transact_write_items,
        ),
        *changes(
            Item,
            "dynamodb/models/__init__.py copies what it is about to change; ours never changes",
            __deepcopy__=values.same,
        ),
        *changes(DynamoType, copies, size=values.size, to_regular_json=values.to_regular_json),
        *changes(Item, copies, size=values.item_size),
        *around(Item, measures, __init__=values.new_item),
        *changes(LimitedSizeDict, measures, __setitem__=dict.__setitem__),
    ]


def _parsing() -> list[Replacement]:
    """moto's own parser of conditions is not asked; that of updates has nobody who asks."""
    return changes(
        comparisons.ConditionExpressionParser,
        "knows no line break, nor index 10",
        parse=dynamodb.grammar.comparison,
    )


# They ask which of two values comes first.
_IN_ORDER = (
    comparisons.OpLessThan,
    comparisons.OpLessThanOrEqual,
    comparisons.OpGreaterThan,
    comparisons.OpGreaterThanOrEqual,
    comparisons.FuncBetween,
)


def _comparing() -> list[Replacement]:
    """Values of other types differ, and an item that lacks one does not match."""
    binary = "finds no bytes within others"
    booleans = "dynamodb/comparisons.py compares Python's values, in which true is 1"
    unlike = "fails for an item whose attribute has another type"
    return [
        *changes(comparisons.FuncBeginsWith, binary, expr=dynamodb.comparisons.begins_with),
        *around(comparisons.FuncContains, binary, expr=dynamodb.comparisons.contains),
        *around(
            comparisons.FuncSize,
            "fails for an item whose attribute is missing, or has no size",
            expr=dynamodb.comparisons.size_of,
        ),
        *changes(
            DynamoType,
            booleans,
            cast_value=dynamodb.comparisons.value_of_attribute(DynamoType.cast_value),
        ),
        *changes(
            DynamoType,
            "works out what values are compared by, at each look-up of an item",
            __hash__=dynamodb.comparisons.hash_of,
            __eq__=dynamodb.comparisons.equals,
        ),
        *around(comparisons.AttributeValue, booleans, expr=dynamodb.comparisons.value_of_operand),
        *(
            change
            for one in _IN_ORDER
            for change in around(one, unlike, expr=dynamodb.comparisons.false_if_unlike)
        ),
    ]


def _delete_table(original: Callable[..., Table], self: DynamoDBBackend, name: str) -> Table:
    try:
        deleted = original(self, name)
    except ResourceNotFoundException as error:
        raise ResourceNotFoundException(table_name=name) from error
    self.resource_policies.pop(deleted.table_arn, None)
    return deleted


def _one_at_a_time(original: Method, self: DynamoHandler) -> Any:
    with _lock:
        return original(self)


def _only_what_was_asked(original: Operation, self: DynamoHandler) -> ActionResult:
    answer = original(self)
    result: Any = answer.result
    for asked_with, member in _ON_REQUEST.items():
        if self.body.get(asked_with, "NONE") == "NONE":
            result.pop(member, None)
    return answer
