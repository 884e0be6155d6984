"""The one place that knows MQTT, against a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from fakes.headquarters import free_port, mosquitto
from fakes.patience import SECONDS, until

from sync.carrier import Message
from sync.link import Broker, Link


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    port = free_port()
    with mosquitto(tmp_path, port):
        yield Broker("127.0.0.1", port)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_library_dies_the_program_does_not_wait_for_ever(broker: Broker) -> None:
    def broken(*_: object) -> NoReturn:
        raise OSError("as a bug of the library would")

    with Link(broker, "register-1", ["here"]).open() as link:
        assert link.publish("here", b"first")
        assert isinstance(link.next(SECONDS), Message)
        link._client.on_message = broken
        assert link.publish("here", b"second")
        with pytest.raises(RuntimeError, match="has died"):
            until(lambda: link.next(0.1), what="the connection's thread to be missed")
