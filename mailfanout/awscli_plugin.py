"""Keeps the AWS CLI at AWS_ENDPOINT_URL, by its configuration in the sandbox's shells.

Version 1 of the AWS CLI replaces that endpoint for some services, SQS among them, unless the
command line names one (awscli/customizations/overridesslcommonname.py).
"""

from __future__ import annotations

import os
from typing import Any


def awscli_initialize(cli: Any) -> None:
    """What the AWS CLI calls when it loads a plugin."""
    cli.register_first("before-building-argument-table-parser", _keep_endpoint)


def _keep_endpoint(parsed_globals: Any, **_: Any) -> None:
    if parsed_globals.endpoint_url is None:
        parsed_globals.endpoint_url = os.environ.get("AWS_ENDPOINT_URL")
