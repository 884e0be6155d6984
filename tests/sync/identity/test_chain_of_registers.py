"""Two registers enrolled by the commands, the shipped broker configuration: shown by what is delivered, never by a SUBACK."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.certificates import Authority as Stranger
from fakes.enrolled_chain import Chain, chain, shipped_chain_conf
from fakes.headquarters import free_port, mosquitto, sell, serving
from fakes.patience import SECONDS
from fakes.program import completed, tillside

from device.errors import SyncError
from sync import doors, envelope
from sync.carrier import Door
from sync.link import Broker, Link, Message


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    with chain(tmp_path_factory.mktemp("chain")) as made:
        made.enrol("register-1")
        made.enrol("register-2")
        yield made


def delivered(link: Link, last: bytes) -> list[bytes]:
    """Payloads up to the control message that is allowed and sent last."""
    payloads: list[bytes] = []
    while last not in payloads:
        event = link.next(SECONDS)
        assert event is not None, "the control message did not arrive"
        if isinstance(event, Message):
            payloads.append(event.payload)
    return payloads


@pytest.mark.parametrize(("own", "other"), [("register-1", "register-2"), ("register-2", "register-1")])
def test_a_register_writes_its_own_topics_only(store: Chain, own: str, other: str) -> None:
    with (
        Link(store.headquarters, "", ["tillside/sync/v1/+/up/#"]).open() as headquarters,
        Link(store.broker_of(other), "", [envelope.acknowledgement_topic(other)]).open() as neighbour,
        Link(store.broker_of(own), "", [envelope.acknowledgement_topic(own)]).open() as register,
    ):
        register.publish(envelope.receipts_topic(other), b"forged")
        register.publish(envelope.acknowledgement_topic(other), b"forged")
        register.publish(envelope.acknowledgement_topic(own), b"forged")
        register.publish(envelope.receipts_topic(own), b"own")
        assert delivered(headquarters, b"own") == [b"own"]
        # What the register wrote before its own message has been judged by now: only headquarters' word arrives.
        headquarters.publish(envelope.acknowledgement_topic(other), b"control")
        assert delivered(neighbour, b"control") == [b"control"]
        headquarters.publish(envelope.acknowledgement_topic(own), b"control")
        assert delivered(register, b"control") == [b"control"]


@pytest.mark.parametrize(("own", "other"), [("register-1", "register-2"), ("register-2", "register-1")])
def test_a_register_reads_its_own_topics_only(store: Chain, own: str, other: str) -> None:
    greedy = ["#", "tillside/sync/v1/+/down/#", "tillside/sync/v1/+/up/#", envelope.acknowledgement_topic(other)]
    with (
        Link(store.headquarters, "", [envelope.EVERY_RECEIPTS_TOPIC]).open() as headquarters,
        Link(store.broker_of(own), "", greedy).open() as register,
        Link(store.broker_of(other), "", [envelope.acknowledgement_topic(other)]).open() as neighbour,
    ):
        neighbour.publish(envelope.receipts_topic(other), b"for headquarters")
        headquarters.publish(envelope.acknowledgement_topic(other), b"for the other")
        assert delivered(neighbour, b"for the other") == [b"for the other"]
        assert delivered(headquarters, b"for headquarters") == [b"for headquarters"]
        headquarters.publish(envelope.acknowledgement_topic(own), b"for you")
        assert set(delivered(register, b"for you")) == {b"for you"}


def test_whoever_has_a_stolen_certificate_is_that_register_and_no_other(store: Chain) -> None:
    stolen = replace(store.broker_of("register-2"), username="headquarters")
    with (
        Link(store.headquarters, "", ["tillside/sync/v1/+/up/#"]).open() as headquarters,
        Link(stolen, "tillside-sync-register-1", ["#"]).open() as rogue,
    ):
        rogue.publish(envelope.receipts_topic("register-1"), b"forged")
        rogue.publish(envelope.acknowledgement_topic("register-1"), b"forged")
        rogue.publish(envelope.receipts_topic("register-2"), b"as itself")
        assert delivered(headquarters, b"as itself") == [b"as itself"]


def test_a_register_cannot_have_batches_of_others_handed_to_itself_and_lost(store: Chain) -> None:
    """mosquitto lets anybody join a shared subscription, and gives each message to one of it before it asks who may read it."""
    batches = [b"%d" % number for number in range(40)]
    topic = envelope.EVERY_RECEIPTS_TOPIC

    def arrived(door: Door) -> int:
        with Link(store.broker_of("register-1"), "", [envelope.acknowledgement_topic("register-1")]).open() as register:
            for batch in batches:
                sent = register._client.publish(envelope.receipts_topic("register-1"), batch, qos=1)
                # The broker has chosen by then who gets it.
                sent.wait_for_publish(SECONDS)
        count = 0
        while (event := door.next(1.0)) is not None:
            if isinstance(event, Message):
                door.settle(event)
                count += 1
        return count

    with ExitStack() as stack:
        for _ in range(7):
            stack.enter_context(Link(store.broker_of("register-2"), "", [f"$share/ingest/{topic}"]).open())
        with Link(store.headquarters, "", [f"$share/ingest/{topic}"], manual=True).open() as guessed:
            assert arrived(guessed) < len(batches), "the attack works against a name that can be guessed"
        with doors.opened(store.headquarters, None, (None, None, None), "sqlite:///unused") as opened:
            assert arrived(opened.door) == len(batches)


def test_what_a_register_leaves_behind_at_the_broker_is_bounded(store: Chain) -> None:
    """Retained messages and wills of its own two topics; not one for each topic that it can think of."""
    own = store.broker_of("register-2")
    with Link(own, "", ["#"]).open() as rogue:
        for number in range(50):
            rogue._client.publish(f"tillside/sync/v1/register-2/up/{number}", b"kept", qos=1, retain=True)
        rogue._client.publish(envelope.receipts_topic("register-2"), b"kept", qos=1, retain=True)
        with Link(store.headquarters, "", ["tillside/sync/v1/+/up/#"]).open() as headquarters:
            rogue.publish(envelope.receipts_topic("register-2"), b"last")
            assert set(delivered(headquarters, b"last")) <= {b"kept", b"last"}
    with Link(store.headquarters, "", ["tillside/sync/v1/+/up/#"]).open() as later:
        later.publish("tillside/sync/v1/x/down/ack", b"")
        event = later.next(SECONDS)
        assert isinstance(event, Message)
        assert event.topic == envelope.receipts_topic("register-2")
        assert later.next(1.0) is None


def test_the_workers_of_one_headquarters_are_one_group_and_nobody_knows_its_name(store: Chain, tmp_path: Path) -> None:
    mine = doors._shared(store.headquarters)
    assert mine == doors._shared(replace(store.headquarters, host="another-machine"))
    assert mine != doors._shared(store.broker_of("register-1"))
    assert all(name not in topic for topic in mine for name in ("ingest", "headquarters"))
    (tmp_path / "password").write_text("secret")
    named = Broker("127.0.0.1", 1, "headquarters", str(tmp_path / "password"))
    assert doors._shared(named)[0].startswith("$share/")
    (tmp_path / "password").write_text("another")
    assert doors._shared(named) != mine
    assert doors._shared(Broker("127.0.0.1", 1)) == [
        f"$share/ingest/tillside/sync/v1/+/up/{kind}" for kind in ("receipts", "health", "forgotten")
    ]


def test_without_a_certificate_nobody_gets_in(store: Chain) -> None:
    bare = Broker("127.0.0.1", store.broker_port, ca_file=str(store.authority / "ca.pem"))
    with pytest.raises(SyncError, match=r"does not let us in|no broker answers"):
        Link(bare, "", ["#"]).open()
    named = replace(bare, username="headquarters")
    with pytest.raises(SyncError, match=r"does not let us in|no broker answers"):
        Link(named, "", ["#"]).open()


def test_a_certificate_of_another_authority_is_refused(store: Chain, tmp_path: Path) -> None:
    certificate, key = Stranger(tmp_path).issue("headquarters")
    forged = replace(store.headquarters, certificate_file=str(certificate), key_file=str(key))
    with pytest.raises(SyncError, match=r"does not let us in|no broker answers"):
        Link(forged, "", ["#"]).open()


def test_a_server_certificate_is_no_clients(store: Chain) -> None:
    pem = str(store.authority / "server.pem")
    with pytest.raises(SyncError, match=r"does not let us in|no broker answers"):
        Link(replace(store.headquarters, certificate_file=pem, key_file=pem), "", ["#"]).open()


def test_a_register_does_not_take_another_registers_machine_for_the_broker(store: Chain, tmp_path: Path) -> None:
    """Certificates of registers are no servers': a stolen one cannot catch what the others send."""
    authority = tmp_path / "authority"
    shutil.copytree(store.authority, authority)
    stolen = store.state("register-2") / "identity" / "register.pem"
    (authority / "server.pem").write_bytes(stolen.read_bytes())
    port = free_port()
    sell(store.state("register-1") / "edge.db", range(1), "register-1")
    settings = store.settings("register-1")
    elsewhere = tmp_path / "settings.toml"
    elsewhere.write_text(settings.read_text().replace(f"port = {store.broker_port}", f"port = {port}"))
    with mosquitto(tmp_path / "trap", port, shipped_chain_conf(tmp_path, authority)):
        done = completed(tillside("sync", "run", "--once", "--settings", elsewhere))
    assert done.returncode == 1
    assert f"who answers at 127.0.0.1:{port} is not the broker that" in done.stderr
    assert "certificate verify failed" in done.stderr


