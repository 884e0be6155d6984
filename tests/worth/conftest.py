"""A report and a browser, for whoever looks at the page; sales of before the registers, and a store to keep them in."""

from __future__ import annotations

import shutil

import pytest
from fakes import engine_report
from fakes.chain_records import trial
from fakes.earlier_sales import folder, lines
from fakes.played_chain import Chain, play

from sync.central import open_central

CHAIN = Chain(stores=4, days=14, before=7, receipts_a_day=250, uplift=2.0)


@pytest.fixture(scope="module")
def report():
    return engine_report.report(play(CHAIN, 5).columns, trial(CHAIN, stores=("S1", "S9"), decides="receipt"))


@pytest.fixture(scope="module")
def chromium():
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    return program


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return folder(tmp_path_factory.mktemp("shop") / "export", lines())


@pytest.fixture
def url(tmp_path):
    name = f"sqlite:///{tmp_path / 'central.db'}"
    open_central(name, create=True).close()
    return name
