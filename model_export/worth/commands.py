"""`tillside report`, `tillside plan` and `tillside explain`. Thin: options in, one call, an answer out."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from device.errors import HistoryError, TrainingError
from device.options import Measure
from model_export.ending import orderly
from model_export.whole import appears_whole, try_to_write

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.arms import Experiment
    from model_export.worth.candidate import Candidate
    from model_export.worth.reading import Report

_FILE = click.Path(path_type=Path, dir_okay=False)
ROWS = click.option(
    "--rows",
    "where",
    metavar="WHERE",
    help="A folder, or postgresql://user@host/database, that keeps what is measured on each receipt: tomorrow only new and "
    "changed days are read.",
)


@click.command(
    epilog="Example: tillside explain 5f3a9c --central sqlite:///central.db --bundle first.bundle --bundle second.bundle"
)
@click.argument("receipt")
@click.option("--central", "url", help="Central store that has the receipt, such as sqlite:///central.db.")
@click.option("--edge", "edge_db", type=_FILE, help="The register's edge.db instead.")
@click.option("--bundle", "bundles", type=_FILE, multiple=True, help="Bundle files; the receipt's own is chosen.")
@click.option("--best-sellers", "best_sellers", type=_FILE, help="The list that stood in, where the register had no bundle.")
@click.option("--settings", "settings_file", type=_FILE, help="The register's settings.toml of that day, for its [policy].")
@click.option("--experiment", "experiment_file", type=_FILE, help="The experiment, where it was not in the bundle.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(
    receipt: str,
    url: str | None,
    edge_db: Path | None,
    bundles: tuple[Path, ...],
    best_sellers: Path | None,
    settings_file: Path | None,
    experiment_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Decide a sale again from its record, bit for bit, and tell its story. RECEIPT: its id, or the beginning of it."""
    import msgspec

    from device import arms, settings
    from device.policy_settings import Policy
    from model_export.worth import explaining

    if (url is None) is (edge_db is None):
        raise click.UsageError("say where the receipt is: --central URL or --edge FILE")
    found = explaining.find(receipt, edge_db, url)
    policy = Policy() if settings_file is None else settings.read(settings_file).policy
    experiment = None if experiment_file is None else arms.read(experiment_file)
    told = explaining.explain(found, explaining.bundle_of(found, bundles), policy, experiment, best_sellers)
    if as_json:
        click.echo(msgspec.json.encode(told))
    else:
        for line in (*told.story, f"identical: {'yes' if told.identical else 'no'}"):
            click.echo(line)
    if not told.identical:
        raise HistoryError(f"{len(told.differing)} of {len(found.steps)} decisions came out otherwise")