def test_receipts_of_an_enrolled_register_arrive(store: Chain) -> None:
    sell(store.state("register-1") / "edge.db", range(1, 30), "register-1")
    own = store.headquarters
    words = ("--ca-file", own.ca_file, "--certificate-file", own.certificate_file, "--key-file", own.key_file)
    with serving(store.office, store.broker_port, *map(str, words)):
        done = completed(tillside("sync", "run", "--once", "--settings", store.settings("register-1")))
    assert done.returncode == 0, done.stderr
    # The chain is shared: one more may be left of the register that met another machine.
    assert done.stdout.startswith(("29 receipts acknowledged", "30 receipts acknowledged"))
    told = completed(tillside("headquarters", "authority", "list", "--dir", store.office))
    row = next(line for line in told.stdout.splitlines() if line.startswith("register-1"))
    assert "register-1: good until" in row
    assert "never" not in row, "the register has visited headquarters over its certificate"


def test_a_revoked_register_is_out_once_the_broker_knows(store: Chain, tmp_path: Path) -> None:
    broker = store.enrol("register-3")
    with Link(broker, "", ["#"]).open():
        pass
    told = completed(tillside("headquarters", "revoke", "register-3", "--dir", store.office))
    assert told.stdout.startswith("revoked 1 certificates of register-3"), told.stderr
    # Its visits end at once, and say so; the broker after its restart.
    done = completed(tillside("sync", "run", "--once", "--settings", store.settings("register-3")))
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "enrol" in done.stderr
    port = free_port()
    with mosquitto(tmp_path / "broker", port, shipped_chain_conf(tmp_path, store.authority)):
        with Link(replace(store.broker_of("register-1"), port=port), "", ["#"]).open():
            pass
        with pytest.raises(SyncError, match=r"does not let us in|no broker answers"):
            Link(replace(broker, port=port), "", ["#"]).open()


