"""The process that runs one notebook, and its kernel.

It loads what pytest, nbval and Jupyter's client need, and nothing of `verify`, which starts it for
each notebook.
"""

from __future__ import annotations

from mailfanout.cells.kernels import Kernel, started

__all__ = ["Kernel", "started"]
