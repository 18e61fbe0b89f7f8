"""The reliable design's ledger, as a person sees and steers the campaigns in it."""

from __future__ import annotations

from mailfanout.ledger import control
from mailfanout.ledger.records import Control, Decision, Row, Settled, Status

# The states in which nothing of a campaign is left to be sent.
OVER = ("done", "cancelled", "failed")

__all__ = ["OVER", "Control", "Decision", "Row", "Settled", "Status", "control"]
