"""Who is who and who agreed to what: cards, phones and accounts of one person, on both engines."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from fakes.shoppers import ACCOUNT, ANNA, BORIS, KEYS, NOW, PHONE, claim, said, sell, token

from device.errors import CentralError
from device.shopper import Keyring
from sync.central import Central, open_central
from sync.central.past import PastLine, PastReceipt, open_past
from sync.central.people import (
    MAX_A_DAY,
    MAX_DISPUTES,
    MAX_RECEIPTS,
    MAX_TOKENS,
    Counted,
    Kind,
    PeopleOffice,
    Person,
    Purpose,
    open_people,
    standing,
)


def test_absent_consent_is_none(people: PeopleOffice) -> None:
    people.link([claim(ANNA)], NOW)
    people.say([said(BORIS, Purpose.HISTORY), said(BORIS, Purpose.OFFERS)], NOW)
    assert list(people.people()) == [], "neither a known card nor another purpose is consent to a profile"
    anna = people.of(token(ANNA))
    assert anna is not None
    assert anna.consents == frozenset()
    assert people.of(token("nobody's")) is None


def test_who_agreed_is_listed_under_the_pseudonyms_of_both_years(people: PeopleOffice) -> None:
    done = people.say([said(ANNA), said(ANNA, Purpose.OFFERS), said(BORIS)], NOW)
    assert done == (3, 0, 0)
    listed = list(people.people())
    assert [one.id for one in listed] == sorted(one.id for one in listed)
    anna = next(one for one in listed if token(ANNA) in one.pseudonyms)
    new, old = (shopper.token for shopper in reversed(KEYS.every(ANNA)))
    assert anna.pseudonyms == (new, old), "of the newest key first"
    assert anna.consents == {Purpose.PROFILING, Purpose.OFFERS}
    assert people.of(new) == people.of(old) == anna
    assert people.say([said(ANNA), said(BORIS)], NOW) == (0, 2, 0), "said again it is known"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_latest_word_counts_in_whatever_order_they_come(people: PeopleOffice, order: tuple[int, ...]) -> None:
    words = [said(ANNA, minutes=-30), said(ANNA, given=False, minutes=-20), said(ANNA, minutes=-10)]
    for place in order:
        people.say([words[place]], NOW)
    assert people.of(token(ANNA)).consents == {Purpose.PROFILING}
    held = people.held(claim(ANNA))
    assert [(one.given, one.at) for one in held.said] == [(False, words[1].at), (True, words[2].at)], "the latest yes and no stay"


def test_of_the_same_instant_no_counts_and_of_the_future_only_no(people: PeopleOffice) -> None:
    people.say([said(ANNA, minutes=-5), said(ANNA, given=False, minutes=-5)], NOW)
    people.say([said(BORIS, minutes=+1)], NOW)
    people.say([said("card 3"), said("card 3", given=False, minutes=+600)], NOW)
    assert list(people.people()) == []
    assert standing([("offers", 1, 7)], 7) == {Purpose.OFFERS}
    assert standing([("offers", 1, 7)], 6) == frozenset()


def test_a_clock_that_jumped_back_makes_consents_sleep_and_not_vanish(people: PeopleOffice, url: str) -> None:
    people.say([said(ANNA)], NOW)
    with closing(open_people(url, NOW - timedelta(days=400))) as early:
        assert list(early.people()) == []
    with closing(open_people(url, NOW + timedelta(days=1))) as late:
        assert len(list(late.people())) == 1


def test_card_phone_and_account_are_one_person_and_linking_again_changes_nothing(people: PeopleOffice) -> None:
    claims = [claim(ANNA), claim(PHONE, Kind.PHONE), claim(ACCOUNT, Kind.ACCOUNT)]
    made = people.link(claims, NOW)
    assert (made.new, made.disputed) == (6, ())
    people.say([said(PHONE, kind=Kind.PHONE)], NOW)
    (person,) = people.people()
    assert set(person.pseudonyms) == {shopper.token for one in claims for shopper in one.shoppers}
    assert person.id == made.person
    for again in itertools.permutations(claims):
        assert people.link(list(again), NOW) == (made.person, 0, ())
    assert [one.kind for one in people.held(claims[1]).identities] != []
    assert {one.kind for one in people.held(claims[1]).identities} == set(Kind)


def test_the_phone_that_two_cards_claim_stays_with_the_first_and_that_is_told(people: PeopleOffice) -> None:
    first = people.link([claim(ANNA), claim(PHONE, Kind.PHONE)], NOW)
    for _ in range(2):
        second = people.link([claim(BORIS), claim(PHONE, Kind.PHONE)], NOW + timedelta(hours=1))
        assert second.disputed == (Kind.PHONE,)
        assert second.person != first.person
    assert people.of(token(PHONE)).id == first.person
    (phone,) = (one for one in people.held(claim(ANNA)).identities if one.kind is Kind.PHONE)
    assert phone.disputes == 1, "the same claimant is counted once"
    # Whichever way it is settled: they are one person after all ...
    assert people.merge(claim(BORIS), claim(ANNA)) == first.person
    assert people.of(token(BORIS)) == people.of(token(PHONE))
    assert all(one.disputes == 0 for one in people.held(claim(ANNA)).identities)
    assert people.merge(claim(BORIS), claim(PHONE, Kind.PHONE)) == first.person, "merged again it is the same"


def test_a_phone_that_was_never_theirs_can_be_taken_away_and_linked_anew(people: PeopleOffice) -> None:
    anna = people.link([claim(ANNA), claim(PHONE, Kind.PHONE)], NOW).person
    boris = people.link([claim(BORIS), claim(PHONE, Kind.PHONE)], NOW).person
    own = people.split(claim(PHONE, Kind.PHONE), NOW)
    assert own not in {anna, boris}
    assert people.split(claim(PHONE, Kind.PHONE), NOW) == own, "split again it is the same"
    assert people.link([claim(BORIS), claim(PHONE, Kind.PHONE)], NOW).disputed == ()
    assert people.of(token(PHONE)).id == people.of(token(BORIS)).id != people.of(token(ANNA)).id


def test_a_person_may_begin_with_an_identity_that_was_split_off(people: PeopleOffice) -> None:
    first = people.link([claim(ANNA), claim(PHONE, Kind.PHONE)], NOW).person
    assert people.split(claim(ANNA), NOW) != first
    assert people.of(token(PHONE)).id == first
    assert len({people.of(token(name)).id for name in (ANNA, PHONE)}) == 2


def test_after_a_split_a_yes_goes_with_its_identity_and_a_no_with_both(people: PeopleOffice) -> None:
    people.link([claim(ANNA), claim(PHONE, Kind.PHONE)], NOW)
    people.say(
        [said(ANNA), said(ANNA, Purpose.OFFERS), said(PHONE, Purpose.OFFERS, given=False, minutes=-30, kind=Kind.PHONE)], NOW
    )
    assert people.of(token(ANNA)).consents == {Purpose.PROFILING}
    people.split(claim(PHONE, Kind.PHONE), NOW)
    assert people.of(token(ANNA)).consents == {Purpose.PROFILING}, "what was taken back by phone does not stand up again"
    assert people.of(token(PHONE)).consents == frozenset()


def test_merged_persons_agree_to_what_the_latest_word_of_both_says(people: PeopleOffice) -> None:
    people.say([said(ANNA), said(BORIS), said(ANNA, Purpose.OFFERS), said(BORIS, Purpose.OFFERS, given=False, minutes=-1)], NOW)
    people.merge(claim(ANNA), claim(BORIS))
    (both,) = people.people()
    assert (len(both.pseudonyms), both.consents) == (4, {Purpose.PROFILING})


def test_who_is_known_to_nobody_is_neither_merged_nor_split(people: PeopleOffice) -> None:
    people.link([claim(ANNA)], NOW)
    with pytest.raises(CentralError, match="known to nobody here"):
        people.merge(claim(ANNA), claim(BORIS))
    with pytest.raises(CentralError, match="nothing to split"):
        people.split(claim(BORIS), NOW)


def test_claims_without_end_find_bounds(people: PeopleOffice) -> None:
    people.link([claim(ANNA), claim(PHONE, Kind.PHONE)], NOW)
    for number in range(MAX_DISPUTES + 10):
        assert people.link([claim(f"c{number}"), claim(PHONE, Kind.PHONE)], NOW).disputed == (Kind.PHONE,)
    (phone,) = (one for one in people.held(claim(ANNA)).identities if one.kind is Kind.PHONE)
    assert phone.disputes == MAX_DISPUTES
    most = MAX_TOKENS // 2 - 2
    people.say([said(f"d{number}") for number in range(most + 1)], NOW)
    for number in range(most):
        people.merge(claim(ANNA), claim(f"d{number}"))
    with pytest.raises(CentralError, match="no one person's"):
        people.merge(claim(ANNA), claim(f"d{most}"))
    assert people.link([claim("new"), claim(ANNA, Kind.CARD)], NOW).disputed == (Kind.CARD,)


def test_a_new_years_pseudonym_joins_its_person_with_all_that_was_said(people: PeopleOffice) -> None:
    old = Keyring(KEYS.keys[:1])
    people.say([said(ANNA)._replace(claim=claim(ANNA, keys=old)), said(BORIS)._replace(claim=claim(BORIS, keys=old))], NOW)
    (renamed,) = {KEYS.renamed([ANNA], NOW + timedelta(days=60))[token(ANNA)]}
    assert people.rename([(token(ANNA), renamed), (token("nobody's"), renamed)]) == 1
    assert people.rename([(token(ANNA), renamed)]) == 0
    assert people.of(renamed.token) == people.of(token(ANNA))
    held = people.held(claim(ANNA))
    assert [len(one.tokens) for one in held.identities] == [2]
    # The old one may go; the consent stands under the new one too.
    assert people.split(claim(ANNA), NOW) == people.of(token(ANNA)).id


def test_a_canteens_card_is_found_by_its_number_of_receipts_or_by_one_day(people: PeopleOffice, store: Central, url: str) -> None:
    shoppers = [ANNA, BORIS, "canteen", "cashier"]
    people.say([said(name) for name in shoppers], NOW)
    assert len(list(people.people())) == 4
    sell(store, [token("cashier")] * (MAX_A_DAY + 1) + [token(ANNA)] * 3 + [None] * 20)
    line = (PastLine("milk", 1000),)
    days = [(NOW - timedelta(days=day)).date().isoformat() for day in range(1, 1001)]
    past = [
        PastReceipt(f"{day}-{number}", line, store="S1", local_time=f"{day}T09:{number:02}:00", shopper=token("canteen"))
        for day in days
        for number in range(MAX_RECEIPTS // 1000)
    ]
    with closing(open_past(url, create=True)) as kept:
        for first in range(0, len(past), 2000):
            kept.keep(past[first : first + 2000], "file", lambda _: b"", replace=False)
    found = people.review()
    assert (found.changed, len(found.shared)) == (3, 2)
    assert [token(name) in {one for person in people.people() for one in person.pseudonyms} for name in shoppers] == [
        True,
        True,
        False,
        False,
    ]
    assert people.of(token("canteen")).consents == frozenset(), "whoever asks is told that it agreed to nothing"
    assert people.held(claim("canteen")).counted == Counted(MAX_RECEIPTS, 10, days[-1], days[0])
    assert people.review() == (0, ()), "counted again nothing is another number"
    # A late receipt changes the one person it is of.
    sell(store, [token(ANNA)], lo=500)
    assert people.review() == (1, ())


def test_a_split_card_is_a_canteens_until_it_is_counted_anew(people: PeopleOffice, store: Central) -> None:
    people.link([claim(ANNA), claim(PHONE, Kind.PHONE)], NOW)
    people.say([said(ANNA), said(PHONE, kind=Kind.PHONE)], NOW)
    sell(store, [token(ANNA)] * (MAX_A_DAY + 1))
    people.review()
    people.split(claim(PHONE, Kind.PHONE), NOW)
    assert list(people.people()) == []
    people.review()
    assert [token(PHONE) in one.pseudonyms for one in people.people()] == [True]


def test_two_commands_at_once_keep_every_word_and_make_no_person_twice(url: str, store: Central) -> None:
    cards = [f"card {number}" for number in range(60)]
    troubles = []

    def work(seed: int) -> None:
        mine = random.Random(seed).sample(cards, len(cards))
        try:
            with closing(open_people(url, NOW, create=True)) as people:
                for first in range(0, len(mine), 7):
                    people.say([said(name, minutes=-seed - 1) for name in mine[first : first + 7]], NOW)
                    people.link([claim(mine[first]), claim(f"p{mine[first]}", Kind.PHONE)], NOW)
        except CentralError as error:
            troubles.append(error)

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert troubles == []
    with closing(open_people(url, NOW)) as people:
        assert len(list(people.people())) == len(cards)
        assert len({people.of(token(name)).id for name in cards}) == len(cards)


@pytest.fixture
def emptied(server: str) -> Iterator[str]:
    yield server
    with psycopg.connect(server) as db:
        db.execute("DROP SCHEMA IF EXISTS tillside CASCADE")


def test_both_engines_tell_the_same_persons(emptied: str, tmp_path: Path) -> None:
    dice = random.Random(7)
    cards, phones = [f"card {number}" for number in range(12)], [f"phone {number}" for number in range(8)]
    addresses = (f"sqlite:///{tmp_path / 'central.db'}", emptied)
    with closing(open_central(addresses[0], create=True)), closing(open_central(addresses[1], create=True)):
        pass
    with (
        closing(open_people(addresses[0], NOW, create=True)) as file,
        closing(open_people(addresses[1], NOW, create=True)) as other,
    ):
        for step in range(120):
            card, phone = claim(dice.choice(cards)), claim(dice.choice(phones), Kind.PHONE)
            word = said(dice.choice(cards), dice.choice(list(Purpose)), given=dice.random() < 0.7, minutes=dice.randrange(-99, 9))
            at = NOW + timedelta(seconds=step)
            kind, told = dice.randrange(4), []
            for people in (file, other):
                try:
                    match kind:
                        case 0:
                            told.append(people.link([card, phone], at))
                        case 1:
                            told.append(people.say([word], at))
                        case 2:
                            told.append(people.merge(card, phone))
                        case _:
                            told.append(people.split(phone, at))
                except CentralError as error:
                    told.append(str(error))
            assert told[0] == told[1]
        assert list(file.people()) == list(other.people())
        assert all(isinstance(one, Person) for one in file.people())
        assert file.review() == other.review()
