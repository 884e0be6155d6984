"""The command: the table against every peer, the figures as JSON, the pictures, the goals."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from device.errors import TillsideError, TrainingError
from model_export.evaluate import peers, protocol, table
from model_export.evaluate.commands import evaluate
from model_export.evaluate.conditions import register_of
from model_export.evaluate.exam import ask, decayed, divide
from model_export.evaluate.found import Found
from model_export.evaluate.goals import goals_of
from model_export.evaluate.small import SIZES, learning_curve
from model_export.importing.commands import history
from model_export.parquet import LINES
from model_export.training import silent

SHARED = Path(__file__).parents[3] / "shared" / "data"


def run(*words: str | Path):
    return CliRunner(catch_exceptions=False).invoke(evaluate, [str(word) for word in words])


@pytest.fixture(scope="module")
def found(planted) -> Found:
    return protocol.evaluate(planted, ["popularity", "sar", "ease"], 1)


def test_the_table_tells_a_planted_pair_from_chance(found):
    by_name = {one.name: one.figures["all"]["NDCG@10"][0] for one in found.contestants}
    assert by_name["tillside + history"] > by_name["tillside basket"] > by_name["popularity"] * 1.1
    assert {"1 item", "2-3 items", "with card", "without card"} <= set(found.slices)
    assert found.data.training_receipts == 1350
    lines = list(table.lines(found))
    assert any(line.startswith("tillside + history") for line in lines)
    assert any(line.startswith("ease + history") for line in lines)
    assert sum(line.strip().startswith(("met", "NOT MET", "not measured")) for line in lines) == len(found.goals)


def test_history_is_given_to_peers_only_under_their_own_name(found):
    kinds = {one.name: (one.kind, one.condition) for one in found.contestants}
    assert kinds["ease"] == ("peer", "basket")
    assert kinds["ease + history"] == ("peer with history", "+ history")
    assert {ratio.peer for ratio in found.ratios if ratio.against == "peer"} <= {"popularity", "sar", "ease"}
    given = {"popularity + history", "sar + history", "ease + history"}
    assert {name for name, (kind, _) in kinds.items() if kind == "peer with history"} == given
    assert {ratio.peer for ratio in found.ratios if ratio.against == "peer with history"} <= given


def test_the_curve_ends_where_the_test_is_and_begins_with_few(found):
    ours = [point for point in found.learning_curve if point.name == "tillside + history"]
    assert [point.receipts for point in ours] == [SIZES[0], 1350]
    whole = next(one for one in found.contestants if one.name == "tillside + history")
    assert ours[-1].figure == whole.figures["all"]["HR@4"]


def test_a_model_of_few_receipts_is_asked_with_histories_that_fade_as_its_own(planted, monkeypatch):
    split, heard = divide(planted, 1), []

    def listening(bundle, asked):
        heard.append((bundle.manifest.history_decay, asked))
        return register_of(bundle, asked)

    monkeypatch.setattr("model_export.evaluate.small.register_of", listening)
    # No training ends on this decay: it stands for that of the model of all receipts.
    learning_curve(split, ask(split, np.arange(split.cut, len(planted)), 200, 1, 0.5), [], 1, silent)
    assert heard
    for decay, asked in heard:
        assert (asked.past != decayed(split, asked, decay).past).nnz == 0


def test_cold_stores_have_only_their_own_receipts(found):
    assert [one.store for one in found.cold_start] == ["S1", "S2", "all"]
    assert all(one.receipts == 500 for one in found.cold_start)
    both = found.cold_start[-1]
    assert both.questions == sum(one.questions for one in found.cold_start[:-1])
    assert both.difference[0] == pytest.approx(both.ours[0] - both.popularity[0], abs=1e-4)


def test_goals_are_told_by_the_peers_they_were_set_for_too_where_another_is_better(found):
    def by(peer: str, value: float, against: str) -> list:
        those = [one for one in found.ratios if (one.condition, one.slice, one.against) == ("basket", "all", "peer")]
        return [replace(one, peer=peer, against=against, ratio=(value,) * 3) for one in those]

    both = replace(found, ratios=[*by("sessions", 0.5, "peer"), *by("ease", 1.2, "named peer")])
    first, second = [goal for goal in goals_of(both) if goal.what.startswith("anonymous basket")]
    assert (first.met, second.met) == (False, True)
    assert "0.500 [0.500, 0.500] of sessions" in first.measured
    assert second.what == "anonymous basket, by the best peer, of those that the protocol names"
    told = "\n".join(table.lines(both))
    assert told.count("named peer ease") == 2
    same = replace(found, ratios=[*by("ease", 1.2, "peer"), *by("ease", 1.2, "named peer")])
    assert len([goal for goal in goals_of(same) if goal.what.startswith("anonymous basket")]) == 1
    assert "named peer" not in "\n".join(table.lines(same))


def test_goals_say_met_and_not_met_by_the_numbers(found):
    def verdict(changed: Found, what: str):
        return next(goal.met for goal in goals_of(changed) if goal.what.startswith(what))

    def with_ratio(value: float) -> Found:
        return replace(found, ratios=[replace(one, ratio=(value, value, value)) for one in found.ratios])

    assert verdict(with_ratio(1.0), "anonymous basket") is True
    assert verdict(with_ratio(0.999), "anonymous basket") is False
    assert verdict(with_ratio(1.29), "with context, by the best") is False
    assert verdict(with_ratio(1.75), "with history (") is True
    # Of receipts without a card: a register that is told of it keeps the promise, one that is not does not.
    apart = [replace(one, ratio=(1.15,) * 3 if one.condition == "+ history" else (1.14,) * 3) for one in found.ratios]
    assert verdict(replace(found, ratios=apart), "with context, receipts without a card") is False
    assert verdict(replace(found, ratios=apart), "the same, where it is known that there is none") is True
    large = replace(with_ratio(1.14), data=replace(found.data, training_receipts=200_000))
    assert verdict(large, "anonymous basket") is False
    assert verdict(replace(large, data=replace(large.data, training_receipts=50_000)), "anonymous basket") is True
    assert verdict(replace(found, trained=replace(found.trained, lost_in_int8=0.011)), "HR@4 lost") is False
    assert verdict(replace(found, trained=replace(found.trained, same_top_four=0.969)), "the same top four") is False
    assert verdict(found, "scoring at 50,000 items, one thread") is None
    assert verdict(replace(found, cold_start=()), "a store with 500") is None
    worse = replace(found.cold_start[0], difference=(-0.01, -0.02, 0.0))
    assert verdict(replace(found, cold_start=(worse,)), "a store with 500") is False


def test_the_command_prints_writes_and_draws(shop, tmp_path):
    pytest.importorskip("matplotlib", reason="the extra `peers` is not installed")
    shop.write_lines(shop.folder, shop.sales(800))
    words = [
        "--receipts",
        shop.folder,
        "--peers",
        "popularity,tfidf",
        "--json",
        tmp_path / "out.json",
        "--plots",
        tmp_path / "plots",
    ]
    done = run(*words)
    assert done.exit_code == 0
    assert "popularity" in done.stdout
    assert "tfidf" in done.stdout
    told = json.loads((tmp_path / "out.json").read_text())
    assert msgspec.convert(told, Found).contestants[0].name == "tillside basket"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.json", "plots", "receipts"]
    drawn = {path.stem: path.read_bytes() for path in (tmp_path / "plots").iterdir()}
    assert set(drawn) == {"quality", "by_basket_size", "learning_curve", "latency", "cold_start"} - (
        set() if told["cold_start"] else {"cold_start"}
    )
    for content in drawn.values():
        assert content.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", content[16:24])
        assert width >= 1500
        assert height >= 400
        # A blank picture of this size packs into a few thousand bytes.
        assert len(content) > 15_000


def test_a_central_store_is_measured_as_the_folder_that_it_imported(shop, tmp_path):
    """Nobody's consent is registered in it: who a receipt is of is known in the folder only."""
    shop.write_lines(shop.folder, shop.sales(600))
    url = f"sqlite:///{tmp_path / 'central.db'}"
    words = ("--central", url, "--yes", "--shopper-key", tmp_path / "key", shop.folder / LINES)
    assert CliRunner(catch_exceptions=False).invoke(history, ["import", *map(str, words)]).exit_code == 0
    told = []
    for name, *where in (("folder", "--receipts", shop.folder), ("store", "--central", url)):
        asked = ("--peers", "popularity", "--quick", "--json", tmp_path / name)
        assert run(*where, *asked).exit_code == 0
        found = msgspec.convert(json.loads((tmp_path / name).read_text()), Found)
        told.append({one.name: one.figures["all"] for one in found.contestants if one.kind == "peer"})
        assert ("tillside + history" in {one.name for one in found.contestants}) is (name == "folder")
    assert told[0] == told[1]
    assert "say where the receipts are" in run("--peers", "none").output


