"""HTTPS between register and headquarters, with real TLS: who is let in, and what a bad client can do."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
import zstandard
from fakes.certificates import Authority
from fakes.headquarters import sell
from fakes.headquarters_batches import payload
from fakes.patience import SECONDS, until
from fakes.ways import https_settings

from device.errors import CentralError, SyncError
from device.settings import read
from sync import envelope, ingest, postbox
from sync.central import Central, open_central
from sync.exchange import Exchange
from sync.ledger import Ledger
from sync.link import Broker
from sync.post import Post
from sync.postbox import Postbox

RECEIPTS = "/tillside/sync/v1/{}/up/receipts"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    with closing(open_central(f"sqlite:///{tmp_path / 'central.db'}", create=True)) as store:
        yield store


@pytest.fixture
def box(authority: Authority) -> Iterator[Postbox]:
    with Postbox("127.0.0.1", 0, (str(authority.ca), *map(str, authority.issue("headquarters")))).open() as box:
        yield box


@contextlib.contextmanager
def ingesting(box: Postbox, central: Central) -> Iterator[list[int]]:
    """What one ingest took in at each poll, in this process; SQLite wants its own thread's connection."""
    over, polls = threading.Event(), list[int]()

    def work() -> None:
        with closing(open_central(f"sqlite:///{central._path}", create=True)) as store:
            while not over.is_set():
                polls.append(ingest.poll(box, store, 0.02))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield polls
    finally:
        over.set()
        thread.join()


def client(authority: Authority, name: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.ca))
    if name is not None:
        context.load_cert_chain(*authority.issue(name))
    return context


def asked(box: Postbox, context: ssl.SSLContext, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPSConnection("127.0.0.1", box.port, timeout=SECONDS, context=context)) as connection:
        connection.request(method, path, body or None, headers)
        reply = connection.getresponse()
        return reply.status, reply.read()


def test_the_reply_is_the_acknowledgement_and_comes_after_the_commit(
    authority: Authority, box: Postbox, central: Central
) -> None:
    content = payload(1, 3)
    with ingesting(box, central):
        status, said = asked(box, client(authority, "register-1"), "POST", RECEIPTS.format("register-1"), content)
    assert status == 200
    assert envelope.read_acknowledgement(said) == envelope.Acknowledgement(envelope.fingerprint(content), "a" * 32, 1, 3)
    assert len(list(central.receipts())) == 3


def test_a_certificate_opens_its_own_path_only(authority: Authority, box: Postbox, central: Central) -> None:
    own = client(authority, "register-1")
    with ingesting(box, central):
        for method in ("GET", "POST"):
            status, said = asked(box, own, method, RECEIPTS.format("register-2"), payload(1, 3, "register-2"))
            assert (status, b"is for 'register-1', the path names 'register-2'" in said) == (403, True)
        # The payload's word counts for nothing: the batch is the path's, and quarantined as such.
        status, said = asked(box, own, "POST", RECEIPTS.format("register-1"), payload(1, 3, "register-2"))
    assert (status, envelope.read_acknowledgement(said).refused is not None) == (200, True)
    assert list(central.receipts()) == []
    assert [batch.device for batch in central.quarantined()] == ["register-1"]


def test_without_a_certificate_or_with_a_strangers_nobody_gets_in(authority: Authority, box: Postbox, tmp_path: Path) -> None:
    (tmp_path / "stranger").mkdir()
    stranger = ssl.create_default_context(cafile=str(authority.ca))
    stranger.load_cert_chain(*Authority(tmp_path / "stranger").issue("register-1"))
    for context in (client(authority, None), stranger):
        with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
            asked(box, context, "POST", RECEIPTS.format("register-1"), payload(1, 3))
    with closing(http.client.HTTPConnection("127.0.0.1", box.port, timeout=SECONDS)) as plain:
        plain.request("GET", RECEIPTS.format("register-1"))
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            plain.getresponse()