@click.command(epilog="Example: tillside report --central sqlite:///central.db --experiment spring.toml --html spring.html")
@click.option("--central", "url", required=True, help="Central store with the registers' receipts, such as sqlite:///central.db.")
@click.option("--experiment", "experiment_file", type=_FILE, help="The experiment's file.")
@click.option("--bundle", "bundle_file", type=_FILE, help="A bundle that carries the experiment, instead of its file.")
@ROWS
@click.option(
    "--candidate", type=_FILE, help="A bundle that is not out yet: what it would have earned, beside the offline table."
)
@click.option("--yesterday", type=_FILE, help="With --candidate: the bundle that is out, to compare with.")
@click.option("--settings", "settings_file", type=_FILE, help="With --candidate: the registers' settings.toml, for its [policy].")
@click.option("--allow-seen", is_flag=True, help="With --candidate: count also receipts that it may have learnt from.")
@click.option("--html", "html_file", type=_FILE, help="Write one page with pictures to this file.")
@click.option("--language", type=click.Choice(["ru", "en"]), default="en", show_default=True, help="Of the page.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure as one JSON object.")
@orderly()
def report(
    url: str,
    experiment_file: Path | None,
    bundle_file: Path | None,
    where: str | None,
    candidate: Path | None,
    yesterday: Path | None,
    settings_file: Path | None,
    html_file: Path | None,
    language: str,
    *,
    allow_seen: bool,
    as_json: bool,
) -> None:
    """What an experiment says so far: each metric in each arm, the difference, and an interval that holds at every look."""
    import msgspec

    from model_export import places
    from model_export.worth import reporting
    from model_export.worth.page import page

    if candidate is None and (yesterday is not None or settings_file is not None or allow_seen):
        raise click.UsageError("--yesterday, --settings and --allow-seen are about a candidate: name it with --candidate")
    experiment = _experiment(experiment_file, bundle_file)
    if html_file is not None:
        places.apart(html_file, experiment_file, bundle_file, candidate, yesterday, settings_file, url=url)
        try_to_write(html_file)
    ask = None if candidate is None else _asking(url, candidate, yesterday, settings_file, seen=allow_seen)
    told = reporting.report(url, experiment, where)
    looked = None if ask is None else ask()
    if html_file is not None:
        with appears_whole(html_file) as unfinished:
            unfinished.write_text(page(told, language, looked), encoding="utf-8")
    if as_json:
        beside = {} if looked is None else {"candidate": msgspec.to_builtins(looked)}
        click.echo(msgspec.json.format(msgspec.json.encode(msgspec.to_builtins(told) | beside), indent=1))
    else:
        _print(told)
        if looked is not None:
            from model_export.worth import candidate as looking

            click.echo("\n".join(("", *looking.lines(looked))))


def _asking(
    url: str, candidate: Path, yesterday: Path | None, settings_file: Path | None, *, seen: bool
) -> Callable[[], Candidate]:
    """To be called after the report, which may take minutes: what could fail is tried now."""
    from contextlib import closing

    from device import settings
    from device.bundle import Bundle
    from device.policy_settings import Policy
    from model_export.commands import progress_bar
    from model_export.room import enough_to_begin
    from model_export.worth import candidate as looking

    enough_to_begin("comparing")
    policy = Policy() if settings_file is None else settings.read(settings_file).policy
    for path in (candidate, *(() if yesterday is None else (yesterday,))):
        with closing(Bundle.open(path)):
            pass

    def ask() -> Candidate:
        with progress_bar() as progress:
            return looking.look(url, candidate, yesterday, policy, 1, progress, seen=seen)

    return ask


@click.command("plan", epilog="Example: tillside plan --central sqlite:///central.db --metric receipt --effect 2%")
@click.option("--central", "url", help="Central store, such as sqlite:///central.db: receipts of registers, or imported ones.")
@click.option(
    "--receipts", "folder", type=click.Path(path_type=Path, file_okay=False), help="Folder with receipt_lines.parquet instead."
)
@click.option(
    "--from",
    "source",
    type=click.Choice(["registers", "history"]),
    help="Which receipts of the central store.  [default: registers, or history where they sent too few]",
)
@click.option(
    "--metric",
    "names",
    required=True,
    multiple=True,
    help="What the report calls it, such as receipt, items, conversion or till; may be given more than once.",
)
@click.option("--effect", required=True, help="The smallest worth finding: 2% of the mean, or 1.5 of its own unit.")
@click.option(
    "--unit", type=click.Choice(["receipt", "shopper"]), default="receipt", show_default=True, help="What is drawn into an arm."
)
@click.option("--power", type=Measure(0.5, 0.99), default=0.8, show_default=True, help="How surely it is to be found.")
@click.option("--share", type=Measure(0.01, 0.99), default=0.5, show_default=True, help="Of receipts that show suggestions.")
@ROWS
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@orderly()
def plan_(
    url: str | None,
    folder: Path | None,
    source: Literal["registers", "history"] | None,
    names: tuple[str, ...],
    effect: str,
    unit: str,
    power: float,
    share: float,
    where: str | None,
    *,
    as_json: bool,
) -> None:
    """How many receipts or shoppers, and days, an effect takes, from the shop's own receipts; and whether a year is enough."""
    import msgspec

    from model_export.worth import basis, plan_words, planning

    if (url is None) is (folder is None):
        raise click.UsageError("say where the receipts are: --central URL or --receipts FOLDER")
    if folder is not None and (source is not None or where is not None):
        raise click.UsageError("--from and --rows are about a central store: name it with --central")
    for name in names:
        if name not in planning.NAMES:
            raise click.UsageError(f"no metric is called '{name}'; there are: {', '.join(planning.NAMES)}")
    wanted, relative = _effect(effect)
    if len(names) > 1 and not relative:
        raise click.UsageError("metrics have units of their own: for several write the effect as a part of the mean, such as 2%")
    ask = partial(basis.planned, names=names, effect=wanted, relative=relative, power=power, share=share, unit=unit)
    if folder is not None:
        told = basis.of_folder(folder, ask)
    else:
        assert url is not None
        told = basis.of_central(url, where, source, ask)
    if as_json:
        click.echo(msgspec.json.encode(told))
    else:
        click.echo("\n".join(plan_words.lines(told, unit)))


