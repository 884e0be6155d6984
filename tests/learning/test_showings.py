"""What is learnt from of suggestions: what was seen, what the register drew, and what became of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from fakes.chain_records import send
from fakes.device_shop import write_shop
from fakes.exploring_till import EARLIER, POLICY, SALES, SEEN, TAKEN

from device.acceptance import Acceptance
from device.bundle import Bundle
from device.domain import Answer, Kind, Phase, Sku
from device.errors import HistoryError
from model_export.commands import train
from model_export.learning import calibration, showings
from model_export.learning.commands import acceptance
from model_export.learning.slates import read
from model_export.marks import WHOLESALE_PIECES
from model_export.registers import open_outcomes, read_central
from model_export.training import silent
from model_export.worth.measuring import rows
from sync.central import open_central


def test_showings_are_what_was_seen_and_what_became_of_it(url, sold):
    with closing(open_outcomes(url)) as store:
        shown = showings.read(store)
    meant = [o for r in sold for o in r.outcomes if o.painted]
    assert len(shown) == len(meant) > 1000
    assert [shown.skus[item] for item in shown.item] == [o.sku for o in meant]
    assert shown.taken.tolist() == [o.bought for o in meant]
    chances = [[s.chances[o.rank - 1] for s in r.slates if o.sku in s.shown][-1] for r in sold for o in r.outcomes if o.painted]
    assert shown.chance.tolist() == pytest.approx(chances)
    assert (shown.place + 1).tolist() == [o.rank for o in meant]
    assert 0 < shown.explored < len(shown)


def test_what_says_nothing_is_not_learnt_from(tmp_path, sold):
    one = next(r for r in sold if len(r.outcomes) == 2 and all(o.painted for o in r.outcomes))
    first, second = one.outcomes
    odd = [
        replace(one, receipt_id="a", phase=Phase.CANCELLED),
        replace(one, receipt_id="b", kind=Kind.RETURN),
        replace(one, receipt_id="c", partial=True),
        replace(one, receipt_id="d", ghosts=True),
        replace(one, receipt_id="l", lines=()),
        replace(one, receipt_id="e", outcomes=(replace(first, painted=False), replace(second, answer=Answer.OUT_OF_STOCK))),
        replace(
            one,
            receipt_id="f",
            outcomes=(first, replace(second, rank=0)),
            slates=(one.slates[0]._replace(shown=(first.sku,), chances=(0.0,)),),
        ),
        one,
    ]
    name = tmp_path / "central.db"
    with closing(open_central(f"sqlite:///{name}", create=True)) as central:
        send(central, [replace(r, basket_id=f"x{n}") for n, r in enumerate(odd)], {})
        send(central, [one], {}, epoch="b" * 32)
    with closing(open_outcomes(f"sqlite:///{name}")) as store:
        assert len(showings.read(store)) == 2
    with closing(sqlite3.connect(name)) as db, db:
        for seq, body in enumerate(
            (b'{"painted":true', b'[{"painted":true}]', b'\xff"painted":true', b'{"painted":true,"slates":[[1]]}'), 1
        ):
            db.execute("UPDATE receipt SET body = ? WHERE seq = ?", (body, seq))
    with closing(open_outcomes(f"sqlite:///{name}")) as store, closing(Bundle.open(write(tmp_path))) as bundle:
        showings.read(store)
        read(store, bundle, POLICY, 100, silent)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"phase": Phase.CANCELLED}, "unfinished"),
        ({"kind": Kind.RETURN}, "return"),
        ({"partial": True}, "partial"),
        ({"lines": ()}, "unfinished"),
        ({"kind": Kind.RETURN, "lines": ()}, "return"),
    ],
)
def test_what_is_no_sale_is_none_to_any_reader(tmp_path, sold, changed, rule):
    """Training, the report, what is learnt of suggestions, and the outlook."""
    one = next(r for r in sold if r.slates and any(o.painted for o in r.outcomes))
    name = f"sqlite:///{tmp_path / 'central.db'}"
    with closing(open_central(name, create=True)) as central:
        send(central, [replace(one, **changed)], {})
    with closing(open_outcomes(name)) as store, closing(Bundle.open(write(tmp_path))) as bundle:
        assert len(showings.read(store)) == 0
        assert read(store, bundle, POLICY, 100, silent, seen=True)[0].receipts == 0
        learnt, _ = read_central(store)
        assert len(learnt.at) == 0
        ((_, _, why, *_),) = rows(1, store.receipts(), ())
        assert why == rule


def test_a_sale_that_grew_to_wholesale_size_stays_among_the_draws(tmp_path, sold):
    """Whether it would may depend on what was drawn; what is learnt of suggestions to shoppers leaves it out."""
    one = next(r for r in sold if r.slates and any(o.painted for o in r.outcomes))
    pieces = replace(one.lines[0], quantity=1000 * (WHOLESALE_PIECES + 1))
    name = f"sqlite:///{tmp_path / 'central.db'}"
    with closing(open_central(name, create=True)) as central:
        send(central, [replace(one, lines=(pieces, *one.lines[1:]))], {})
    with closing(open_outcomes(name)) as store, closing(Bundle.open(write(tmp_path))) as bundle:
        assert len(showings.read(store)) == 0
        assert read(store, bundle, POLICY, 100, silent, seen=True)[0].receipts == 1
        ((_, _, why, *_),) = rows(1, store.receipts(), ())
        assert why == "wholesale"


def write(folder):
    write_shop(folder / "a.bundle")
    return folder / "a.bundle"


def test_the_rows_are_the_decisions_and_what_was_taken_of_them(url, candidate, sold):
    with closing(open_outcomes(url)) as store, closing(Bundle.open(candidate)) as bundle:
        rows, days = read(store, bundle, POLICY, 10_000, silent)
    assert rows.receipts == SALES - EARLIER
    assert days == (sold[EARLIER].local_time[:10], sold[-1].local_time[:10])
    assert rows.supported.all(), "all of the shop stands in the pool"
    first = rows.place + 2 * rows.receipt  # of each receipt the first decision
    begin = np.unique(first, return_index=True)[1]
    shown = [rows.skus[item] for item in rows.shown[begin]]
    taken = rows.taken[begin]
    often = 0
    for place in (0, 1):
        for sku, share in TAKEN.items():
            of = np.array([one == sku for one in shown]) & (rows.place[begin] == place)
            if of.sum() > 100:
                often += 1
                assert taken[of].mean() == pytest.approx(share * SEEN[place], abs=4 * np.sqrt(0.25 / of.sum()))
    assert often > 1
    # Nothing is taken twice.
    assert rows.taken.sum() <= sum(outcome.bought for receipt in sold for outcome in receipt.outcomes)


def test_a_slate_that_no_register_writes_is_passed_over(tmp_path, sold, candidate):
    one = sold[0]
    first, *_ = one.slates
    odd = [
        first._replace(step=99),
        first._replace(step=-1),
        first._replace(chances=(0.5,)),
        first._replace(chances=(0.0, 2.0)),
        first._replace(shown=(Sku("bread"), Sku("bread"))),
        first._replace(shown=()),
        first._replace(pool=(Sku("a"), Sku("a"))),
    ]
    name = f"sqlite:///{tmp_path / 'central.db'}"
    with closing(open_central(name, create=True)) as central:
        send(central, [replace(one, receipt_id=f"{n:032x}", slates=(slate,)) for n, slate in enumerate(odd)], {})
    with closing(open_outcomes(name)) as store, closing(Bundle.open(candidate)) as bundle:
        rows, _ = read(store, bundle, POLICY, 100, silent, seen=True)
        assert (len(rows.receipt), rows.receipts) == (0, len(odd))


def test_training_from_the_central_store_learns_it_until_its_last_receipt(url, sold, tmp_path):
    words = [
        "--central",
        url,
        "--shopper-key",
        str(tmp_path / "key"),
        "--until-share",
        "0.9",
        "--out",
        str(tmp_path / "a.bundle"),
    ]
    done = CliRunner().invoke(train, words)
    assert done.exit_code == 0, (done.output, done.exception)
    with closing(Bundle.open(tmp_path / "a.bundle")) as bundle:
        learnt, last = bundle.acceptance, bundle.manifest.last_receipt
        categories = {item.sku: item.category for item in bundle.catalogue}
    with closing(open_outcomes(url)) as store:
        shown = showings.read(store, last)
    assert len(shown) == sum(o.painted for r in sold if r.local_time <= last for o in r.outcomes) < 1800
    # On one draw of fifty the latest tenth is told no better by the items' factors: then none go out, and that is said.
    document, sentence = calibration.for_bundle(shown, categories)
    assert sentence in done.stderr
    assert learnt == (None if document is None else msgspec.json.decode(document, type=Acceptance))


def test_the_acceptance_command_tells_draws_and_says_what_lacks(url, candidate, tmp_path):
    words = ["--central", url, "--bundle", str(candidate)]
    done = CliRunner().invoke(acceptance, [*words, "--plot", str(tmp_path / "a.png")])
    assert done.exit_code == 0, done.output
    for told in ("suggestions shown", "places beside the first: 1.00", "cheese", "calibration: learnt from"):
        assert told in done.output
    assert (tmp_path / "a.png").stat().st_size > 1000
    found = msgspec.json.decode(CliRunner().invoke(acceptance, [*words, "--json"]).output)
    assert found["acceptance"]["items"][0]["sku"] in {"cheese", "honey"}
    name = f"sqlite:///{tmp_path / 'empty.db'}"
    open_central(name, create=True).close()
    with pytest.raises(HistoryError, match="0 of 0 suggestions shown were taken, and 50 at least"):
        CliRunner(catch_exceptions=False).invoke(acceptance, ["--central", name])
