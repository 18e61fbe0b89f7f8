"""The inbox: mails as cards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from mailfanout.campaign import body_of, printable
from mailfanout.target import Target
from mailfanout.wording import counted

SHOWN_CARDS = 20
SHOWN_CHARACTERS = 10_000

# Translucent greys read well on light and on dark pages. Sites such as GitHub remove the styles:
# what is left still reads as paragraphs.
_GREY = "rgba(128,128,128,.4)"
_CARD = (
    f"border:1px solid {_GREY};border-radius:10px;padding:10px 14px;min-width:230px;"
    "max-width:340px;flex:1;background:rgba(128,128,128,.06)"
)
_TEXT = "white-space:pre-wrap;margin:8px 0 0;font-family:inherit;background:none"


@dataclass(frozen=True, order=True)
class MailCard:
    """One mail as its recipient sees it. Cards sort by recipient, then by subject and body."""

    to: str
    subject: str
    body: str
    sender: str

    def __repr__(self) -> str:
        body = "\n".join(f"    {line}" for line in self.body.splitlines())
        return printable(f"To {self.to} from {self.sender}: {self.subject}\n{body}")

    def _repr_html_(self) -> str:
        return (
            f'<div style="{_CARD}"><div><b>{escape(self.subject)}</b></div>'
            f"<div><small>to {escape(self.to)}<br>from {escape(self.sender)}</small></div>"
            f'<pre style="{_TEXT}">{escape(self.body)}</pre></div>'
        )


@dataclass(frozen=True)
class Inbox:
    """Mails, sorted; shown as cards in Jupyter and as text elsewhere, the first 20 of them.

    `len(inbox)` is how many there are, and a loop over it gives each MailCard. A `note` is shown
    in the place of their number.
    """

    cards: tuple[MailCard, ...]
    note: str = ""

    def __len__(self) -> int:
        return len(self.cards)

    def __iter__(self) -> Iterator[MailCard]:
        return iter(self.cards)

    def __repr__(self) -> str:
        return "\n".join([self._summary(), *map(repr, self.cards[:SHOWN_CARDS])])

    def _repr_html_(self) -> str:
        cards = "".join(card._repr_html_() for card in self.cards[:SHOWN_CARDS])
        row = "display:flex;flex-wrap:wrap;gap:10px"
        return f'<p>{self._summary()}</p><div style="{row}">{cards}</div>'

    def _summary(self) -> str:
        if self.note:
            return self.note
        number = len(self.cards)
        more = f", the first {SHOWN_CARDS} of them:" if number > SHOWN_CARDS else ""
        return f"{counted(number, 'mail')}{more}"


def inbox(target: Target, *, after: int = 0) -> Inbox:
    """The mails that the sandbox's SES accepted, as cards; other targets show a line instead.

    Sorted by recipient. A lesson begins with an empty inbox; `after` leaves out that many of the
    first mails. For what is new: `before = len(show.inbox(target))`, then send, then
    `show.inbox(target, after=before)`.
    """
    if target.sandbox is None:
        return Inbox((), "Only the sandbox shows mails; show.outcomes says which were sent.")
    cards = (
        MailCard(to, mail["subject"], body_of(mail), mail["source"])
        for mail in target.sandbox.mails(after=after, longest=SHOWN_CHARACTERS)
        for recipients in mail["destinations"].values()
        for to in recipients
    )
    return Inbox(tuple(sorted(cards)))
