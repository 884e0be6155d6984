"""A store whose register has explored, its central store, and a candidate that has learnt from the first third of it."""

from __future__ import annotations

from contextlib import closing

import msgspec
import pytest
from fakes.chain_records import send
from fakes.device_shop import adviser, write_shop
from fakes.device_till import Checkout
from fakes.exploring_till import EARLIER, POLICY, SALES, sell

from device.domain import Receipt
from device.settings import read as read_settings
from model_export.learning import acceptance as learning
from model_export.learning import showings
from model_export.registers import open_outcomes
from sync.central import open_central

SETTINGS = """
store = "S1"
device = "register-1"
[[lane]]
till = "1"
source = {kind = "replay", file = "x"}
[policy]
cards = 2
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
def sold(folder) -> list[Receipt]:
    counter = Checkout(folder, adviser(folder / "today.bundle", POLICY))
    sell(counter, SALES)
    return counter.receipts()


@pytest.fixture(scope="session")
def url(folder, sold) -> str:
    name = f"sqlite:///{folder / 'central.db'}"
    with closing(open_central(name, create=True)) as central:
        send(central, sold, {})
    return name


@pytest.fixture(scope="session")
def candidate(folder, url, sold):
    """It has learnt from the first third of the sales."""
    last = sold[EARLIER - 1].local_time
    with closing(open_outcomes(url)) as store:
        shown = showings.read(store, last)
    # Whether so few sales are enough to learn from is not asked here: on some draws they are not.
    document = msgspec.json.encode(learning.document(learning.fit(shown, {}), shown, {}))
    write_shop(folder / "candidate.bundle", acceptance=document, last_receipt=last)
    return folder / "candidate.bundle"


@pytest.fixture(scope="session")
def settings_file(folder):
    (folder / "settings.toml").write_text(SETTINGS)
    assert read_settings(folder / "settings.toml").policy.cards == 2
    return folder / "settings.toml"
