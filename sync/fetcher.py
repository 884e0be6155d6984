"""Reads a bundle repository: http(s)://, and file:// (a stick, a mirror on the store's disk).

python-tuf's own fetcher knows no file:// and goes through /tmp, which on a register is memory. What is named by its hash, that
is bundles and deltas, is kept when a download breaks off and taken up where it ended, now or at the next look: by a Range
request, or by skipping. Its hash is checked over the whole, so a wrong beginning costs one more download and nothing else.
"""

from __future__ import annotations

import errno
import http.client
import re
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

FETCH_SECONDS: Final = 600.0
"""For one file, however slowly it drips in."""
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
        self._tls = ssl.create_default_context(cafile=ca_file) if ca_file is not None else None

    @contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[bytes]]:
        with self._opened(url) as file:
            received = file.seek(0, 2)
            if received > max_length:
                received = file.seek(0)
                file.truncate()
            attempts = 1 + (_RESUMPTIONS if _kept_name(url) else 0)
            end = time.monotonic() + FETCH_SECONDS
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
        response, begins = self._open(url, received)
        received = file.seek(begins)
        file.truncate()
        for chunk in self._chunks(response, url, end):
            received += len(chunk)
            if received > most:
                raise DownloadLengthMismatchError(f"{url} is longer than the {most} bytes that are signed or allowed")
            file.write(chunk)
        return received

    def _fetch(self, url: str) -> Iterator[bytes]:
        response, _ = self._open(url, 0)
        return self._chunks(response, url, time.monotonic() + FETCH_SECONDS)

    def _open(self, url: str, at: int) -> tuple[Any, int]:
        """A stream of the file from `at` on, or from where it can be had, and that place."""
        if url.startswith("file://"):
            return _open_file(url, at)
        wanted = urllib.request.Request(url, headers={"Range": f"bytes={at}-"} if at else {})  # noqa: S310 - checked in Downlink
        try:
            response = urllib.request.urlopen(wanted, timeout=_SOCKET_SECONDS, context=self._tls)  # noqa: S310
        except urllib.error.HTTPError as error:
            error.close()
            if at and error.code == 416:
                return self._open(url, 0)
            raise DownloadHTTPError(f"{url}: {error.reason}", error.code) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise DownloadError(f"{url}: {getattr(error, 'reason', error)}") from error
        if at and not (response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {at}-")):
            if response.status != 206:
                return response, 0
            response.close()
            return self._open(url, 0)
        return response, at

    def _chunks(self, response: Any, url: str, end: float) -> Iterator[bytes]:
        try:
            with response:
                expected = response.length if hasattr(response, "length") else None
                while chunk := response.read1(_CHUNK):
                    if time.monotonic() > end:
                        raise DownloadError(f"{url}: not complete after {FETCH_SECONDS:.0f} s")
                    expected = None if expected is None else expected - len(chunk)
                    yield chunk
                if expected:
                    raise DownloadError(f"{url}: the connection ended {expected} bytes too early")
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise DownloadError(f"{url}: {error}") from error


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
