"""`tillside demo`: build a shop, train on it, ring up sales, show both faces, and close the circle."""

from __future__ import annotations

import random
import signal
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Literal

import click
import msgspec

from device import readonly, settings
from device.bundle import Bundle
from device.demo import cast, crowd, hindsight, report, scripts
from device.demo.head_office import (
    CAMPAIGNS,
    EXPERIMENT,
    FIRST,
    SECOND,
    TRAINED_SHARE,
    agreed,
    before_opening,
    say,
    train,
    training,
)
from device.demo.play import Player
from device.demo.programs import run, said, tillside
from device.demo.stage import DEVICE, Shop, Stage, display
from device.errors import TillsideError
from device.options import Measure
from device.shopper import read_or_make_key
from device.slots import slots

CANDIDATE_SHARE = 0.45
"""A candidate has learnt from half as many receipts: is more history worth having?"""
CANDIDATE = "candidate.bundle"
SAMPLE_RECEIPTS = 20_000
PLAYABLE = 200
"""Sales that are there to be played, at least: a regular and a card without consent are among so many."""
LOCALES = ("ru", "en", "ar", "qps")
"""As `tillside screen` has them."""
MOST_LINES = {True: 12, False: 25}
"""Lines of a receipt that is played: a corner shop's for the eye, a wholesaler's where real receipts are asked for."""


