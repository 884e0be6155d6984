"""`tillside evaluate` and `tillside promote`. Thin: options in, one call, a table out.

Everything that could fail at the end is tried at the beginning: a run of many minutes must not end without a place for its
figures.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from device.errors import OutputError, TrainingError
from device.options import Measure
from model_export.commands import progress_bar, recalling
from model_export.ending import orderly
from model_export.options import SEED
from model_export.room import enough_to_begin
from model_export.whole import appears_whole, make_folder, try_to_write

if TYPE_CHECKING:
    from model_export.history import History
    from model_export.training import Progress

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(epilog="Example: tillside evaluate --receipts ./receipts --peers all --json figures.json --plots plots")
@click.option("--receipts", "folder", type=_FOLDER, help="Folder with receipt_lines.parquet.")
@click.option(
    "--central", "url", help="Central store with what was imported and what registers sent, such as sqlite:///central.db."
)
@click.option("--peers", "asked", default="all", show_default=True, help="Names with commas, `all` or `none`.")
@click.option("--json", "json_file", type=_FILE, help="Write every figure to this file.")
@click.option("--plots", "plots_folder", type=_FOLDER, help="Draw the figures as PNG files into this folder.")
@click.option(
    "--task",
    type=click.Choice(["basket", "next-visit", "return", "propensity", "new"]),
    default="basket",
    show_default=True,
    help="What is asked: the missing item of a basket; what a regular buys at the next visit; who returns, and when; how far the "
    "probability can be believed that an item is bought without help; what a place for something new costs.",
)
@click.option(
    "--until-share",
    type=Measure(0, 1, min_open=True),
    default=1.0,
    help="Look at this first share of the receipts only: are the last unlike the others?",
)
@click.option("--quick", is_flag=True, help="Leave out the learning curve and the cold start.")
@click.option("--seed", type=SEED, default=1, show_default=True)
@orderly()
def evaluate(
    folder: Path | None,
    url: str | None,
    asked: str,
    json_file: Path | None,
    plots_folder: Path | None,
    task: str,
    until_share: float,
    *,
    quick: bool,
    seed: int,
) -> None:
    """Train on the first nine tenths of the receipts and measure on the last, beside other methods."""
    enough_to_begin("evaluating")
    _said(folder, url)
    read = _Read(folder, url, until_share)
    if task != "basket":
        if task in {"next-visit", "new"} and plots_folder is not None:
            raise click.UsageError(f"the task {task} has no plots: leave --plots out")
        _other(task, read, json_file, plots_folder, seed)
        return
    from model_export.evaluate import protocol, table
    from model_export.evaluate.peers import chosen
    from model_export.evaluate.plots import PICTURES, draw

    names, left_out = chosen(asked)
    _places(read, json_file, plots_folder, PICTURES)
    with progress_bar() as progress:
        history = read.history(progress)
        with recalling(history.remarks):
            found = protocol.evaluate(history, names, seed, quick=quick, progress=progress)
    _tell((*history.remarks, *found.remarks, *([left_out] if left_out else ())), table.lines(found), json_file, found)
    if plots_folder is not None:
        for path in draw(found, plots_folder):
            click.echo(f"drawn: {path}")


def _other(task: str, read: _Read, json_file: Path | None, plots_folder: Path | None, seed: int) -> None:
    from model_export.evaluate import propensity, reliability, something_new
    from model_export.regulars import next_visit, returns

    _places(read, json_file, plots_folder, [task])
    with progress_bar() as progress:
        history = read.history(progress)
        with recalling(history.remarks):
            curves: Sequence[reliability.Curve] = ()
            found: next_visit.Found | propensity.Found | returns.Found | something_new.Found
            if task == "return":
                found = returning = returns.evaluate(history, seed, progress)
                curves, lines = reliability.of_returns(returning), returns.lines(returning)
            elif task == "propensity":
                found = stated = propensity.evaluate(history, seed, progress)
                curves, lines = reliability.of_propensity(stated), propensity.lines(stated)
            elif task == "new":
                found = tried = something_new.evaluate(history, seed, progress)
                lines = something_new.lines(tried)
            else:
                found = visits = next_visit.evaluate(history, seed, progress)
                lines = next_visit.lines(visits)
    _tell(found.remarks, lines, json_file, found)
    if plots_folder is not None:
        click.echo(f"drawn: {reliability.draw(curves, plots_folder / f'{task}.png')}")


def _said(folder: Path | None, url: str | None) -> None:
    if folder is None and url is None:
        raise click.UsageError("say where the receipts are: --receipts FOLDER, --central URL, or both")


@dataclass(frozen=True, slots=True)
class _Read:
    """Where the receipts are, and which first share of them is looked at."""

    folder: Path | None
    url: str | None
    until_share: float

    def history(self, progress: Progress) -> History:
        from model_export.promote import receipts

        progress("reading receipts", 0.0)
        history = receipts(self.folder, self.url)
        return history.part(0, max(1, int(len(history) * self.until_share)))


def _places(read: _Read, json_file: Path | None, plots_folder: Path | None, pictures: Iterable[str]) -> None:
    """TrainingError where the figures, or a picture of those names, will find no place."""
    from model_export import places
    from model_export.evaluate.plots import ready

    if plots_folder is not None:
        ready()
        make_folder(plots_folder)
        for name in pictures:
            try_to_write(plots_folder / f"{name}.png")
    if json_file is not None:
        places.apart(json_file, folder=read.folder, url=read.url)
        try_to_write(json_file)


def _tell(remarks: Iterable[str], lines: Iterable[str], json_file: Path | None, found: object) -> None:
    """Every figure is written whether or not the table could be printed."""
    import msgspec

    for remark in remarks:
        click.echo(f"note: {remark}", err=True)
    try:
        for line in lines:
            click.echo(line)
    finally:
        if json_file is not None:
            with appears_whole(json_file) as unfinished:
                told = json.dumps(msgspec.to_builtins(found), indent=1, ensure_ascii=False) + "\n"
                unfinished.write_text(told, encoding="utf-8")


@click.command(
    epilog="Example: tillside promote --candidate today.bundle --yesterday live.bundle --receipts ./receipts --to live.bundle"
)
@click.option("--candidate", type=_FILE, required=True, help="The bundle that wants to go out.")
@click.option("--yesterday", type=_FILE, help="The bundle that is out; without it popularity alone is compared with.")
@click.option("--receipts", "folder", type=_FOLDER, help="Folder with receipt_lines.parquet.")
@click.option("--central", "url", help="Central store with the registers' receipts, such as sqlite:///central.db.")
@click.option(
    "--latest", default=500, show_default=True, type=click.IntRange(1), help="Receipts of each store at most, the latest."
)
@click.option(
    "--tolerance",
    default=0.01,
    show_default=True,
    type=Measure(0, 1),
    help="How much worse, as a share, the candidate may look over all stores: chance.",
)
@click.option("--settings", "settings_file", type=_FILE, help="The registers' settings.toml, for what they may show.")
@click.option("--allow-seen", is_flag=True, help="Compare even on receipts that the bundles may have learnt from.")
@click.option("--to", type=_FILE, help="Where an accepted candidate is put, whole or not at all.")
@click.option("--seed", type=SEED, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
@orderly()
def promote(
    candidate: Path,
    yesterday: Path | None,
    folder: Path | None,
    url: str | None,
    latest: int,
    tolerance: float,
    settings_file: Path | None,
    *,
    allow_seen: bool,
    to: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Let a bundle out only if it is not worse than yesterday's and than popularity, on each store's own latest receipts."""
    enough_to_begin("comparing")
    import shutil

    import msgspec

    from device import settings
    from device.bundle import Bundle
    from device.policy_settings import Policy
    from model_export import places
    from model_export import promote as gate
    from model_export.learning import outlook as looking
    from model_export.registers import open_outcomes

    _said(folder, url)
    if to is not None:
        places.apart(to, settings_file, folder=folder, url=url)
        places.for_bundle(to)
    policy = Policy() if settings_file is None else settings.read(settings_file).policy
    outlook = None
    with ExitStack() as opened:
        new = opened.enter_context(closing(Bundle.open(candidate)))
        old = opened.enter_context(closing(Bundle.open(yesterday))) if yesterday is not None else None
        with progress_bar() as progress:
            progress("reading receipts", 0.0)
            history = gate.receipts(folder, url)
            with recalling(history.remarks):
                verdict = gate.judge(
                    new, old, history, latest, tolerance, seed, progress, seen=allow_seen, card_first=policy.card_first
                )
            if url is not None:
                with closing(open_outcomes(url)) as store:
                    outlook = looking.look(store, new, policy, progress, seen=allow_seen)
    if as_json:
        beside = {} if outlook is None else {"outlook": msgspec.to_builtins(outlook)}
        told = [json.dumps(msgspec.to_builtins(verdict) | beside, ensure_ascii=False)]
    else:
        told = [*(() if outlook is None else (*looking.lines(outlook), "")), *gate.lines(verdict)]
    try:
        click.echo("\n".join(told))
    except OutputError as error:
        raise OutputError(f"{candidate} stays where it is: {error}") from error
    for remark in verdict.remarks:
        click.echo(f"note: {remark}", err=True)
    if not verdict.accepted:
        raise TrainingError(f"{candidate} is refused and stays where it is: {'; '.join(verdict.reasons)}")
    if to is not None:
        with appears_whole(to) as unfinished:
            shutil.copyfile(candidate, unfinished)
        click.echo(f"{candidate} is now {to}", err=True)
