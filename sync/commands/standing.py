"""`tillside headquarters status` and `compare`: how every register stands, and whether its days are whole."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from sync.commands.options import as_json, store, url_of


@click.command("status")
@store
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Tell day totals from this day on, not of seven days.")
@click.option("--all", "everything", is_flag=True, help="Every register, not the worst 50.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the page of it here.")
@click.option("--lang", type=click.Choice(["en", "ru"]), default="en", show_default=True, help="Of the page.")
@as_json
def status(
    folder: Path | None,
    central: str | None,
    since: datetime | None,
    everything: bool,
    html: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """
    Every register, worst first: last heard, what waits there, what is missing, in quarantine, or differs from its till's report.

    Example: tillside headquarters status --dir /srv/tillside --html /srv/www/status.html --lang ru
    """
    from contextlib import closing

    from device.errors import SyncError
    from sync import durable, publish, status_page, status_text
    from sync.central import open_central
    from sync.offer import Offers
    from sync.status import headquarters

    offers = Offers(None, None) if folder is None else publish.offers(folder)
    with closing(open_central(url_of(folder, central))) as opened:
        first = None if since is None else since.date().isoformat()
        state = headquarters(opened, offers.published, datetime.now(UTC), first, offers.candidate)
    if html is not None:
        try:
            durable.write(html, status_page.page(state, lang).encode())
        except OSError as error:
            raise SyncError(f"the page {html} cannot be written: {error.strerror}") from error
    if as_json:
        print(msgspec.json.encode(state).decode())
    elif html is None:
        print(status_text.text(state, None if everything else status_text.MOST))


@click.command("compare")
@store
@click.option("--device", required=True, help="The register.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Of the shop's calendar.")
@click.option("--total", required=True, help="The sum of the till's own report (its Z-report): 12345.60.")
@click.option("--receipts", type=click.IntRange(0, 10**9), required=True, help="How many receipts it counts.")
@click.option("--currency", help="ISO 4217.  [default: that of the day's receipts]")
@as_json
def compare(
    folder: Path | None,
    central: str | None,
    device: str,
    day: datetime,
    total: str,
    receipts: int,
    currency: str | None,
    as_json: bool,
) -> None:
    """
    Compare a day of a register with the till's own report of it, and keep what the report says for `status`.

    The status is 0 when they agree, 1 when they differ. What counts here are closed sales, each with its total.

    Example: tillside headquarters compare --dir /srv/tillside --device S1-till-7 --day 2026-05-04 --total 83120.50 --receipts 412
    """
    from contextlib import closing

    from device.amounts import decimals_of, minor
    from device.errors import CentralError
    from sync import status_text
    from sync.central import Day, open_central

    url = url_of(folder, central)
    on = day.date().isoformat()
    with closing(open_central(url)) as opened:
        here = [one for one in opened.days(on) if (one.device, one.day) == (device, on)]
        known = any(one.device == device for one in opened.registers())
    currencies = sorted({one.currency for one in here})
    if currency is None and not here:
        where = "" if known else ", nor on any other day: `tillside headquarters status --all` names its registers"
        raise CentralError(
            f"headquarters has nothing of {device} on {on}{where}; to keep the report all the same, add --currency"
        )
    if currency is None and len(currencies) > 1:
        raise CentralError(f"{device} sold on {on} in {', '.join(currencies)}: say with --currency which one the report is of")
    currency = currency or currencies[0]
    told = minor(total, decimals_of(currency))
    if told is None:
        raise CentralError(
            f"'{total}' is no sum of {currency}: write it like 12345.60, without blanks or marks between thousands"
        )
    with closing(open_central(url, create=True)) as opened:
        opened.report(Day(device, on, currency, receipts, told), datetime.now(UTC))
        key = (device, on, currency)
        (one,) = (said for said in opened.compared(on) if (said.device, said.day, said.currency) == key)
    print(msgspec.json.encode(one).decode() if as_json else status_text.comparison(one))
    sys.exit(not one.agrees)
