"""Downloads that break off: over HTTP from a server that drops, over files, and what is kept of them."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import http.server
import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError, LengthOrHashMismatchError
from tuf.api.metadata import TargetFile  # type: ignore[attr-defined]

from sync import fetcher as fetching
from sync import serve
from sync.fetcher import PARTIAL, Fetcher
from sync.ranges import Ranges

CONTENT = bytes(range(256)) * 4000
NAME = f"{hashlib.sha256(CONTENT).hexdigest()}.bundle.db.zst"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What headquarters serves."""
    (tmp_path / "hq/repository/targets").mkdir(parents=True)
    (tmp_path / "hq/repository/targets" / NAME).write_bytes(CONTENT)
    (tmp_path / "room").mkdir()
    return tmp_path / "hq"


@pytest.fixture
def fetcher(tmp_path: Path, folder: Path) -> Fetcher:
    return Fetcher(tmp_path / "room", None)


def fetched(fetcher: Fetcher, url: str, most: int = len(CONTENT)) -> bytes:
    with fetcher.download_file(url, most) as file:
        return file.read()


@contextmanager
def dropping(folder: Path, after: int, *, times: int, ranges: bool) -> Iterator[tuple[str, list[str]]]:
    """A server that closes the connection after so many bytes, so many times; its URL and the ranges it was asked for."""
    asked: list[str] = []
    left = times

    class Handler(Ranges if ranges else http.server.SimpleHTTPRequestHandler):  # type: ignore[misc]
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder / "repository"))

        def log_message(self, *args):
            pass

        def copyfile(self, source, outputfile):
            nonlocal left
            asked.append(self.headers.get("Range", ""))
            if left > 0:
                left -= 1
                outputfile.write(source.read(after))
                outputfile.flush()
            else:
                super().copyfile(source, outputfile)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/targets/", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_download_that_breaks_off_goes_on_where_it_ended(folder: Path, fetcher: Fetcher, tmp_path: Path) -> None:
    with dropping(folder, 300_000, times=3, ranges=True) as (url, asked):
        assert fetched(fetcher, url + NAME) == CONTENT
    assert asked == ["", "bytes=300000-", "bytes=600000-", "bytes=900000-"]
    assert not list((tmp_path / "room").iterdir())


def test_from_a_server_without_ranges_it_begins_again(folder: Path, fetcher: Fetcher) -> None:
    with dropping(folder, 300_000, times=1, ranges=False) as (url, asked):
        assert fetched(fetcher, url + NAME) == CONTENT
    assert asked == ["", "bytes=300000-"]


def test_what_has_come_is_kept_until_the_next_look(folder: Path, fetcher: Fetcher, tmp_path: Path) -> None:
    with dropping(folder, 100_000, times=99, ranges=True) as (url, _), pytest.raises(DownloadError):
        fetched(fetcher, url + NAME)
    (kept,) = (tmp_path / "room").iterdir()
    assert kept.read_bytes() == CONTENT[:600_000]
    with dropping(folder, 0, times=0, ranges=True) as (url, asked):
        assert fetched(Fetcher(tmp_path / "room", None), url + NAME) == CONTENT
    assert asked == ["bytes=600000-"]


def test_a_wrong_beginning_costs_one_more_download(folder: Path, fetcher: Fetcher, tmp_path: Path) -> None:
    kept = tmp_path / "room" / (PARTIAL + NAME)
    url = (folder / "repository/targets" / NAME).as_uri()
    kept.write_bytes(b"x" * 1000)
    with pytest.raises(LengthOrHashMismatchError), fetcher.download_file(url, len(CONTENT)) as file:
        TargetFile(len(CONTENT), {"sha256": NAME[:64]}, "bundle.db.zst").verify_length_and_hashes(file)
    assert not kept.exists()
    kept.write_bytes(b"x" * (len(CONTENT) + 1))
    assert fetched(fetcher, url) == CONTENT


