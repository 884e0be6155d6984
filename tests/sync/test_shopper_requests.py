"""`tillside headquarters shopper`: what a shopper may ask, on both engines, and never a word of another shopper's."""

from __future__ import annotations

import json
import os
import stat
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from click.testing import CliRunner, Result
from fakes.device_shop import contents
from fakes.headquarters import rating, receipt
from fakes.headquarters_batches import AT, EPOCH, delivered
from fakes.shoppers import ANNA, BORIS, KEYS, PHONE, bytes_of, claim, token

from device.bundle import write
from device.domain import Pseudonym, Sku
from device.errors import SettingsError, SyncError
from device.profiles import Profile
from sync import envelope
from sync.central import Central
from sync.central.past import PastLine, PastReceipt, open_past
from sync.central.people import open_people
from sync.commands.shopper import shopper
from sync.envelope import Entry, Header

HEADER = "id,kind,purpose,given,at,source,version"


class Office:
    """A store with receipts of Anna, Boris and nobody, and the commands over it."""

    def __init__(self, folder: Path, url: str, store: Central) -> None:
        self.folder, self.url, self.store = folder, url, store
        self.key = folder / "keys"
        self.key.write_text(KEYS.text())
        self.key.chmod(0o600)

    def ask(self, name: str, *words: str | Path, typed: str = "", key: bool = True) -> Result:
        keys = ("--shopper-key", self.key) if key else ()
        every = [str(word) for word in (name, "--central", self.url, *keys, *words)]
        return CliRunner(catch_exceptions=False).invoke(shopper, every, input=typed)

    def say(self, card: str, purpose: str, word: str, *more: str, kind: str = "card") -> Result:
        words = ("--purpose", purpose, word, "--source", "form", "--text", "v7", "--kind", kind, *more)
        return self.ask("consent", *words, typed=f"{card}\n")

    def sell(self) -> None:
        names = {1: token(ANNA), 2: token(BORIS), 3: None, 4: token(PHONE), 5: token(BORIS)}
        entries = []
        for number, name in names.items():
            known = None if name is None else Pseudonym(name)
            sold = replace(receipt(number), shopper=known, shopper_key=None if name is None else 2026)
            entries.append(Entry(number, msgspec.json.encode(sold)))
        entries += [Entry(6, msgspec.json.encode(rating(1, 9)), 1), Entry(7, msgspec.json.encode(rating(2, 3)), 2)]
        header = Header(envelope.VERSION, "register-1", EPOCH, 1, 7, 7, "b1")
        (verdict,) = self.store.ingest([delivered(envelope.pack(header, entries))], AT)
        assert verdict.refused is None
        past = [
            PastReceipt(str(n), (PastLine("milk", 1000),), local_time=f"2025-0{n}-02T09:30:00", shopper=token(who), consent=True)
            for n, who in enumerate((ANNA, BORIS, ANNA), 1)
        ]
        with closing(open_past(self.url, create=True)) as kept:
            kept.keep(past, "file", lambda _: None, replace=False)


@pytest.fixture
def office(tmp_path: Path, url: str, store: Central) -> Office:
    made = Office(tmp_path, url, store)
    made.sell()
    return made


def linked(office: Office) -> None:
    assert office.ask("link", typed=f"card {ANNA}\nphone {PHONE}\n").exit_code == 0


def test_what_is_shown_explains_itself(office: Office, tmp_path: Path) -> None:
    linked(office)
    office.say(ANNA, "profiling", "--yes", "--at", "2026-05-01T10:00:00+03:00")
    office.say(PHONE, "offers", "--yes", kind="phone")
    office.say(ANNA, "offers", "--no")
    bundle = tmp_path / "b"
    profile = Profile({Sku("milk"): 0.5, Sku("tea"): 0.25}, segments=("loyal", "morning coffee"))
    write(bundle, contents(profiles={Pseudonym(token(ANNA)): profile, Pseudonym(token(BORIS)): {Sku("milk"): 1.0}}))
    told = office.ask("show", "--bundle", bundle, typed=f"{ANNA}\n").stdout
    for words in (
        "card: known since",
        "phone: known since",
        "profiling: yes",
        "agreed on 2026-05-01 07:00 UTC, by form, text v7",
        "offers: no",
        "refused or withdrew on",
        "history: no, nothing was said",
        "2 receipts of registers and 2 imported ones from 2025-01-02 to 2026-05-04, 1 of them rated",
        "segments: loyal, morning coffee",
        "profile: 2 items",
        "Товар milk: 50% of recent visits, because of 2 receipts, last on 2025-03-02",
    ):
        assert words in told, told
    by_phone = json.loads(office.ask("show", "--json", "--kind", "phone", typed=PHONE).stdout)
    by_card = json.loads(office.ask("show", "--json", typed=ANNA).stdout)
    assert by_phone == by_card
    assert (by_card["holds"], by_card["counted"]["receipts"], by_card["profile"]) == (["profiling"], 2, None)
    assert by_card["segments"] is None, "no bundle was asked"
    as_file = json.loads(office.ask("show", "--json", "--bundle", bundle, typed=ANNA).stdout)
    assert (as_file["segments"], len(as_file["profile"])) == (["loyal", "morning coffee"], 2)
    assert "segments: none" in office.ask("show", "--bundle", bundle, typed=f"{BORIS}\n").stdout
    assert "nothing is kept of this shopper" in office.ask("show", typed="nobody's\n").stdout


