"""CSV files as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.parts.people import Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Puts a text on disk as a CSV file, every line end as given."""

    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "recipients.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write
