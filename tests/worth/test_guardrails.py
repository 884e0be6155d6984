"""An arm that is worse than allowed is stopped by the night's training, and the report says why; no other is."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import get_args, get_type_hints

import msgspec
import pytest
from fakes import engine_report, plain_report
from fakes.chain_records import records, send, trial
from fakes.device_shop import STORE, adviser
from fakes.device_till import Checkout
from fakes.experiments import experiment, text
from fakes.played_chain import FIRST_DAY, Chain, play

from device.arms import Guardrail, parse, read
from device.domain import Phase
from device.errors import SettingsError
from model_export.beside import kept_within_bounds
from model_export.worth import guardrails
from model_export.worth.guardrails import Compared
from model_export.worth.metrics import METRICS
from model_export.worth.words import WORDS
from sync.central import open_central

SLOW = Chain(stores=2, days=14, before=7, receipts_a_day=150, slower=20.0)
DAYS = ("2026-05-01", date.fromordinal(FIRST_DAY + 13).isoformat())


def railed(*rails):
    """The experiment's file with these guardrails."""
    told = "".join(f'\n[[guardrail]]\nmetric = "{metric}"\nby = {by}\n' for metric, by in rails)
    return text(days=DAYS, receipts=2100) + told


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    name = f"sqlite:///{tmp_path_factory.mktemp('slow') / 'central.db'}"
    with closing(open_central(name, create=True)) as central:
        send(central, records(play(SLOW, 2), trial(SLOW)), {})
    return name


def test_a_guardrail_may_be_set_on_every_metric_of_the_report():
    assert set(get_args(get_type_hints(Guardrail)["metric"])) == {metric.name for metric in METRICS}


def test_the_nights_training_stops_an_arm_that_is_beyond_its_guardrail(url, tmp_path, capsys):
    path = tmp_path / "spring.toml"
    path.write_text(railed(("till", 5.0)))
    shipped = kept_within_bounds(path, url, None)
    assert shipped == path.read_bytes()
    (stop,) = read(path).stopped
    assert (stop.arm, stop.day) == ("treatment", date.fromordinal(FIRST_DAY + 14))
    assert (stop.beyond.metric, stop.beyond.allowed, stop.why) == ("till", 5.0, "")
    assert 10 < stop.beyond.low < stop.beyond.high < 30
    said = capsys.readouterr().err
    assert "arm treatment is stopped. Seconds from first scan to payment: the difference to the control arm is between +1" in said
    assert kept_within_bounds(path, url, None) == shipped
    assert len(read(path).stopped) == 1


@pytest.mark.parametrize("rails", [(), (("till", 40.0),), (("receipt", 500.0), ("items", 2.0))])
def test_an_arm_within_its_guardrails_goes_on(url, tmp_path, rails):
    path = tmp_path / "spring.toml"
    path.write_text(railed(*rails))
    assert kept_within_bounds(path, url, None) == railed(*rails).encode()
    assert read(path).stopped == ()


def test_an_arm_that_is_not_slower_is_stopped_seldom():
    """Of thirty experiments in which nothing differs, with a guardrail of nothing at all: at most what 5 % allows."""
    stopped = 0
    for seed in range(30):
        columns = play(Chain(stores=2, days=10, before=3, receipts_a_day=100, uplift=0.0), seed).columns
        told = plain_report.read(columns, {}, parse(railed(("till", 0.0), ("receipt", 0.0)).encode(), "spring.toml"))
        stopped += bool(told.guardrails)
    assert stopped <= 6


def test_what_comes_after_the_stop_is_not_compared():
    columns = play(SLOW, 2).columns
    whole = experiment(days=DAYS, receipts=2100)
    halted = msgspec.structs.replace(whole, stopped=parse((railed() + _stop("2026-05-08")).encode(), "spring.toml").stopped)
    before = columns.where(columns.day < FIRST_DAY + 7)
    told, as_if = engine_report.report(columns, halted), engine_report.report(before, whole)
    one, other = (next(one for one in report.compared if one.metric == "till") for report in (told, as_if))
    assert (one.units, one.difference, one.low, one.high) == pytest.approx((other.units, other.difference, other.low, other.high))
    assert [one.stopped for one in told.guardrails] == [True]


