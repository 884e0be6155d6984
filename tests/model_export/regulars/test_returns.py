"""Who returns: the closed form against the integral it solves, planted shoppers found again, and no look at what came later."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from scipy import stats

from device.commands import tillside
from device.errors import TrainingError
from model_export.regulars import btyd, returns
from model_export.regulars.btyd import Btyd, Pasts
from model_export.training import silent

CDNOW = Btyd(0.243, 4.414, 0.793, 2.426, after_first=False)
"""As the paper fits it to its data, in weeks."""


def pasts(*rows: tuple[float, float, float]) -> Pasts:
    return Pasts(*(np.array(column, float) for column in zip(*rows, strict=True)))


def by_integral(model: Btyd, x: float, last: float, known: float, ahead: float) -> tuple[float, float, float]:
    """The likelihood, and of it the parts of who is alive and of who is and comes within `ahead`, over a grid of shoppers."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    rate, lost = np.meshgrid(15 * (nodes + 1) / 2, (nodes + 1) / 2)
    chances = x + model.after_first
    weight = np.outer(weights, weights) * 15 / 4 * stats.gamma.pdf(rate, model.shape, scale=1 / model.rate) * rate**x
    weight *= stats.beta.pdf(lost, model.lost, model.stays)
    alive = weight * (1 - lost) ** chances * np.exp(-rate * known)
    gone = weight * lost * (1 - lost) ** (chances - 1) * np.exp(-rate * last) if chances else np.zeros(1)
    return alive.sum() + gone.sum(), alive.sum(), (alive * -np.expm1(-rate * ahead)).sum()


@pytest.mark.parametrize("after_first", [False, True])
@pytest.mark.parametrize("row", [(2, 30.43, 38.86), (0, 0, 20.0), (5, 6.0, 30.0)])
def test_the_closed_form_is_the_integral(row, after_first):
    model = Btyd(1.3, 4.4, 1.2, 2.4, after_first=after_first)
    whole, alive, comes = by_integral(model, *row, 10.0)
    one = pasts(row)
    assert np.exp(model.log_likelihood(one)[0]) == pytest.approx(whole, rel=1e-3)
    assert model.alive(one)[0] == pytest.approx(alive / whole, rel=1e-3)
    assert model.returns(one, 10.0)[0] == pytest.approx(comes / whole, rel=1e-3)


def test_half_of_those_alive_come_within_the_median():
    one = pasts((2, 30.43, 38.86), (26, 30, 31), (0, 0, 5))
    for row, wait in enumerate(CDNOW.waits(one)):
        assert (CDNOW.returns(one, float(wait)) / CDNOW.alive(one))[row] == pytest.approx(0.5)


def simulated(model: Btyd, shoppers: int, seed: int, until: float = 300.0) -> list[list[float]]:
    chance = np.random.default_rng(seed)
    visits = []
    for _ in range(shoppers):
        rate, lost = chance.gamma(model.shape, 1 / model.rate), chance.beta(model.lost, model.stays)
        own = [float(chance.uniform(0, 100))]
        while not ((len(own) > 1 or model.after_first) and chance.random() < lost):
            if (at := own[-1] + float(chance.exponential(1 / rate))) > until:
                break
            own.append(at)
        visits.append(own)
    return visits


@pytest.mark.parametrize("after_first", [False, True])
def test_planted_shoppers_are_found_again(after_first):
    planted = Btyd(1.5, 12.0, 0.8, 5.0, after_first=after_first)
    rows = [(len(own) - 1, own[-1] - own[0], 300 - own[0]) for own in simulated(planted, 4_000, 1)]
    found = btyd.fit(pasts(*rows), 1, after_first=after_first)
    for name, slack in (("shape", 0.15), ("rate", 0.2), ("lost", 0.3), ("stays", 0.35)):
        assert getattr(found, name) == pytest.approx(getattr(planted, name), rel=slack)


