"""An experiment from the demo's till to the report: what is known of it agrees with what it truly changed."""

from __future__ import annotations

import msgspec
import pytest
from fakes import corner_shop
from fakes.program import completed

from device.demo.programs import tillside
from model_export.worth.reading import Report


@pytest.fixture
def demo(tmp_path):
    """Sales of a corner shop, played as `tillside demo --fast` does."""
    out = tmp_path / "demo"
    receipts = corner_shop.write(tmp_path / "receipts")
    words = ("demo", "--headless", "--fast", "--sales", "300", "--json", "--receipts", receipts, "--out", out)
    done = completed(tillside(*words), seconds=400)
    assert done.returncode == 0, done.stderr
    return out, [msgspec.json.decode(line) for line in done.stdout.splitlines()]


def test_the_report_agrees_with_the_demos_truth_and_any_sale_is_explained(demo):
    folder, sales = demo
    central = f"sqlite:///{folder}/headquarters/central.db"
    words = ("report", "--central", central, "--bundle", str(folder / "first.bundle"), "--json")
    told = msgspec.json.decode(completed(tillside(*words)).stdout, type=Report)
    truth = msgspec.json.decode((folder / "truth.json").read_bytes())
    assert sum(arm.compared for arm in told.arms) == truth["receipts"] > 250
    by_name = {one.metric: one for one in told.compared}
    for name in ("conversion", "attach", "items", "receipt"):
        # Arms are drawn anew in each run: twice as wide an interval fails once in a thousand million runs.
        assert abs(by_name[name].difference - truth[name]) <= by_name[name].high - by_name[name].low, name
    assert truth["attach"] > 0.1
    assert next(one.value for one in told.usual if one.name == "exposure") == 1.0
    for sale in sales[:3]:
        more = ("--bundle", str(folder / "first.bundle"), "--settings", str(folder / "settings.toml"))
        done = completed(tillside("explain", sale["receipt"], "--central", central, *more))
        assert done.stdout.splitlines()[-1] == "identical: yes", done.stdout + done.stderr
