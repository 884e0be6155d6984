"""What headquarters does besides taking receipts and publishing: it keeps consents, counts its regulars, and trains.

Where the shop gives something away, regulars are counted in their segments first, so that a campaign finds those it is meant for,
and profiles travel beside the model, to each store its own. They are counted once, by the shop's receipts, which stay what they
are.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

import click
import msgspec

from device import store_profiles
from device.demo.programs import run, said, tillside

if TYPE_CHECKING:
    from pathlib import Path

    from device.demo.stage import Shop, Stage

TRAINED_SHARE: Final = 0.9
CONSENTS, CAMPAIGNS, SEGMENTS = "consents.csv", "campaigns.toml", "segments.toml"
"""As `tillside sample` writes them."""
FIRST, SECOND = "first.bundle", "second.bundle"
EXPERIMENT: Final = "experiment.toml"


class Segment(msgspec.Struct, frozen=True):
    """As `headquarters segments --json` tells it."""

    segment: str
    shoppers: int


def before_opening(stage: Stage) -> None:
    """Consents, and a bundle trained on what came before the sales to play."""
    if stage.shop.campaigns is not None:
        say("headquarters keeps what shoppers agreed to: profiles, suggestions from them, offers")
        stage.keep_consents(stage.shop.receipts / CONSENTS)
    say("training the first model on the older nine tenths")
    train(stage, FIRST, by_consents=stage.shop.campaigns is not None)


def agreed(shop: Shop) -> frozenset[str]:
    """Cards whose holders agreed to a profile; none where the receipts say it themselves."""
    if shop.campaigns is None:
        return frozenset()
    with (shop.receipts / CONSENTS).open(encoding="utf-8", newline="") as file:
        said = [one for one in csv.DictReader(file) if (one["kind"], one["purpose"]) == ("card", "profiling")]
    return frozenset(one["id"] for one in said if one["given"] == "yes")


def train(stage: Stage, bundle: str, *, by_consents: bool) -> None:
    """`by_consents`: by those at headquarters, where receipts of registers are as well; else the receipts say who agreed."""
    folder, shop = stage.folder, stage.shop
    command = training(stage, bundle, TRAINED_SHARE if bundle == FIRST else 1.0)
    command += ["--central", f"sqlite:///{stage.central_db}"] if by_consents else []
    for option, file in (("--experiment", folder / EXPERIMENT), ("--campaigns", shop.campaigns)):
        command += [option, str(file)] if file is not None and file.exists() else []
    beside = stage.profiles_beside(folder / bundle)
    if shop.campaigns is not None:
        if not (segments := folder / "segments").is_dir():
            _count(stage, segments)
        command += ["--segments", str(segments), "--profiles-by-store", str(beside)]
    run("training", command, folder / "logs" / "train.log", show=True)
    if beside.is_dir():
        sizes = [f"{path.stem} {path.stat().st_size / 1000:.0f} kB" for path in store_profiles.files(beside)]
        say(f"profiles travel beside the model, to each store its own: {', '.join(sizes)}")


def training(stage: Stage, bundle: str, share: float) -> list[str]:
    """On the first `share` of the shop's receipts."""
    words = ["train", "--receipts", str(stage.shop.receipts), "--out", str(stage.folder / bundle), "--until-share", str(share)]
    return tillside(*words, "--shopper-key", str(stage.shopper_key), "--currency", stage.shop.currency)


def say(sentence: str) -> None:
    click.echo(f"tillside demo: {sentence}", err=True)


def _count(stage: Stage, keep: Path) -> None:
    """Who is in which segment goes into the folder `keep`, which training reads."""
    shop = stage.shop
    words = ["--receipts", str(shop.receipts), "--rules", str(shop.receipts / SEGMENTS), "--keep", str(keep)]
    command = tillside("headquarters", "segments", *words, "--shopper-key", str(stage.shopper_key), "--json")
    told = msgspec.json.decode(said("counting regulars", command), type=list[Segment])
    say(f"headquarters counts its regulars: {', '.join(f'{one.segment} {one.shoppers}' for one in told)}")
