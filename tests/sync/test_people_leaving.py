"""Shoppers who withdraw, come back, are erased, or were not seen for long: what is left of them, on both engines."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.patience import until
from fakes.shoppers import ANNA, BORIS, KEYS, NOW, PHONE, bytes_of, claim, said, sell, token

from device.errors import SyncError
from device.shopper import Key, Keyring, tombstone
from sync.agreement import take_out_withdrawn
from sync.central import Central
from sync.central.forgetting import Forgetting
from sync.central.people import MAX_A_DAY, Counted, Kind, PeopleOffice, Purpose, open_people
from sync.commands import leaving
from sync.identity import authority, desk


def test_withdrawal_takes_the_pseudonyms_out_of_everything_and_keeps_the_words(
    people: PeopleOffice, forgetting: Forgetting, store: Central, url: str
) -> None:
    people.link([claim(ANNA), claim(PHONE, Kind.PHONE)], NOW)
    people.say([said(ANNA), said(BORIS)], NOW)
    sell(store, [token(ANNA), token(PHONE), token(BORIS), None] * 10)
    people.review()
    people.say([said(ANNA, given=False, minutes=-1)], NOW)
    assert [token(BORIS) in one.pseudonyms for one in people.people()] == [True], "from the word on, before anything is taken out"
    count, done = take_out_withdrawn(people, forgetting, NOW)
    assert (count, done.receipts, done.clean) == (4, 20, True)
    content = bytes_of(url)
    for shopper in (*claim(ANNA).shoppers, *claim(PHONE).shoppers):
        assert shopper.token.encode() not in content
    assert token(BORIS).encode() in content
    assert people.of(token(ANNA)) is None
    assert [(one.given, one.source) for one in people.held(claim(ANNA)).said] == [(True, "app"), (False, "app")]
    assert take_out_withdrawn(people, forgetting, NOW)[0] == 0
    # An older file, imported again, brings nobody back; nor does another of the identities.
    assert people.say([said(ANNA), said(PHONE, kind=Kind.PHONE)], NOW).forgotten == 2
    assert people.of(token(ANNA)) is people.of(token(PHONE)) is None


def test_who_withdrew_and_agrees_again_is_known_again(
    people: PeopleOffice, forgetting: Forgetting, store: Central, url: str
) -> None:
    people.say([said(ANNA)], NOW)
    people.say([said(ANNA, given=False, minutes=-10)], NOW)
    take_out_withdrawn(people, forgetting, NOW)
    before = forgetting.latest()
    assert people.say([said(ANNA, Purpose.HISTORY, minutes=-5), said(ANNA, minutes=-5)], NOW) == (2, 0, 0)
    (anna,) = people.people()
    assert anna.consents == {Purpose.PROFILING, Purpose.HISTORY}
    told = forgetting.after(before, 10)
    assert [(one.hash in {tombstone(name) for name in anna.pseudonyms}, one.lifted) for one in told] == [(True, True)] * 2
    sell(store, [token(ANNA)])
    assert token(ANNA).encode() in next(iter(store.receipts())), "and receipts name the shopper again"
    # And may withdraw again.
    people.say([said(ANNA, given=False, minutes=-1)], NOW)
    assert take_out_withdrawn(people, forgetting, NOW)[1].receipts == 1
    assert token(ANNA).encode() not in bytes_of(url)
    assert all(not one.lifted for one in forgetting.after(forgetting.latest() - 2, 10))


def test_erasure_is_of_every_identity_and_word_and_is_for_good(
    people: PeopleOffice, forgetting: Forgetting, store: Central, url: str
) -> None:
    people.link([claim(ANNA), claim(PHONE, Kind.PHONE)], NOW)
    people.link([claim(BORIS), claim(PHONE, Kind.PHONE)], NOW)
    people.say([said(ANNA), said(BORIS)], NOW)
    sell(store, [token(ANNA), token(PHONE), token(BORIS)])
    assert forgetting.forget([token(PHONE)], NOW).receipts == 2
    content = bytes_of(url)
    for shopper in (*claim(ANNA).shoppers, *claim(PHONE).shoppers):
        assert shopper.token.encode() not in content
    assert people.held(claim(ANNA)) == (None, (), (), Counted(0, 0, "", ""))
    assert people.say([said(ANNA, minutes=-1)], NOW) == (1, 0, 1), "there is no later word that lifts this"
    assert people.of(token(ANNA)) is None
    assert people.link([claim(ANNA)], NOW).person is None
    assert people.of(token(BORIS)) is not None


def test_retention_reaches_persons_and_words(people: PeopleOffice, forgetting: Forgetting, store: Central, url: str) -> None:
    year = -60 * 24 * 365
    people.say([said(ANNA, minutes=year), said(BORIS, minutes=year), said("card 3")], NOW + timedelta(minutes=year))
    people.say([said("card 4", given=False, minutes=year)], NOW)
    sell(store, [token(BORIS)])
    before = NOW + timedelta(minutes=year + 60)
    assert people.expire(before).persons == 1, "who neither bought nor said anything since"
    assert people.of(token(ANNA)) is None
    assert token(ANNA).encode() not in bytes_of(url)
    assert people.held(claim(ANNA)).said == people.held(claim("card 4")).said == ()
    assert {len(one.pseudonyms) for one in people.people()} == {2}
    assert forgetting.latest() == 0, "nobody is forgotten for it: who agrees again is known at once"


def office(tmp_path: Path, keys: Keyring = KEYS) -> Path:
    """Headquarters' folder, with an authority that has these keys."""
    folder = tmp_path / "office"
    authority.init(folder, authority.About(("localhost",), "localhost", 8883), datetime.now(UTC))
    (folder / "authority" / "shopper.keys").write_text(keys.text())
    return folder


