"""What is planned is what an experiment then takes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from fakes import engine_report
from fakes.chain_records import records, send, trial
from fakes.played_chain import FIRST_DAY, Chain, play
from fakes.proof import looked_at_daily

from device.errors import HistoryError
from model_export.worth import commands, planning
from model_export.worth.planning import findable, needed
from sync.central import open_central

STEADY = Chain(stores=3, days=28, before=0, receipts_a_day=150, half_life=1e9, uplift=1.0)


def plan(columns, name, effect, *, relative=False, unit="receipt"):
    with engine_report.sales(columns) as sales:
        return planning.plan(sales, name, effect, relative=relative, power=0.8, share=0.5, unit=unit)


def until_now(chain, seed=1):
    """The shop before its experiment: nothing is in an arm."""
    columns = play(chain, seed).columns
    return replace(columns, arm=np.full(len(columns), -1), drawn=np.full(len(columns), -1))


def test_the_power_that_is_promised_is_there():
    """Planned from the receipts of one shop, asked of sixty others of the same kind."""
    wide = play(replace(STEADY, receipts_a_day=3000), 99)
    effect = float(wide.truth["conversion"].mean())
    told = plan(until_now(replace(STEADY, uplift=0.0)), "conversion", effect)
    assert 7 < told.days < 60
    chain = replace(STEADY, days=told.days, before=28)
    seen = [looked_at_daily(chain, seed, ("conversion",), told.units)["conversion"] for seed in range(60)]
    found = sum(one.called_at_last for one in seen)
    # Four in five, but for chance once in a thousand on either side.
    assert 37 <= found <= 57
    assert sum(one.called for one in seen) >= found


def test_the_power_that_is_promised_is_there_where_shoppers_are_drawn():
    """Regulars differ, and most come again: a plan for receipts would promise what such an experiment does not keep."""
    steady = replace(STEADY, unit="shopper", receipts_a_day=200)
    effect = float(play(replace(steady, receipts_a_day=3000), 99).truth["conversion"].mean())
    shop = until_now(replace(steady, uplift=0.0))
    told = plan(shop, "conversion", effect, unit="shopper")
    assert 7 < told.days < 60
    chain = replace(steady, days=told.days, before=28)
    seen = [looked_at_daily(chain, seed, ("conversion",), told.units)["conversion"] for seed in range(60)]
    assert 37 <= sum(one.called_at_last for one in seen) <= 57


def test_shoppers_who_always_buy_the_same_take_more_days_than_receipts_do():
    columns = until_now(replace(STEADY, uplift=0.0))
    by_receipt, by_shopper = (plan(columns, "items", 0.1, relative=True, unit=unit) for unit in ("receipt", "shopper"))
    assert by_receipt.intraclass == 0
    assert 0 < by_shopper.intraclass < 1
    known = float((columns.shopper >= 0).mean())
    assert by_shopper.days > by_receipt.days / known
    hopeless = plan(columns, "items", 0.001, relative=True, unit="shopper")
    assert (hopeless.days, hopeless.within_a_year) == (0, False)
    assert hopeless.smallest > hopeless.effect


def test_a_larger_effect_takes_fewer_receipts_and_more_power_takes_more():
    assert needed(2, 10, 0.8, 0.05, 200) < needed(1, 10, 0.8, 0.05, 200) < needed(1, 10, 0.95, 0.05, 200)
    n = needed(1, 10, 0.8, 0.05, 200)
    assert findable(n, 10, 0.8, 0.05) <= 1 < findable(n - 1, 10, 0.8, 0.05)


def test_a_question_that_no_year_answers_is_told_so(tmp_path):
    chain = replace(STEADY, stores=2, receipts_a_day=40)
    played = play(chain, 1)
    name = f"sqlite:///{tmp_path / 'central.db'}"
    with closing(open_central(name, create=True)) as central:
        send(central, records(played, trial(chain)), {})
    words = ["--central", name, "--metric", "receipt"]
    small = CliRunner().invoke(commands.plan_, [*words, "--effect", "0.1%"])
    assert small.exit_code == 0, small.output
    assert "cannot be answered within a year: the smallest effect that a year finds is +" in small.output
    large = CliRunner().invoke(commands.plan_, [*words, "--effect", "30%"])
    assert "cannot be answered" not in large.output
    assert "write `receipts = " in large.output


@pytest.mark.parametrize(("effect", "metric"), [("nothing", "receipt"), ("0", "receipt"), ("nan", "receipt"), ("1%", "reciept")])
def test_a_slip_of_the_pen_is_told(effect, metric):
    done = CliRunner().invoke(commands.plan_, ["--central", "sqlite:///x", "--metric", metric, "--effect", effect])
    assert done.exit_code == 2
    assert "there are: conversion" in done.output or "write 2% or 1.5" in done.output


def test_too_little_history_is_told():
    columns = until_now(STEADY)
    with pytest.raises(HistoryError, match="takes 14 days"):
        plan(columns.where(columns.day < FIRST_DAY + 10), "receipt", 0.02, relative=True)
    with pytest.raises(HistoryError, match="no sale to plan from"):
        plan(columns.where(columns.day < 0), "receipt", 0.02, relative=True)