def _effect(told: str) -> tuple[float, bool]:
    """As a number, and whether it is a part of the mean."""
    relative = told.endswith("%")
    try:
        value = float(told.removesuffix("%"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value == 0:
        raise click.UsageError(f"'{told}' is no effect: write 2% or 1.5")
    return (value / 100, True) if relative else (value, False)


def _experiment(experiment_file: Path | None, bundle_file: Path | None) -> Experiment:
    from contextlib import closing

    from device import arms
    from device.bundle import Bundle

    if (experiment_file is None) is (bundle_file is None):
        raise click.UsageError("say which experiment: --experiment FILE or --bundle FILE")
    if experiment_file is not None:
        return arms.read(experiment_file)
    assert bundle_file is not None
    with closing(Bundle.open(bundle_file)) as bundle:
        if bundle.experiment is None:
            raise TrainingError(f"{bundle_file} carries no experiment: name its file with --experiment")
        return bundle.experiment


def _print(told: Report) -> None:
    from model_export.worth.guardrails import why
    from model_export.worth.words import WORDS, amount, lacking, probability, usual

    click.echo(f"experiment {told.experiment}, {told.first_day} to {told.last_day}, receipts until {told.until or 'none yet'}")
    for arm in told.arms:
        click.echo(f"  {arm.name:16} planned {arm.share:6.1%}  {arm.receipts:9} receipts, {arm.compared} compared")
    ratio = "as planned" if told.sample_ratio_sound else "NOT AS PLANNED: do not believe what follows"
    click.echo(f"  sample ratio {ratio} (p {probability(told.sample_ratio_p)}); compared: {WORDS['en'][told.population]}")
    for rail in told.guardrails:
        done = "was stopped" if rail.stopped else "is beyond its guardrail, the next training stops it"
        click.echo(f"  arm {rail.arm} {done}: {why(rail, told.currency, WORDS['en'])}")
    click.echo(f"  decides: {told.decides or 'no metric was named'}; the others are corrected for being many (Holm)")
    for one in told.compared:
        values = [amount(value, one.unit, told.currency) for value in (one.control, one.treatment)]
        low, difference, high = (
            amount(value, one.unit, told.currency, sign=True) for value in (one.low, one.difference, one.high)
        )
        verdict = f"p {probability(one.corrected)}{', effect' if one.effect else ''}"
        click.echo(f"  {one.metric:10} {one.arm:12} {values[0]:>14} {values[1]:>14} {difference:>14}  [{low}, {high}]  {verdict}")
    if not told.compared:
        click.echo("  too few receipts yet: intervals begin at 100 in each arm")
    elif unknown := lacking((one.metric for one in told.compared), WORDS["en"]):
        click.echo(f"  {unknown}")
    for part in told.parts:
        if part.effect:
            click.echo(f"  by {part.kind}: {part.name}: {part.compared.metric} differs, q {probability(part.q)}")
    for figure in told.usual:
        click.echo(f"  {figure.name:15} {usual(figure.name, figure.value, told.currency):>14}  {figure.how}")
    for remark in told.remarks:
        click.echo(f"  note: {remark.told}")
