"""Options that several subcommands have."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

settings_file: Final = click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("/etc/tillside/settings.toml"),
    show_default=True,
    help="Where the register's settings are.",
)
