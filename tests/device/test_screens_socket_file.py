"""The socket file of the screen link: taken, left over, taken away."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from pathlib import Path

import pytest
from fakes.device_face import face
from fakes.device_till import RUN, Checkout
from fakes.patience import SECONDS
from fakes.served_screens import changed, serving

from device.errors import TillsideError
from device.journal import Journal
from device.screen_link import Stage
from device.screens import Screens


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "screens.sock"


def test_a_second_daemon_on_the_same_socket_is_refused_and_the_first_goes_on(path: Path, counter: Checkout) -> None:
    async def story() -> None:
        async with serving(path, counter), face(path) as cashier:
            await cashier.snapshot()
            with pytest.raises(TillsideError, match=r"another daemon serves .*screens\.sock: stop it first"):
                await Screens({counter.lane.name: counter.lane}, "run-2", Journal()).open(path)
            async with face(path) as another:
                assert (await another.snapshot()).run == RUN

    asyncio.run(story())


def test_a_socket_file_left_by_a_killed_daemon_is_taken_over(path: Path, counter: Checkout) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(path))
    assert path.exists()

    async def story() -> None:
        async with serving(path, counter), face(path) as cashier:
            assert (await cashier.snapshot()).stage is Stage.IDLE
            assert path.stat().st_mode & 0o777 == 0o660

    asyncio.run(story())
    assert not path.exists()


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_socket_file_that_is_taken_away_is_made_anew_and_who_is_connected_stays(
    path: Path, counter: Checkout, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    async def story() -> None:
        async with serving(path, counter) as screens, face(path) as cashier:
            await cashier.snapshot()
            await screens.mend()
            assert not caplog.records
            path.unlink()
            if what == "folder":
                path.parent.rmdir()
            await screens.mend()
            assert path.stat().st_mode & 0o777 == 0o660
            async with face(path) as another:
                await another.snapshot()
                changed(screens, counter, "a", 1, "bread")
                for one in (cashier, another):
                    assert (await one.snapshot()).stage is Stage.BASKET
        assert "had been taken away: it is there again" in caplog.text

    asyncio.run(story())
    assert not path.exists()


def test_a_socket_file_of_another_daemon_in_the_place_of_its_own_is_left_to_it(
    path: Path, counter: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        async with serving(path, counter) as screens, face(path) as cashier:
            await cashier.snapshot()
            path.unlink()
            with socket.socket(socket.AF_UNIX) as other:
                other.bind(str(path))
                other.listen()
                await screens.mend()
                assert f"another daemon serves {path}" in caplog.text
                changed(screens, counter, "a", 1, "bread")
                assert (await cashier.snapshot()).stage is Stage.BASKET
            path.unlink()
            await screens.mend()
            async with face(path) as another:
                await another.snapshot()

    asyncio.run(story())


def test_a_program_that_listens_there_and_answers_nobody_stops_no_daemon(path: Path, counter: Checkout) -> None:
    """Whoever connects to it would wait: its queue is full, and nobody takes from it."""
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as deaf, contextlib.ExitStack() as callers:
        deaf.bind(str(path))
        deaf.listen(0)
        for _ in range(4):
            caller = callers.enter_context(socket.socket(socket.AF_UNIX))
            caller.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                caller.connect(str(path))
        daemon = Screens({counter.lane.name: counter.lane}, "run-2", Journal())
        refused: list[str] = []

        def opened() -> None:
            try:
                asyncio.run(daemon.open(path))
            except TillsideError as error:
                refused.append(str(error))

        thread = threading.Thread(target=opened, daemon=True)
        thread.start()
        thread.join(SECONDS)
        assert not thread.is_alive(), "the loop that owns the baskets waits"
    assert "another daemon serves" in refused[0]
