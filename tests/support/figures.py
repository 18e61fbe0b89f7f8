"""Figures side by side: what the benchmarks measure, and how they print it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mailfanout import provision
from mailfanout.stack import Stack
from mailfanout.target import Target
from support.parts.function_sources import ECHO
from support.waiting import wait_for_function


def median_ms(
    action: Callable[[], Any], *, times: int, between: Callable[[], Any] = lambda: None
) -> float:
    """The median of that many runs, after a tenth as many that do not count."""
    seconds = []
    for run in range(-times // 10, times):
        began = time.perf_counter()
        action()
        if run >= 0:
            seconds.append(time.perf_counter() - began)
        between()
    return statistics.median(seconds) * 1000


def deploy_echo(target: Target, stack: Stack, path: Path) -> None:
    path.write_text(ECHO, encoding="utf-8")
    client = target.client("lambda")
    client.create_function(
        FunctionName="echo",
        Role=stack.role_arn,
        Runtime="python3.13",
        Handler="lambda_function.lambda_handler",
        Code={"ZipFile": provision.zip_handler(path)},
    )
    wait_for_function(client, "echo")


def show_figures(title: str, figures: dict[str, str]) -> None:
    print(f"\n{title}")
    for name, figure in figures.items():
        print(f"  {name:34}{figure}")
