"""A shopper of an enrolled register is forgotten: at headquarters, on the register, in both its bundles, to the last byte."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from fakes.device_shop import REGULAR, contents
from fakes.device_till import receipts, till_on, wire
from fakes.enrolled_chain import Chain, chain
from fakes.headquarters import free_port, serving
from fakes.patience import until
from fakes.program import Program, completed, tillside

from device.bundle import write
from device.domain import Pseudonym, Sku
from device.shopper import Keyring
from device.slots import slots
from sync import activation


def install(state: Path, folder: Path, hour: int, *shoppers: Pseudonym) -> None:
    """Into the slot that is not in use, as the nightly sync does it."""
    path = folder / f"{hour}.bundle"
    profiles = {one: {Sku("coffee"): 1.0} for one in shoppers}
    made = write(path, contents(profiles=profiles, made_at=f"2026-05-04T0{hour}:00:00Z"))
    activation.install(path, state / "bundle.db", made.identity)
    path.unlink()


def headquarters(store: Chain, *words: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
    return completed(tillside("headquarters", words[0], "--dir", store.office, *words[1:]), told=typed)


def sync(store: Chain) -> None:
    done = completed(tillside("sync", "run", "--once", "--settings", store.settings("register-1")))
    assert done.returncode == 0, done.stderr


def where(store: Chain, token: str) -> set[str]:
    """Files with the pseudonym, as its bytes (`device.packed`) or as hexadecimal digits."""
    return holding(store, token.encode(), bytes.fromhex(token))


def holding(store: Chain, *needles: bytes) -> set[str]:
    files = [path for path in store.folder.rglob("*") if path.is_file()]
    return {path.name for path in files if any(needle in path.read_bytes() for needle in needles)}


def buy(port: int, basket_id: str) -> None:
    with contextlib.closing(till_on(port)) as till:
        till.sendall(wire(basket_id, 1, "bread", card=REGULAR))
        till.sendall(wire(basket_id, 2, "bread", state="closed", card=REGULAR))


def forgotten_up_to(state: Path) -> int:
    with contextlib.closing(sqlite3.connect(f"file:{state / 'edge.db'}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT through FROM forgotten").fetchone()[0])


def test_a_shopper_is_forgotten_everywhere_and_only_then_it_is_said(tmp_path: Path) -> None:
    with chain(tmp_path) as store:
        state, port = store.state("register-1"), free_port()
        settings = store.settings("register-1")
        settings.write_text(settings.read_text().replace("port = 9 }", f"port = {port}, listen = true }}"))
        store.enrol("register-1")
        keys = Keyring.read(state / "identity" / "shopper.keys")
        token = keys.shoppers(REGULAR, datetime.now(UTC))[0].token
        install(state, tmp_path, 1, token)
        install(state, tmp_path, 2, token)
        own = store.headquarters
        words = ("--ca-file", own.ca_file, "--certificate-file", own.certificate_file, "--key-file", own.key_file)
        with (
            Program(tillside("run", "--settings", settings), tmp_path / "daemon.log") as daemon,
            serving(store.office, store.broker_port, *map(str, words)),
        ):
            daemon.says("ready:")
            buy(port, "a")
            until(lambda: len(receipts(state / "edge.db")) == 1, what="the receipt")
            (first,) = receipts(state / "edge.db")
            assert (first.shopper, first.shopper_key) == (token, keys.keys[0].version)
            sync(store)
            written = where(store, token)
            assert {name.partition("-")[0] for name in written} == {"edge.db", "central.db", "bundle.db"}

            # Headquarters first, by the card; nobody else has forgotten yet, and that is said.
            done = headquarters(store, "forget", "--id", "-", typed=REGULAR)
            assert "1 receipts and 0 imported ones are anonymous" in done.stdout, done.stderr
            assert {name.partition("-")[0] for name in where(store, token)} == {"edge.db", "bundle.db"}
            told = headquarters(store, "forgotten", "--json")
            # One tombstone for each key: the card has a pseudonym under next year's too, once there is one.
            latest = len(Keyring.read(store.authority / "shopper.keys").keys)
            assert (told.returncode, json.loads(told.stdout)) == (1, {"latest": latest, "behind": {"register-1": 0}})

            # The register learns of it; its daemon clears the receipts while it runs, and takes the shopper for nobody.
            sync(store)
            until(lambda: forgotten_up_to(state) == latest, what="the daemon to forget", seen=daemon.words)
            buy(port, "b")
            until(lambda: len(receipts(state / "edge.db")) == 2, what="the second receipt")
            assert [one.shopper for one in receipts(state / "edge.db")] == [None, None]
            sync(store)
            assert {name.partition("-")[0] for name in where(store, token)} == {"bundle.db"}
            assert headquarters(store, "forgotten").returncode == 1, "the bundle in use still has the profile"

            # The next bundle is made without; the slot before it is emptied.
            install(state, tmp_path, 3)
            # While the daemon reads the new bundle, bytes of the old one may stay in the log: then it is not said yet.
            until(
                lambda: headquarters(store, "forgotten").returncode == 0,
                what="the register to have forgotten",
                seen=daemon.words,
                pause=lambda: sync(store),
            )
            assert where(store, token) == set()
            assert slots(state / "bundle.db").previous is None
            daemon.terminate()
            assert daemon.wait() == 0
    # Nobody wrote the card itself down, at any time.
    for form in (REGULAR, REGULAR.replace(" ", "")):
        assert holding(store, form.encode()) == set()
