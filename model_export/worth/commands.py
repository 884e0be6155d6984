"""`tillside report`, `tillside plan` and `tillside explain`. Thin: options in, one call, an answer out."""

from __future__ import annotations

from pathlib import Path

import click

from device.errors import HistoryError

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    epilog="Example: tillside explain 5f3a9c --central sqlite:///central.db --bundle first.bundle --bundle second.bundle"
)
@click.argument("receipt")
@click.option("--central", "url", help="Central store that has the receipt, such as sqlite:///central.db.")
@click.option("--edge", "edge_db", type=_FILE, help="The register's edge.db instead.")
@click.option("--bundle", "bundles", type=_FILE, multiple=True, required=True, help="Bundle files; the receipt's own is chosen.")
@click.option("--settings", "settings_file", type=_FILE, help="The register's settings.toml of that day, for its [policy].")
@click.option("--experiment", "experiment_file", type=_FILE, help="The experiment, where it was not in the bundle.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(
    receipt: str,
    url: str | None,
    edge_db: Path | None,
    bundles: tuple[Path, ...],
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
    told = explaining.explain(found, explaining.bundle_of(found, bundles), policy, experiment)
    if as_json:
        click.echo(msgspec.json.encode(told))
    else:
        for line in (*told.story, f"identical: {'yes' if told.identical else 'no'}"):
            click.echo(line)
    if not told.identical:
        raise HistoryError(f"{len(told.differing)} of {len(found.steps)} decisions came out otherwise")
