"""Which operations show or refuse anything while a change is under way, and by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mailfanout.sandbox.access import Credentials
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.dynamodb import ITEM_OPERATIONS
from mailfanout.sandbox.http import Answer
from mailfanout.sandbox.states import States
from mailfanout.sandbox.transitions import functions, late_reads, mappings, roles, tables
from mailfanout.sandbox.transitions.step import Step

# These begin a change.
_BEGINS: Mapping[str, late_reads.Work] = {
    "dynamodb:CreateTable": tables.create_table,
    "dynamodb:DeleteTable": tables.delete_table,
    "dynamodb:UpdateTable": tables.update_table,
    "iam:CreateRole": roles.create_role,
    **dict.fromkeys(
        (
            f"iam:{doing}{whose}Policy"
            for doing in ("Attach", "Delete", "Detach", "Put")
            for whose in ("Role", "User")
        ),
        roles.change_policies,
    ),
    "lambda:CreateEventSourceMapping": mappings.create_mapping,
    "lambda:CreateFunction": functions.create_function,
    "lambda:DeleteEventSourceMapping": mappings.delete_mapping,
    "lambda:UpdateEventSourceMapping": mappings.update_mapping,
    "lambda:UpdateFunctionCode": functions.update_function,
    "lambda:UpdateFunctionConfiguration": functions.update_function,
}
# These are done as ever unless something changes.
_MEANWHILE: Mapping[str, late_reads.Work] = {
    **dict.fromkeys((f"dynamodb:{name}" for name in ITEM_OPERATIONS), tables.use_items),
    "dynamodb:DescribeTable": tables.describe_table,
    "dynamodb:DescribeTimeToLive": tables.describe_time_to_live,
    "dynamodb:ListTables": tables.list_tables,
    "lambda:GetEventSourceMapping": mappings.get_mapping,
    "lambda:GetFunction": functions.get_function,
    "lambda:GetFunctionConfiguration": functions.configuration,
    "lambda:Invoke": functions.invoke,
    "lambda:ListEventSourceMappings": mappings.list_mappings,
    "lambda:PublishVersion": functions.publish_version,
    "sqs:CreateQueue": roles.name_in_policy,
    "sqs:SetQueueAttributes": roles.name_in_policy,
    "sts:AssumeRole": roles.assume_role,
}


@dataclass(frozen=True)
class TimelyCalls:
    """What does the calls, with the states in which AWS shows their resources."""

    do: Callable[[ApiCall, Credentials], Answer]
    states: States

    def __call__(self, call: ApiCall, credentials: Credentials) -> Answer:
        begins = _BEGINS.get(call.name)
        is_late = call.name in late_reads.LATE_READS
        if not (begins or is_late or self.states):
            return self.do(call, credentials)
        work = begins or _MEANWHILE.get(call.name, Step.done)
        account_id = credentials.caller.account_id
        step = Step(call, account_id, self.states, lambda one: self.do(one, credentials))
        if is_late:
            return late_reads.write_late(step, work)
        return (
            late_reads.answer_late(step, work) if late_reads.is_late_read(call.name) else work(step)
        )
