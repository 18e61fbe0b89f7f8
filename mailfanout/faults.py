"""Faults on demand, in the sandbox alone: what is to go wrong next, how often, and for whom.

    faults.throttle_ses(target, times=10)

Each function switches a fault on and returns it. It strikes the next `times` times that it can;
then it is used up. An operation is written `sqs:SendMessage`, by boto3's name of the service; who
calls it (`by`) is a function's name, or `learner`. `*` in any name stands for anything. All raise
InputError if the target is not the sandbox, or if a value makes no sense.

What they take and do stands in `sandbox/control/fault_kinds.py`, the one list of faults; `help` of
a function shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature, cleandoc

from mailfanout.sandbox.control import FAULT_KINDS, Fault, FaultKind, FaultParameter, Sandbox
from mailfanout.target import Target

_FOR_ALL = (
    "`*` in a name or an address stands for anything. Raises InputError if the target is not the\n"
    "sandbox, or if a value makes no sense."
)


def active(target: Target) -> tuple[Fault, ...]:
    """The faults that are still to come, oldest first; `times` says how often."""
    return breakable(target).faults()


def clear(target: Target) -> None:
    """Switch every fault off."""
    breakable(target).clear_faults()


def breakable(target: Target) -> Sandbox:
    """The sandbox, which alone can be broken on demand. Raises InputError on another target."""
    return target.require_sandbox(
        f"Only the sandbox can be broken on demand, not the target {target.kind}."
    )


def _switch(function_name: str) -> Callable[..., Fault]:
    """The function of this name, with its parameters and its docstring, from the list."""
    [kind] = (kind for kind in FAULT_KINDS if kind.function_name == function_name)
    signature = _signature(kind)

    def switch_on(*values: object, **named: object) -> Fault:
        given = signature.bind(*values, **named)
        given.apply_defaults()
        described = {one.field: given.arguments[one.name] for one in kind.parameters}
        fault = Fault(kind=kind.name, **described)
        breakable(given.arguments["target"]).add_fault(fault)
        return fault

    switch_on.__name__ = switch_on.__qualname__ = function_name
    switch_on.__doc__ = _documentation(kind)
    switch_on.__signature__ = signature  # type: ignore[attr-defined]
    return switch_on


def _signature(kind: FaultKind) -> Signature:
    target = Parameter("target", Parameter.POSITIONAL_OR_KEYWORD, annotation=Target)
    return Signature([target, *map(_parameter, kind.parameters)], return_annotation=Fault)


def _documentation(kind: FaultKind) -> str:
    parameters = "\n".join(f"{one.name:<13} {one.help}" for one in kind.parameters)
    return f"{cleandoc(kind.doc)}\n\n{parameters}\n\n{_FOR_ALL}"


def _parameter(one: FaultParameter) -> Parameter:
    annotation = int if one.is_count else str
    if one.default is None:
        return Parameter(one.name, Parameter.POSITIONAL_OR_KEYWORD, annotation=annotation)
    return Parameter(one.name, Parameter.KEYWORD_ONLY, default=one.default, annotation=annotation)


throttle_ses = _switch("throttle_ses")
reject_mail = _switch("reject_mail")
suspend_ses = _switch("suspend_ses")
throttle_call = _switch("throttle_call")
fail_call = _switch("fail_call")
slow_call = _switch("slow_call")
lose_reply = _switch("lose_reply")
repeat_s3_event = _switch("repeat_s3_event")
repeat_message = _switch("repeat_message")
fail_entry = _switch("fail_entry")
kill_at_start = _switch("kill_at_start")
kill_after_calls = _switch("kill_after_calls")
kill_at_end = _switch("kill_at_end")
