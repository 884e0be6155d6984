"""An experiment from the demo's till to the report: what is known of it agrees with what it truly changed."""

from __future__ import annotations

import msgspec
import pytest
from fakes import corner_shop
from fakes.program import completed

from device.demo.programs import tillside
from model_export.learning.outlook import Outlook
from model_export.worth.reading import Report


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Sales of a corner shop, played as `tillside demo --fast` does."""
    tmp_path = tmp_path_factory.mktemp("shop")
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
    drawn = [offer for sale in sales for offer in sale["offered"] if offer["by_lot"]]
    assert len(drawn) > 50, "registers explore, and say so"
    usual = {one.name: one.value for one in told.usual}
    assert usual["exposure"] == 1.0
    assert 0.3 < usual["by lot"] < 0.6
    for sale in sales[:3]:
        more = ("--bundle", str(folder / "first.bundle"), "--settings", str(folder / "settings.toml"))
        done = completed(tillside("explain", sale["receipt"], "--central", central, *more))
        assert done.stdout.splitlines()[-1] == "identical: yes", done.stdout + done.stderr


def test_the_outlook_of_the_candidate_agrees_with_what_it_would_truly_have_earned(demo):
    folder, _ = demo
    about = ("--candidate", folder / "candidate.bundle", "--yesterday", folder / "first.bundle", "--settings")
    words = ("--central", f"sqlite:///{folder}/headquarters/central.db", "--experiment", folder / "experiment.toml", *about)
    done = completed(tillside("report", *map(str, words), str(folder / "settings.toml"), "--json"))
    found = msgspec.json.decode(msgspec.json.encode(msgspec.json.decode(done.stdout)["candidate"]["outlook"]), type=Outlook)
    truth = msgspec.json.decode((folder / "truth.json").read_bytes())["outlook"]
    outcome = found.outcome
    assert (outcome.cannot, found.seen, outcome.receipts) == ("", False, truth["receipts"])
    assert 0.3 < outcome.explored / outcome.receipts < 0.6
    assert outcome.least_chance >= 0.5 / 6 - 1e-9, "within the bounds of the setting"
    assert outcome.differing > 0
    for one in outcome.estimates:
        for name, estimate in (("candidate", one.candidate), ("then", one.today), ("difference", one.difference)):
            # What is drawn differs in each run: twice as wide an interval fails once in ten thousand runs.
            assert abs(estimate.value - truth[name]) <= estimate.high - estimate.low, (one.how, name)