def test_an_export_has_everything_of_one_shopper_and_nothing_of_another(office: Office, tmp_path: Path) -> None:
    linked(office)
    office.say(ANNA, "profiling", "--yes")
    office.say(BORIS, "profiling", "--yes")
    out = tmp_path / "anna.json"
    done = office.ask("export", "--out", out, typed=f"{ANNA}\n")
    assert done.exit_code == 0, done.output
    content = out.read_bytes()
    told = json.loads(content)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [one["receipt_id"] for one in told["receipts"]] == ["register-1-1", "register-1-4"]
    assert [one.get("rating", {}).get("score") for one in told["receipts"]] == [9, None]
    assert [one["number"] for one in told["imported"]] == ["1", "3"]
    assert {one["kind"] for one in told["identities"]} == {"card", "phone"}
    assert [(one["purpose"], one["given"], one["source"]) for one in told["consents"]] == [("profiling", True, "form")]
    # No byte of the other, nor of nobody's receipts.
    for other in claim(BORIS).shoppers:
        assert other.token.encode() not in content
    for number in (2, 3, 5):
        assert f"register-1-{number}".encode() not in content
    assert b'"score":3' not in content
    with pytest.raises(SyncError, match="is there already"):
        office.ask("export", "--out", out, typed=f"{BORIS}\n")
    assert out.read_bytes() == content


def test_a_receipt_that_only_mentions_a_shopper_is_anothers(office: Office, tmp_path: Path) -> None:
    sold = msgspec.json.encode(replace(receipt(8), shopper=Pseudonym(token(BORIS)), shopper_key=2026))
    odd = sold[:-1] + f',"friend":"{token(ANNA)}"}}'.encode()
    broken = odd[:-1] + b',"unread":"\xff"}'
    entries = [Entry(8, odd), Entry(9, broken.replace(b"register-1-8", b"register-1-9"))]
    header = Header(envelope.VERSION, "register-1", EPOCH, 8, 9, 2, "b1")
    assert office.store.ingest([delivered(envelope.pack(header, entries))], AT)[0].refused is None
    # A batch that was refused names her among others.
    assert office.store.ingest([delivered(b"poison " + token(ANNA).encode() + token(BORIS).encode())], AT)[0].refused
    out = tmp_path / "anna.json"
    office.ask("export", "--out", out, typed=ANNA)
    content = out.read_bytes()
    assert token(BORIS).encode() not in content
    counted = json.loads(content)["counted"]
    assert (counted["unreadable"], counted["refused_batches"]) == (1, 1), "what nobody can read is counted and not told"
    assert "1 refused batches name this shopper among others" in office.ask("show", typed=ANNA).stdout


def test_who_withdraws_is_gone_from_every_file_but_for_what_was_said(office: Office) -> None:
    linked(office)
    assert "1 statements are new" in office.say(ANNA, "profiling", "--yes").stdout
    office.say(BORIS, "profiling", "--yes")
    done = office.say(ANNA, "profiling", "--no")
    assert "4 pseudonyms were withdrawn: 4 receipts are anonymous" in done.stdout, done.output
    content = bytes_of(office.url)
    for one in (*claim(ANNA).shoppers, *claim(PHONE).shoppers):
        assert one.token.encode() not in content
    assert token(BORIS).encode() in content
    told = office.ask("show", typed=ANNA).stdout
    assert "no identity is kept: this shopper never agreed, or withdrew" in told
    assert "refused or withdrew on" in told
    with closing(open_people(office.url, datetime.now(UTC))) as people:
        assert [token(BORIS) in one.pseudonyms for one in people.people()] == [True]


def test_a_no_of_somebody_who_has_receipts_and_never_said_a_word_counts_too(office: Office) -> None:
    done = office.say(BORIS, "profiling", "--no")
    assert "3 receipts are anonymous" in done.stdout, done.output
    assert token(BORIS).encode() not in bytes_of(office.url)
    assert "are new" in office.say("a stranger", "profiling", "--no").stdout
    with closing(open_people(office.url, datetime.now(UTC) + timedelta(minutes=1))) as people:
        assert people.of(token(BORIS)) is None
    # A stranger who said no has nothing to be forgotten, and may say yes.
    assert "to be forgotten" not in office.say("a stranger", "profiling", "--yes").stdout


def test_erasure_leaves_nothing(office: Office) -> None:
    linked(office)
    office.say(ANNA, "profiling", "--yes")
    done = office.ask("forget", "--kind", "phone", typed=PHONE)
    assert "2 receipts and 2 imported ones are anonymous" in done.stdout, done.output
    assert "nothing is kept of this shopper" in office.ask("show", typed=ANNA).stdout
    assert "stay anonymous until the next year's key" in office.say(ANNA, "profiling", "--yes").stdout


