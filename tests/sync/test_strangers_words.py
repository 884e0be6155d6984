"""What a register or a mirror says is shown as words: it moves no cursor, begins no line of ours and turns no text round."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pytest
from fakes.headquarters import settings_file
from fakes.program import completed, tillside

from device.words import printable
from sync import publish
from sync.central import open_central
from sync.central.health import Told, keep
from sync.commands.options import _Scrubbed
from sync.health import Health

EVIL = "\x1b[2J\x1b]0;owned\x07\r\u202egnirts\x9b31m"


def harmless(text: str) -> bool:
    return all(char.isprintable() or char == "\n" for char in text)


def test_what_a_register_tells_of_itself(tmp_path: Path) -> None:
    publish.init(tmp_path)
    url = f"sqlite:///{tmp_path / 'central.db'}"
    open_central(url, create=True).close()
    told = Health(
        "2026-05-04", EVIL, EVIL, EVIL, EVIL, 1, 2, 3, 4, 5, {EVIL[:20]: f"{EVIL}\nregister-2 on 2026-05-04: all is well"}
    )
    keep(url, Told("register-1", "2026-05-04", "2026-05-04T00:00:00+00:00", msgspec.json.encode(told).decode()))
    done = completed(tillside("headquarters", "health", "--dir", tmp_path))
    assert done.returncode == 0, done.stderr
    assert harmless(done.stdout)
    assert len(done.stdout.splitlines()) == 2, "no line of its own making"


@contextmanager
def mirror() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.wfile.write(f"HTTP/1.1 503 {EVIL.replace(chr(13), ' ')}\r\nContent-Length: 0\r\n\r\n".encode())

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_what_a_mirror_answers_with(tmp_path: Path) -> None:
    publish.init(tmp_path / "headquarters")
    with mirror() as url:
        settings = settings_file(tmp_path / "register", 9, url, tmp_path / "headquarters" / "root.json")
        done = completed(tillside("sync", "run", "--once", "--settings", settings))
    assert done.returncode == 1
    assert "does not deliver" in done.stderr
    status = completed(tillside("sync", "status", "--settings", settings))
    assert "does not deliver" in status.stdout
    assert harmless(done.stderr)
    assert harmless(status.stdout)


def test_what_stands_in_the_log_is_a_line_each() -> None:
    record = logging.LogRecord("x", logging.WARNING, "", 1, "refused: %s", (f"{EVIL}\nWARNING forged\u2028x",), None)
    line = _Scrubbed("%(levelname)s %(message)s").format(record)
    assert harmless(line)
    assert "\n" not in line


@pytest.mark.parametrize("text", ["", "one", "one\ntwo\n", "цена 5 ₽ · שלום"])
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert printable(text) == text
