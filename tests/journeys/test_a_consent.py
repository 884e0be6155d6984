"""A shopper agrees, is known at the till, withdraws, is gone from every file, and agrees again: through the programs."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from fakes import corner_shop
from fakes.device_till import receipts, till_on, wire
from fakes.enrolled_chain import Chain, chain
from fakes.headquarters import free_port, serving
from fakes.patience import until
from fakes.program import Program, completed, tillside

from device.bundle import Bundle
from device.shopper import Keyring, tombstone
from sync import activation
from sync.central import open_central

CARD, PHONE, OTHER = "7700 0001", "+7 916 000 00 17", "7700 0002"


def asked(store: Chain, *words: str, typed: str) -> subprocess.CompletedProcess[str]:
    return completed(tillside("headquarters", "shopper", words[0], "--dir", store.office, *words[1:]), told=typed)


def say(store: Chain, card: str, word: str) -> subprocess.CompletedProcess[str]:
    done = asked(store, "consent", "--purpose", "profiling", word, "--source", "till", "--text", "3", typed=f"{card}\n")
    assert done.returncode == 0, done.stderr
    return done


def trained(store: Chain, hour: int) -> set[str]:
    """A bundle from all receipts of headquarters, into the register's slot that is not in use; whose profiles are in it."""
    out = store.folder / f"{hour}.bundle"
    words = ("--receipts", store.folder / "shop", "--central", f"sqlite:///{store.office}/central.db", "--out", out)
    done = completed(tillside("train", *words, "--shopper-key", store.authority / "shopper.keys"))
    assert done.returncode == 0, done.stderr
    with closing(Bundle.open(out)) as bundle:
        identity = bundle.manifest.identity
    state = store.state("register-1")
    activation.install(out, state / "bundle.db", identity)
    out.unlink()
    return {name for in_use, name in activation.profiles(state / "bundle.db") if in_use}


def sync(store: Chain) -> None:
    done = completed(tillside("sync", "run", "--once", "--settings", store.settings("register-1")))
    assert done.returncode == 0, done.stderr


def holding(store: Chain, *tokens: str) -> set[str]:
    """Files with one of the pseudonyms, as their bytes or as hexadecimal digits."""
    needles = [needle for token in tokens for needle in (token.encode(), bytes.fromhex(token))]
    files = [path for path in store.folder.rglob("*") if path.is_file()]
    return {path.name for path in files if any(needle in path.read_bytes() for needle in needles)}


def buy(port: int, basket_id: str, card: str) -> None:
    with contextlib.closing(till_on(port)) as till:
        till.sendall(wire(basket_id, 1, "bread", card=card))
        till.sendall(wire(basket_id, 2, "bread", state="closed", card=card))


def test_consent_is_given_withdrawn_and_given_again(tmp_path: Path) -> None:
    with chain(tmp_path) as store:
        corner_shop.write(tmp_path / "shop", 150)
        state, port = store.state("register-1"), free_port()
        settings = store.settings("register-1")
        settings.write_text(settings.read_text().replace("port = 9 }", f"port = {port}, listen = true }}"))
        store.enrol("register-1")
        open_central(f"sqlite:///{store.office}/central.db", create=True).close()
        keys = Keyring.read(store.authority / "shopper.keys")
        (card, *_), (phone, *_), (other, *_) = (keys.shoppers(name, datetime.now(UTC)) for name in (CARD, PHONE, OTHER))

        # Who agreed has a profile, under the phone too; whoever did not, has none.
        assert asked(store, "link", typed=f"card {CARD}\nphone {PHONE}\n").returncode == 0
        say(store, CARD, "--yes")
        assert {card.token, phone.token} <= trained(store, 1)
        own = store.headquarters
        words = ("--ca-file", own.ca_file, "--certificate-file", own.certificate_file, "--key-file", own.key_file)
        with (
            Program(tillside("run", "--settings", settings), tmp_path / "daemon.log") as daemon,
            serving(store.office, store.broker_port, *map(str, words)),
        ):
            daemon.says("ready:")

            def bought(basket_id: str, shopper: str, count: int) -> str | None:
                buy(port, basket_id, shopper)
                until(lambda: len(receipts(state / "edge.db")) == count, what="the receipt", seen=daemon.words)
                return receipts(state / "edge.db")[-1].shopper

            assert bought("a", PHONE, 1) == phone.token
            assert bought("b", OTHER, 2) is None, "without consent no name is kept"
            sync(store)
            held = json.loads(asked(store, "show", "--json", typed=f"{CARD}\n").stdout)
            assert (held["holds"], held["counted"]["receipts"]) == (["profiling"], 1)

            # No to profiling: gone from headquarters at once, from the register with its next visits and the next bundle.
            assert "receipts are anonymous" in say(store, CARD, "--no").stdout
            assert "central.db" not in {name.partition("-")[0] for name in holding(store, card.token, phone.token)}
            assert trained(store, 2) & {card.token, phone.token} == set()
            until(
                lambda: completed(tillside("headquarters", "forgotten", "--dir", store.office)).returncode == 0,
                what="the register to have forgotten",
                seen=daemon.words,
                pause=lambda: sync(store),
            )
            assert holding(store, card.token, phone.token, other.token) == set()
            assert bought("c", PHONE, 3) is None

            # Yes again, by the phone: another bundle and one more visit, and the till knows the shopper.
            done = asked(
                store,
                "consent",
                "--purpose",
                "profiling",
                "--yes",
                "--source",
                "app",
                "--text",
                "4",
                "--kind",
                "phone",
                typed=PHONE,
            )
            assert "to be forgotten" not in done.stdout, done.stderr
            assert phone.token in trained(store, 3)
            sync(store)
            until(lambda: not listed(state, phone.token), what="the register to know the shopper again", seen=daemon.words)
            assert bought("d", PHONE, 4) == phone.token
            assert bought("e", CARD, 5) is None, "the card was not said to be the phone's again"
            daemon.terminate()
            assert daemon.wait() == 0


def listed(state: Path, token: str) -> bool:
    with closing(sqlite3.connect(f"file:{state / 'edge.db'}?mode=ro", uri=True)) as db:
        return db.execute("SELECT 1 FROM tombstone WHERE hash = ?", (tombstone(token),)).fetchone() is not None
