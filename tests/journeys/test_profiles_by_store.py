"""A chain's night: trained once, published once, and each store's register knows the shoppers of its own store only."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from fakes import corner_shop
from fakes.enrolled_chain import Chain, chain
from fakes.headquarters import free_port, serving
from fakes.patience import until
from fakes.program import completed, tillside

from device.shopper import Keyring
from device.slots import slots

ANNA, BORIS, OLGA = "4711 0001", "4711 0002", "4711 0003"
"""Who goes to the first store, to the second, and to both."""


def receipts(folder: Path, without: str | None = None) -> Path:
    corner_shop.write(folder)
    path = folder / "receipt_lines.parquet"
    table = pq.read_table(path)
    numbers = [int(one[1:]) for one in table["receipt_id"].to_pylist()]
    stores = [f"S{1 + number % 2}" for number in numbers]
    cards = [OLGA if number % 10 < 2 else (ANNA, BORIS)[number % 2] if number % 10 < 6 else None for number in numbers]
    cards = [None if card == without else card for card in cards]
    for name, column in (("store", stores), ("customer", cards)):
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(column, pa.string()))
    pq.write_table(table, path)
    return folder


def ran(*words: object, typed: str | None = None) -> str:
    done: subprocess.CompletedProcess[str] = completed(tillside(*words), told=typed)
    assert done.returncode == 0, done.stderr
    return done.stdout


def train(store: Chain, tmp_path: Path, without: str | None = None) -> None:
    ran(
        "train", "--receipts", receipts(tmp_path / "receipts", without), "--out", tmp_path / "chain.bundle",
        "--profiles-by-store", tmp_path / "by-store", "--shopper-key", store.authority / "shopper.keys",
    )  # fmt: skip


def look(store: Chain, name: str) -> str:
    return ran("sync", "run", "--once", "--settings", store.settings(name)).splitlines()[-1]


def holding(state: Path, tokens: dict[str, str]) -> set[str]:
    """Whose pseudonym is in any byte of any file of the register."""
    every = [path.read_bytes() for path in state.rglob("*") if path.is_file()]
    return {card for card, token in tokens.items() if any(token.encode() in one or bytes.fromhex(token) in one for one in every)}


def test_each_store_knows_its_own_shoppers_until_they_are_erased(tmp_path: Path) -> None:
    with chain(tmp_path) as store:
        names = {"register-1": "S1", "register-2": "S2"}
        for name, place in names.items():
            settings = store.settings(name)
            settings.write_text(settings.read_text().replace('store = "S1"', f'store = "{place}"'))
            store.enrol(name)
        keys = Keyring.read(store.authority / "shopper.keys")
        tokens = {card: keys.shoppers(card, datetime.now(UTC))[0].token for card in (ANNA, BORIS, OLGA)}
        train(store, tmp_path)
        told = ran(
            "headquarters",
            "publish",
            "--dir",
            store.office,
            "--bundle",
            tmp_path / "chain.bundle",
            "--profiles",
            tmp_path / "by-store",
        )
        assert told.splitlines()[1] == "published the profiles of 2 stores"
        own, port = store.headquarters, free_port()
        words = ("--ca-file", own.ca_file, "--certificate-file", own.certificate_file, "--key-file", own.key_file)
        with serving(store.office, store.broker_port, *map(str, words), "--http-port", str(port)):
            for name in names:
                settings = store.settings(name)
                bundles = f'[sync]\nbundles = "http://127.0.0.1:{port}"\nroot_file = "{store.office / "root.json"}"\n'
                settings.write_text(settings.read_text().replace("[sync]\n", bundles))
                assert look(store, name).endswith(": installed")
            assert holding(store.state("register-1"), tokens) == {ANNA, OLGA}
            assert holding(store.state("register-2"), tokens) == {BORIS, OLGA}

            # A shopper who asks is told what is in the files of the stores.
            beside = ("--bundle", tmp_path / "chain.bundle", "--profiles", tmp_path / "by-store")
            shown = ran("headquarters", "shopper", "show", "--dir", store.office, "--json", *beside, typed=ANNA)
            assert json.loads(shown)["profile"]

            # Olga is erased; the night after no model is trained, only profiles go down.
            ran("headquarters", "forget", "--dir", store.office, "--id", "-", typed=OLGA)
            before = {name: slots(store.state(name) / "bundle.db").active or "" for name in names}
            train(store, tmp_path, without=OLGA)
            assert "published the profiles of 2 stores" in ran(
                "headquarters", "publish", "--dir", store.office, "--profiles", tmp_path / "by-store"
            )
            for name in names:
                assert look(store, name).endswith(": installed")
                after = slots(store.state(name) / "bundle.db").active or ""
                assert after != before[name]
                assert after.rpartition("-")[0] == before[name].rpartition("-")[0], "the same model"

            def forgotten() -> bool:
                return completed(tillside("headquarters", "forgotten", "--dir", store.office)).returncode == 0

            until(forgotten, what="both registers to have forgotten", pause=lambda: [look(store, name) for name in names])
            assert holding(store.state("register-1"), tokens) == {ANNA}
            assert holding(store.state("register-2"), tokens) == {BORIS}
            assert holding(store.office / "repository", tokens) == set()
