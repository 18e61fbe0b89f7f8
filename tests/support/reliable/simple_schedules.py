"""The same machine, pointed at the simple design."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

from support.reliable.meanwhile import SIMPLE_MEANWHILE, happen
from support.reliable.schedules import CHOICE, INDEX, Schedules


class Lost(AssertionError):
    """Somebody who was there all the time got no mail of an upload."""


class Doubled(AssertionError):
    """Somebody got two mails of an upload."""


class SimpleSchedules(Schedules):
    """Any number of uploads, duplicates and faults; at rest, everybody has each mail once."""

    design = "simple"
    looks_for: ClassVar[type[AssertionError]] = Lost

    @rule(what=st.sampled_from(SIMPLE_MEANWHILE), index=INDEX, choice=CHOICE)
    def meanwhile(self, what: str, index: int, choice: int) -> None:
        self.aws.note(what.capitalize())
        happen(what, index, self.pipeline, self.facts)
        self.run(choice, 1, "", stops=False)

    def check(self) -> None:
        mails = Counter((mail.email, mail.text.split(" for ")[0]) for mail in self.aws.ses.sent)
        for email in self.facts.stayed:
            for number in range(1, self.pipeline.uploads + 1):
                got = mails[email, f"Mail {number}"]
                if got != 1 and self.looks_for is (Lost if got == 0 else Doubled):
                    raise self.looks_for(f"{email} got mail {number} {got} times")


class DoublingSchedules(SimpleSchedules):
    looks_for = Doubled
