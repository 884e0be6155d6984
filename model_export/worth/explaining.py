"""One sale, decided again from its record with the bundle of its day: was it the same to the last bit, and what is its story.

A receipt keeps what each decision was made from and a digest of what was decided (`device.trail`). Here the same function is
asked again: ONNX Runtime on the same kind of processor sums in the same order, so that a score differs in no bit; on another kind
it may, and then the story says which decision differs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from device import packed, readonly
from device.adviser import from_best_sellers, from_bundle
from device.amounts import decimals_of, written
from device.arms import Experiment, fingerprint, varied
from device.bundle import Bundle
from device.catalogue import read_best_sellers
from device.domain import Receipt, Sku
from device.errors import HistoryError
from device.manifest import model_of
from device.policy.slate import Decision
from device.trail import decide, digest, regular_of, slate_of, walked
from model_export.registers import open_central

if TYPE_CHECKING:
    from device.adviser import Adviser
    from device.domain import Outcome
    from device.policy_settings import Policy

LEAST_ID: Final = 6


@dataclass(frozen=True, slots=True)
class Explained:
    identical: bool
    """Every decision of the receipt was made again, and none differs."""
    differing: tuple[int, ...]
    """Decisions that came out otherwise, counted from 1."""
    story: tuple[str, ...]


def find(wanted: str, edge_db: Path | None, central: str | None) -> Receipt:
    """The receipt whose id begins so, or whose basket the till called so; HistoryError for none and for several."""
    if len(wanted) < LEAST_ID:
        raise HistoryError(f"'{wanted}' may be many receipts: write {LEAST_ID} characters of its id, or more")
    found: dict[str, Receipt] = {}
    for body in _bodies(edge_db, central):
        # Most receipts are passed over unread.
        if wanted.encode() in body:
            receipt = msgspec.json.decode(body, type=Receipt)
            if receipt.receipt_id.startswith(wanted) or receipt.basket_id == wanted:
                found[receipt.receipt_id] = receipt
    if len(found) != 1:
        told = f"{len(found)} receipts are called" if found else "no receipt is called"
        raise HistoryError(f"{told} '{wanted}': write the id as the store has it, or more of it")
    return next(iter(found.values()))


def _bodies(edge_db: Path | None, central: str | None) -> Iterator[bytes]:
    if edge_db is not None:
        if not edge_db.is_file():
            raise HistoryError(f"there is no edge database {edge_db}: it is edge.db in the register's state_dir")
        try:
            with closing(readonly.opened(edge_db)) as db:
                yield from (packed.unpack(body) for (body,) in db.execute("SELECT body FROM receipt ORDER BY seq"))
        except sqlite3.Error as error:
            raise HistoryError(f"the edge database {edge_db} cannot be read: {error}") from error
    if central is not None:
        with closing(open_central(central)) as store:
            yield from store.receipts()


def bundle_of(receipt: Receipt, files: Iterable[Path]) -> Path | None:
    """The file that holds the bundle of the receipt; None where it had none. HistoryError when no file holds it.

    Of a bundle that was joined with a store's profiles the model answers for a receipt of nobody known.
    """
    if receipt.bundle is None:
        return None
    seen = []
    for path in files:
        with closing(Bundle.open(path)) as bundle:
            seen.append(bundle.manifest.identity)
        if seen[-1] == receipt.bundle or (receipt.shopper is None and seen[-1] == model_of(receipt.bundle)):
            return path
    raise HistoryError(f"receipt {receipt.receipt_id} was decided by bundle {receipt.bundle}; given: {', '.join(seen) or 'none'}")


def explain(
    receipt: Receipt, bundle: Path | None, policy: Policy, experiment: Experiment | None, best_sellers: Path | None = None
) -> Explained:
    """`policy` as the register's settings had it; `experiment` None: the bundle's, if it has one.

    `bundle` None: the list `best_sellers` stood in for it, and without one nothing did. HistoryError where the receipt keeps no
    steps, or was decided under another policy.
    """
    if not receipt.steps:
        raise HistoryError(
            f"receipt {receipt.receipt_id} keeps no decisions: nothing was asked, or its register is older than that"
        )
    if bundle is None:
        items = [] if best_sellers is None else read_best_sellers(best_sellers)
        adviser = from_best_sellers(items, receipt.store, policy)
    else:
        adviser = from_bundle(bundle, receipt.store, policy)
    with closing(adviser):
        tested = experiment or (None if adviser.bundle is None else adviser.bundle.experiment)
        arm = (
            None
            if tested is None or receipt.arm is None
            else next((one for one in map(tested.acting, tested.arm) if one.name == receipt.arm), None)
        )
        if receipt.arm is not None and (tested is None or arm is None or tested.name != receipt.experiment):
            raise HistoryError(
                f"receipt {receipt.receipt_id} was in arm {receipt.arm} of {receipt.experiment}: name its file with --experiment"
            )
        if arm is not None and (arm.policy or arm.model) and tested is not None:
            policy = varied(policy, arm)
            adviser.take_part(tested)
        if (asked := fingerprint(policy)) != receipt.policy:
            raise HistoryError(
                f"receipt {receipt.receipt_id} was decided under policy {receipt.policy}, these settings are {asked}: "
                "name the register's settings of that day with --settings"
            )
        told = _walk(receipt, adviser if arm is None else adviser.voice(arm), None if arm is None else arm.model)
    if bundle is None and best_sellers is None and not told.identical:
        raise HistoryError(
            f"receipt {receipt.receipt_id} had no bundle, and best-sellers stood in for it: name their list with --best-sellers "
            "(best_sellers.jsonl in the register's state_dir, or the settings' best_sellers_file)"
        )
    return told


def _walk(receipt: Receipt, adviser: Adviser, model: str | None) -> Explained:
    zone = zone_of(receipt)
    names = _Names(adviser)
    story = [*_head(receipt, adviser, model)]
    slates = {slate.step: slate for slate in receipt.slates}
    differing = []
    for number, (step, known) in enumerate(walked(receipt), 1):
        whose = regular_of(receipt, known, adviser, zone)
        decision = decide(adviser, known, receipt.store, zone, whose, receipt.receipt_id)
        same = digest(decision) == step.digest and slate_of(number - 1, decision) == slates.get(number - 1)
        if not same:
            differing.append(number)
        story.append(f"{number}. {step.us / 1e6:+.1f} s, {step.state}{'' if same else ' (differs from the record)'}")
        for what, skus in (
            ("rung up", step.added),
            ("gone", step.gone),
            ("said yes to", step.waiting),
            ("refused", step.declined),
            ("taken off before", step.removed),
            ("not there today", step.missing),
            ("less like this", step.unwanted),
        ):
            if skus:
                story.append(f"   {what}: {', '.join(map(names, skus))}")
        if not same and step.digest == digest(Decision(silence="model")):
            story.append("   the model failed on the register here, and nothing was shown: that cannot be repeated")
        story += _told(decision, names, ghosts=receipt.ghosts)
    story.append("what became of it")
    story += [f"   {_fate(outcome, names, ghost=receipt.ghosts)}" for outcome in receipt.outcomes] or ["   nothing was suggested"]
    paid = written(receipt.total, decimals_of(receipt.currency))
    story.append(f"   receipt of {paid} {receipt.currency}, {len(receipt.lines)} lines, {receipt.phase}")
    if receipt.decisions > len(receipt.steps):
        story.append(f"   {receipt.decisions} decisions were made, the first {len(receipt.steps)} are kept")
    return Explained(not differing, tuple(differing), tuple(story))


class _Names:
    def __init__(self, adviser: Adviser) -> None:
        self._catalogue = adviser.catalogue

    def __call__(self, sku: Sku) -> str:
        item = self._catalogue.item(sku)
        names = {} if item is None else item.names
        name = names.get("en") or names.get("") or next(iter(names.values()), "")
        return f"{sku} {name}".strip()


def zone_of(receipt: Receipt) -> timezone:
    """The shop's offset from UTC on that day, to the minute."""
    local = datetime.fromisoformat(receipt.local_time).replace(tzinfo=UTC)
    return timezone(timedelta(minutes=round((local - receipt.closed_at).total_seconds() / 60)))


