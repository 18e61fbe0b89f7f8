"""How long the reliable design waits: on AWS, and in the sandbox, where a lesson watches.

The code is the same for both. Timeouts and leases are real seconds in the sandbox, too.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Durations:
    """All in seconds. A lease outlives the function that holds it by `lease_margin`.

    A recipient who is `unknown` settles `settle` after that, if SES's events had their time: at
    least the feedback's delay, its window and twice its visibility timeout. Two looks at the
    feedback's queues are at least `look` apart, because a queue's counts lag behind.
    """

    reader_timeout: int
    lease_margin: int
    ses_timeout: int
    sweep_timeout: int
    feedback_delay: int
    feedback_window: int
    feedback_timeout: int
    settle: int
    look: int


ON_AWS = Durations(
    reader_timeout=60,
    lease_margin=30,
    ses_timeout=20,
    sweep_timeout=300,
    feedback_delay=30,
    feedback_window=30,
    feedback_timeout=60,
    settle=900,
    look=75,
)
IN_SANDBOX = Durations(
    reader_timeout=6,
    lease_margin=1,
    ses_timeout=2,
    sweep_timeout=60,
    feedback_delay=0,
    feedback_window=1,
    feedback_timeout=10,
    settle=3,
    look=1,
)
