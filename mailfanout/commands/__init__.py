"""What people type: a module per group of commands, and in `options` what they share."""

from __future__ import annotations

from mailfanout.commands.bench import bench_command
from mailfanout.commands.campaigns import (
    cancel_command,
    pause_command,
    redrive_command,
    report_command,
    resume_command,
    settle_command,
    status_command,
    unsubscribe_command,
)
from mailfanout.commands.classroom import class_command, handout_command
from mailfanout.commands.doctor import doctor_command
from mailfanout.commands.lab import lab_command
from mailfanout.commands.options import as_typed, say
from mailfanout.commands.pipeline import (
    deploy_command,
    inbox_command,
    seed_command,
    send_command,
    teardown_command,
)
from mailfanout.commands.sandbox import sandbox_group
from mailfanout.commands.template import template_command
from mailfanout.commands.tour import tour_command
from mailfanout.commands.verify import verify_command

COMMANDS = [
    sandbox_group,
    tour_command,
    deploy_command,
    seed_command,
    send_command,
    inbox_command,
    status_command,
    pause_command,
    resume_command,
    cancel_command,
    redrive_command,
    settle_command,
    report_command,
    unsubscribe_command,
    teardown_command,
    template_command,
    bench_command,
    lab_command,
    verify_command,
    class_command,
    handout_command,
    doctor_command,
]

__all__ = ["COMMANDS", "as_typed", "say"]