def test_the_command_that_expires_tells_of_persons_too(people: PeopleOffice, store: Central, url: str, tmp_path: Path) -> None:
    old = -60 * 24 * 3000
    people.say([said(ANNA, minutes=old)], NOW + timedelta(minutes=old))
    done = CliRunner().invoke(leaving.expire, ["--dir", str(tmp_path), "--central", url, "--days", "1000"])
    assert "0 refused batches, 1 persons who neither bought nor said anything since" in done.stdout, done.output
    assert people.of(token(ANNA)) is None


def test_with_this_years_key_a_person_goes_on_with_consents_and_receipts(store: Central, url: str, tmp_path: Path) -> None:
    year = datetime.now(UTC).year
    keys = Keyring((Key(year - 1, date(year - 1, 1, 1), b"\1" * 32), Key(year, date(year, 1, 1), b"\2" * 32)))
    before = Keyring(keys.keys[:1])
    old, new = (shopper.token for shopper in keys.every(ANNA))
    with closing(open_people(url, NOW, create=True)) as people:
        people.say([said(ANNA)._replace(claim=claim(ANNA, keys=before))], NOW)
    sell(store, [old, None])
    ids = tmp_path / "ids"
    ids.write_text(f"{ANNA}\n")
    done = CliRunner().invoke(leaving.rekey, ["--dir", str(office(tmp_path, keys)), "--central", url, "--ids", str(ids)])
    assert "1 receipts have this year's pseudonyms" in done.stdout, done.output
    with closing(open_people(url, NOW)) as people:
        (person,) = people.people()
        assert person.pseudonyms == (new, old)
    assert new.encode() in next(iter(store.receipts()))


@pytest.mark.parametrize(
    ("cards", "why"), [(b"\xe9\xff4711\n", "is not in UTF-8"), (b"1" * 100_000, "has more than 200 letters: write one card a")]
)
def test_what_is_no_list_of_cards_is_one_sentence(cards: bytes, why: str, store: Central, url: str, tmp_path: Path) -> None:
    sell(store, [None])
    ids = tmp_path / "ids"
    ids.write_bytes(cards)
    done = CliRunner().invoke(leaving.rekey, ["--dir", str(office(tmp_path)), "--central", url, "--ids", str(ids)])
    assert isinstance(done.exception, SyncError), done.output
    assert why in str(done.exception)
    assert "1111" not in str(done.exception)


@pytest.mark.parametrize("retention_days", [None, 36_500])
def test_headquarters_finds_shared_cards_by_itself(
    retention_days: int | None, people: PeopleOffice, store: Central, url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    people.say([said(ANNA), said("canteen")], NOW)
    sell(store, [token("canteen")] * (MAX_A_DAY + 1))
    over = threading.Event()
    keeping = threading.Thread(target=desk.keep, args=(office(tmp_path), over, url, retention_days))
    keeping.start()
    until(lambda: "a card that many share" in caplog.text, what="the canteen to be told of", seen=lambda: caplog.text)
    over.set()
    keeping.join()
    assert [token(ANNA) in one.pseudonyms for one in people.people()] == [True]
