"""What a notebook shows: the pipeline's picture, mails, recipients, logs, policies, handlers.

Each function returns an object, and the notebook displays it: as text in a terminal, as a picture,
cards or a table in Jupyter, made of the same data. Both are sorted and counted, unless a function
says otherwise: two runs that did the same show the same.
"""

from __future__ import annotations

from mailfanout.show.books import BookTable, books, side_by_side
from mailfanout.show.cards import Inbox, MailCard, inbox
from mailfanout.show.charts import Bars, bar_chart, bars
from mailfanout.show.console import Links, console
from mailfanout.show.documents import Code, Text, excerpt, handler, log, policy
from mailfanout.show.grids import html_grid, text_grid
from mailfanout.show.ledger import Campaign, Ledger, ledger
from mailfanout.show.line_charts import Chart, chart
from mailfanout.show.patience import depth
from mailfanout.show.pictures import Pipeline, pipeline
from mailfanout.show.progress_bar import bar
from mailfanout.show.refusals import Refusal, refusal
from mailfanout.show.shell import running_shell
from mailfanout.show.stages import Stage, read_stages
from mailfanout.show.tables import calls, grid, outcomes, table
from mailfanout.show.timeline import Consumers, consumers
from mailfanout.show.track import Step, Track, track

__all__ = [
    "Bars",
    "BookTable",
    "Chart",
    "Campaign",
    "Code",
    "Consumers",
    "Inbox",
    "Ledger",
    "Links",
    "MailCard",
    "Pipeline",
    "Refusal",
    "Stage",
    "Step",
    "Text",
    "Track",
    "bar",
    "bar_chart",
    "bars",
    "books",
    "calls",
    "chart",
    "console",
    "consumers",
    "depth",
    "excerpt",
    "grid",
    "handler",
    "html_grid",
    "inbox",
    "ledger",
    "log",
    "outcomes",
    "pipeline",
    "policy",
    "read_stages",
    "refusal",
    "running_shell",
    "side_by_side",
    "table",
    "text_grid",
    "track",
]
