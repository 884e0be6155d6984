"""From the till to the outlook: sales of registers that explore, through the central store, to what a candidate would earn."""

from __future__ import annotations

from contextlib import closing

import msgspec
import pytest
from click.testing import CliRunner
from fakes.advice import suggested
from fakes.chain_records import send
from fakes.device_shop import STORE, adviser
from fakes.device_till import Checkout
from fakes.experiments import text as experiment_text
from fakes.exploring_till import EARLIER, SALES, SEEN, TAKEN, sell

from device.adviser import from_bundle
from device.bundle import Bundle
from device.policy_settings import Policy
from model_export.evaluate.commands import promote
from model_export.learning.commands import outlook
from model_export.learning.outlook import Outlook, look
from model_export.registers import open_outcomes
from model_export.training import silent
from model_export.worth.candidate_words import CANDIDATE
from model_export.worth.commands import report
from model_export.worth.words import WORDS, local
from sync.central import open_central


def test_the_candidates_outlook_holds_the_truth(url, candidate):
    """Which receipts explore is drawn anew in each run: twice as wide an interval fails once in ten thousand runs."""
    with closing(open_outcomes(url)) as store, closing(Bundle.open(candidate)) as bundle:
        told = look(store, bundle, Policy(cards=2), silent)
        assert bundle.acceptance.factors["cheese"] > 1 > bundle.acceptance.factors["butter"]
    assert told.outcome.cannot == ""
    theirs = suggested(from_bundle(candidate, STORE, Policy(cards=2)), "bread")
    truth = {"candidate": worth(theirs), "today": worth(["butter", "cheese"])}
    truth["difference"] = truth["candidate"] - truth["today"]
    assert truth["difference"] > 10, "what it has learnt is worth something"
    for one in told.outcome.estimates:
        for what, true in truth.items():
            estimate = getattr(one, what)
            assert abs(estimate.value - true) < estimate.high - estimate.low, (one.how, what)


def worth(slate: list[str]) -> float:
    """Truly taken of it per 100 receipts; nothing is taken of what is shown later."""
    return 100 * sum(TAKEN[sku] * SEEN[place] for place, sku in enumerate(slate))


def test_the_command_prints_beside_each_other(url, candidate, settings_file):
    words = ["--central", url, "--candidate", str(candidate), "--settings", str(settings_file)]
    done = CliRunner().invoke(outlook, words)
    assert done.exit_code == 0, done.output
    for told in (
        f"{SALES - EARLIER} receipts",
        "suggestions taken per 100 receipts",
        "IPS",
        "self-normalised",
        "doubly robust",
        "otherwise",
    ):
        assert told in done.output
    as_json = CliRunner().invoke(outlook, [*words, "--json"])
    assert len(msgspec.json.decode(as_json.output, type=Outlook).outcome.estimates) == 3


def test_promotion_shows_the_outlook_beside_the_offline_table(url, candidate, settings_file, folder):
    """Also of a candidate that it refuses: what few items people add themselves, best-sellers know better."""
    words = ["--candidate", candidate, "--yesterday", folder / "today.bundle", "--central", url, "--allow-seen"]
    words = [*map(str, words), "--settings", str(settings_file)]
    done = CliRunner().invoke(promote, words)
    assert "is refused and stays where it is" in str(done.exception)
    first, second = done.stdout.index("suggestions taken per 100 receipts"), done.stdout.index("NDCG@10")
    assert first < second < done.stdout.index("refused")
    told = CliRunner().invoke(promote, [*words, "--json"])
    assert msgspec.json.decode(told.stdout)["outlook"]["outcome"]["estimates"][2]["how"] == "doubly robust"


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_report_shows_what_promotion_knows_of_a_candidate(url, candidate, settings_file, folder, tmp_path, language):
    """On its page, and as JSON the same figures to the last digit."""
    (tmp_path / "spring.toml").write_text(experiment_text())
    about = ["--candidate", candidate, "--yesterday", folder / "today.bundle", "--settings", settings_file, "--allow-seen"]
    where = ["--central", url, "--experiment", tmp_path / "spring.toml", "--html", tmp_path / "page.html", "--language", language]
    done = CliRunner().invoke(report, [*map(str, where + about), "--json"])
    assert done.exit_code == 0, (done.output, done.exception)
    told = msgspec.json.decode(done.stdout)["candidate"]
    gate = msgspec.json.decode(CliRunner().invoke(promote, [*map(str, ["--central", url, *about]), "--json"]).stdout)
    assert told["outlook"] == gate.pop("outlook")
    assert told["offline"] == gate
    made = (tmp_path / "page.html").read_text(encoding="utf-8")
    robust = told["outlook"]["outcome"]["estimates"][2]["difference"]
    value, low, gain = f"{robust['value']:+.2f}", f"{robust['low']:+.2f}", f"{gate['whole']['gain']:.4f}"
    assert local(f"{value}<br><small>{low}", WORDS[language]) in made
    assert f'<td class="n" data-name="NDCG@10">{local(gain, WORDS[language])}</td>' in made
    assert CANDIDATE[language]["flattered"] in made
    plain = CliRunner().invoke(report, [*map(str, where + about)])
    assert plain.output.index("suggestions taken per 100 receipts") < plain.output.index("NDCG@10 / HR@4")


def test_a_report_on_a_candidate_with_too_few_receipts_is_a_report_all_the_same(tmp_path):
    counter = Checkout(tmp_path, adviser(tmp_path / "today.bundle"))
    sell(counter, 3)
    name = f"sqlite:///{tmp_path / 'central.db'}"
    with closing(open_central(name, create=True)) as central:
        send(central, counter.receipts(), {})
    (tmp_path / "spring.toml").write_text(experiment_text())
    where = ["--central", name, "--experiment", tmp_path / "spring.toml", "--html", tmp_path / "page.html"]
    words = [*map(str, where), "--candidate", str(tmp_path / "today.bundle")]
    done = CliRunner().invoke(report, words)
    assert done.exit_code == 0, (done.output, done.exception)
    assert "there is no offline table: only" in done.output
    made = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "0 receipts later than what it learnt from were decided while registers explored" in made
    assert "receipts hold two items that a bundle knows, and 30 are needed" in made
    broken = CliRunner().invoke(report, [*words, "--yesterday", str(tmp_path / "spring.toml"), "--rows", str(tmp_path / "rows")])
    assert "spring.toml is not a usable bundle" in str(broken.exception)
    assert not (tmp_path / "rows").exists(), "that is said before the report begins"
    alone = CliRunner().invoke(report, [*map(str, where), "--allow-seen"])
    assert alone.exit_code == 2
    assert "name it with --candidate" in alone.output


def test_receipts_without_exploration_say_what_to_do(tmp_path):
    counter = Checkout(tmp_path, adviser(tmp_path / "today.bundle"))
    sell(counter, 3)
    name = f"sqlite:///{tmp_path / 'central.db'}"
    with closing(open_central(name, create=True)) as central:
        send(central, counter.receipts(), {})
    done = CliRunner().invoke(outlook, ["--central", name, "--candidate", str(tmp_path / "today.bundle")])
    assert done.exit_code == 0, done.output
    assert "cannot be estimated: 0 receipts later than what it learnt from" in done.output
    assert "set policy.explore_share" in done.output
