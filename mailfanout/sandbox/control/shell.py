"""What a shell needs so that all its programs work against the sandbox, and the way back.

Changes are values by the variable's name; None removes it.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Mapping

from mailfanout.sandbox.control.client import Sandbox
from mailfanout.sandbox.control.process import home
from mailfanout.sandbox.control.variables import set_variables

Changes = dict[str, str | None]

_SAVED = "MAILFANOUT_SAVED_"
_PROXY_EXEMPTIONS = ("NO_PROXY", "no_proxy")

# How answers are shown is the user's taste, and leads nowhere.
_TASTE = ("AWS_CLI_", "AWS_DEFAULT_OUTPUT", "AWS_PAGER")

_AWS_CONFIG = """\
[default]
[plugins]
mailfanout = mailfanout.awscli_plugin
"""


def enter_shell(sandbox: Sandbox, environment: Mapping[str, str]) -> Changes:
    """What makes a shell with these variables one of the sandbox.

    Every variable of AWS that could lead elsewhere is removed (a profile, a session token, an
    endpoint of one service), and the user's AWS configuration is out of sight. The AWS CLI that
    came with this Python is found first. What was there is kept, for `leave_shell`. May be
    repeated. Writes the AWS CLI's configuration beside the sandbox's state.
    """
    config_file = home().absolute() / "aws-config"
    config_file.write_text(_AWS_CONFIG, encoding="utf-8")
    before = _changed(environment, leave_shell(environment))
    wanted = {
        **sandbox.environment(before),
        "AWS_CONFIG_FILE": str(config_file),
        "AWS_SHARED_CREDENTIALS_FILE": str(config_file.with_name("aws-credentials")),
        "PATH": os.pathsep.join([sysconfig.get_path("scripts"), before.get("PATH", os.defpath)]),
    }
    saved = {f"{_SAVED}{name}": value for name, value in before.items() if _is_managed(name)}
    removed = dict.fromkeys(filter(_is_managed, environment))
    return {**removed, **wanted, **saved}


def enter(sandbox: Sandbox) -> None:
    """Have this process, and the programs that it starts, be as in a shell of the sandbox."""
    set_variables(enter_shell(sandbox, os.environ))


def leave_shell(environment: Mapping[str, str]) -> Changes:
    """What gives a shell back the variables that it had before `enter_shell`; {} in any other."""
    saved = {
        name.removeprefix(_SAVED): value
        for name, value in environment.items()
        if name.startswith(_SAVED)
    }
    if not saved:
        return {}
    removed = (name for name in environment if name.startswith(_SAVED) or _is_managed(name))
    return {**dict.fromkeys(removed), **saved}


def _is_managed(name: str) -> bool:
    is_of_aws = name.startswith("AWS_") and not name.startswith(_TASTE)
    return is_of_aws or name == "PATH" or name in _PROXY_EXEMPTIONS


def _changed(environment: Mapping[str, str], changes: Changes) -> dict[str, str]:
    merged = {**environment, **changes}
    return {name: value for name, value in merged.items() if value is not None}