def write(folder, visits: list[list[float]]):
    rows = sorted((day, shopper, number) for shopper, own in enumerate(visits) for number, day in enumerate(own))
    at = np.array([np.datetime64("2025-01-01", "us") + np.timedelta64(round(day * 86_400), "s") for day, _, _ in rows])
    table = {
        "receipt_id": [f"{shopper}-{number}" for _, shopper, number in rows],
        "customer": [f"card {shopper}" for _, shopper, _ in rows],
        "sku": ["bread"] * len(rows),
        "at": pa.array(at),
    }
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table(table), folder / "receipt_lines.parquet")
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    planted = Btyd(1.5, 12.0, 0.8, 5.0, after_first=False)
    return write(tmp_path_factory.mktemp("returning") / "shop", simulated(planted, 1_500, 2))


def test_the_command_states_what_can_be_believed(shop, tmp_path):
    pytest.importorskip("matplotlib", reason="drawing needs matplotlib")
    figures, plots = tmp_path / "figures.json", tmp_path / "plots"
    asked = ["evaluate", "--task", "return", "--receipts", str(shop), "--json", str(figures), "--plots", str(plots)]
    ran = CliRunner().invoke(tillside, asked)
    assert ran.exit_code == 0, ran.output
    assert "returned" in ran.stdout
    found = json.loads(figures.read_text())
    assert [one["days"] for one in found["horizons"]] == [7, 28]
    for one in found["horizons"]:
        by_name = {each["name"]: each for each in one["contestants"]}
        assert by_name["BG/NBD"]["error"] < 0.05
        assert by_name["BG/NBD"]["brier"][0] < by_name["share that came"]["brier"][0]
        assert sum(group["count"] for group in one["reliability"]) == one["shoppers"]
    assert (plots / "return.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_is_learnt_from_what_came_later(shop):
    from model_export.commands import read_history  # noqa: PLC0415

    history, _, _ = read_history(shop, None, lambda loyalty_id: loyalty_id)
    told = returns.evaluate(history, 1, silent)
    day = (history.at.astype("datetime64[D]") - history.at.min().astype("datetime64[D]")).astype(np.int64)
    end = int(day.max()) + 1
    # Everybody who came in the test comes on its last day instead: what was stated before cannot know it.
    later = history.at.copy()
    late = np.flatnonzero(day >= end - 28)
    later[late] = history.at.max()
    history.at[:] = later
    other = returns.evaluate(history, 1, silent)
    assert (told.shape, told.rate, told.lost, told.stays) == (other.shape, other.rate, other.lost, other.stays)
    assert [group.stated for group in told.horizons[-1].reliability] == [group.stated for group in other.horizons[-1].reliability]


def test_a_day_begins_at_midnight_wherever_the_history_begins(tmp_path):
    """Everybody comes at 9 and at 18 of a day; the first receipt of all is one of the night, or of the afternoon."""
    from model_export.commands import read_history  # noqa: PLC0415

    days = [sorted({int(day) + 1 for day in own}) for own in simulated(Btyd(1.5, 12.0, 0.8, 5.0, after_first=False), 200, 4, 120)]
    found = []
    for first in (0.1, 0.6):
        visits = [[first], *([day + hour / 24 for day in own for hour in (9, 18)] for own in days)]
        history, _, _ = read_history(write(tmp_path / str(first), visits), None, lambda loyalty_id: loyalty_id)
        found.append(returns.evaluate(history, 1, silent))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("visits", "told"),
    [
        ([[0.0]], "span 1 days: who returns is learnt from 8 or more"),
        ([[0.0], [1.0, 1.1], [20.0]], "0 of 2 shoppers came back on another day"),
        ([[float(day)] for day in range(60)], "0 of 30 shoppers came back on another day"),
    ],
)
def test_too_little_is_one_sentence(tmp_path, visits, told):
    ran = CliRunner().invoke(tillside, ["evaluate", "--task", "return", "--receipts", str(write(tmp_path / "shop", visits))])
    assert isinstance(ran.exception, TrainingError), ran.exception
    assert told in str(ran.exception)
    assert "\n" not in str(ran.exception)
