"""Out of stock, by a finger on the cashier's face: how long the card stays on either face.

The daemon's end is played here and answers at once; what the daemon itself takes to decide is in `bench_register.py`. It is timed
from the word that the cashier's face sends when the finger lifts, until each face has painted the snapshot without the card.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from faces_outside import SIZES, Running, card
from faces_targets import GONE, Ledger

from device.screen_link import Acknowledgement, Act, Painted, Snapshot, Stage, Verb
from kiosk_ui.state import CHANGED_MS
from model_export.sample.grocery import Good

TIMES = 300


def out_of_stock(ledger: Ledger, folder: Path, first: Snapshot, sets: Sequence[tuple[Good, ...]]) -> None:
    faces = {kind: Running(kind, folder, first, remote=kind == "cashier") for kind in SIZES}
    cashier = faces["cashier"]
    took: dict[str, list[float]] = {kind: [] for kind in faces}
    word = first
    with ThreadPoolExecutor(len(faces)) as waiting:
        for turn in range(TIMES):
            # A sale begins, and its cards need not wait for others to have stood long enough.
            named = (msgspec.structs.replace(card(good), suggestion_id=f"{turn} {good.sku}") for good in sets[turn % len(sets)])
            cards = tuple(named)
            over = msgspec.structs.replace(first, seq=word.seq + 1, stage=Stage.IDLE, cards=(), lines=(), total=0)
            word = msgspec.structs.replace(first, seq=over.seq + 1, cards=cards)
            for face in faces.values():
                face.show(over)
                face.show(word)
            time.sleep((CHANGED_MS + 100) / 1000)
            cashier.command(b'{"tap":"out_of_stock"}\n')
            act = cashier.says(lambda one: isinstance(one, Act))
            began = time.perf_counter()
            assert act.verb is Verb.OUT_OF_STOCK
            left = tuple(one for one in cards if one.suggestion_id != act.suggestion_id)
            word = msgspec.structs.replace(word, seq=word.seq + 1, cards=left, gone=(act.suggestion_id,))
            cashier.told(Acknowledgement(act.act_id, done=True), word)
            faces["customer"].told(word)

            def gone(kind: str, word: Snapshot = word, began: float = began) -> tuple[Painted, float]:
                painted = faces[kind].painted(word.seq)
                return painted, (time.perf_counter() - began) * 1000

            for kind, (painted, ms) in zip(faces, waiting.map(gone, faces), strict=True):
                assert act.suggestion_id not in painted.suggestion_ids
                took[kind].append(ms)
    for kind, face in faces.items():
        ledger.row(f"{kind}: out of stock, from the cashier's word to painted without", took[kind], "ms", max=GONE)
        face.close()
