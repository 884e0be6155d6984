"""What tests of several folders stand on."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from fakes.postgresql import postgresql, program

# Some tests load the library themselves, before `device.scorer` does; it hears this once.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a real PostgreSQL's database, one for the whole run: a test leaves nothing in it."""
    if program("postgres") is None:
        pytest.skip("PostgreSQL is not here: packaging/dev test installs it")
    with postgresql() as url:
        yield url
