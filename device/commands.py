"""The one command, `tillside`. Subcommands are found by entry point, so no package is imported for another's sake."""

from __future__ import annotations

import importlib.metadata
import sys

import click

from device.errors import TillsideError

_GROUP = "tillside.commands"


class _Commands(click.Group):
    """Loads a subcommand only when it is asked for: `tillside run` never pays for the import of training."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(entry.name for entry in importlib.metadata.entry_points(group=_GROUP))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        for entry in importlib.metadata.entry_points(group=_GROUP, name=cmd_name):
            try:
                command = entry.load()
            except ModuleNotFoundError as error:
                raise click.ClickException(_missing(cmd_name, error)) from error
            assert isinstance(command, click.Command)
            return command
        return None


_EXTRAS = {"PySide6": "kiosk", "onnx": "headquarters", "pyarrow": "headquarters", "scipy": "headquarters"}


def _missing(command: str, error: ModuleNotFoundError) -> str:
    module = (error.name or "?").split(".")[0]
    if module not in _EXTRAS:
        raise error
    return f"`tillside {command}` needs {module}, which is not installed: pip install 'tillside[{_EXTRAS[module]}]'"


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tillside")
def tillside() -> None:
    """Suggestions at the till that work with the network cable pulled out."""


def main() -> None:
    """Entry point: an error of ours is one sentence on standard error and status 1; a bug is a traceback."""
    try:
        tillside()
    except TillsideError as error:
        print(f"tillside: {error}", file=sys.stderr)
        sys.exit(1)
