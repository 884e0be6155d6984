"""What a stranger can do to headquarters' web servers: take every place, drip, flood, and hide one request in another."""

from __future__ import annotations

import contextlib
import http.client
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from fakes.patience import SECONDS, until

from device.errors import SyncError
from sync import bounded, serve
from sync.bounded import BoundedHandler, BoundedServer
from sync.postbox import Postbox


class Plain(BoundedHandler):
    protocol_version = "HTTP/1.1"
    does: Callable[[], None] = staticmethod(lambda: None)

    def do_GET(self) -> None:  # noqa: N802 - the library's name
        type(self).does()
        self.send_response(204)
        self.end_headers()

    def do_POST(self) -> None:  # noqa: N802 - the library's name
        body = self.body(int(self.headers["Content-Length"]))
        if body is not None:
            self.answer(200, body)


@contextmanager
def running(handler: type[BoundedHandler], most: int = 8) -> Iterator[tuple[BoundedServer, int]]:
    server = BoundedServer(("127.0.0.1", 0), handler, most)
    with server.serving("bounded") as port:
        yield server, port


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[int]:
    """The port that bundles are served at."""
    (tmp_path / "repository/metadata").mkdir(parents=True)
    (tmp_path / "repository/metadata/timestamp.json").write_text("{}")
    with serve.files(tmp_path, "127.0.0.1", 0) as port:
        yield port


def said(port: int, request: bytes) -> bytes:
    """All that is answered until the other end hangs up."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as line, contextlib.suppress(ConnectionError):
        line.sendall(request)
        while piece := line.recv(65_536):
            answer += piece
    return answer


def status_from(address: str, port: int) -> int | None:
    """What a client at that address is answered; None: it was hung up on."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS, source_address=(address, 0))) as line:
        try:
            line.request("GET", "/")
            return line.getresponse().status
        except (ConnectionError, http.client.HTTPException):
            return None


def test_somebody_alone_keeps_nobody_else_out() -> None:
    with running(Plain) as (server, port), ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        until(lambda: server._here["127.0.0.1"] == 6, what="three quarters of the places to be taken")
        assert status_from("127.0.0.2", port) == 204
        assert status_from("127.0.0.1", port) is None
    with running(Plain) as (server, port):
        assert status_from("127.0.0.1", port) == 204
        until(lambda: not server._here, what="nobody to be remembered who has gone")


@pytest.mark.parametrize(
    ("one", "other"),
    [("::ffff:10.0.0.1", "10.0.0.1"), ("2001:db8::1", "2001:db8::ffff:2"), ("fe80::1%eth0", "fe80::2%eth0")],
)
def test_as_one_counts_whoever_has_many_addresses(one: str, other: str) -> None:
    assert bounded._neighbourhood(one) == bounded._neighbourhood(other)
    assert bounded._neighbourhood("2001:db8::1") != bounded._neighbourhood("2001:db8:0:1::1")


@pytest.mark.parametrize("start", [b"GE", b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"POST / HTTP/1.1\r\nContent-Length: 900\r\n\r\n"])
def test_whoever_drips_is_hung_up_on(start: bytes) -> None:
    class Hasty(Plain):
        idle_seconds = request_seconds = 0.5

    with running(Hasty) as (server, port), socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as line:
        line.sendall(start)

        def over() -> bool:
            with contextlib.suppress(OSError):
                line.sendall(b"x")
            return not server._here

        until(over, what="the dripping client to be dropped", pause=lambda: time.sleep(0.05))


def test_of_a_flood_of_headers_no_more_is_read_than_a_request_has(repository: int) -> None:
    flood = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 300) for number in range(60))
    assert b" 431 " in said(repository, b"GET /metadata/timestamp.json HTTP/1.1\r\n" + flood + b"\r\n").partition(b"\r\n")[0]
    assert said(repository, b"GET /" + b"x" * 60_000 + b" HTTP/1.1\r\n\r\n") == b""
    assert b" 200 " in said(repository, b"GET /metadata/timestamp.json HTTP/1.0\r\n\r\n")


