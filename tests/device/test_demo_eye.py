"""The demo's eye on the daemon."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.daemon_link import DaemonLink
from fakes.shop_words import snapshot

from device.demo.faces import Eye
from device.errors import TillsideError


def test_an_eye_sees_what_is_shown_and_does_not_wait_for_a_daemon_that_went_away(tmp_path: Path) -> None:
    with DaemonLink(tmp_path / "s") as daemon:
        daemon.greet_with(snapshot(7))
        eye = Eye(tmp_path / "s", "1")
        assert eye.wait("the seventh", lambda shown: shown.seq == 7).seq == 7
    with pytest.raises(TillsideError, match="the daemon went away before it showed the eighth"):
        eye.wait("the eighth", lambda shown: shown.seq == 8)
    eye.close()


def test_an_eye_tells_what_it_waited_for_in_vain(tmp_path: Path) -> None:
    with DaemonLink(tmp_path / "s") as daemon:
        daemon.greet_with(snapshot(7))
        eye = Eye(tmp_path / "s", "1")
        with pytest.raises(TillsideError, match="the daemon did not show the eighth within 0 s"):
            eye.wait("the eighth", lambda shown: shown.seq == 8, 0.1)
        eye.close()
