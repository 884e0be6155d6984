"""What several commands have: options, and groups that other folders add to."""

from __future__ import annotations

import math
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

import click

settings_file: Final = click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("/etc/tillside/settings.toml"),
    show_default=True,
    help="Where the register's settings are.",
)


class Measure(click.FloatRange):
    """A range that NaN, which is neither less nor more than anything, does not slip through, nor infinity, which is no end."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        measure = float(super().convert(value, param, ctx))
        if not math.isfinite(measure):
            self.fail(f"{value!r} is no number", param, ctx)
        return measure


class Plugged(click.Group):
    """A group whose subcommands are its own and those that entry points of the group `plugged` name.

    A subcommand is loaded only when it is asked for: `tillside run` never pays for the import of training. A folder may so add a
    command to another's group without either importing the other.
    """

    def __init__(self, *args: Any, plugged: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self._plugged = plugged

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *(entry.name for entry in entry_points(group=self._plugged))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for entry in entry_points(group=self._plugged, name=cmd_name):
            try:
                command = entry.load()
            except ModuleNotFoundError as error:
                raise click.ClickException(_missing(f"{ctx.command_path} {cmd_name}", error)) from error
            assert isinstance(command, click.Command)
            return command
        return super().get_command(ctx, cmd_name)


_EXTRAS = {"PySide6": "kiosk"} | dict.fromkeys(("lightgbm", "onnx", "pyarrow", "scipy"), "headquarters")


def _missing(command: str, error: ModuleNotFoundError) -> str:
    module = (error.name or "?").split(".")[0]
    if module not in _EXTRAS:
        raise error
    return f"`{command}` needs {module}, which is not installed: pip install 'tillside[{_EXTRAS[module]}]'"
