"""A real headless Chromium with one page, spoken to over its debugging pipe; gone with its block, all its processes too."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec


class Chromium:
    """In a process group of its own. Messages of the protocol end with a zero byte, to descriptor 3, from 4."""

    def __init__(self, program: str, profile: Path, page: str, *flags: str) -> None:
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        # Out of the way of the two numbers that the browser wants.
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_read, to_write)]
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{theirs[0]} 4>&{theirs[1]}', "bash", program, "--headless=new", "--no-sandbox",
             "--no-first-run", "--disable-background-networking", "--remote-debugging-pipe", f"--user-data-dir={profile}",
             *flags, page],
            pass_fds=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        for end in (to_read, to_write, *theirs):
            os.close(end)
        self._rest = b""
        self._number = 0
        self._session = ""
        self.said: list[dict[str, Any]] = []
        """What the page did without being asked: the events of what was enabled."""
        while not (pages := [one for one in self.ask("Target.getTargets")["targetInfos"] if one["type"] == "page"]):
            time.sleep(0.005)
        self._session = self.ask("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)["sessionId"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def run(self, script: str) -> Any:
        """The value a promise of the page comes to."""
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"].get("value")

    def go(self, address: str) -> None:
        """Open a page and wait until it stands."""
        gone = self.ask("Page.navigate", url=address)
        assert "errorText" not in gone, gone
        while self.run("document.readyState + location.href") != f"complete{address}":
            time.sleep(0.01)

    def picture(self) -> bytes:
        """PNG of what is in sight."""
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])

    def close(self) -> None:
        """All of its processes, at once: its profile is thrown away."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        os.close(self._to)
        os.close(self._from)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        word: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            word["sessionId"] = self._session
        os.write(self._to, msgspec.json.encode(word) + b"\0")
        while True:
            *words, self._rest = self._rest.split(b"\0")
            for word in map(msgspec.json.decode, words):
                if word.get("id") == self._number:
                    if "result" not in word:
                        raise RuntimeError(word["error"]["message"])
                    return word["result"]
                self.said.append(word)
            data = os.read(self._from, 1 << 20)
            if not data:
                raise RuntimeError("Chromium went away")
            self._rest += data
