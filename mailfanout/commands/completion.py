"""`mailfanout completion`: a shell completes commands, options and their values."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print what has SHELL complete commands, options and their values, with the Tab key.

    For good, add the line to the file that your shell reads when it starts.

    \b
    bash  eval "$(mailfanout completion bash)"           ~/.bashrc
    zsh   eval "$(mailfanout completion zsh)"            ~/.zshrc
    fish  mailfanout completion fish | source            ~/.config/fish/config.fish
    """
    completion = get_completion_class(shell)
    assert completion
    root = click.get_current_context().find_root().command
    click.echo(completion(root, {}, "mailfanout", "_MAILFANOUT_COMPLETE").source())
