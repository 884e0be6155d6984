"""What goes into a bundle beside the model: an experiment, its arms' models, and what became of suggestions."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from device import arms
from device.bundle import Bundle
from model_export.learning import calibration, showings
from model_export.registers import open_outcomes
from model_export.worth import guardrails, reporting
from model_export.worth.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from device.catalogue import Item
    from device.scoring import Scoring
    from model_export.history import History


def variants(told: tuple[str, ...], wanted: frozenset[str]) -> dict[str, Scoring]:
    """The models that arms name, out of their bundles: all of them, and no other."""
    named = dict(one.partition("=")[::2] for one in told)
    if len(named) < len(told) or not all(named.values()):
        raise click.UsageError("write each --variant once, as NAME=BUNDLE")
    if missing := sorted(wanted - named.keys()):
        raise click.UsageError(f"an arm names the model {missing[0]}: give its bundle with --variant {missing[0]}=BUNDLE")
    if unused := sorted(named.keys() - wanted):
        raise click.UsageError(f"no arm of an experiment names the model {unused[0]}: leave its --variant out")
    found = {}
    for name, path in named.items():
        with closing(Bundle.open(Path(path))) as bundle:
            found[name] = bundle.scoring()
    return found


def kept_within_bounds(path: Path, url: str | None, rows: str | None) -> bytes:
    """The experiment as registers go on with it: an arm that the central store shows to be beyond a guardrail is stopped."""
    experiment = arms.read(path)
    if url is None or not experiment.guardrail:
        return path.read_bytes()
    told = reporting.report(url, experiment, rows)
    for one in told.guardrails:
        if not one.stopped:
            why = guardrails.why(one, told.currency, WORDS["en"])
            click.echo(f"note: experiment {experiment.name}: arm {one.arm} is stopped. {why}", err=True)
    return guardrails.stop(path, told.guardrails)


def learnt(url: str, catalogue: Iterable[Item], history: History) -> tuple[bytes | None, str]:
    """What became of the registers' suggestions until the last receipt of `history`: a document of the bundle, and a sentence."""
    with closing(open_outcomes(url)) as store:
        shown = showings.read(store, history.last)
    return calibration.for_bundle(shown, {item.sku: item.category for item in catalogue}) if len(shown) else (None, "")


def lacking(catalogue: Iterable[Item]) -> str:
    """A sentence when most items cannot be shown under the default policy, which asks for name, price, age limit and reach."""
    items = list(catalogue)
    missing = {
        "name": sum(not any(item.names.values()) for item in items),
        "price": sum(item.price is None for item in items),
        "age limit": sum(item.age_limit is None for item in items),
        "reach": sum(item.reach is None for item in items),
    }
    told = ", ".join(f"{count} without {fact}" for fact, count in missing.items() if count > len(items) / 2)
    return (
        f"of {len(items)} items {told}: a register shows none of these unless its settings (policy.needs) do without"
        if told
        else ""
    )
