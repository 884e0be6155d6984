"""What was found, for people: figures with their 95 % intervals, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from device.words import clean
from model_export.evaluate.figures import ALL, FRESH, METRICS, Contestant, Figure
from model_export.evaluate.found import Found

_WIDE = 20


def lines(found: Found) -> Iterator[str]:
    data, trained = found.data, found.trained
    yield (
        f"{data.questions} questions of the last {data.receipts - data.training_receipts} of {data.receipts} receipts, "
        f"{data.with_card} with a card; {data.items} items; seed {data.seed}; [{data.interval}]"
    )
    yield (
        f"trained in {trained.training_seconds:.0f} s, {trained.peak_mib:.0f} MiB at the peak; {trained.tokens} tokens, "
        f"bundle {trained.bundle_bytes / 1e6:.1f} MB; ties count half"
    )
    yield ""
    yield f"{'':<{_WIDE}}" + "".join(f"{name:>22}" for name in METRICS) + f"{'coverage':>10}{'popularity':>12}"
    for one in found.contestants:
        cells = "".join(f"{_cell(one.figures['all'][name]):>22}" for name in METRICS)
        yield f"{one.name:<{_WIDE}}{cells}{one.coverage:>10.3f}{one.popularity:>12.4f}"
    yield from _slices(found)
    yield from _settings(found.contestants)
    if found.ratios:
        yield ""
        yield "by the best peer of the same questions:"
    best = {(one.condition, one.slice, one.metric, one.peer) for one in found.ratios if not one.named}
    for ratio in found.ratios:
        again = ratio.named and (ratio.condition, ratio.slice, ratio.metric, ratio.peer) in best
        if ratio.slice in {ALL, FRESH, "without card"} and not again:
            value, low, high = ratio.ratio
            what = f"{ratio.condition}, {ratio.slice}"
            yield f"  {what:<26}{ratio.metric:>8} {value:7.3f} times [{low:.3f}, {high:.3f}] {ratio.against} {ratio.peer}"
    yield ""
    yield "one call for one basket not trained on, one thread, µs:"
    for timed in found.latency:
        whose = "its own call" if timed.own_call else "our arithmetic"
        spent = f"p50 {timed.p50_microseconds:>10.1f}   p99 {timed.p99_microseconds:>10.1f}   n={timed.calls}"
        yield f"  {timed.name:<{_WIDE}}{spent}  {whose}"
    yield from _small(found)
    yield ""
    yield "goals:"
    for goal in found.goals:
        verdict = {True: "met", False: "NOT MET", None: "not measured here"}[goal.met]
        yield f"  {verdict:<18}{goal.what}: {goal.goal}"
        yield f"  {'':<18}{goal.measured}"


def _slices(found: Found) -> Iterator[str]:
    names = [name for name in found.slices if name != "all"]
    yield ""
    yield f"{'HR@4 / NDCG@10':<{_WIDE}}" + "".join(f"{name:>16}" for name in names)
    for one in found.contestants:
        pairs = [(one.figures[name]["HR@4"][0], one.figures[name]["NDCG@10"][0]) for name in names]
        yield f"{one.name:<{_WIDE}}" + "".join(f"{f'{hit:.4f} / {gain:.4f}':>16}" for hit, gain in pairs)
    yield f"{'questions':<{_WIDE}}" + "".join(f"{found.slices[name]:>16}" for name in names)


def _settings(contestants: Sequence[Contestant]) -> Iterator[str]:
    chosen = [f"{one.name} {one.setting}" for one in contestants if one.setting and one.kind != "ours"]
    if chosen:
        yield ""
        yield f"settings chosen on validation: {'; '.join(chosen)}"


def _small(found: Found) -> Iterator[str]:
    if found.learning_curve:
        yield ""
        yield "learning curve, HR@4:"
        for point in found.learning_curve:
            yield f"  {point.name:<{_WIDE}}{point.receipts:>9} receipts  {_cell(point.figure)}"
    if found.cold_start:
        yield ""
        yield "cold start, HR@4 after the first receipts of a store:"
        for one in found.cold_start:
            told = f"{_cell(one.ours)}, popularity {_cell(one.popularity)}, difference {_cell(one.difference)}"
            yield f"  {clean(one.store):<{_WIDE}}{one.receipts:>6} receipts, {one.questions} questions: {told}"


def _cell(figure: Figure) -> str:
    return f"{figure[0]:.4f} [{figure[1]:.3f}, {figure[2]:.3f}]"