@pytest.mark.parametrize(
    "framing", [b"Content-Length: %d", b"Content-Length: +%d", b"Transfer-Encoding: chunked\r\nX: %d", b"content-length:%d"]
)
def test_a_body_that_nobody_reads_is_not_the_next_request(repository: int, framing: bytes) -> None:
    hidden = b"GET /metadata/timestamp.json HTTP/1.1\r\n\r\n"
    request = b"GET /metadata/none.json HTTP/1.1\r\n" + framing % len(hidden) + b"\r\n\r\n" + hidden
    assert said(repository, request).count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "header", [b"Content-Length : %d", b"X\r\nContent-Length: %d", b" \xff: %d", b"X: 1\r\n\x00Content-Length: %d"]
)
def test_what_is_no_header_ends_the_connection(repository: int, header: bytes) -> None:
    """A proxy may have read it otherwise, and see the request's end elsewhere."""
    hidden = b"GET /metadata/timestamp.json HTTP/1.1\r\n\r\n"
    request = b"GET /metadata/timestamp.json HTTP/1.1\r\n" + header % len(hidden) + b"\r\n\r\n" + hidden
    answer = said(repository, request)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b" 400 " in answer.partition(b"\r\n")[0]


def test_behind_a_proxy_no_register_posts_for_another() -> None:
    """The proxy has seen to it that name and path agree: of a request, and of nothing that its body holds."""
    forged = b"POST /tillside/sync/v1/register-2/up/receipts HTTP/1.1\r\nContent-Length: 6\r\n\r\nforged"
    asked = b"GET /tillside/sync/v1/register-1/up/receipts HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(forged)
    with Postbox("127.0.0.1", 0, None).open() as box:
        assert said(box.port, asked + forged).count(b"HTTP/1.1 ") == 1
        assert box.next(0) is None


def test_a_body_that_is_read_leaves_the_connection_as_it_was() -> None:
    with running(Plain) as (_, port), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)) as line:
        for body in (b"x" * 100_000, b"", b"y"):
            line.request("POST", "/", body)
            with line.getresponse() as answer:
                assert answer.read() == body
            assert line.sock is not None, "the same connection goes on"


@pytest.mark.parametrize(
    "name", ["%00", "%ED%A0%80", "x" * 5000, "..%2f..%2f..%2fetc/passwd", "%2e%2e/%2e%2e/etc/passwd", "a%0d%0ab"]
)
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=1-"}])
def test_what_no_file_can_be_called_is_not_there(repository: int, name: str, headers: dict[str, str]) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", repository, timeout=SECONDS)) as line:
        for path, status in ((f"/metadata/{name}", 404), ("/metadata/timestamp.json", 206 if headers else 200)):
            line.request("GET", path, headers=headers)
            with line.getresponse() as answer:
                assert (answer.status, len(answer.read()) < 1000) == (status, True)


def test_what_keeps_headquarters_from_answering_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    class Lacking(Plain):
        @staticmethod
        def does() -> None:
            raise SyncError("headquarters' certificates are gone: bring them back")

    with running(Lacking) as (_, port), caplog.at_level(logging.INFO):
        for _ in range(3):
            assert status_from("127.0.0.1", port) is None
        until(lambda: caplog.messages, what="a sentence")
    assert caplog.messages == ["headquarters' certificates are gone: bring them back"]


def test_a_bug_of_a_servers_is_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Plain):
        @staticmethod
        def does() -> None:
            raise KeyError("a bug")

    with running(Broken) as (_, port):
        assert status_from("127.0.0.1", port) is None
        (record,) = until(lambda: caplog.records, what="a traceback")
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], KeyError)


def test_hundreds_of_connections_of_one_address_leave_a_server_that_answers(repository: int) -> None:
    """What is not welcome costs neither thread nor file."""
    before = threading.active_count()
    with ExitStack() as stack:
        for _ in range(400):
            stack.enter_context(socket.create_connection(("127.0.0.1", repository), timeout=SECONDS))
        assert threading.active_count() <= before + serve.MAX_CLIENTS
        assert status_from("127.0.0.2", repository) == 404
