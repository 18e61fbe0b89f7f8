"""A learner's own books: experiment by experiment, who was due a mail, and who got none, or two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from mailfanout import campaign, faults, provision, show
from mailfanout.errors import InputError
from mailfanout.sandbox.control import Sandbox
from mailfanout.stack import Stack
from mailfanout.target import Target, wait_until

LIMIT_SECONDS = 60.0
LOOK_SECONDS = 0.1


class Books:
    """Sends mails under an experiment's title, and counts what became of them.

    In Jupyter and in a terminal it is a table with a line for each experiment so far; one that is
    repeated gets its line anew. Raises InputError if the target is not the sandbox.
    """

    def __init__(self, target: Target, stack: Stack) -> None:
        self._target, self._stack = target, stack
        self._sandbox = faults.breakable(target)
        self._tallies: dict[str, campaign.Tally] = {}
        self._opening: campaign.Opening | None = None

    @property
    def tallies(self) -> tuple[campaign.Tally, ...]:
        """Each experiment, counted, in the order in which they were begun."""
        return tuple(self._tallies.values())

    @property
    def lost(self) -> tuple[str, ...]:
        """Who got no mail in the last experiment, though nothing says so; sorted."""
        return self.tallies[-1].lost if self._tallies else ()

    def upload(self, title: str, *, mails: int = 1, data: bytes | None = None) -> None:
        """Begin an experiment: upload so many mails, all at once; or one file with these bytes."""
        numbers = range(1, mails + 1)
        subjects = tuple(f"{title} {number}" for number in numbers) if mails > 1 else (title,)
        self._opening = campaign.open_tally(self._target, self._stack, title, subjects)
        for subject in subjects:
            mail = experiment_mail(subject)
            mail = mail if data is None else replace(mail, data=data)
            campaign.upload(self._target, self._stack, mail)

    def count(self) -> Books:
        """Wait until nothing moves any more, and count; what is left of faults is switched off.

        Raises InputError if no experiment has begun, and MailfanoutError after a minute.
        """
        opening = self._begun()
        self._wait(opening)
        faults.clear(self._target)
        tally = campaign.close_tally(self._target, self._stack, opening)
        self._tallies[tally.title] = tally
        return self

    def send(self, title: str, *, data: bytes | None = None) -> Books:
        """Upload a mail, and count what became of it."""
        self.upload(title, data=data)
        return self.count()

    def track(self, email: str) -> show.Track:
        """The way of the last experiment's first mail to one of its recipients.

        Raises InputError if no experiment has begun.
        """
        opening = self._begun()
        return show.track(
            self._target,
            self._stack,
            email,
            since_ms=opening.began_ms,
            subject=opening.subjects[0],
        )

    def _begun(self) -> campaign.Opening:
        if self._opening is None:
            raise InputError('No experiment has begun. Begin with: books.send("a title")')
        return self._opening

    def _wait(self, opening: campaign.Opening) -> None:
        if provision.find_design(self._target, self._stack) == "reliable":
            said = f"the campaign of {opening.title!r} goes on"
            watch(self._target, self.is_over, said)
        else:
            self._sandbox.wait_until_quiet(timeout_seconds=LIMIT_SECONDS)

    def is_over(self) -> bool:
        """Whether every event and message is worked off, and no campaign of it goes on by itself.

        It is for the reliable design. SES's own events may still come: they change no mail. Raises
        InputError if no experiment has begun.
        """
        opening = self._begun()
        if self._sandbox.call("GET", "/status")["pending_events"]:
            return False
        if any(provision.read_depth(self._target, self._stack.queue_name) or ()):
            return False
        states = {
            one["state"]
            for one in campaign.status(self._target, self._stack)
            if one["campaign"] not in opening.campaigns_before
        }
        return states <= {*campaign.OVER, "paused"}

    def __repr__(self) -> str:
        return repr(show.books(self.tallies))

    def _repr_html_(self) -> str:
        return show.books(self.tallies)._repr_html_()


def experiment_mail(subject: str) -> campaign.MailText:
    """A mail with this subject, which is its key, too."""
    content = f"{subject}\n\nThis mail is an experiment.\n".encode()
    return campaign.check_mail(f"{subject}.txt", content)


def watch(target: Target, condition: Callable[[], bool], description: str) -> None:
    """Wait until the condition holds, looked at often. Raises MailfanoutError after a minute."""
    wait_until(
        condition,
        description=description,
        sleep=target.sleep,
        timeout_seconds=LIMIT_SECONDS,
        longest_pause_seconds=LOOK_SECONDS,
    )


@contextmanager
def reader_held(target: Target, stack: Stack) -> Iterator[Sandbox]:
    """Nobody takes messages from the queue while the block runs, which gets the sandbox.

    In the end it waits until everything is enqueued that the block has uploaded, and lets the
    reader go on. Raises InputError if the target is not the sandbox, and ResourceMissing if there
    is no event source mapping.
    """
    sandbox = faults.breakable(target)
    provision.set_polling(target, stack.read_message_name, enabled=False)
    try:
        yield sandbox
        sandbox.wait_until_quiet(timeout_seconds=LIMIT_SECONDS)
    finally:
        provision.set_polling(target, stack.read_message_name, enabled=True)
