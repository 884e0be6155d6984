"""What the tests of the register share: one shop, opened once, and a counter in it."""

from __future__ import annotations

import os
import pty
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.device_shop import KEY, REGULAR, adviser
from fakes.device_till import Checkout

from device.adviser import Adviser
from device.domain import Sku
from device.shopper import pseudonym


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Adviser:
    """The corner shop's bundle: the regular consented and had coffee, another consented and has no history yet."""
    profiles = {pseudonym(KEY, REGULAR): {Sku("coffee"): 1.0}, pseudonym(KEY, "new here"): {}}
    return adviser(tmp_path_factory.mktemp("shop") / "shop.bundle", profiles=profiles)


@pytest.fixture
def counter(tmp_path: Path, shop: Adviser) -> Checkout:
    return Checkout(tmp_path, shop)


@pytest.fixture
def scanner() -> Iterator[tuple[int, str]]:
    """A pseudo-terminal for a hand-over: the end where the till reads, and the name of the port the register writes to."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    yield master, os.ttyname(slave)
    os.close(master)
    os.close(slave)