def test_a_register_does_not_speak_to_a_headquarters_it_does_not_know(authority: Authority, box: Postbox, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")
    certificate, key = map(str, other.issue("register-1"))
    with pytest.raises(SyncError, match=r"takes no receipts \(.*certificate verify failed") as raised:
        Post(Broker("127.0.0.1", box.port, None, None, str(other.ca), certificate, key), "register-1").open()
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", RECEIPTS.format("register-1"), {"Content-Length": "1000001"}, 413),
        ("POST", RECEIPTS.format("register-1"), {"Content-Length": "9" * 5000}, 413),
        ("POST", RECEIPTS.format("register-1"), {"Content-Length": "-5"}, 411),
        ("POST", RECEIPTS.format("register-1"), {"Transfer-Encoding": "chunked"}, 411),
        ("POST", RECEIPTS.format("register-1"), {"Transfer-Encoding": "chunked", "Content-Length": "5"}, 411),
        ("POST", RECEIPTS.format("a/../register-1"), {"Content-Length": "5"}, 404),
        ("POST", RECEIPTS.format("register-1%00"), {"Content-Length": "5"}, 404),
        ("POST", "/", {"Content-Length": "5"}, 404),
        ("GET", "/tillside/sync/v1/register-1/down/ack", {}, 404),
        ("DELETE", RECEIPTS.format("register-1"), {}, 501),
    ],
)
def test_what_is_no_batch_is_turned_away_unread(
    authority: Authority, box: Postbox, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    with closing(http.client.HTTPSConnection("127.0.0.1", box.port, context=client(authority, "register-1"))) as connection:
        connection.putrequest(method, path)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status == status
    assert box.next(0) is None


def test_bombs_are_refused_and_set_aside(authority: Authority, box: Postbox, central: Central) -> None:
    context = client(authority, "register-1")
    with ingesting(box, central):
        for bomb in (b"garbage", zstandard.compress(bytes(200_000_000)), bytes(900_000)):
            status, said = asked(box, context, "POST", RECEIPTS.format("register-1"), bomb)
            assert (status, envelope.read_acknowledgement(said).refused is not None) == (200, True)
    assert len(central.quarantined()) == 3


class Full:
    """A central store on a full disk."""

    def ingest(self, deliveries: list[object], at: datetime) -> list[object]:
        raise CentralError("the central store is full")


def test_while_nothing_can_be_committed_nothing_is_acknowledged(authority: Authority, box: Postbox) -> None:
    context, heard = client(authority, "register-1"), list[tuple[int, bytes]]()
    asking = threading.Thread(
        target=lambda: heard.append(asked(box, context, "POST", RECEIPTS.format("register-1"), payload(1, 3)))
    )
    asking.start()
    until(lambda: ingest.poll(box, Full(), 0.02), what="the batch to arrive")
    asking.join()
    assert [status for status, _ in heard] == [503]


def test_slow_clients_are_dropped_however_they_dawdle(
    authority: Authority, central: Central, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silent before the handshake, silent after it, dripping a header, dripping a body: none keeps its place."""
    monkeypatch.setattr(postbox, "HANDSHAKE_SECONDS", 0.5)
    for name in ("request_seconds", "idle_seconds"):
        monkeypatch.setattr(postbox._Request, name, 0.5)
    monkeypatch.setattr(postbox, "MAX_CLIENTS", 6)
    context = client(authority, "register-1")
    identity = (str(authority.ca), *map(str, authority.issue("headquarters")))
    with Postbox("127.0.0.1", 0, identity).open() as box, contextlib.ExitStack() as stack:
        silent = [stack.enter_context(socket.create_connection(("127.0.0.1", box.port))) for _ in range(2)]
        dripping = []
        for start in (b"POST ", f"POST {RECEIPTS.format('register-1')} HTTP/1.1\r\nContent-Length: 900\r\n\r\n".encode()):
            raw = stack.enter_context(socket.create_connection(("127.0.0.1", box.port)))
            with contextlib.suppress(OSError):  # a machine this slow has it dropped before it drips
                secret = stack.enter_context(context.wrap_socket(raw, server_hostname="127.0.0.1"))
                secret.sendall(start)
                dripping.append(secret)

        def drip() -> bool:
            for secret in list(dripping):
                try:
                    secret.sendall(b"x")
                except OSError:
                    dripping.remove(secret)
            return not dripping

        until(drip, what="the dripping clients to be dropped", pause=lambda: time.sleep(0.05))
        for connection in silent:
            connection.settimeout(SECONDS)
            assert connection.recv(1) == b""

        def served() -> bool:
            with contextlib.suppress(OSError, http.client.HTTPException):
                return asked(box, context, "POST", RECEIPTS.format("register-1"), payload(1, 3))[0] == 200
            return False

        with ingesting(box, central):
            until(served, what="a client that does not dawdle to be served")


def test_batches_of_many_registers_become_one_transaction(authority: Authority, box: Postbox, central: Central) -> None:
    names = [f"register-{number}" for number in range(1, 13)]
    contexts = {name: client(authority, name) for name in names}
    threads = [
        threading.Thread(target=asked, args=(box, contexts[name], "POST", RECEIPTS.format(name), payload(1, 3, name)))
        for name in names
    ]
    for thread in threads:
        thread.start()
    until(lambda: box._events.qsize() == len(names), what="all batches to stand in the queue")
    assert ingest.poll(box, central, 0) == len(names)
    for thread in threads:
        thread.join()
    assert [register.device for register in central.registers()] == sorted(names)


def test_without_tls_only_on_this_machine() -> None:
    with pytest.raises(SyncError, match="on this machine itself only"):
        Postbox("0.0.0.0", 0, None).open()
    with Postbox("127.0.0.1", 0, None).open() as box, Post(Broker("127.0.0.1", box.port), "register-1").open() as post:
        assert str(post) == str(box) == f"http://127.0.0.1:{box.port}"


def test_a_certificate_of_another_register_is_one_sentence(authority: Authority, box: Postbox, tmp_path: Path) -> None:
    sell(tmp_path / "edge.db", range(3))
    path = https_settings(tmp_path, authority, box.port)
    path.write_text(path.read_text().replace("register-1.", "register-2."))
    authority.issue("register-2")
    with Ledger(tmp_path / "sync.db") as ledger, pytest.raises(SyncError) as raised:
        Exchange(read(path), ledger).once(SECONDS)
    assert "403 Forbidden: the certificate is for 'register-2', the path names 'register-1'" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_headquarters_answers_after_its_ingest_was_slow(authority: Authority, box: Postbox, central: Central) -> None:
    """A reply that was given up on at the other end changes nothing: the batch comes again, is known, and is acknowledged."""
    context = client(authority, "register-1")
    with closing(http.client.HTTPSConnection("127.0.0.1", box.port, timeout=SECONDS, context=context)) as gone:
        gone.request("POST", RECEIPTS.format("register-1"), payload(1, 3))
        until(lambda: box._events.qsize() == 1, what="the batch")
    ingest.poll(box, central, 0)
    with ingesting(box, central):
        status, said = asked(box, context, "POST", RECEIPTS.format("register-1"), payload(1, 3))
    assert (status, msgspec.json.decode(said).get("refused")) == (200, None)
    assert len(list(central.receipts())) == 3