def _head(receipt: Receipt, adviser: Adviser, model: str | None) -> Iterator[str]:
    yield f"receipt {receipt.receipt_id}, store {receipt.store}, till {receipt.lane}, closed {receipt.local_time}"
    stood_in = "best-sellers stood in for a bundle" if len(adviser.catalogue) else "no bundle, and nothing stood in for it"
    yield f"{stood_in if receipt.bundle is None else f'bundle {receipt.bundle}'}, policy {receipt.policy}"
    if receipt.arm is not None:
        told = "suggestions were kept as ghosts and not shown" if receipt.ghosts else "suggestions were shown"
        by = "" if model is None else f", by the model {model}"
        yield f"experiment {receipt.experiment}, arm {receipt.arm} (drawn with probability {receipt.propensity:g}): {told}{by}"


def _told(decision: Decision, names: _Names, *, ghosts: bool) -> Iterator[str]:
    for rank, one in enumerate(decision.shown, 1):
        why = f" because of {', '.join(one.because)}" if one.because else ""
        by_lot = "" if decision.lot is None else f", with probability {one.chance:g} at this place"
        moved = f", moved by {', '.join(one.moved_by)}" if one.moved_by else ""
        yield f"   {'ghost' if ghosts else 'shown'} {rank}: {names(one.sku)}, score {one.score:.6f}{why}{moved}{by_lot}"
    if decision.lot is not None and any("explore" in one.moved_by for one in decision.shown):
        yield f"   explored: drawn from {', '.join(map(names, decision.lot.pool))}"
    for sku, rule in decision.kept_back:
        yield f"   kept back by {rule}: {names(sku)}"
    if decision.silence is not None:
        yield f"   silent by {decision.silence}"


def _fate(outcome: Outcome, names: _Names, *, ghost: bool) -> str:
    said = "ghost" if ghost else "not answered" if outcome.answer is None else outcome.answer.value.replace("_", " ")
    shown = "" if ghost else f", on the screen for {outcome.shown_ms / 1000:.1f} s{'' if outcome.painted else ', never painted'}"
    coupon, withheld = outcome.coupon, f", coupon withheld by {outcome.withheld}" if outcome.withheld else ""
    if coupon is not None:
        withheld = f", coupon {coupon.code} of {coupon.campaign} at propensity {coupon.propensity:.3f}"
    return f"{names(outcome.sku)}: {said}{shown}{withheld}, {'bought' if outcome.bought else 'not bought'}"
