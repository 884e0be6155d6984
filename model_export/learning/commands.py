"""`tillside outlook` and `tillside headquarters acceptance`. Thin: options in, one call, an answer out."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from device.errors import HistoryError
from device.options import Measure
from model_export.commands import progress_bar
from model_export.ending import orderly
from model_export.whole import try_to_write

_FILE = click.Path(path_type=Path, dir_okay=False)
_TOLD = 10


@click.command(epilog="Example: tillside outlook --central sqlite:///central.db --candidate new.bundle --settings settings.toml")
@click.option("--central", "url", required=True, help="Central store with the registers' receipts, such as sqlite:///central.db.")
@click.option("--candidate", type=_FILE, required=True, help="The bundle that is not out yet.")
@click.option("--settings", "settings_file", type=_FILE, help="The registers' settings.toml, for its [policy].")
@click.option("--clip", type=Measure(1, 10_000), default=200.0, show_default=True, help="Largest weight of a showing.")
@click.option("--latest", type=click.IntRange(1, 1_000_000), default=20_000, show_default=True, help="So many receipts at most.")
@click.option("--allow-seen", is_flag=True, help="Count also receipts that the candidate may have learnt from.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure as one JSON object.")
@orderly()
def outlook(
    url: str, candidate: Path, settings_file: Path | None, clip: float, latest: int, *, allow_seen: bool, as_json: bool
) -> None:
    """What a bundle would earn before it goes out: from receipts on which registers explored, with intervals."""
    import msgspec

    from device import settings
    from device.bundle import Bundle
    from device.policy_settings import Policy
    from model_export.learning import outlook as looking
    from model_export.registers import open_outcomes

    policy = Policy() if settings_file is None else settings.read(settings_file).policy
    with closing(Bundle.open(candidate)) as bundle, closing(open_outcomes(url)) as store, progress_bar() as progress:
        told = looking.look(store, bundle, policy, progress, clip=clip, most=latest, seen=allow_seen)
    click.echo(msgspec.json.encode(told) if as_json else "\n".join(looking.lines(told)))


@click.command(epilog="Example: tillside headquarters acceptance --central sqlite:///central.db --bundle today.bundle")
@click.option("--central", "url", required=True, help="Central store with the registers' receipts, such as sqlite:///central.db.")
@click.option("--bundle", "bundle_file", type=_FILE, help="A bundle, for the categories and names of its catalogue.")
@click.option("--plot", "plot_file", type=_FILE, help="Draw the calibration as a PNG file.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure as one JSON object.")
@orderly()
def acceptance(url: str, bundle_file: Path | None, plot_file: Path | None, *, as_json: bool) -> None:
    """What is learnt of which suggestions are taken, by place and item, and whether what is stated comes true."""
    import msgspec

    from device.bundle import Bundle
    from model_export import places
    from model_export.evaluate.plots import ready
    from model_export.learning import acceptance as learning
    from model_export.learning import calibration, showings
    from model_export.registers import open_outcomes

    if plot_file is not None:
        ready()
        places.apart(plot_file, bundle_file, url=url)
        try_to_write(plot_file)
    categories: dict[str, str | None] = {}
    if bundle_file is not None:
        with closing(Bundle.open(bundle_file)) as bundle:
            categories = {item.sku: item.category for item in bundle.catalogue}
    with closing(open_outcomes(url)) as store:
        shown = showings.read(store)
    if (taken := int(shown.taken.sum())) < calibration.LEAST_TAKEN:
        raise HistoryError(
            f"{taken} of {len(shown)} suggestions shown were taken, and {calibration.LEAST_TAKEN} at least are needed: wait"
        )
    model, found = learning.fit(shown, categories), calibration.calibrated(shown, categories)
    if plot_file is not None:
        calibration.draw(found, plot_file)
    told = learning.told(model, shown)
    if as_json:
        click.echo(msgspec.json.encode({"acceptance": told, "calibration": found}))
        return
    click.echo("\n".join((*learning.lines(told, _TOLD), *calibration.lines(found))))
