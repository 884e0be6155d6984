"""The one command, `tillside`. Subcommands are found by entry point, so no package is imported for another's sake."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from device import options
from device.errors import TillsideError
from device.output import speak_up
from device.words import printable


@click.group(cls=options.Plugged, plugged="tillside.commands", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tillside")
def tillside() -> None:
    """Suggestions at the till that work with the network cable pulled out."""


def main() -> None:
    """Entry point: an error of ours, or of a file, is one sentence on standard error and status 1; a bug is a traceback."""
    speak_up()
    try:
        try:
            tillside()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except TillsideError as error:
        print(f"tillside: {printable(str(error))}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        # Of a file that is named the world is to blame, and not the program: a folder of another user's, a name that is too long.
        if not isinstance(error.filename, str | bytes) or error.strerror is None:
            raise
        named = os.fsdecode(error.filename)
        print(f"tillside: {printable(f'{named} cannot be used: {error.strerror}')}", file=sys.stderr)
        sys.exit(1)
    except UnicodeEncodeError:
        # Not every library can open a file whose name is bytes of another alphabet.
        if (name := _no_text(sys.argv)) is None:
            raise
        print(f"tillside: {name!a} is no text in UTF-8, and names something that has to be: rename it", file=sys.stderr)
        sys.exit(1)
    except (MemoryError, ImportError, RuntimeError) as error:
        if not _starved(error):
            raise
        print(
            "tillside: there is not enough memory for this: use a larger machine, a higher limit, or less data", file=sys.stderr
        )
        sys.exit(1)


def _no_text(words: Sequence[str]) -> str | None:
    """The first of them with a byte that was no text."""
    return next((word for word in words if any("\udc80" <= char <= "\udcff" for char in word)), None)


def _starved(error: Exception) -> bool:
    """Whether memory is what lacked: libraries and threads that find none say it in words of their own."""
    words = ("failed to map segment", "Cannot allocate memory", "can't start new thread", "bad_alloc", "bad allocation")
    return isinstance(error, MemoryError) or any(word in str(error) for word in words)


@click.command(epilog="Example: tillside run --settings settings.toml")
@options.settings_file
@click.option("--verbose", is_flag=True, help="Say more.")
def run(settings_file: Path, verbose: bool) -> None:
    """Read the tills, score the baskets, serve the screens, keep the receipts."""
    from device import journal, settings
    from device.daemon import Daemon

    journal.start(verbose=verbose)
    daemon = Daemon(settings.read(settings_file), journal.Journal())
    asyncio.run(daemon.run())


@click.command(epilog="Example: tillside restore --settings settings.toml --copy /mnt/second/edge-20260504.db")
@options.settings_file
@click.option(
    "--copy", required=True, type=click.Path(dir_okay=False, path_type=Path), help="What the register copied to backup_dir."
)
def restore(settings_file: Path, copy: Path) -> None:
    """Put a copy of the edge database in its place, while the register is stopped; what is there now is kept beside it."""
    from device import settings
    from device.restore import restored

    known = settings.read(settings_file)
    receipts = restored(known.edge_db, known.device, copy)
    print(f"{receipts} receipts are in {known.edge_db} again; new ones are counted anew")


@click.command(epilog="""Example: echo '{"items": ["100101"]}' | tillside score --bundle grocery.bundle --top 4""")
@click.option(
    "--bundle", "bundle_file", required=True, type=click.Path(path_type=Path), help="A bundle file, or a register's bundle.db."
)
@click.option("--top", default=4, show_default=True, type=click.IntRange(1, 1000), help="How many suggestions a basket.")
@click.option("--policy", type=click.Choice(["off", "on"]), default="off", show_default=True, help="off: the ranking alone.")
@click.option("--shopper-key", type=click.Path(path_type=Path), help="The chain's key; without it the one in the state folder.")
def score(bundle_file: Path, top: int, policy: str, shopper_key: Path | None) -> None:
    """Baskets as JSON lines on standard input, suggestions as JSON lines on standard output."""
    import msgspec

    from device.bundle import Bundle
    from device.policy_settings import Policy
    from device.score import Scoring, lines
    from device.shopper import default_key_file, read_key

    key_file = shopper_key or default_key_file()
    key = read_key(key_file) if shopper_key is not None or key_file.exists() else None
    scoring = Scoring(Bundle.open(bundle_file), top, Policy(cards=top) if policy == "on" else None, key)
    unusable = 0
    for number, line in enumerate(lines(sys.stdin.buffer), 1):
        if line is not None and not line.strip():
            continue
        answer = scoring.answer(line)
        if answer.error:
            unusable += 1
            click.echo(f"tillside: line {number}: {answer.error}", err=True)
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()
    if unusable:
        raise TillsideError(f"{unusable} lines could not be used")
