"""What a campaign takes at any size, reckoned: time, calls, dollars, what waits and what is lost.

    forecast.reckon(forecast.Figures(recipients=1_000_000, sending_rate=14))

Nothing here calls AWS. `figures` holds what may be changed and AWS's limits, `calls` counts the
functions' API calls, `course` lets the time go by, and `outlook` puts it together.
"""

from __future__ import annotations

from mailfanout.forecast.calls import Calls, calls_on_the_way
from mailfanout.forecast.course import Moment
from mailfanout.forecast.figures import FIRST_CONSUMERS, MAX_CHUNK_SIZE, Figures
from mailfanout.forecast.outlook import Forecast, reckon, table

__all__ = [
    "FIRST_CONSUMERS",
    "MAX_CHUNK_SIZE",
    "Calls",
    "Figures",
    "Forecast",
    "Moment",
    "calls_on_the_way",
    "reckon",
    "table",
]
