"""Every change to moto: what is replaced, by what, why, and in which file of moto."""

from __future__ import annotations

from mailfanout.sandbox.seams.installation import install, replacements

__all__ = ["install", "replacements"]