def test_what_is_not_named_by_its_hash_is_never_kept(folder: Path, fetcher: Fetcher, tmp_path: Path) -> None:
    (folder / "repository/targets/timestamp.json").write_bytes(CONTENT)
    with dropping(folder, 300_000, times=1, ranges=True) as (url, asked), pytest.raises(DownloadError, match="too early"):
        fetched(fetcher, url + "timestamp.json")
    assert asked == [""]
    assert not list((tmp_path / "room").iterdir())


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_a_missing_file_is_a_404_and_a_long_one_is_cut_off(folder: Path, fetcher: Fetcher, scheme: str) -> None:
    """python-tuf ends its search for the next root at a 404."""
    with serve.files(folder, "127.0.0.1", 0) as port:
        base = f"http://127.0.0.1:{port}/targets/" if scheme == "http" else (folder / "repository/targets").as_uri() + "/"
        with pytest.raises(DownloadHTTPError) as missing:
            fetched(fetcher, base + "2.root.json")
        assert missing.value.status_code == 404
        with pytest.raises(DownloadLengthMismatchError):
            fetched(fetcher, base + NAME, 1000)


@pytest.mark.parametrize(
    ("asked", "status", "begins"),
    [
        ("bytes=1000-", 206, 1000),
        ("bytes=0-", 206, 0),
        (f"bytes={len(CONTENT)}-", 416, None),
        ("bytes=5-9", 200, 0),
        ("bytes=-5", 200, 0),
        ("bytes=" + "9" * 30 + "-", 200, 0),
        ("lines=1-", 200, 0),
    ],
)
def test_the_server_gives_the_rest_of_a_file(folder: Path, asked: str, status: int, begins: int | None) -> None:
    with serve.files(folder, "127.0.0.1", 0) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", f"/targets/{NAME}", headers={"Range": asked})
        answer = connection.getresponse()
        body = answer.read()
        connection.request("GET", f"/targets/{NAME}")
        assert connection.getresponse().read() == CONTENT, "the connection is fit for the next request"
        connection.close()
    assert answer.status == status
    assert body == (b"" if begins is None else CONTENT[begins:])


@contextmanager
def saying(*pieces: bytes, pause: float = 0.0) -> Iterator[str]:
    """A server that says the last of these pieces again and again, for as long as it is listened to; a URL of it."""
    over = threading.Event()

    def speak(line: socket.socket) -> None:
        with line, contextlib.suppress(OSError):
            assert line.recv(65_536)
            for piece in itertools.chain(pieces, itertools.repeat(pieces[-1])):
                line.sendall(piece)
                if over.wait(pause):
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=speak, args=(server.accept()[0],), daemon=True).start()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/metadata/timestamp.json"
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"HTTP/1.1 ", b"2"),
        (b"HTTP/1.1 100 Continue\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        (b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nX: ", b"x"),
    ],
    ids=["header", "status", "interim", "body", "redirection"],
)
def test_whoever_drips_is_not_listened_to_for_ever(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(fetching, "METADATA_SECONDS", 0.5)
    with saying(*pieces, pause=0.05) as url, pytest.raises(DownloadError):
        fetched(fetcher, url)


def test_of_what_comes_with_a_redirection_nothing_is_read(fetcher: Fetcher, tmp_path: Path, folder: Path) -> None:
    with serve.files(folder, "127.0.0.1", 0) as port:
        head = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/targets/{NAME}\r\n\r\n".encode()
        with saying(head, bytes(1_000_000)) as url:
            assert fetched(fetcher, url) == CONTENT


@pytest.mark.parametrize("place", ["ftp://127.0.0.1/x", "file:///etc/hostname", "data:,x", "gopher://127.0.0.1/"])
def test_nobody_is_led_away_from_http(fetcher: Fetcher, place: str) -> None:
    head = f"HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode()
    with saying(head, b" ") as url, pytest.raises(DownloadError):
        fetched(fetcher, url)