def test_a_file_is_kept_but_for_lines_that_are_none_and_is_known_when_it_comes_again(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "consents.csv"
    lines = [
        f"c{number},card,{purpose},yes,2026-04-01T10:00:00Z,app,1" for number in range(700) for purpose in ("profiling", "offers")
    ]
    bad = ["4111111111111111,card,profiling,perhaps,2026-04-01T10:00:00Z,app,1", "c1,card"]
    file.write_text("\n".join([HEADER, *lines[:100], bad[0], *lines[100:], bad[1]]) + "\n")
    with pytest.raises(SyncError, match="2 lines were refused, the others are kept"):
        office.ask("consent", "--import", file)
    file.write_text("\n".join([HEADER, *lines]) + "\n")
    again = office.ask("consent", "--import", file, "--json")
    told = json.loads(again.stdout)
    assert [told[name] for name in ("new", "known", "forgotten", "refused", "withdrawn")] == [0, 1400, 0, 0, 0]
    with closing(open_people(office.url, datetime.now(UTC))) as people:
        assert len(list(people.people())) == 700
    # All of them withdraw at once.
    withdrawn = [line.partition(",yes")[0] + ",no,2026-04-02T10:00:00Z,app,2" for line in lines[::2]]
    file.write_text("\n".join([HEADER, *withdrawn]) + "\n")
    done = json.loads(office.ask("consent", "--import", file, "--json").stdout)
    assert (done["new"], done["withdrawn"]) == (700, 1400)
    with closing(open_people(office.url, datetime.now(UTC))) as people:
        assert list(people.people()) == []


def test_refused_lines_are_told_with_their_numbers_and_without_the_card(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "consents.csv"
    file.write_text(f"{HEADER}\n\n4111111111111111,card,profiling,perhaps,2026-04-01T10:00:00Z,app,1\n")
    words = ["consent", "--central", office.url, "--shopper-key", str(office.key), "--import", str(file)]
    done = CliRunner().invoke(shopper, words)
    assert done.exit_code == 1
    assert done.stderr == "line 3: given is neither yes nor no\n"
    assert "4111" not in done.output


def test_the_phone_that_two_claim_is_told_and_settled(office: Office) -> None:
    linked(office)
    with pytest.raises(SyncError, match="the phone is another person's, who showed it first"):
        office.ask("link", typed=f"card {BORIS}\nphone {PHONE}\n")
    assert "1 others claimed it too" in office.ask("show", typed=ANNA).stdout
    assert "it is person" in office.ask("split", "--kind", "phone", typed=PHONE).stdout
    assert office.ask("link", typed=f"card {BORIS}\nphone {PHONE}\n").exit_code == 0
    merged = json.loads(office.ask("merge", "--json", typed=f"card {BORIS}\ncard {ANNA}\n").stdout)
    assert json.loads(office.ask("show", "--json", "--kind", "phone", typed=PHONE).stdout)["person"] == merged["person"]
    assert "else was counted than before" in office.ask("review", key=False).stdout


@pytest.mark.parametrize(
    ("name", "typed", "why"),
    [
        ("show", "", "no card was read from standard input"),
        ("show", "---\n", "no card was read"),
        ("show", "9" * 300, "at most 200 letters"),
        ("forget", f"{ANNA}\n\n{BORIS}\n", "one card at a time"),
        ("link", "", "standard input is empty"),
        ("link", "passport 1\n", "write a line for each identity"),
        ("link", "card " + "9" * 300 + "\n", "write a line for each identity"),
        ("link", "card 1\n" * 4, "write a line for each identity"),
        ("merge", "card 1\n", "two lines are wanted"),
    ],
)
def test_what_is_not_typed_as_it_should_be_is_one_sentence(office: Office, name: str, typed: str, why: str) -> None:
    with pytest.raises(SyncError, match=why) as caught:
        office.ask(name, typed=typed)
    assert "\n" not in str(caught.value)
    assert "9" * 10 not in str(caught.value)


def test_keys_that_others_can_read_and_half_a_question_are_refused(office: Office) -> None:
    office.key.chmod(0o644)
    with pytest.raises(SettingsError, match="can be read by others"):
        office.ask("show", typed=ANNA)
    assert office.ask("show", key=False, typed=ANNA).exit_code == 2
    for words in ((), ("--purpose", "offers", "--yes", "--source", "x"), ("--import", "x", "--yes")):
        assert office.ask("consent", *words, key=False).exit_code == 2


def test_no_card_stands_in_any_file(office: Office, tmp_path: Path) -> None:
    linked(office)
    office.say(PHONE, "profiling", "--yes", kind="phone")
    plain = "".join(letter for letter in PHONE if letter.isalnum()).encode()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or plain not in path.read_bytes(), os.fspath(path)
    if office.url.startswith("postgresql"):
        with psycopg.connect(office.url) as db:
            assert db.execute("SELECT count(*) FROM tillside.identity").fetchone() == (4,)
