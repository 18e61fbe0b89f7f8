"""What runs in an environment: the sandbox's own runtime, or another client of the Runtime API."""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from mailfanout.sandbox.runtime.child import KEY_VARIABLE
from mailfanout.sandbox.runtime.processes import PYTHON

# The distributions that contain child.PACKAGES.
DISTRIBUTIONS = (
    *("boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"),
)


@dataclass(frozen=True)
class Runtime:
    """A command, to which the handler is added.

    `from_template` says that a copy of the template may stand in for it, on Linux. `has_key` says
    that it proves itself to the Runtime API. AWS's own client cannot: it takes no path after
    the API's port.
    """

    words: tuple[str, ...]
    from_template: bool = False
    has_key: bool = False

    def new_key(self) -> str | None:
        """What an environment is to prove itself with, if it can."""
        return secrets.token_hex(16) if self.has_key else None

    def variables(self, key: str | None) -> dict[str, str]:
        return {KEY_VARIABLE: key} if key else {}


@cache
def package_directories() -> tuple[str, ...]:
    """Where the packages lie that every function may import."""
    places = (str(distribution(name).locate_file("")) for name in DISTRIBUTIONS)
    return tuple(dict.fromkeys(places))


@cache
def places_on_aws(name: str) -> dict[str, str]:
    """Where the runtime's packages and Python's own library lie in a runtime such as python3.13.

    By where they lie here, the packages first: they may lie within the library.
    """
    library = f"/var/lang/lib/{name}"
    packages = dict.fromkeys(package_directories(), f"{library}/site-packages")
    return {**packages, str(Path(os.__file__).parent): library}


def own_runtime(*, from_template: bool = True) -> Runtime:
    """The sandbox's own: child.py by a Python that finds nothing that is installed."""
    child = str(Path(__file__).with_name("child.py"))
    words = (*PYTHON, child, *package_directories())
    return Runtime(words, from_template=from_template and sys.platform == "linux", has_key=True)


def runtime_version_arn(name: str, region: str) -> str:
    """The ARN of the one version that the sandbox has of a runtime such as python3.13."""
    version = hashlib.sha256(name.encode()).hexdigest()
    return f"arn:aws:lambda:{region}::runtime:{version}"
