"""The services' models, which botocore reads from JSON: once in a process, for all its sessions."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from botocore.loaders import JSONFileLoader

from mailfanout.errors import InputError

# botocore has these of each service that it knows.
_OF_EVERY_SERVICE = {"service-2", "endpoint-rule-set-1"}


def share_models(loader: Any) -> None:
    """Let this loader of a session know what those of others have read.

    A lesson makes a session for each check. Clients of one session share its models anyhow.
    """
    loader.file_loader = _FILES
    loader.list_available_services = partial(_services, loader, loader.list_available_services)


class _RememberedFiles(JSONFileLoader):  # type: ignore[misc]  # botocore has no types
    def __init__(self) -> None:
        self._found: dict[str, Any] = {}

    def load_file(self, file_path: str) -> Any:
        """None if there is no such file."""
        if file_path not in self._found:
            self._found[file_path] = super().load_file(file_path)
        return self._found[file_path]

    def _load_file(self, path: str, open_file: Callable[..., Any]) -> Any:
        """As botocore does, but into plain dicts, which takes half as long.

        Raises InputError for what is no JSON: users may have models of their own.
        """
        if not os.path.isfile(path):
            return None
        try:
            with open_file(path, "rb") as file:
                return json.loads(file.read())
        except (EOFError, OSError, ValueError) as error:
            raise InputError(
                f"boto3's model {path} cannot be read: {error}. Mend it, or move it away."
            ) from error


def _services(loader: Any, list_services: Any, type_name: str) -> list[str]:
    """As botocore does, which looks into the folders of 400 services before it makes a client."""
    if type_name not in _OF_EVERY_SERVICE or os.path.isdir(loader.CUSTOMER_DATA_PATH):
        return list(list_services(type_name))
    return list(_folders(loader.BUILTIN_DATA_PATH))


@cache
def _folders(path: str) -> list[str]:
    with os.scandir(path) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir())


_FILES = _RememberedFiles()