@click.command(
    epilog="""\b
Examples:
  tillside demo
  tillside demo --headless --sales 5 --via mqtt
  tillside demo --locale ar
  tillside demo --headless --sales 20 --json --receipts data/my_shop
  tillside demo --headless --sales 400 --fast
"""
)
@click.option(
    "--sales", default=None, type=click.IntRange(1), help="End after so many sales; without it until Ctrl-C (headless: 5)."
)
@click.option(
    "--via", type=click.Choice(["serial", "mqtt"]), default="serial", show_default=True, help="How the till is attached."
)
@click.option("--headless", is_flag=True, help="Draw the faces into memory and save pictures; so it is without a display.")
@click.option(
    "--receipts",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Real receipts instead of the sample grocery.",
)
@click.option("--currency", help="ISO 4217 code of the receipts' amounts; XXX (no currency) where a folder does not tell.")
@click.option(
    "--locale",
    "--language",
    "locale",
    type=click.Choice(LOCALES),
    default="en",
    show_default=True,
    help="Of the faces: Russian, English, Arabic (written from the right), or a pseudo-locale of long words.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON line per sale on standard output.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for databases, logs and pictures; it must be new or empty.",
)
@click.option("--line-seconds", type=Measure(0, 60), help="Pause after each line: 1.2 with a display, 0.2 without.")
@click.option("--fast", is_flag=True, help="An experiment without faces and pauses: half of the sales show nothing.")
@click.option("--seed", default=1, show_default=True, help="The same seed plays the same sales.")
def demo(
    sales: int | None,
    via: Literal["serial", "mqtt"],
    headless: bool,
    receipts: Path | None,
    currency: str | None,
    locale: str,
    *,
    as_json: bool,
    out: Path | None,
    line_seconds: float | None,
    fast: bool,
    seed: int,
) -> None:
    """A whole store on this machine: till, daemon, both faces, headquarters. Needs no prior knowledge."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    headless = headless or fast or not display()
    sales = sales or (5 if headless else None)
    names = "ru" if locale == "ru" else "en"  # the sample's goods have no others
    folder = _folder(out)
    say(f"everything of this run is in {folder}")
    try:
        if fast:
            crowd.write_experiment(folder / EXPERIMENT, sales or 0)
        shop, sold = _prepare(folder, receipts, currency, max(sales or 0, PLAYABLE), seed, names, campaigns=not fast)
        key = folder / "shopper.key"
        policy = crowd.EXPLORING if fast else ""
        stage = Stage(folder, shop, via, headless, locale, key, faces=not fast, policy=policy, before_opening=before_opening)
        with stage:
            play = cast.cast(sold, stage.bundle_db, key, shop.store, DEVICE, agreed(shop))
            if fast:
                _trade(stage, play, sales or 5, names, seed, as_json=as_json)
                return
            say(f"the till speaks over {via}; {'pictures' if headless else 'two windows'} show what shopper and cashier see")
            pictures = folder / "pictures"
            pictures.mkdir()
            pause = line_seconds if line_seconds is not None else (0.2 if headless else 1.2)
            player = Player(stage, names, pause, pictures, random.Random(seed))
            _play(player, play, sales, as_json=as_json)
            _night(stage, retrain=receipts is None)
            say(f"{len(list(pictures.iterdir()))} pictures of both faces are in {pictures}")
    except KeyboardInterrupt:
        say("stopped; everything that was started has been ended")


def _trade(stage: Stage, play: list[scripts.Script], sales: int, language: str, seed: int, *, as_json: bool) -> None:
    """An experiment whose truth is known, and how to read it."""
    folder = stage.folder
    say("registers explore: on half of the receipts places are filled by lot (explore_share, _ratio and _among in settings.toml)")
    say(f"headquarters trains a candidate meanwhile, on the older {CANDIDATE_SHARE:.0%} of the receipts")
    candidate = stage.beside("candidate", training(stage, CANDIDATE, CANDIDATE_SHARE))
    with closing(Bundle.open(folder / FIRST)) as bundle:
        people = crowd.Crowd(stage, bundle.catalogue, language, random.Random(seed))
        _play(people, play, sales, as_json=as_json)
    _night(stage, retrain=False)
    truth: dict[str, object] = {**people.truth()}
    beside = ""
    if candidate.finish():
        truth["outlook"] = hindsight.earned(people.sold, folder / CANDIDATE, settings.read(stage.settings).policy)
        beside = f" --candidate {folder / CANDIDATE} --yesterday {folder / FIRST} --settings {stage.settings}"
    else:
        say(f"there is no candidate: {candidate.last_words()}")
    (folder / "truth.json").write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=1))
    where = f"--central sqlite:///{stage.central_db}"
    say(f"what suggestions truly changed is in {folder / 'truth.json'}; what can be known of it:")
    say(f"tillside report {where} --experiment {folder / EXPERIMENT}{beside} --html {folder / 'report.html'}")
    say(f"tillside explain RECEIPT {where} --bundle {folder / FIRST} --settings {stage.settings}")


def _folder(out: Path | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tillside-demo-")) if out is None else out.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise TillsideError(f"{folder} is not empty: name a new folder with --out")
        (folder / "logs").mkdir()
    except OSError as error:
        raise TillsideError(f"{folder} cannot be used: {error.strerror}; name another folder with --out") from error
    if set(str(folder)) & set('"\\\n'):
        raise TillsideError(f"{folder} has a quote, backslash or line end in its name: name another folder with --out")
    return folder


def _interrupted(*_signal: object) -> None:
    """What ends the demo from outside ends it as Ctrl-C does: with everything that it started."""
    raise KeyboardInterrupt


def _prepare(
    folder: Path, receipts: Path | None, currency: str | None, count: int, seed: int, language: str, *, campaigns: bool
) -> tuple[Shop, list[scripts.Script]]:
    """Receipts and the sales to play. `campaigns`: the sample grocery gives something away."""
    logs = folder / "logs"
    source = receipts
    if source is None:
        source = folder / "grocery"
        say("building a sample grocery and three months of its receipts")
        words = ("sample", "--out", str(source), "--receipts", str(SAMPLE_RECEIPTS), "--seed", str(seed))
        run("the sample grocery", tillside(*words), logs / "sample.log", show=True)
    money = currency or ("RUB" if receipts is None else "XXX")
    play = folder / "sales.jsonl"
    which = [
        "--first",
        str(TRAINED_SHARE),
        "--count",
        str(count),
        "--seed",
        str(seed),
        "--most-lines",
        str(MOST_LINES[receipts is None]),
    ]
    told = _tell(tillside("history", "sales", "--receipts", str(source), "--out", str(play), "--language", language, *which))
    if missing := {"name", "price"} - set(told["facts"]):
        lacking = " and no ".join(sorted(missing))
        say(f"items in this folder have no {lacking}: a shop's register would show none, this one does without")
    given = source / CAMPAIGNS if receipts is None and campaigns else None
    read_or_make_key(folder / "shopper.key")
    return Shop(source, told["store"] or "S1", money, tuple(told["facts"]), given), scripts.read(play)


def _play(player: Player | crowd.Crowd, play: list[scripts.Script], sales: int | None, *, as_json: bool) -> None:
    number = 0
    while sales is None or number < sales:
        script = play[number % len(play)]
        number += 1
        sale, voided = player.play(script)
        click.echo(msgspec.json.encode(sale) if as_json else report.block(number, sale, voided))


def _night(stage: Stage, *, retrain: bool) -> None:
    """What happens after closing time: receipts up, a better model down, live without a restart."""
    stage.sync()
    say(f"night: {_count(stage.edge_db)} receipts in the edge database, {_count(stage.central_db)} of them at headquarters")
    if given := report.given(stage.central_db):
        most, bought = max(coupon.propensity for coupon, _ in given), sum(bought for _, bought in given)
        led = f"each with the propensity that led to it, {most:.0%} at most"
        say(f"night: {len(given)} offers are at headquarters, {led}; {bought} were taken up")
        for name, segments in stage.aimed():
            meant = sum(coupon.campaign == name for coupon, _ in given)
            say(f"night: of the offers of '{name}', which are for regulars in the segment {segments} alone: {meant}")
    if not retrain:
        return
    train(stage, SECOND, by_consents=True)
    stage.publish(stage.folder / SECOND)
    stage.sync()
    stage.daemon.wait_for("is live from the next sale on", 30)
    say("night: the model trained with today's receipts is back on the register and live, without a restart")
    if stage.profiles_beside(stage.folder / SECOND).is_dir():
        say(f"night: with it the profiles of store {stage.shop.store} and of no other: {slots(stage.bundle_db).active}")


def _count(database: Path) -> int:
    with closing(readonly.opened(database)) as db:
        return int(db.execute("SELECT count(*) FROM receipt").fetchone()[0])


def _tell(command: list[str]) -> dict[str, str]:
    told: dict[str, str] = msgspec.json.decode(said("the sales to play", command))
    return told
