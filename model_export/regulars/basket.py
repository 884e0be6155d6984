"""The whole basket that a regular is expected to fill at the next visit, for an app or a slip: `headquarters shopper basket`.

It is read off a bundle: what the profile says recurs, moved to the moment asked about, by the very function that the register
asks. The sum of all probabilities is how many of these items are expected; so many of the likeliest are the basket.
"""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from device import store_profiles
from device.bundle import Bundle
from device.domain import Pseudonym
from device.due import due
from device.errors import BundleError, SettingsError
from device.shopper import Keyring, pseudonym

if TYPE_CHECKING:
    from device.catalogue import Item


class ExpectedItem(msgspec.Struct, frozen=True):
    sku: str
    name: str
    probability: float
    price: int | None
    """Minor units."""


class Expected(msgspec.Struct, frozen=True):
    """`items` likeliest first; `count` is the sum of the probabilities of all that recurs, these included."""

    shopper: str
    at: str
    bundle: str
    count: float
    items: tuple[ExpectedItem, ...]


def expected(bundle: Bundle, shopper: Pseudonym, local: datetime, by_store: Path | None = None) -> Expected:
    """`local` on the shop's clock; `by_store`: profiles that travel beside the bundle. BundleError: nothing tells it."""
    profile, rhythm = store_profiles.profile(bundle, by_store, shopper), bundle.rhythm
    if profile is None:
        raise BundleError(
            f"bundle {bundle.manifest.identity} holds no profile of this shopper: there is no consent, or no history"
        )
    if rhythm is None:
        raise BundleError(f"bundle {bundle.manifest.identity} knows no rhythm: too few shoppers came again to learn one")
    stated = {sku: chance for sku, chance in due(profile, rhythm, local).items() if sku not in profile.unwanted}
    count = sum(stated.values())
    likeliest = sorted(stated.items(), key=lambda pair: (-pair[1], pair[0]))[: max(round(count), min(1, len(stated)))]
    items = tuple(_told(str(sku), chance, bundle.catalogue.item(sku)) for sku, chance in likeliest)
    return Expected(shopper, local.isoformat(timespec="minutes"), bundle.manifest.identity, round(count, 2), items)


def _told(sku: str, chance: float, item: Item | None) -> ExpectedItem:
    names = {} if item is None else item.names
    name = names.get("en") or names.get("") or next(iter(names.values()), sku)
    return ExpectedItem(sku, name, round(chance, 4), None if item is None else item.price)


def lines(found: Expected) -> list[str]:
    """For people."""
    head = f"expected at {found.at}: {found.count:.1f} of what this shopper buys again"
    return [head, *(f"  {one.probability:6.1%}  {one.sku:<16} {one.name}" for one in found.items)]


@click.command(
    "basket",
    epilog="Example: tillside headquarters shopper basket --bundle today.bundle --card '7000 0017' --shopper-key shopper.key",
)
@click.option(
    "--bundle", "path", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The bundle of the shopper's store."
)
@click.option(
    "--profiles",
    "by_store",
    type=click.Path(path_type=Path, file_okay=False),
    help="The stores' profiles, where they travel beside the bundle.",
)
@click.option("--shopper", "token", help="The shopper's pseudonym: 32 hexadecimal digits.")
@click.option("--card", help="A card, phone or account instead; needs --shopper-key.")
@click.option("--shopper-key", type=click.Path(path_type=Path, dir_okay=False), help="The chain's key file.")
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="Of the visit, on the shop's clock.  [default: now]"
)
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object.")
def basket(
    path: Path,
    by_store: Path | None,
    token: str | None,
    card: str | None,
    shopper_key: Path | None,
    at: datetime | None,
    *,
    as_json: bool,
) -> None:
    """What a shopper who agreed to suggestions from history is expected to buy again at a visit."""
    if (token is None) == (card is None) or (card is not None and shopper_key is None):
        raise click.UsageError("say who it is: --shopper PSEUDONYM, or --card ID with --shopper-key FILE")
    local = at or datetime.now()  # noqa: DTZ005 - a wall clock
    with closing(Bundle.open(path)) as bundle:
        known = [Pseudonym(token)] if token is not None else _tokens(card or "", shopper_key)
        whose = next((one for one in known if store_profiles.profile(bundle, by_store, one) is not None), known[0])
        found = expected(bundle, whose, local, by_store)
    click.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(lines(found)))


def _tokens(card: str, key: Path | None) -> list[Pseudonym]:
    """Under the chain's keys, the newest first."""
    assert key is not None
    found = [token for one in reversed(Keyring.read(key).keys) if (token := pseudonym(one.secret, card)) is not None]
    if not found:
        raise SettingsError("the card has no letter or digit: write it as it is printed")
    return found
