"""How a run of pytest is ordered, and what it need not do twice."""
