"""What a policy decides of one call."""

from __future__ import annotations

import json
from typing import Any

from mailfanout.sandbox.access.statements import Asked, decide, statements_of


def verdict(*statements: Any, context: Any, version: str = "2012-10-17") -> Any:
    document = json.dumps({"Version": version, "Statement": list(statements)})
    asked = Asked("s3:GetObject", "arn:aws:s3:::b/yamada/a", context=context)
    return decide(statements_of(document), asked)
