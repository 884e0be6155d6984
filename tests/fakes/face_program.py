"""A face as a program of its own, with its remote control."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from fakes.patience import until
from fakes.program import Program, tillside

from kiosk_ui.state import CHANGED_MS

SLIP_SECONDS = (CHANGED_MS + 100) / 1000
"""After so long a new card may be tapped: what comes earlier is a slip of the finger."""
BARE = {name: value for name, value in os.environ.items() if name not in {"QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"}}


class Face(Program):
    """One face in a process of its own, with its remote control."""

    def __init__(self, kind: str, socket: Path, log: Path, *options: str) -> None:
        words = ("screen", kind, "--socket", socket, "--headless", "--remote", "--language", "en", *options)
        super().__init__(tillside(*words), log, env=BARE, talks=True)

    def ask(self, *commands: object) -> list[dict[str, Any]]:
        """The answers to commands that are all given before the first is answered."""
        lines = [command if isinstance(command, str) else json.dumps(command) for command in commands]
        self.say("".join(f"{line}\n" for line in lines).encode())
        return [json.loads(self.line()) for _ in commands]

    def tap(self, button: str, score: int | None = None) -> tuple[bool, str]:
        (answer,) = self.ask({"tap": button} if score is None else {"tap": button, "score": score})
        assert answer.pop("tapped") == button
        return answer["hit"], answer["sku"]

    def state(self) -> dict[str, Any]:
        return self.ask({"state": True})[0]

    def until(self, **facts: object) -> dict[str, Any]:
        def so() -> dict[str, Any] | None:
            state = self.state()
            return state if all(state[name] == value for name, value in facts.items()) else None

        state = until(so, what=f"a face with {facts}", seen=self.state)
        assert state is not None
        return state

    def status(self) -> tuple[int, str]:
        """How it ended, and all it said."""
        return self.wait(), self.words()
