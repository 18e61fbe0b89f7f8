"""What a process that runs thousands of tests need not do again and again."""

from __future__ import annotations

import gc
from typing import Any

import botocore.session
from botocore.loaders import JSONFileLoader

# How many new objects the garbage collector lets pass between two looks, as in the sandbox.
NEW_OBJECTS = 50_000


def leave_garbage_longer() -> None:
    """Never look at the collected tests and what they import: that stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 10)


def read_models_once() -> None:
    """Let botocore's sessions, each with a loader of its own, share what they read from files."""
    files = _RememberedFiles()
    create_loader = botocore.session.create_loader

    def create_sharing_loader(search_path: str | None = None) -> Any:
        loader = create_loader(search_path)
        loader.file_loader = files
        return loader

    botocore.session.create_loader = create_sharing_loader


class _RememberedFiles(JSONFileLoader):  # type: ignore[misc]  # botocore has no types
    def __init__(self) -> None:
        self._found: dict[str, Any] = {}

    def load_file(self, file_path: str) -> Any:
        """None if there is no such file."""
        if file_path not in self._found:
            self._found[file_path] = super().load_file(file_path)
        return self._found[file_path]
