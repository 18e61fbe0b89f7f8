"""IPython, where cells run."""

from __future__ import annotations

import sys
from typing import Any


def running_shell() -> Any:
    """IPython's shell if this runs in one, without importing IPython."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
