from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.headquarters import free_port, mosquitto

from sync.link import Broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A real mosquitto that lets everybody in."""
    port = free_port()
    with mosquitto(tmp_path / "broker", port):
        yield Broker("127.0.0.1", port)
