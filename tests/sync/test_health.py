"""How a register is, told to headquarters: only where the shop wants it, behind the receipts, bounded, of nobody's purchases."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from fakes.certificates import Authority
from fakes.door import Script
from fakes.headquarters import free_port, sell, serving, settings_file
from fakes.headquarters_batches import payload

from device.errors import CentralError
from device.settings import Settings, read
from sync import envelope, health, ingest, publish
from sync.carrier import Message
from sync.central import open_central
from sync.central.health import KEPT_DAYS, Told, keep, latest
from sync.commands.headquarters import headquarters
from sync.commands.register import sync as register
from sync.exchange import Exchange
from sync.health import BadHealthError, Teller
from sync.health_door import HealthDoor
from sync.ledger import Ledger
from sync.link import Broker

NOON = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def said(group: object, *words: object) -> str:
    return CliRunner().invoke(group, list(map(str, words)), catch_exceptions=False).output


def telling(path: Path, more: str = "") -> Path:
    path.write_text(path.read_text().replace("[sync]\n", f"[sync]\ntelemetry = true\n{more}"))
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read(telling(settings_file(tmp_path, 9)))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "sync.db") as ledger:
        yield ledger


def test_off_unless_it_is_turned_on_and_turned_off_nothing_is_left(tmp_path: Path, settings: Settings, ledger: Ledger) -> None:
    off = read(settings_file(tmp_path / "off", 9))
    assert not Teller(off, ledger).look(NOON, {})
    assert Teller(settings, ledger).look(NOON, {})
    assert not Teller(off, ledger).look(NOON, {})
    assert ledger.health() == []


def test_one_a_day_of_the_shops_calendar_and_a_month_at_most(settings: Settings, ledger: Ledger) -> None:
    teller = Teller(settings, ledger)
    for hour in range(0, 24 * 45, 5):
        teller.look(NOON + timedelta(hours=hour), {})
    days = [day for day, _ in ledger.health()]
    assert len(days) == health.KEPT_DAYS
    assert days[-1] == "2026-06-18"
    assert sum(len(body) for _, body in ledger.health()) < health.KEPT_DAYS * health.MAX_HEALTH_BYTES


def test_it_says_how_the_register_is_and_nothing_of_what_was_sold(tmp_path: Path, settings: Settings, ledger: Ledger) -> None:
    bodies = sell(tmp_path / "edge.db", range(40))
    troubles = {"bundle": f"card 4111 1111 1111 1111 {'x' * 5000}", "broker": "no broker answers"}
    now = health.seen(settings, ledger, NOON, troubles)
    assert (now.day, now.receipts_waiting, now.refused) == ("2026-05-04", 40, 0)
    assert now.edge_bytes > 10_000
    assert now.troubles["bundle"].startswith("card [PAN] x")
    content = msgspec.json.encode(now)
    assert health.read(content) == now
    sold = msgspec.json.decode(bodies[7])
    for secret in (sold["receipt_id"], sold["basket_id"], sold["lines"][0]["code"], sold["lines"][0]["sku"]):
        assert f'"{secret}"'.encode() not in content


@pytest.mark.parametrize("bad", [b"", b"[]", b"{}", b"\xff" * 10, b"[" * 4000, b'{"day":"2026-05-04"}', bytes(5000)])
def test_what_is_no_record_is_refused_in_a_sentence_and_stops_nobody(bad: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadHealthError):
        health.read(bad)
    door = Script(
        Message(envelope.health_topic("register-1"), bad), Message(envelope.receipts_topic("register-1"), payload(1, 3))
    )
    url = f"sqlite:///{tmp_path / 'central.db'}"
    with contextlib.closing(open_central(url, create=True)) as store:
        assert ingest.poll(HealthDoor(door, url), store, 0) == 1
    refused, kept = (envelope.read_acknowledgement(content) for _, content in door.published)
    assert (refused.sha256, refused.refused is None) == (envelope.fingerprint(bad), False)
    assert kept.refused is None
    assert latest(url) == []


def test_no_word_before_the_commit(settings: Settings, ledger: Ledger, tmp_path: Path) -> None:
    content = msgspec.json.encode(health.seen(settings, ledger, NOON, {}))
    message = Message(envelope.health_topic("register-1"), content)
    (tmp_path / "central.db").write_bytes(b"no database" * 1000)
    door = Script(message)
    assert HealthDoor(door, f"sqlite:///{tmp_path / 'central.db'}").next(0) is None
    assert (door.published, door.settled) == ([], [message])


def test_one_at_a_time_and_an_answer_forgets_only_what_it_names(settings: Settings, ledger: Ledger) -> None:
    teller, carrier = Teller(settings, ledger), Script()
    teller.look(NOON, {})
    teller.look(NOON + timedelta(days=1), {})
    teller.advance(carrier)
    teller.advance(carrier)
    ((topic, content),) = carrier.published
    assert (topic, health.read(content).day) == (envelope.health_topic("register-1"), "2026-05-04")
    assert not teller.hear(envelope.acknowledge(b"something else", None))
    assert not teller.hear(b"noise")
    assert teller.hear(envelope.acknowledge(content, None))
    assert [day for day, _ in ledger.health()] == ["2026-05-05"]
    teller.advance(carrier)
    assert health.read(carrier.published[-1][1]).day == "2026-05-05"


@pytest.mark.parametrize("way", ["mqtt", "https", "usb"])
def test_it_arrives_over_every_way(way: str, broker: Broker, tmp_path: Path) -> None:
    folder, state, port, stick = tmp_path / "headquarters", tmp_path / "register", free_port(), tmp_path / "stick"
    stick.mkdir()
    publish.init(folder)
    authority = Authority(tmp_path)
    certificate, key = authority.issue("register-1")
    tls = f'ca_file = "{authority.ca}"\ncertificate_file = "{certificate}"\nkey_file = "{key}"\n'
    path = settings_file(state, port if way == "https" else broker.port, root=folder / "root.json")
    path = telling(path, f'way = "{way}"\n{tls if way == "https" else ""}')
    sell(state / "edge.db", range(5))
    if way == "usb":
        said(register, "export", "--settings", path, "--to", stick)
        assert "1 batches of 1 registers" in said(headquarters, "import", "--unsigned", "--dir", folder, "--from", stick)
        said(register, "import", "--settings", path, "--from", stick)
    else:
        certificate, key = authority.issue("headquarters")
        tls_words = ("--ca-file", str(authority.ca), "--certificate-file", str(certificate), "--key-file", str(key))
        words = ("--no-broker", "--https-port", str(port), *tls_words) if way == "https" else ()
        with serving(folder, broker.port, *words):
            assert "5 receipts acknowledged" in said(register, "run", "--once", "--settings", path)
    told = msgspec.json.decode(said(headquarters, "health", "--dir", folder, "--json"))
    assert (told["device"], told["receipts_waiting"], told["troubles"]) == ("register-1", 5, {})
    assert "register-1 on " in said(headquarters, "health", "--dir", folder)
    with contextlib.closing(sqlite3.connect(state / "sync.db")) as db:
        assert db.execute("SELECT count(*) FROM health").fetchone() == (0,)


def test_an_older_headquarters_holds_up_nothing(broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens to that topic: the exchange is complete all the same, and the record waits."""
    monkeypatch.setattr("sync.exchange.HEALTH_SECONDS", 0.5)
    path = telling(settings_file(tmp_path, broker.port))
    with Ledger(tmp_path / "sync.db") as ledger:
        assert Exchange(read(path), ledger).once(5) == (0, None)
        assert len(ledger.health()) == 1


@pytest.mark.usefixtures("store")
def test_headquarters_keeps_a_month_of_each_register_and_shows_the_last(url: str) -> None:
    assert latest(url) == []
    for day in range(KEPT_DAYS + 5):
        keep(url, Told("register-1", (NOON + timedelta(days=day)).date().isoformat(), NOON.isoformat(), f'{{"n":{day}}}'))
    keep(url, Told("register-2", "2026-05-04", NOON.isoformat(), "{}"))
    keep(url, Told("register-2", "2026-05-04", NOON.isoformat(), '{"again":1}'))
    assert [(told.device, told.day, told.body) for told in latest(url)] == [
        ("register-1", "2026-06-07", '{"n":34}'),
        ("register-2", "2026-05-04", '{"again":1}'),
    ]


def test_a_store_that_is_gone_is_one_sentence() -> None:
    for url in ("sqlite:////nowhere/central.db", "postgresql://u:s3cret@127.0.0.1:9/none"):
        with pytest.raises(CentralError) as raised:
            keep(url, Told("register-1", "2026-05-04", "", "{}"))
        assert "\n" not in str(raised.value)
        assert "s3cret" not in str(raised.value)
