"""`tillside evaluate` and `tillside promote`. Thin: options in, one call, a table out.

Everything that could fail at the end is tried at the beginning: a run of many minutes must not end without a place for its
figures.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

import click

from device.errors import TrainingError
from device.shopper import pseudonym
from model_export.commands import progress_bar, read_history

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(epilog="Example: tillside evaluate --receipts ./receipts --peers all --json figures.json --plots plots")
@click.option("--receipts", "folder", type=_FOLDER, required=True, help="Folder with receipt_lines.parquet.")
@click.option("--peers", "asked", default="all", show_default=True, help="Names with commas, `all` or `none`.")
@click.option("--json", "json_file", type=_FILE, help="Write every figure to this file.")
@click.option("--plots", "plots_folder", type=_FOLDER, help="Draw the figures as PNG files into this folder.")
@click.option("--quick", is_flag=True, help="Leave out the learning curve and the cold start.")
@click.option("--seed", type=int, default=1, show_default=True)
def evaluate(folder: Path, asked: str, json_file: Path | None, plots_folder: Path | None, quick: bool, seed: int) -> None:
    """Train on the first nine tenths of the receipts and measure on the last, beside other methods."""
    import msgspec

    from model_export.evaluate import protocol, table
    from model_export.evaluate.peers import chosen

    names, left_out = chosen(asked)
    if json_file is not None:
        _writable(json_file.parent)
    if plots_folder is not None:
        from model_export.evaluate.plots import draw, ready

        ready()
        _made(plots_folder)
    # Nobody's identity leaves this process: a key of the moment will do.
    key = secrets.token_bytes()
    with progress_bar() as progress:
        progress("reading receipts", 0.0)
        history, _, _ = read_history(folder, None, lambda loyalty_id: pseudonym(key, loyalty_id))
        found = protocol.evaluate(history, names, seed, quick=quick, progress=progress)
    for remark in (*history.remarks, *found.remarks, *([left_out] if left_out else ())):
        click.echo(f"note: {remark}", err=True)
    for line in table.lines(found):
        click.echo(line)
    if json_file is not None:
        _write(json_file, json.dumps(msgspec.to_builtins(found), indent=1, ensure_ascii=False) + "\n")
    if plots_folder is not None:
        for path in draw(found, plots_folder):
            click.echo(f"drawn: {path}")


def _writable(folder: Path) -> None:
    if not folder.is_dir():
        raise TrainingError(f"there is no folder {folder} to write to: make it first")
    if not os.access(folder, os.W_OK):
        raise TrainingError(f"the folder {folder} may not be written to: choose another")


def _made(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise TrainingError(f"the folder {folder} cannot be made: {error.strerror}") from error
    _writable(folder)


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise TrainingError(f"{path} cannot be written: {error.strerror}") from error