def test_a_headquarters_that_the_broker_takes_for_a_register_says_so_and_ends(store: Chain, tmp_path: Path) -> None:
    """It would be granted its subscription, and hear nothing for ever."""
    completed(tillside("headquarters", "init", "--dir", tmp_path)).check_returncode()
    own = store.broker_of("register-1")
    words = ("--ca-file", own.ca_file, "--certificate-file", own.certificate_file, "--key-file", own.key_file)
    done = completed(tillside("headquarters", "serve", "--dir", tmp_path, "--port", str(store.broker_port), *map(str, words)))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert (
        "does not let us in (Not authorized: by the name or certificate that we show it takes us for somebody else)"
        in done.stderr
    )


def test_a_register_with_the_certificate_of_another_says_so_and_keeps_its_receipts(store: Chain) -> None:
    store.enrol("register-4")
    sell(store.state("register-4") / "edge.db", range(5), "register-4")
    pem = store.state("register-4") / "identity" / "register.pem"
    own = pem.read_bytes()
    pem.write_bytes((store.state("register-1") / "identity" / "register.pem").read_bytes())
    settings = store.settings("register-4")
    done = completed(tillside("sync", "run", "--once", "--patience-seconds", "2", "--settings", settings))
    assert done.returncode == 1
    assert "5 receipts wait here: the broker went away (Not authorized: by the name or certificate that we show" in done.stderr
    assert "is register 'register-1''s, and this is register 'register-4': make a code" in done.stderr
    pem.write_bytes(own)
    with doors.opened(store.headquarters, None, (None, None, None), "sqlite:///unused") as opened:
        with Link(store.broker_of("register-4"), "", ["x"]).open() as register:
            register.publish(envelope.receipts_topic("register-4"), b"as itself")
        payloads = list[bytes]()
        while b"as itself" not in payloads:
            event = opened.door.next(SECONDS)
            assert isinstance(event, Message)
            payloads.append(event.payload)
            opened.door.settle(event)