def test_a_stopped_arm_does_what_the_control_arm_does(tmp_path):
    shop = adviser(tmp_path / "x.bundle")
    shop.take_part(parse((railed() + _stop("2026-05-02")).encode(), "spring.toml"))
    counter = Checkout(tmp_path, shop)
    for number in range(12):
        counter.hear(f"b{number}", 1, "bread", minutes=number)
        assert counter.shown() == []
        counter.hear(f"b{number}", 2, "bread", phase=Phase.CLOSED, minutes=number + 0.5)
    assert all(receipt.ghosts and receipt.outcomes and receipt.store == STORE for receipt in counter.receipts())
    assert {receipt.arm for receipt in counter.receipts()} == {"control", "treatment"}


@pytest.mark.parametrize("arm", ["control", "treatmet"])
def test_an_arm_that_cannot_be_stopped_is_told(arm):
    with pytest.raises(SettingsError, match=rf"'stopped\[0\].arm': '{arm}' is none that could be stopped"):
        parse((railed() + _stop("2026-05-02", arm)).encode(), "spring.toml")


@pytest.mark.parametrize(
    ("metric", "by", "told"),
    [
        ("till", 5.0, "stopped for +6.00 to +9.00, +5.00"),
        ("margin", 5.0, "stopped for +6.00 RUB to +9.00 RUB, -5.00 RUB"),
        ("conversion", 0.02, "stopped for +600.00 % to +900.00 %, -2.00 %"),
    ],
)
def test_figures_are_in_the_unit_of_the_file_and_told_in_that_of_the_metric(metric, by, told):
    beyond = f"{{metric = '{metric}', low = 6, high = 9, allowed = {by}}}"
    halted = parse((railed() + f'\n[[stopped]]\narm = "treatment"\nday = 2026-05-08\nbeyond = {beyond}\n').encode(), "x.toml")
    (one,) = guardrails.beyond(halted, (), 0, "RUB")
    words = WORDS["en"] | {"beyond": "stopped for {low} to {high}, {allowed}"}
    assert guardrails.why(one, "RUB", words) == told.replace("-", "\N{MINUS SIGN}")


@pytest.mark.parametrize(
    ("currency", "units", "told"), [("RUB", 100, "5.00 RUB"), ("JPY", 1, "5 JPY"), ("KWD", 1000, "5.000 KWD")]
)
def test_money_is_written_and_read_in_units_of_the_currency(tmp_path, currency, units, told):
    """Of the report's minor units a guardrail knows nothing."""
    path = tmp_path / "spring.toml"
    path.write_text(railed(("receipt", 5.0)))
    figures = (90.0 * units, 70.0 * units, -20.0 * units, -25.0 * units, -15.0 * units)
    worse = Compared("receipt", "money", "treatment", 900, *figures, 0.001, 0.0, 0.001, True)
    found = tuple(guardrails.beyond(read(path), (worse,), FIRST_DAY, currency))
    guardrails.stop(path, found)
    (stop,) = read(path).stopped
    assert (stop.beyond.low, stop.beyond.high, stop.beyond.allowed) == (-25.0, -15.0, 5.0)
    (one,) = guardrails.beyond(read(path), (worse,), FIRST_DAY, currency)
    said = guardrails.why(one, currency, WORDS["en"])
    assert said == guardrails.why(found[0], currency, WORDS["en"])
    assert told in said


def test_a_stop_without_a_reason_is_told():
    with pytest.raises(SettingsError, match=r"'stopped\[0\]': say why it is stopped"):
        parse((railed() + '\n[[stopped]]\narm = "treatment"\nday = 2026-05-08\n').encode(), "spring.toml")


def _stop(day, arm="treatment"):
    return f'\n[[stopped]]\narm = "{arm}"\nday = {day}\nwhy = "till: too slow"\n'
