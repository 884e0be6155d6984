"""The gate: a worse bundle does not pass, a better one does, and what is refused is refused with the numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from device.bundle import Bundle, Contents
from device.bundle import write as write_bundle
from device.errors import BundleError, TillsideError, TrainingError
from device.tokens import Vocabulary
from model_export import promote as gate
from model_export.compare import compare
from model_export.evaluate.commands import promote
from model_export.graph import Frame, graph
from model_export.history import History
from model_export.layout import layout_of
from model_export.prove import golden
from model_export.quantise import PACKINGS, cut, quantise
from model_export.training import Extras, make_bundle

EXTRAS = Extras((), {}, "RUB", "2026-03-02T03:00:00+00:00")


@pytest.fixture(scope="module")
def bundles(planted, tmp_path_factory) -> dict[str, Path]:
    """Learnt from the first 1,100 receipts; from 60; and the first with weights out of a hat."""
    folder = tmp_path_factory.mktemp("bundles")
    made = make_bundle(planted.part(0, 1100), EXTRAS, folder / "good", 1)
    make_bundle(planted.part(0, 60), EXTRAS, folder / "young", 1)
    spoil(folder / "good", folder / "spoilt", made.model.held)
    return {path.name: path for path in folder.iterdir()}


def spoil(good: Path, out: Path, held) -> None:
    """The same bundle with weights that point the other way, golden baskets and all: a register would accept it."""
    bundle = Bundle.open(good)
    vocabulary = Vocabulary(bundle.vocabulary.names, bundle.vocabulary.items)
    table = -np.random.default_rng(1).random((len(vocabulary), vocabulary.items)).astype(np.float32)
    intercept = np.arange(vocabulary.items, dtype=np.float32) / 100
    frame = Frame(intercept, layout_of(vocabulary).learnt, len(vocabulary))
    model = graph(quantise(cut(table, None), PACKINGS[0].spikes), frame)
    manifest = bundle.manifest
    contents = Contents(
        model,
        vocabulary,
        (),
        golden(model, vocabulary, 1),
        bundle.best_sellers,
        {},
        {},
        manifest.made_at,
        "RUB",
        manifest.receipts,
        manifest.last_receipt,
        manifest.history_decay,
        {},
    )
    write_bundle(out, contents)
    bundle.close()


def judge(candidate: Path, yesterday: Path | None, history: History, latest: int = 500, *, seen: bool = False) -> gate.Verdict:
    new, old = Bundle.open(candidate), None if yesterday is None else Bundle.open(yesterday)
    try:
        return gate.judge(new, old, history, latest, 0.01, 1, seen=seen)
    finally:
        new.close()
        if old is not None:
            old.close()


def test_a_better_bundle_passes_on_receipts_nobody_has_seen(bundles, planted):
    verdict = judge(bundles["good"], bundles["young"], planted)
    assert verdict.accepted
    assert verdict.unseen
    assert verdict.reasons == ()
    assert verdict.whole.beside["yesterday"].difference[0] > 0
    assert verdict.whole.beside["popularity"].difference[1] > 0
    # 400 receipts are later; those with one item cannot be asked about.
    assert 300 < verdict.whole.questions <= 400
    assert sum(store.questions for store in verdict.stores) == verdict.whole.questions
    assert {store.name for store in verdict.stores} == {"S1", "S2"}


def test_a_worse_bundle_is_refused_with_the_numbers(bundles, planted):
    verdict = judge(bundles["spoilt"], bundles["good"], planted)
    assert not verdict.accepted
    assert any(reason.startswith("over all stores") and "of yesterday" in reason for reason in verdict.reasons)
    assert any(reason.startswith("in store S1") for reason in verdict.reasons)
    assert f"{verdict.whole.gain:.4f}" in verdict.reasons[0]
    told = list(gate.lines(verdict))
    assert told[-1] == "refused"
    assert any("worse" in line for line in told)


def test_the_same_bundle_passes_and_popularity_alone_can_refuse(bundles, planted):
    same = judge(bundles["good"], bundles["good"], planted)
    assert same.accepted
    assert same.whole.beside["yesterday"].difference == (0, 0, 0)
    alone = judge(bundles["spoilt"], None, planted)
    assert not alone.accepted
    assert alone.yesterday is None
    assert all("of popularity" in reason for reason in alone.reasons)


def test_one_store_that_loses_stops_a_chain_that_gains():
    ours, theirs = np.array([1.0] * 50 + [np.inf] * 40), np.array([np.inf] * 50 + [1.0] * 40)
    compared = gate.Compared(
        {"candidate": ours, "yesterday": theirs, "popularity": np.full(90, np.inf)},
        np.array([0] * 50 + [1] * 40),
        ("S1", "S2"),
        unseen=True,
    )
    worst, other = gate._stores(compared)
    assert (worst.name, worst.beside["yesterday"].worse, worst.beside["popularity"].worse) == ("S2", True, False)
    assert not other.beside["yesterday"].worse
    whole = gate._whole(compared, 0.01, 1)
    assert not whole.beside["yesterday"].worse


def test_a_loss_within_the_tolerance_is_chance():
    ours, theirs = np.full(1000, 1.0), np.full(1000, 1.0)
    ours[0] = np.inf
    compared = gate.Compared({"candidate": ours, "yesterday": theirs}, np.zeros(1000, int), ("S1",), unseen=True)
    assert not gate._whole(compared, 0.01, 1).beside["yesterday"].worse
    assert gate._whole(compared, 0.0005, 1).beside["yesterday"].worse


def test_each_store_is_asked_about_its_own_latest(bundles, planted):
    verdict = judge(bundles["good"], None, planted, latest=40)
    assert [store.questions <= 40 for store in verdict.stores] == [True, True]
    assert verdict.whole.questions > 60


def test_receipts_the_candidate_learnt_from_are_refused_unless_they_are_allowed(bundles, planted):
    with pytest.raises(TrainingError, match=r"--until-share 0\.9 or bring later receipts"):
        judge(bundles["good"], None, planted.part(0, 1000))
    verdict = judge(bundles["good"], None, planted.part(0, 1000), seen=True)
    assert not verdict.unseen
    assert any("learnt from" in remark for remark in verdict.remarks)
    assert verdict.whole.beside["popularity"].gain > 0


def test_too_few_receipts_are_no_comparison(bundles, planted):
    with pytest.raises(TrainingError, match="bring more receipts"):
        judge(bundles["good"], None, planted.part(0, 20))


def test_the_candidates_own_list_has_no_say_in_what_is_popular(bundles, planted):
    bundle = Bundle.open(bundles["good"])
    as_it_is = compare({"candidate": bundle}, planted, 500, 1)
    bundle.best_sellers = {}
    without = compare({"candidate": bundle}, planted, 500, 1)
    assert np.isfinite(as_it_is.ranks["popularity"]).mean() > 0.5
    assert without.ranks["popularity"].tolist() == as_it_is.ranks["popularity"].tolist()
    bundle.close()


def test_a_cold_store_is_compared_with_the_chains_best_sellers(bundles, planted):
    opened = planted.store.copy()
    opened[:1200] = 0
    bundle = Bundle.open(bundles["good"])
    compared = compare({"candidate": bundle}, replace(planted, store=opened, stores=("S1", "S77")), 500, 1)
    assert np.isfinite(compared.ranks["popularity"][compared.store == 1]).any()
    bundle.close()


def test_where_no_receipt_is_earlier_yesterdays_list_stands_in(bundles, planted):
    later = planted.part(1100, 1500)
    new, old = Bundle.open(bundles["good"]), Bundle.open(bundles["young"])
    assert np.isfinite(compare({"candidate": new, "yesterday": old}, later, 500, 1).ranks["popularity"]).any()
    with pytest.raises(TrainingError, match="bring earlier receipts as well"):
        compare({"candidate": new}, later, 500, 1)
    old.best_sellers = {}
    with pytest.raises(TrainingError, match="bring earlier receipts as well"):
        compare({"candidate": new, "yesterday": old}, later, 500, 1)
    new.close()
    old.close()


def test_each_bundle_is_asked_with_its_own_decay(bundles, planted):
    """The same bundle twice, of which one says that its registers forget at once: it is asked something else."""
    new, old = Bundle.open(bundles["good"]), Bundle.open(bundles["good"])
    old.manifest = msgspec.structs.replace(old.manifest, history_decay=0.01)
    ranks = compare({"candidate": new, "yesterday": old}, planted, 500, 1).ranks
    alone = compare({"candidate": old}, planted, 500, 1).ranks
    assert ranks["yesterday"].tolist() == alone["candidate"].tolist() != ranks["candidate"].tolist()
    new.close()
    old.close()


def run(*words: str | Path):
    return CliRunner(catch_exceptions=False).invoke(promote, [str(word) for word in words])


@pytest.fixture
def receipts(shop) -> Path:
    return shop.write_lines(shop.folder, shop.sales(1500))


def test_the_command_puts_the_accepted_bundle_where_it_is_wanted(bundles, receipts, tmp_path):
    live = tmp_path / "live.bundle"
    live.write_bytes(bundles["young"].read_bytes())
    words = ["--candidate", bundles["good"], "--yesterday", live, "--receipts", receipts]
    done = run(*words, "--to", live, "--json")
    assert done.exit_code == 0
    assert msgspec.convert(json.loads(done.stdout), gate.Verdict).accepted
    assert live.read_bytes() == bundles["good"].read_bytes()
    assert "accepted" in run(*words).stdout


def test_the_command_leaves_yesterdays_bundle_when_it_refuses(bundles, receipts, tmp_path):
    live = tmp_path / "live.bundle"
    live.write_bytes(bundles["good"].read_bytes())
    with pytest.raises(TrainingError, match=r"is refused and stays where it is: over all stores NDCG@10 0\.\d+ against 0\.\d+"):
        run("--candidate", bundles["spoilt"], "--yesterday", live, "--receipts", receipts, "--to", live)
    assert live.read_bytes() == bundles["good"].read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["live.bundle", "receipts"]


def test_the_command_replaces_nothing_but_a_bundle(bundles, receipts, tmp_path):
    photograph = tmp_path / "live.jpeg"
    photograph.write_bytes(b"\xff\xd8\xff\xe0" * 500)
    with pytest.raises(TrainingError, match=r"live\.jpeg is there and cannot be read as a bundle: move it away"):
        run("--candidate", bundles["good"], "--receipts", receipts, "--to", photograph)
    assert photograph.read_bytes() == b"\xff\xd8\xff\xe0" * 500


@pytest.mark.parametrize(
    "trouble", ["no candidate", "a candidate cut short", "no yesterday", "no receipts", "no folder to put it"]
)
def test_bad_input_is_one_sentence(bundles, receipts, tmp_path, trouble):
    short = tmp_path / "short"
    short.write_bytes(bundles["good"].read_bytes()[:5000])
    words = {"--candidate": bundles["good"], "--yesterday": bundles["young"], "--receipts": receipts, "--to": tmp_path / "live"}
    words |= {
        "no candidate": {"--candidate": tmp_path / "none"},
        "a candidate cut short": {"--candidate": short},
        "no yesterday": {"--yesterday": tmp_path / "none"},
        "no receipts": {"--receipts": tmp_path / "none"},
        "no folder to put it": {"--to": tmp_path / "none" / "live"},
    }[trouble]
    with pytest.raises(TillsideError) as caught:
        run(*(part for pair in words.items() for part in pair))
    assert "\n" not in str(caught.value)
    if "candidate" in trouble or trouble == "no yesterday":
        assert isinstance(caught.value, BundleError)
    assert not (tmp_path / "live").exists()


def test_where_the_receipts_are_must_be_said(bundles):
    done = run("--candidate", bundles["good"])
    assert done.exit_code == 2
    assert "--receipts" in done.stderr


def test_a_tolerance_that_is_no_number_is_refused(bundles, receipts):
    done = run("--candidate", bundles["spoilt"], "--receipts", receipts, "--tolerance", "nan")
    assert done.exit_code == 2
    assert "'nan' is no number" in done.stderr
