from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fakes.headquarters import free_port, mosquitto

from sync.central import Central, open_central
from sync.link import Broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A real mosquitto that lets everybody in."""
    port = free_port()
    with mosquitto(tmp_path / "broker", port):
        yield Broker("127.0.0.1", port)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'central.db'}"
        return
    server: str = request.getfixturevalue("server")
    yield server
    with psycopg.connect(server) as db:
        db.execute("DROP SCHEMA IF EXISTS tillside CASCADE")


@pytest.fixture
def store(url: str) -> Iterator[Central]:
    store = open_central(url, create=True)
    yield store
    store.close()
