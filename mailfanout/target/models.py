"""The services' models, which botocore reads from JSON: once in a process, for all its sessions."""

from __future__ import annotations

from typing import Any

from botocore.loaders import JSONFileLoader


def share_models(loader: Any) -> None:
    """Let this loader of a session know what those of others have read.

    A lesson makes a session for each check. Clients of one session share its models anyhow.
    """
    loader.file_loader = _FILES


class _RememberedFiles(JSONFileLoader):  # type: ignore[misc]  # botocore has no types
    def __init__(self) -> None:
        self._found: dict[str, Any] = {}

    def load_file(self, file_path: str) -> Any:
        """None if there is no such file."""
        if file_path not in self._found:
            self._found[file_path] = super().load_file(file_path)
        return self._found[file_path]


_FILES = _RememberedFiles()
