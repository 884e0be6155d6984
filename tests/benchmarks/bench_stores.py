"""Profiles by store: what one store's file and its nightly difference weigh, and what publishing a chain's takes.

    packaging/dev bench stores                             1,000 stores of 100 shoppers, one of them of 2,000
    packaging/dev bench stores --stores 200 --shoppers 50

Shoppers are those of `bench_profiles`. All small stores have the same profiles under pseudonyms of their own. The second night
one shopper in twenty has come again.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import bench_profiles
from fakes.headquarters_bundle import write_bundle

from device import store_profiles
from device.domain import Pseudonym
from sync import offer, publish, repository
from sync.downlink import Downlink
from sync.ledger import Ledger

LARGE = "S0"


def written(folder: Path, night: int, stores: int, shoppers: int, large: int) -> Path:
    folder.mkdir()
    same, made_at = bench_profiles.shop(), f"2026-05-0{night + 4}T03:00:00+00:00"
    small = list(bench_profiles.rows(shoppers, night, same))
    for number in range(stores):
        store = f"S{number}"
        rows = [(Pseudonym(f"{name[:-4]}{number:04x}"), content) for name, content in small]
        told = list(bench_profiles.rows(large, night, same)) if store == LARGE else rows
        store_profiles.write(folder / f"{store}{store_profiles.ENDING}", store, made_at, told)
    return folder


def timed(what: str, act: Callable[[], object]) -> None:
    began = time.monotonic()
    act()
    print(f"{what}: {time.monotonic() - began:.1f} s, load {os.getloadavg()[0]:.1f}")


def tell(headquarters: Path) -> None:
    now = repository.signed(headquarters).targets.signed
    size = repository.path_of(headquarters, "targets", now.version).stat().st_size
    print(f"targets.json: {size} bytes of {len(now.targets)} targets")
    for store in (LARGE, "S1"):
        target = now.targets[offer.profiles_name(store)]
        made = offer.with_deltas(now.targets, {target.path: target})
        differences = [one.length for name, one in made.items() if name.endswith(offer.DELTA)]
        print(f"{store}: {target.length} bytes, {offer.read(target).size} unpacked, differences {differences}")


def look(headquarters: Path, state: Path) -> None:
    state.mkdir(exist_ok=True)
    with Ledger(state / "sync.db") as book:
        where, root = (headquarters / "repository").as_uri(), headquarters / "root.json"
        print(Downlink(where, root, state, state / "bundle.db", book, device="register-1", store=LARGE).check())


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--stores", type=int, default=1_000)
    asked.add_argument("--shoppers", type=int, default=100)
    asked.add_argument("--large", type=int, default=2_000)
    told = asked.parse_args()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as place:
        folder = Path(place)
        one, two = (written(folder / str(night), night, told.stores, told.shoppers, told.large) for night in (0, 1))
        headquarters = folder / "headquarters"
        publish.init(headquarters)
        write_bundle(folder / "model.bundle", 1)
        timed("published first", lambda: publish.publish(headquarters, folder / "model.bundle", profiles=one))
        tell(headquarters)
        timed("installed", lambda: look(headquarters, folder / "register"))
        timed("published the night after", lambda: publish.publish_profiles(headquarters, two))
        tell(headquarters)
        timed("installed", lambda: look(headquarters, folder / "register"))
        timed("published with nothing new", lambda: publish.publish_profiles(headquarters, two))


if __name__ == "__main__":
    main()
