"""Reads a bundle repository: http(s)://, and file:// (a stick, a mirror on the store's disk).

python-tuf's own fetcher knows no file:// and goes through /tmp, which on a register is memory. What is named by its hash, that
is bundles and deltas, is kept when a download breaks off and taken up where it ended, now or at the next look: by a Range
request, or by skipping. Its hash is checked over the whole, so a wrong beginning costs one more download and nothing else.

Whoever answers may be anybody. He has `FETCH_SECONDS` for a bundle and `METADATA_SECONDS` for what is signed about it, headers
and redirections included and however slowly it drips, for receipts wait meanwhile; and he may lead elsewhere by http(s) only.
"""

from __future__ import annotations

import errno
import functools
import http.client
import io
import re
import socket
import ssl
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit

from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError
from tuf.ngclient.fetcher import FetcherInterface

from sync import client_tls
from sync.timed import Timed

FETCH_SECONDS: Final = 600.0
METADATA_SECONDS: Final = 120.0
_SOCKET_SECONDS: Final = 20.0
_CHUNK: Final = 256 * 1024
_RESUMPTIONS: Final = 5
PARTIAL: Final = "partial-"
"""How the file of a download that broke off begins."""
_BY_HASH: Final = re.compile(r"[0-9a-f]{64}\.[0-9A-Za-z.-]{1,180}")


class Fetcher(FetcherInterface):
    def __init__(self, room: Path, ca_file: str | None) -> None:
        """`room` is a folder on disk."""
        self._room = room
        self._tls = client_tls.context(ca_file) if ca_file is not None else None

    @contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[bytes]]:
        with self._opened(url) as file:
            received = file.seek(0, 2)
            if received > max_length:
                received = file.seek(0)
                file.truncate()
            attempts = 1 + (_RESUMPTIONS if _kept_name(url) else 0)
            end = time.monotonic() + (FETCH_SECONDS if _kept_name(url) else METADATA_SECONDS)
            for attempt in range(attempts):
                before = received
                try:
                    received = self._append(file, url, max_length, end)
                    break
                except DownloadHTTPError:
                    raise
                except DownloadError:
                    received = file.tell()
                    if received == before or received > max_length or attempt == attempts - 1:
                        raise
            file.seek(0)
            yield file

    def forget(self, but: str = "") -> None:
        """Throw away the beginnings of files, but for the one of this hash."""
        for path in self._room.glob(f"{PARTIAL}*"):
            if not but or not path.name.startswith(PARTIAL + but):
                path.unlink(missing_ok=True)

    @contextmanager
    def _opened(self, url: str) -> Iterator[IO[bytes]]:
        name = _kept_name(url)
        if name is None:
            with tempfile.TemporaryFile(dir=self._room) as file:
                yield file
            return
        path = self._room / (PARTIAL + name)
        path.touch()
        with path.open("r+b") as file:
            try:
                yield file
            except DownloadLengthMismatchError:
                path.unlink(missing_ok=True)
                raise
            except DownloadError:
                raise  # what has come so far is kept
            except BaseException:
                path.unlink(missing_ok=True)
                raise
            path.unlink(missing_ok=True)

    def _append(self, file: IO[bytes], url: str, most: int, end: float) -> int:
        """Fetch what is missing behind what is there; how much there is then."""
        received = file.tell()
        if received == most:
            return received
        response, begins = self._open(url, received, end)
        received = file.seek(begins)
        file.truncate()
        for chunk in self._chunks(response, url, end):
            received += len(chunk)
            if received > most:
                raise DownloadLengthMismatchError(f"{url} is longer than the {most} bytes that are signed or allowed")
            file.write(chunk)
        return received

    def _fetch(self, url: str) -> Iterator[bytes]:
        end = time.monotonic() + METADATA_SECONDS
        response, _ = self._open(url, 0, end)
        return self._chunks(response, url, end)

    def _open(self, url: str, at: int, end: float) -> tuple[Any, int]:
        """A stream of the file from `at` on, or from where it can be had, and that place."""
        if url.startswith("file://"):
            return _open_file(url, at)
        wanted = urllib.request.Request(url, headers={"Range": f"bytes={at}-"} if at else {})  # noqa: S310 - checked in Downlink
        try:
            response = _opener(self._tls, end).open(wanted, timeout=_SOCKET_SECONDS)
        except urllib.error.HTTPError as error:
            error.close()
            if at and error.code == 416:
                return self._open(url, 0, end)
            raise DownloadHTTPError(f"{url}: {error.reason}", error.code) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise DownloadError(f"{url}: {getattr(error, 'reason', error)}") from error
        if at and not (response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {at}-")):
            if response.status != 206:
                return response, 0
            response.close()
            return self._open(url, 0, end)
        return response, at

    def _chunks(self, response: Any, url: str, end: float) -> Iterator[bytes]:
        try:
            with response:
                expected = response.length if hasattr(response, "length") else None
                while chunk := response.read1(_CHUNK):
                    if time.monotonic() > end:
                        raise DownloadError(f"{url}: not complete in time")
                    expected = None if expected is None else expected - len(chunk)
                    yield chunk
                if expected:
                    raise DownloadError(f"{url}: the connection ended {expected} bytes too early")
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise DownloadError(f"{url}: {error}") from error


class _Response(http.client.HTTPResponse):
    """Over at a moment, from the first byte of its headers on."""

    def __init__(self, line: socket.socket, *args: Any, end: float, **more: Any) -> None:
        super().__init__(line, *args, **more)
        timed: Any = io.BufferedReader(Timed(line, end))
        self.fp.close()
        self.fp = timed


class _Http(urllib.request.HTTPHandler):
    def __init__(self, end: float) -> None:
        super().__init__()
        self._end = end

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_connection, http.client.HTTPConnection, self._end), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, tls: ssl.SSLContext | None, end: float) -> None:
        super().__init__(context=tls)
        self._tls = tls
        self._end = end

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        made = functools.partial(_connection, http.client.HTTPSConnection, self._end)
        return self.do_open(made, req, context=self._tls)


class _Redirections(urllib.request.HTTPRedirectHandler):
    def http_error_302(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any) -> Any:
        fp.close()  # the library would read what comes with it, were it without an end
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _connection(kind: type[http.client.HTTPConnection], end: float, host: str, **more: Any) -> http.client.HTTPConnection:
    made = kind(host, **more)
    made.response_class = functools.partial(_Response, end=end)  # type: ignore[assignment]
    return made


def _opener(tls: ssl.SSLContext | None, end: float) -> urllib.request.OpenerDirector:
    """What `urllib.request.build_opener` makes, without ftp, file and data."""
    made = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        _Redirections(),
        urllib.request.HTTPErrorProcessor(),
        _Http(end),
        _Https(tls, end),
    ):
        made.add_handler(handler)
    return made


def _kept_name(url: str) -> str | None:
    name = urlsplit(url).path.rpartition("/")[2]
    return name if _BY_HASH.fullmatch(name) else None


def _open_file(url: str, at: int) -> tuple[Any, int]:
    try:
        file = Path(urllib.request.url2pathname(urlsplit(url).path)).open("rb")  # noqa: SIM115 - `_chunks` closes it
        return file, file.seek(at)
    except (OSError, ValueError) as error:
        # python-tuf ends its search for newer roots at a 404: a missing file must look like one.
        if isinstance(error, OSError) and error.errno in {errno.ENOENT, errno.ENOTDIR}:
            raise DownloadHTTPError(f"{url}: no such file", 404) from error
        raise DownloadError(f"{url}: {error}") from error
