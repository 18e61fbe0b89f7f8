"""A machine that runs the functions in every order, and breaks them at every call of AWS.

Each rule is one thing that may happen. When a schedule is over, everything comes to rest, and
the books must be right. A schedule that fails tells its story.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from support.reliable.books import (
    Facts,
    campaigns,
    check_always,
    check_quiet,
    check_quota,
    check_told,
    is_settled,
)
from support.reliable.invocations import FAULTS, Died, Invocation
from support.reliable.meanwhile import MEANWHILE, happen
from support.reliable.memory_aws import CHUNKS, FEEDBACK
from support.reliable.pipeline import TIMEOUT_SECONDS, Pipeline

POLICIES = ("settle", "at_least_once", "at_most_once")
FATES = ("plain", "bounce", "complaint", "reject", "bad", "unverified")
COMMANDS = ("pause", "resume", "cancel", "settle as sent", "settle as pending", "redrive")
CHUNK_SIZE = 2
# Long enough for leases, visibility timeouts, late events and settling, with a sweep after each.
WAITS_SECONDS = (100, 400, 400, 100, 1000, 100, 100, 100, 400, 100, 1000, 100, 100, 100)
# Feedback may be down for longer than it takes to settle.
OUTAGE_SECONDS = (100, 1000, 100, 100)

INDEX = st.integers(0, 3)
CHOICE = st.integers(0, 59)
CALLS = st.integers(1, 8)
STOPS = st.booleans()
FAULT = st.sampled_from(("", *FAULTS))


class Schedules(RuleBasedStateMachine):
    """The reliable design."""

    design = "reliable"

    def __init__(self) -> None:
        super().__init__()
        self.facts = Facts()
        self.is_broken = False

    @initialize(
        policy=st.sampled_from(POLICIES),
        fates=st.lists(st.sampled_from(FATES), max_size=2),
        plain=st.integers(1, 5),
        chunks_at_once=st.integers(1, 3),
        page_bytes=st.sampled_from([1, 300, 1_000_000]),
        feedback_delay=st.sampled_from([0, 30]),
        feedback_rests=st.booleans(),
    )
    def deploy(
        self,
        policy: str,
        fates: list[str],
        plain: int,
        chunks_at_once: int,
        page_bytes: int,
        feedback_delay: int,
        feedback_rests: bool,
    ) -> None:
        self.pipeline = Pipeline(self.design, UNKNOWN_POLICY=policy)
        self.aws = self.pipeline.aws
        self.aws.ses.rate = CHUNK_SIZE
        self.aws.dynamodb.page_bytes = page_bytes
        self.aws.ses.event_delay_seconds = 0
        self.aws.sqs.queues[FEEDBACK].delay_seconds = feedback_delay
        self.feedback_rests = feedback_rests
        # So the planner is soon through with a transaction, and soon out of time.
        planner = vars(self.pipeline.functions["sendQueue"])
        planner |= {"MAX_CHUNKS": chunks_at_once, "RESERVE_SECONDS": 850}
        for number, fate in enumerate(fates + plain * ["plain"]):
            email = f"{fate}-{number}@example.com"
            self.pipeline.put_recipient(email)
            if fate == "plain":
                self.facts.stayed.add(email)
        self.pipeline.upload()
        self.aws.note(f"Deployed with policy {policy}, and a mail is uploaded")

    @rule(choice=CHOICE, calls=CALLS, fault=FAULT, stops=STOPS)
    def run(self, choice: int, calls: int, fault: str, stops: bool) -> None:
        """One of the invocations, or a new one, makes some calls; the last may meet a fault."""
        if invocation := self._begin_or_go_on(choice):
            self._step(invocation, calls, fault, stops=stops)

    @precondition(lambda self: not self.aws.story[-1].endswith("s pass"))
    @rule(seconds=st.sampled_from([1, 31, 61, 100, 400, 1000]), choice=CHOICE)
    def time_passes(self, seconds: int, choice: int) -> None:
        self.pipeline.pass_time(seconds)
        self.run(choice, 1, "", stops=False)

    @rule(what=st.sampled_from(MEANWHILE), index=INDEX, choice=CHOICE)
    def meanwhile(self, what: str, index: int, choice: int) -> None:
        """Something else happens."""
        self.aws.note(what.capitalize())
        happen(what, index, self.pipeline, self.facts)
        self.run(choice, 1, "", stops=False)

    @precondition(lambda self: bool(campaigns(self.aws)))
    @rule(name=st.sampled_from(COMMANDS), index=INDEX, calls=CALLS, fault=FAULT, stops=STOPS)
    def person_commands(self, name: str, index: int, calls: int, fault: str, stops: bool) -> None:
        ids = sorted(campaigns(self.aws))
        campaign = ids[index % len(ids)]
        command = self.pipeline.run_command(name, partial(self._command, name, campaign))
        self._step(command, calls, fault, stops=stops)

    @invariant()
    def books_are_right(self) -> None:
        try:
            check_always(self.pipeline)
        except BaseException:
            self.is_broken = True
            raise

    def teardown(self) -> None:
        try:
            if not self.is_broken:
                self.come_to_rest()
                self.check()
        finally:
            self.pipeline.kill_all()
            note("\n".join(self.aws.story))

    def check(self) -> None:
        """What must be true at rest."""
        check_quiet(self.pipeline, self.facts)

    def come_to_rest(self) -> None:
        """No more faults; whatever is paused is resumed, and dead letters are redriven."""
        self.aws.note("Everything comes to rest")
        self.aws.ses.trouble, self.aws.ses.room = "", 1000
        self.aws.sqs.refused_entries, self.aws.dynamodb.batch_get_keys = 0, 100
        for invocation in list(self.pipeline.running):
            self._step(invocation, stops=False)
        if any(item["reason"]["S"] == "daily quota" for item in campaigns(self.aws).values()):
            self.pipeline.work_off(1)
            check_quota(self.aws)
        if self.design == "reliable":
            self.pipeline.pass_time(TIMEOUT_SECONDS["sweepCampaigns"] + 1)
            self.pipeline.finish(self.pipeline.sweep())
            check_told(self.aws)
        if self.feedback_rests:
            self.pipeline.work_off(*OUTAGE_SECONDS, feedback=False)
        for seconds in WAITS_SECONDS:
            for campaign, item in campaigns(self.aws).items():
                if item["gate"]["S"] == "paused":
                    self.pipeline.let("resume", campaign)
            self.pipeline.redrive()
            self.pipeline.work_off(seconds)
            if self.pipeline.is_idle() and is_settled(self.aws):
                break

    def _begin_or_go_on(self, choice: int) -> Invocation | None:
        pipeline, queues, now = self.pipeline, self.aws.sqs.queues, self.aws.now
        chunks, feedback = queues[CHUNKS].visible(now), queues[FEEDBACK].visible(now)
        options: list[Callable[[], Invocation]] = []
        options += [pipeline.sweep] if self.design == "reliable" else []
        options += [partial(pipeline.receive, FEEDBACK, n, 1) for n in range(len(feedback))][:4]
        options += [partial(pipeline.receive, FEEDBACK, 0, 10)] if feedback else []
        options += [partial(pipeline.start_event, n) for n in range(len(pipeline.events))] * 2
        options += [partial(pipeline.receive, CHUNKS, n) for n in range(len(chunks))] * 2
        options += [partial(_itself, invocation) for invocation in pipeline.running] * 2
        return options[choice % len(options)]() if options else None

    def _command(self, name: str, campaign: str) -> None:
        commands, pipeline = self.pipeline.commands, self.pipeline
        if name == "redrive":
            pipeline.redrives.redrive_letters(pipeline.letters)
        elif name.startswith("settle"):
            commands.settle(pipeline.control, campaign, name.removeprefix("settle as "))
        else:
            getattr(commands, name)(pipeline.control, campaign)

    def _step(
        self, invocation: Invocation, calls: int = 1, fault: str = "", *, stops: bool
    ) -> None:
        try:
            self.pipeline.step(invocation, calls, fault, stops=stops)
        except BaseException:
            self.is_broken = True
            raise
        is_dead = isinstance(invocation.error, Died)
        if invocation.name.startswith("readMessage") and (fault or is_dead):
            self.facts.reader_failed = True


def _itself(invocation: Invocation) -> Invocation:
    return invocation
