"""A function's code as AWS Lambda takes it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping


def zip_of(source: str, beside: Mapping[str, str] | None = None) -> bytes:
    """A zip of `lambda_function.py` and of what lies beside it; the same bytes for the same files.

    `beside` has the other files' contents by their names.
    """
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        for name, content in {**(beside or {}), "lambda_function.py": source}.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return zipped.getvalue()
