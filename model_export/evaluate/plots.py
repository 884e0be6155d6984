"""The figures as pictures a person can read, one PNG each, 1600 pixels wide.

| file                 | shows                                                                              |
|----------------------|------------------------------------------------------------------------------------|
| `quality.png`        | HR@4 and NDCG@10 of every contestant with intervals; ours in colour                |
| `by_basket_size.png` | HR@4 by items in the basket: ours and the best peers                               |
| `learning_curve.png` | HR@4 by receipts learnt from                                                       |
| `latency.png`        | microseconds of one call for one new basket: median and 99th percentile            |
| `cold_start.png`     | a store with 500 receipts of its own beside popularity                             |

Learning curve and cold start are drawn when there is something to draw. A picture appears whole or not at all.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from device.errors import TrainingError
from device.words import clean
from model_export.evaluate.conditions import OURS
from model_export.evaluate.figures import ALL, Contestant, Figure
from model_export.whole import appears_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

    from model_export.evaluate.found import Found

GREEN: Final = "#0b6e4f"
_PEER: Final = "#9aa5b1"
_PEER_WITH_HISTORY: Final = "#c98a2b"
_OURS_BY_CONDITION: Final = {"basket": "#8fcbb0", "+ context": "#3f9b78", "+ history": GREEN}
_PEERS: Final = ("#c98a2b", "#5a6b8c", "#b0b7c3")
STYLE: Final[dict[str, Any]] = {
    "font.size": 12,
    "axes.titlesize": 15,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "figure.dpi": 160,
}
_BEST_PEERS: Final = 3
PICTURES: Final = ("quality", "by_basket_size", "latency", "learning_curve", "cold_start")
"""All that may be drawn."""


def ready() -> None:
    """TrainingError where nothing can be drawn."""
    if importlib.util.find_spec("matplotlib") is None:
        raise TrainingError("drawing needs matplotlib, which is not installed: pip install 'tillside[peers]'")


def draw(found: Found, folder: Path) -> Iterator[Path]:
    """The files written, one after the other."""
    import matplotlib as mpl  # noqa: PLC0415  # half a second, and only here
    from matplotlib.figure import Figure as Picture  # noqa: PLC0415

    drawings: list[tuple[float, Callable[[Picture, Found], None] | None]] = [
        (0.42 * len(found.contestants) + 2.2, _quality),
        (6, _by_size),
        (0.42 * len(found.latency) + 2.2, _latency),
        (6, _curve if found.learning_curve else None),
        (0.9 * len(found.cold_start) + 2.6, _cold if found.cold_start else None),
    ]
    for name, (height, drawing) in zip(PICTURES, drawings, strict=True):
        if drawing is None:
            continue
        with mpl.rc_context(cast("Any", STYLE)):
            picture = Picture(figsize=(10, height), layout="constrained")
            drawing(picture, found)
            path = folder / f"{name}.png"
            save(picture, path)
        yield path


def save(picture: Picture, path: Path) -> None:
    with appears_whole(path) as unfinished:
        picture.savefig(unfinished, format="png")


def _quality(picture: Picture, found: Found) -> None:
    ordered = sorted(found.contestants, key=lambda one: one.figures[ALL]["NDCG@10"][0])
    left, right = picture.subplots(1, 2, sharey=True)
    picture.suptitle(_subject(found), fontsize=11, color="#52606d")
    for axes, metric in ((left, "HR@4"), (right, "NDCG@10")):
        figures = [one.figures[ALL][metric] for one in ordered]
        _bars(axes, [one.name for one in ordered], figures, [_colour(one) for one in ordered])
        axes.set_title(metric)
    left.set_xlabel("share of hidden items among the first four")
    right.set_xlabel("gain within the first ten")


def _by_size(picture: Picture, found: Found) -> None:
    sizes = [name for name in found.slices if name.endswith(("item", "items"))]
    axes = picture.subplots()
    picture.suptitle(_subject(found), fontsize=11, color="#52606d")
    shown = [one for one in found.contestants if one.kind == "ours"] + _best_peers(found.contestants)
    width = 0.8 / len(shown)
    peers = iter(_PEERS)
    for number, one in enumerate(shown):
        places = [place - 0.4 + width * (number + 0.5) for place in range(len(sizes))]
        figures = [one.figures[size]["HR@4"] for size in sizes]
        axes.bar(
            places,
            [value for value, _, _ in figures],
            width * 0.92,
            yerr=_errors(figures),
            color=_OURS_BY_CONDITION[one.condition] if one.kind == "ours" else next(peers),
            error_kw={"elinewidth": 1, "ecolor": "#1f2933", "alpha": 0.6},
            label=one.name,
        )
    axes.set_xticks(range(len(sizes)), [f"{size}\n{found.slices[size]} questions" for size in sizes])
    axes.set_xlabel("in the basket when asked")
    axes.set_ylabel("HR@4, with 95 % interval")
    axes.set_title("Quality by basket size")
    axes.grid(axis="y", color="#e4e7eb")
    picture.legend(frameon=False, ncols=min(3, len(shown)), loc="outside lower center")


def _curve(picture: Picture, found: Found) -> None:
    axes = picture.subplots()
    picture.suptitle(_subject(found), fontsize=11, color="#52606d")
    colours = iter(_PEERS)
    for name in dict.fromkeys(point.name for point in found.learning_curve):
        points = sorted((point.receipts, point.figure) for point in found.learning_curve if point.name == name)
        receipts = [count for count, _ in points]
        colour = GREEN if name.startswith(OURS) else next(colours)
        axes.plot(receipts, [figure[0] for _, figure in points], "-o", color=colour, linewidth=2.5, label=name)
        axes.fill_between(
            receipts, [figure[1] for _, figure in points], [figure[2] for _, figure in points], color=colour, alpha=0.15
        )
    axes.set_xscale("log")
    ticks = sorted({point.receipts for point in found.learning_curve})
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("receipts learnt from, the latest before the test")
    axes.set_ylabel("HR@4, with 95 % interval")
    axes.set_title("Learning curve")
    axes.grid(color="#e4e7eb")
    picture.legend(frameon=False, ncols=3, loc="outside lower center")


def _latency(picture: Picture, found: Found) -> None:
    ordered = sorted(found.latency, key=lambda one: -one.p50_microseconds)
    axes = picture.subplots()
    picture.suptitle(_subject(found), fontsize=11, color="#52606d")
    places = range(len(ordered))
    late = max(one.p99_microseconds for one in ordered)
    for place, one in enumerate(ordered):
        colour = GREEN if one.name == OURS else _PEER
        axes.plot([one.p50_microseconds, one.p99_microseconds], [place, place], color=colour, linewidth=3, alpha=0.6)
        axes.plot([one.p50_microseconds], [place], "o", color=colour, markersize=10)
        axes.plot([one.p99_microseconds], [place], "|", color=colour, markersize=18, markeredgewidth=3)
        told = f"{one.p50_microseconds:,.0f} / {one.p99_microseconds:,.0f} µs"
        axes.annotate(told, (one.p99_microseconds, place), (12, 0), textcoords="offset points", va="center")
    names = [one.name if one.own_call else f"{one.name} (our arithmetic)" for one in ordered]
    axes.set_yticks(places, names)
    axes.set_xscale("log")
    axes.set_xlim(right=late * 12)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_ylim(-0.6, len(ordered) - 0.4)
    axes.set_xlabel("microseconds; dot: median, bar: 99th percentile")
    axes.set_title(f"One call for one new basket, {found.data.items:,} items, one thread")
    axes.grid(axis="x", color="#e4e7eb")


def _cold(picture: Picture, found: Found) -> None:
    axes = picture.subplots()
    stores = list(found.cold_start)[::-1]
    for shift, colour, label, figures in (
        (0.2, GREEN, OURS, [one.ours for one in stores]),
        (-0.2, _PEER, "popularity of the same receipts", [one.popularity for one in stores]),
    ):
        axes.barh(
            [place + shift for place in range(len(stores))],
            [value for value, _, _ in figures],
            0.36,
            xerr=_errors(figures),
            color=colour,
            error_kw={"elinewidth": 1.2, "ecolor": "#1f2933"},
            label=label,
        )
        for place, (value, _, high) in enumerate(figures):
            axes.annotate(f"{value:.3f}", (high, place + shift), (8, 0), textcoords="offset points", va="center")
    # A dollar would begin a formula, and end the drawing where it is none.
    names = ["all together" if one.store == ALL else clean(one.store).replace("$", r"\$") for one in stores]
    axes.set_yticks(range(len(stores)), [f"{name}\n{one.questions} questions" for name, one in zip(names, stores, strict=True)])
    axes.set_xlim(right=1.18 * max(figure[2] for one in stores for figure in (one.ours, one.popularity)))
    axes.set_xlabel("HR@4, with 95 % interval")
    axes.set_title(f"A store with {stores[0].receipts} receipts of its own")
    axes.grid(axis="x", color="#e4e7eb")
    picture.legend(frameon=False, ncols=2, loc="outside lower center")


def _bars(axes: Axes, names: Sequence[str], figures: Sequence[Figure], colours: Sequence[str]) -> None:
    axes.barh(
        names,
        [value for value, _, _ in figures],
        0.72,
        xerr=_errors(figures),
        color=colours,
        error_kw={"elinewidth": 1.2, "ecolor": "#1f2933"},
    )
    for place, (value, _, high) in enumerate(figures):
        axes.annotate(f"{value:.3f}", (high, place), (6, 0), textcoords="offset points", va="center", fontsize=11)
    axes.set_xlim(right=1.2 * max(high for _, _, high in figures))
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="x", color="#e4e7eb")


def _errors(figures: Sequence[Figure]) -> list[list[float]]:
    return [[max(0.0, value - low) for value, low, _ in figures], [max(0.0, high - value) for value, _, high in figures]]


def _colour(one: Contestant) -> str:
    return {"ours": GREEN, "peer": _PEER}.get(one.kind, _PEER_WITH_HISTORY)


def _best_peers(contestants: Sequence[Contestant]) -> list[Contestant]:
    peers = [one for one in contestants if one.kind != "ours"]
    return sorted(peers, key=lambda one: -one.figures[ALL]["NDCG@10"][0])[:_BEST_PEERS]


def _subject(found: Found) -> str:
    data = found.data
    return (
        f"{data.training_receipts:,} receipts learnt from, {data.questions:,} questions of later ones, "
        f"{data.items:,} items, seed {data.seed}; lines and bands: 95 % intervals"
    )
