"""The one list of commands. The module of each is imported when it is typed, and not before."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from itertools import pairwise

import click


@dataclass(frozen=True)
class Listed:
    """A command: where it is, as `module.name` in this folder; what it does; how it is typed."""

    place: str
    summary: str
    example: str


COMMANDS = {
    "tour": Listed(
        "tour.tour_command",
        "The whole pipeline, once, with one mail to three people.",
        "mailfanout tour --recipients people.csv --mail mail.txt",
    ),
    "plan": Listed(
        "plan.plan_command",
        "Say what a deploy would make, as whom and where, and what it costs.",
        "mailfanout plan --target aws --design reliable",
    ),
    "deploy": Listed(
        "pipeline.deploy_command",
        "Create every resource and function, or mend what differs.",
        "mailfanout deploy --design reliable",
    ),
    "seed": Listed(
        "pipeline.seed_command",
        "Put recipients into the table.",
        "mailfanout seed people.csv",
    ),
    "send": Listed(
        "pipeline.send_command",
        "Upload a mail, and watch it go out.",
        "mailfanout send mail.txt --dry-run",
    ),
    "inbox": Listed(
        "pipeline.inbox_command",
        "Show the mails that the sandbox accepted.",
        "mailfanout inbox --to yamada@example.com",
    ),
    "status": Listed(
        "campaigns.status_command",
        "Show how campaigns stand.",
        "mailfanout status --json",
    ),
    "log": Listed(
        "logs.log_command",
        "Show what the functions wrote.",
        "mailfanout log sendQueue --last 100",
    ),
    "pause": Listed(
        "campaigns.pause_command",
        "Let nobody begin with more of a campaign.",
        "mailfanout pause CAMPAIGN",
    ),
    "resume": Listed(
        "campaigns.resume_command",
        "Go on with a campaign.",
        "mailfanout resume CAMPAIGN",
    ),
    "cancel": Listed(
        "campaigns.cancel_command",
        "Send to nobody more of a campaign, for good.",
        "mailfanout cancel CAMPAIGN",
    ),
    "redrive": Listed(
        "campaigns.redrive_command",
        "Put dead letters back to where they belong.",
        "mailfanout redrive",
    ),
    "settle": Listed(
        "campaigns.settle_command",
        "Decide whether recipients of whom nobody knows have their mail.",
        "mailfanout settle CAMPAIGN --as pending",
    ),
    "report": Listed(
        "campaigns.report_command",
        "Write what became of each recipient of a campaign to a CSV file.",
        "mailfanout report CAMPAIGN --csv report.csv",
    ),
    "unsubscribe": Listed(
        "campaigns.unsubscribe_command",
        "Send no mail to an address any more.",
        "mailfanout unsubscribe yamada@example.com",
    ),
    "teardown": Listed(
        "teardown.teardown_command",
        "Remove every resource, and make sure that nothing is left.",
        "mailfanout teardown",
    ),
    "template": Listed(
        "template.template_command",
        "Write the pipeline as a SAM template, with its code.",
        "mailfanout template --design reliable --output stack",
    ),
    "bench": Listed(
        "bench.bench_command",
        "Measure both designs side by side.",
        "mailfanout bench --recipients 100 --recipients 1000",
    ),
    "lab": Listed(
        "lab.lab_command",
        "Open JupyterLab on your own copy of the notebooks.",
        "mailfanout lab my-course --private-sandbox",
    ),
    "verify": Listed(
        "verify.verify_command",
        "Run the notebooks as tests, of your own handlers, too.",
        "mailfanout verify 04 05 06 --handlers src --report report",
    ),
    "class": Listed(
        "classroom.class_command",
        "Show how far learners are.",
        "mailfanout class anna/mailfanout-lab ben/mailfanout-lab",
    ),
    "handout": Listed(
        "classroom.handout_command",
        "Write the course on a few pages to print.",
        "mailfanout handout --instructor --output notes.html",
    ),
    "doctor": Listed(
        "doctor.doctor_command",
        "Is this machine ready, and this AWS account?",
        "mailfanout doctor --target aws",
    ),
    "sandbox": Listed(
        "sandbox.sandbox_group",
        "The embedded AWS on this machine.",
        "mailfanout sandbox status",
    ),
    "completion": Listed(
        "completion.completion_command",
        "Have a shell complete what you type.",
        'eval "$(mailfanout completion bash)"',
    ),
}


# What is typed by who knows other tools, and what it is here.
OTHER_WORDS = {
    "help": "--help",
    "version": "--version",
    "start": "sandbox start",
    "stop": "sandbox stop",
    "destroy": "teardown",
    "delete": "teardown",
    "logs": "log",
    "test": "verify",
    "notebook": "lab",
}


def find_command(name: str) -> click.Command:
    """The command of that name in the list."""
    module, attribute = COMMANDS[name].place.split(".")
    command: click.Command = getattr(import_module(f"mailfanout.commands.{module}"), attribute)
    return command


def takes_place(name: str) -> bool:
    """Whether a command is told where to work, with `--target` and `--prefix`."""
    return any("--target" in one.opts for one in find_command(name).params)


class CommandGroup(click.Group):
    """A group that names the command which was perhaps meant, or else all of its commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Raises NoSuchOption, which says where options stand, unless another one was meant."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.possibilities:
                raise
            mend = "Options come after the command: mailfanout plan --target aws"
            raise click.UsageError(f"{error.message} {mend}", ctx) from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Raises UsageError if there is no such command, or if it has an option twice."""
        try:
            name, command, rest = super().resolve_command(ctx, args)
        except click.UsageError as error:
            meant = self.meant(ctx, args[0])
            choices = ", ".join(self.list_commands(ctx))
            mend = f"Did you mean {meant}?" if meant else f"Choose one of: {choices}."
            raise click.UsageError(f"{error.message} {mend}", ctx) from error
        if command and not ctx.resilient_parsing:
            _refuse_doubled_options(click.Context(command, ctx, name), rest)
        return name, command, rest

    def meant(self, ctx: click.Context, word: str) -> str:
        """The command that was perhaps meant by a word which is none; empty if no command is."""
        return next(iter(get_close_matches(word, self.list_commands(ctx), n=1)), "")


def _refuse_doubled_options(context: click.Context, args: list[str]) -> None:
    """Raises UsageError if an option has two values: click would take the last, without a word."""
    try:
        _, _, params = context.command.make_parser(context).parse_args(list(args))
    except click.UsageError:
        return  # which click says when the command itself parses
    for param, times in Counter(params).items():
        is_once = isinstance(param, click.Option) and not (param.is_flag or param.multiple)
        if is_once and times > 1:
            option = max(param.opts, key=len)
            raise click.UsageError(
                f"{option} is given {times} times: leave all but one out.", context
            )


class CommandList(CommandGroup):
    """The commands of the list, in its order."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Raises UsageError for an empty word, which is no name, no address and no path."""
        for before, word in pairwise(["mailfanout", *args]):
            is_empty = not word or re.fullmatch("--[a-z-]+=", word)
            if is_empty and not ctx.resilient_parsing:  # as a shell has it that completes
                place = word or f"the word after {before}"
                raise click.UsageError(f"{place} is empty. Is a variable of your shell not set?")
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def meant(self, ctx: click.Context, word: str) -> str:
        return OTHER_WORDS.get(word) or super().meant(ctx, word)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = find_command(cmd_name)
        command.epilog = example(COMMANDS[cmd_name].example)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, listed.summary) for name, listed in COMMANDS.items()])


def example(line: str) -> str:
    """How a command's help ends: with a line that can be typed."""
    return f"\b\nExample:\n  {line}"
