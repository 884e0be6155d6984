"""A report and a browser, for whoever looks at the page."""

from __future__ import annotations

import shutil

import pytest
from fakes import engine_report
from fakes.chain_records import trial
from fakes.played_chain import Chain, play

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
