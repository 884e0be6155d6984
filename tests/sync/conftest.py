from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from fakes.headquarters import free_port, mosquitto
from fakes.shoppers import NOW

from sync.central import Central, open_central
from sync.central.forgetting import Forgetting, open_forgetting
from sync.central.people import PeopleOffice, open_people
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


@pytest.fixture
def forgetting(url: str, store: Central) -> Iterator[Forgetting]:
    with closing(open_forgetting(url)) as made:
        yield made


@pytest.fixture
def people(url: str, store: Central) -> Iterator[PeopleOffice]:
    """As of `fakes.shoppers.NOW`."""
    with closing(open_people(url, NOW, create=True)) as opened:
        yield opened