def test_quick_leaves_the_small_runs_out(shop):
    shop.write_lines(shop.folder, shop.sales(600))
    done = run("--receipts", shop.folder, "--peers", "none", "--quick")
    assert done.exit_code == 0
    assert "learning curve" not in done.stdout
    assert "cold start" not in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--peers", "oracle"], "no peer 'oracle'"),
        (["--json", "nowhere/out.json"], "no folder nowhere"),
        (["--json", "x" * 254], "File name too long"),
        (["--plots", "nowhere/plots"], "nowhere/plots cannot be made"),
    ],
)
def test_what_cannot_end_well_does_not_begin(shop, words, said):
    shop.write_lines(shop.folder, shop.sales(300))
    with pytest.raises(TrainingError, match=said):
        run("--receipts", shop.folder, *words)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "asked"), [("bread_basket", "popularity,rules,sar,cosine,tfidf,bm25,ease"), ("restaurant_london", "popularity,ease")]
)
def test_real_receipts_beside_peers(name, asked, tmp_path):
    if not (SHARED / name).is_dir():
        pytest.skip(f"../shared/data/{name} is not here")
    done = run("--receipts", SHARED / name, "--peers", asked, "--quick", "--json", tmp_path / "out.json")
    assert done.exit_code == 0
    found = msgspec.convert(json.loads((tmp_path / "out.json").read_text()), Found)
    names = [one.name for one in found.contestants]
    assert names[:2] == ["tillside basket", "tillside + context"]
    assert names[2:] == peers.chosen(asked)[0]
    gain = {one.name: one.figures["all"]["NDCG@10"][0] for one in found.contestants}
    assert gain["tillside basket"] > gain["popularity"]
    assert found.trained.same_top_four >= 0.97


def test_an_error_of_the_world_is_ours(tmp_path):
    with pytest.raises(TillsideError, match=r"no receipt_lines\.parquet"):
        run("--receipts", tmp_path)
