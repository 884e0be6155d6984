"""Whose history goes into a bundle: who agreed, under every name; nobody else's receipts are told apart."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from fakes.training_command import run

from device.bundle import Bundle
from device.errors import CentralError
from device.profiles import Profile
from device.shopper import Keyring, pseudonym, read_or_make_key
from model_export import consents
from model_export.commands import train
from model_export.history import NOBODY
from model_export.regulars.people import regulars
from sync.central import open_central
from sync.central.people import MAX_A_DAY, MAX_RECEIPTS, Claim, Kind, Person, Purpose, Statement, open_people

ALL = frozenset(Purpose)


def row(receipt: str, sku: str, customer: str | None, *, day: int = 1, **more) -> dict:
    at = datetime(2026, 5, 1, 9) + timedelta(days=day, minutes=len(receipt))
    return {"receipt_id": receipt, "at": at, "store": "S1", "customer": customer, "line": 1, "sku": sku, **more}


def history_of(shop, rows: list[dict]):
    return shop.history(rows)


def test_who_did_not_agree_is_nobody_and_two_cards_of_one_person_are_one_shopper(shop) -> None:
    history = history_of(shop, [row(f"r{n}", "milk", who, day=n) for n, who in enumerate(("a", "b", "c", "a", None))])
    a, b, c = history.shoppers
    made = consents.agreed(history, [Person("1" * 32, ("f" * 32, b, a), ALL), Person("2" * 32, ("e" * 32,), ALL)])
    shopper = made.history.shopper
    assert shopper[2] == shopper[4] == NOBODY, "c did not agree"
    assert shopper[0] == shopper[1] == shopper[3] != NOBODY
    own = made.history.shoppers[shopper[0]]
    assert made.names == {own: ("f" * 32, b, a), "e" * 32: ("e" * 32,)}
    found = {one.pseudonyms: len(one.sizes) for one in regulars(made.history, made.names)}
    assert found == {("f" * 32, b, a): 3, ("e" * 32,): 0}
    assert any("1 receipts name shoppers who did not agree" in remark for remark in made.history.remarks)
    assert c not in {name for names in made.names.values() for name in names}


def test_without_consent_to_history_the_profile_is_empty_and_a_recorded_no_stays_one(shop) -> None:
    rows = [row("r1", "milk", "a", consent=True), row("r22", "milk", "b", consent=True), row("r333", "tea", "b", consent=False)]
    history = history_of(shop, rows)
    a, b = history.shoppers
    made = consents.agreed(history, [Person("1", (a,), frozenset({Purpose.PROFILING})), Person("2", (b,), ALL)])
    assert list(made.history.consent) == [False, True, False]
    assert (made.history.shopper != NOBODY).all()


def test_a_card_that_many_share_is_nobodys(shop) -> None:
    rows = [row(f"c{n}", "milk", "cashier") for n in range(MAX_A_DAY + 1)]
    rows += [row(f"o{n}", "milk", "often") for n in range(MAX_A_DAY)]
    rows += [row(f"a{n}", "tea", "anna", day=n) for n in range(60)]
    history = consents.without_shared(history_of(shop, rows))
    known = {history.shoppers[code] for code in history.shopper if code != NOBODY}
    assert len(known) == 2
    assert int((history.shopper == NOBODY).sum()) == MAX_A_DAY + 1
    assert [remark for remark in history.remarks if "1 cards are shown as only many people could" in remark]


def test_ten_thousand_receipts_are_no_household_with_or_without_times(shop) -> None:
    rows = [row(f"r{n}", "milk", "canteen", day=n) for n in range(MAX_RECEIPTS)] + [row("x", "tea", "anna")]
    history = history_of(shop, rows)
    assert int((consents.without_shared(history).shopper != NOBODY).sum()) == 1
    history.at[:] = "NaT"
    assert int((consents.without_shared(history).shopper != NOBODY).sum()) == 1


@pytest.fixture
def chain(tmp_path, shop):
    """Receipts of five cards in a folder, a key, and a central store without a receipt."""
    shop.write_lines(shop.folder, shop.sales(300))
    read_or_make_key(tmp_path / "key")
    url = f"sqlite:///{tmp_path / 'central.db'}"
    open_central(url, create=True).close()
    return url


def trained(tmp_path, shop, url: str, *more: str):
    words = ("--receipts", shop.folder, "--central", url, "--out", tmp_path / "b", "--shopper-key", tmp_path / "key", "--json")
    done = run(train, *words, *more)
    return json.loads(done.stdout), done.stderr


def test_training_from_the_central_store_takes_nobodys_history_without_a_registered_consent(chain, tmp_path, shop) -> None:
    facts, told = trained(tmp_path, shop, chain)
    assert facts["profiles"] == 0
    assert "0 shoppers' histories go into the bundle (of 0 whose consent is in the central store)" in told
    facts, _ = trained(tmp_path, shop, chain, "--consent", "as-recorded")
    assert facts["profiles"] == 5, "a data set that carries consent is taken at its word when asked to"


def test_who_agreed_is_in_the_bundle_under_every_identity_be_the_history_empty(chain, tmp_path, shop) -> None:
    keys, at = Keyring.read(tmp_path / "key"), datetime.now(UTC)
    with closing(open_people(chain, at, create=True)) as people:
        people.link([Claim(Kind.CARD, keys.every("card 1")), Claim(Kind.PHONE, keys.every("79160000017"))], at)
        for name in ("card 1", "card of nobody yet"):
            for purpose in (Purpose.PROFILING, Purpose.HISTORY):
                people.say([Statement(Claim(Kind.CARD, keys.every(name)), purpose, True, at, "app", "1")], at)
    facts, _ = trained(tmp_path, shop, chain)
    assert facts["profiles"] == 1
    with closing(Bundle.open(tmp_path / "b")) as bundle:
        secret = keys.keys[0].secret
        card, phone, new, other = (
            bundle.profile(pseudonym(secret, name)) for name in ("card 1", "79160000017", "card of nobody yet", "card 2")
        )
    assert card.history
    assert phone == card
    assert new == Profile(), "the register may name this shopper from now on"
    assert other is None


def test_registered_consents_need_a_central_store_that_knows_them(tmp_path, shop, chain) -> None:
    done = run(train, "--receipts", shop.folder, "--out", tmp_path / "b", "--consent", "registered")
    assert done.exit_code == 2
    assert "--central" in done.stderr
    with pytest.raises(CentralError, match="no central store"):
        trained(tmp_path, shop, f"sqlite:///{tmp_path / 'none.db'}")
