"""Disks that are full or fail, under our own programs: `packaging/dev diskfull [--rounds N] [--seed S] [--program NAME]`.

Each program of `programs.py` runs once and what it tells the disk is counted: every write, sync, size, rename, removal. A
round lets one of these fail, with ENOSPC or EIO, alone or with those that follow; a write may be half done. The program says so
and goes on, or ends with status 1; then it is started again on a disk that is well, and must come to its end. What it had
promised is looked for after either. With rounds enough every operation fails in every way.

The last line counts: rounds in which something failed; those after which something is damaged, or the program does not come to
its end; promises that are not kept; programs that ended, or left a thing undone, without a clear sentence or with a traceback.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import click
import msgspec
from fakes.headquarters import rating
from faults import full_server, programs, verdicts, workloads
from faults.powercut import workshop
from faults.runner import Ended, Fault, Runner
from faults.verdicts import CorruptError, LostError, Promises

from device import packed
from device.bundle import Bundle
from device.slots import slots
from device.store import EdgeStore
from sync.central.past import open_past

SHARES: Final = {"daemon": 8, "ledger": 2, "bundle_slots": 2, "downlink": 2, "repository": 3, "central": 3, "imported": 2}
COUNTS: Final = (1, 4, 40, 0)
"""How many operations fail in a row; 0: all that follow, until the program has ended."""
_LONGEST: Final = 600
"""Characters of a sentence."""


@dataclass(slots=True)
class Tally:
    operations: int = 0
    faults: int = 0
    went_on: int = 0
    """Came to its end all the same."""
    sentences: int = 0
    quiet: int = 0
    """Of those that went on: nothing was said, for nothing was left undone."""
    found: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, kind: str, where: str) -> None:
        self.found[kind] += 1
        if len(self.examples) < 10:
            self.examples.append(f"{where}: {kind}")

    def of(self, kind: str) -> int:
        return sum(count for found, count in self.found.items() if found.startswith(kind))


class Campaign:
    """Programs under one runner, below one folder."""

    def __init__(self, folder: Path, runner: Runner) -> None:
        self._folder = folder
        self._runner = runner
        self._material = folder / "material"
        if not self._material.exists():
            self._material.mkdir()
            workloads.prepare(self._material)

    def fail(self, program: str, rounds: int, seed: int) -> Tally:
        """So many rounds of one program, or as many as there are different ones."""
        first = self._folder / "first"
        first.mkdir()
        programs.prepare(program, first, self._material)
        state = self._fresh(first)
        whole = self._runner.run(program, state, self._material)
        if (why := _silent(whole)) or whole.status:
            raise RuntimeError(f"{program} does not end well on a disk that is well: {why} {whole.said[-5:]}")
        tally = Tally(operations=whole.operations)
        for fault in itertools.islice(_faults(whole.operations, random.Random(f"{seed} {program}")), rounds):
            self._round(program, self._fresh(first), fault, tally)
        shutil.rmtree(first)
        return tally

    def _round(self, program: str, state: Path, fault: Fault, tally: Tally) -> None:
        ended = self._runner.run(program, state, self._material, fault)
        if ended.failed == 0:
            return
        tally.faults += 1
        tally.went_on += ended.status == 0
        tally.sentences += len(ended.said)
        tally.quiet += ended.status == 0 and not ended.said
        where = f"{program}, {fault}"
        if why := _silent(ended):
            tally.add(f"silent: {why}", where)
        if why := self._judged(program, state, ended.promised):
            tally.add(why, where)
            return
        after = self._runner.run(program, state, self._material)
        if after.status:
            tally.add(f"corrupt: started again it ends with status {after.status}: {after.said[-1:]}", where)
        elif why := self._judged(program, state, [*ended.promised, *after.promised]):
            tally.add(f"{why} (started again)", where)

    def _fresh(self, first: Path) -> Path:
        state = self._folder / "state"
        shutil.rmtree(state, ignore_errors=True)
        shutil.copytree(first, state)
        return state

    def _judged(self, program: str, state: Path, promises: Promises) -> str:
        """Of a copy: whoever looks writes too."""
        found = self._folder / "found"
        shutil.rmtree(found, ignore_errors=True)
        shutil.copytree(state, found)
        verdict = verdicts.held(lambda: _JUDGES[program](found, promises, self._material))
        return f"{verdict.kind}: {verdict.why}" if verdict.kind else ""


def _faults(operations: int, chance: random.Random) -> Iterator[Fault]:
    """All of them in some order, every operation once before any a second time."""
    ways = [(why, count, torn) for why in (errno.ENOSPC, errno.EIO) for count in COUNTS for torn in (False, True)]
    places = list(range(1, operations + 1))
    turn = {place: chance.sample(ways, len(ways)) for place in places}
    for number in range(len(ways)):
        chance.shuffle(places)
        for place in places:
            why, count, torn = turn[place][number]
            yield Fault(why, place, count, torn)


def _silent(ended: Ended) -> str:
    """What is wrong with how it ended and what it said; empty: nothing."""
    if ended.status not in {0, 1}:
        return f"status {ended.status}: {' | '.join(ended.said[-3:])}"
    if ended.status == 1 and not ended.said:
        return "it ended without a word"
    for line in ended.said:
        if _no_sentence(line):
            return f"this is no sentence: {line[:200]!r}"
    return ""


def _no_sentence(line: str) -> bool:
    return len(line) > _LONGEST or "Traceback" in line or " " not in line.strip()


def _daemon(state: Path, promises: Promises, _: Path) -> None:
    path = state / "edge.db"
    told = {words[0] for words in promises}
    if "opened" in told and not path.exists():
        raise LostError("there is no edge database")
    with contextlib.closing(EdgeStore(path, "register-1")) as store:
        if any("damaged (" in told for told in store.told):
            raise CorruptError(store.told[0])
        verdicts.sound(store._db)
        kept = {name: packed.unpack(body) for name, body in store._db.execute("SELECT receipt_id, body FROM receipt")}
        rated = [json.loads(body) for (body,) in store._db.execute("SELECT body FROM rating")]
        handed = dict(store._db.execute("SELECT sku, settled FROM handed"))
    for name, body in kept.items():
        whole = programs.sale(int(name.rpartition("-")[2]))
        if body not in {msgspec.json.encode(whole), msgspec.json.encode(replace(whole, shopper=None))} | {
            msgspec.json.encode(replace(whole, shopper=None, shopper_key=None))
        }:
            raise CorruptError(f"{name} is not as it was written")
    _kept(promises, kept, rated, handed)
    if "forgotten" in told:
        for file in filter(Path.is_file, state.rglob("*")):
            raw = file.read_bytes()
            if programs.ANNA.encode() in raw or bytes.fromhex(programs.ANNA) in raw:
                raise CorruptError(f"{file.name} names a shopper who was forgotten")
    if "closed" in told and "forgotten" not in told:
        raise LostError("the shopper is not forgotten at the end of the day")


def _kept(promises: Promises, kept: dict[str, bytes], rated: list[Any], handed: dict[str, int]) -> None:
    for words in promises:
        match words:
            case ["receipt", number] if f"register-1-{number}" not in kept:
                raise LostError(f"receipt {number} is not there")
            case ["rating", number, score] if json.loads(msgspec.json.encode(rating(number, score))) not in rated:
                raise LostError(f"the rating of receipt {number} is not there")
            case ["handed", _, sku] if sku not in handed:
                raise LostError(f"{sku} handed over is forgotten")
            case ["settled", _, sku] if not handed[sku]:
                raise LostError(f"{sku} is open again")


def _bundle_slots(state: Path, promises: Promises, material: Path) -> None:
    allowed = verdicts.allowed(promises, "installed", material)
    if (found := slots(state / "bundle.db").active) not in allowed:
        raise LostError(f"bundle {found} is in use, not one of {allowed}")
    if found is not None:
        Bundle.open(state / "bundle.db").close()


def _imported(state: Path, promises: Promises, _: Path) -> None:
    promised = max((words[1] for words in promises if words[0] == "imported"), default=0)
    if not (state / "central.db").exists():
        if promised:
            raise LostError("there is no central store")
        return
    with contextlib.closing(open_past(f"sqlite:///{state / 'central.db'}", create=True)) as past:
        kept = [one.number for one in past.receipts()]
    if len(kept) < promised or len(kept) != len(set(kept)) or len(kept) % 10:
        raise LostError(f"{len(kept)} receipts are kept of {promised}")


_JUDGES: Final[dict[str, Callable[[Path, Promises, Path], None]]] = {
    "daemon": _daemon,
    "bundle_slots": _bundle_slots,
    "imported": _imported,
    # It begins with a bundle.
    "downlink": lambda state, promises, material: verdicts.JUDGES["bundles"](state, [["installed", 1], *promises], material),
    **{
        ours: verdicts.JUDGES[theirs]
        for ours, theirs in (("ledger", "ledger"), ("repository", "repository"), ("central", "central"))
    },
}


def _server(rounds: int, seed: int, total: Counter[str]) -> None:
    if not full_server.can_be():
        print("diskfull: postgresql: left out, there is no server here or no disk may be mounted")
        return
    found: Counter[str] = Counter()
    with full_server.small_disk() as disk, full_server.FullServer(disk, seed) as server:
        for number in range(rounds):
            failed, wrong = server.fill()
            found.update(faults=int(failed), **({wrong.partition(":")[0]: 1} if wrong else {}))
            if wrong:
                print(f"postgresql, round {number}: {wrong}", file=sys.stderr, flush=True)
        found["silent"] += sum(_no_sentence(line) for line in server.said)
        told = ", ".join(f"{kind} {found[kind]}" for kind in ("corrupt", "lost", "silent"))
        print(
            f"diskfull: postgresql: rounds {rounds}, faults {found['faults']}, sentences {len(server.said)}, "
            f"polls kept between {server.went_on}, {told}",
            flush=True,
        )
    total.update(found)


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=3000, show_default=True, help="How often something fails.")
@click.option("--seed", type=int, help="Of an earlier run, to see it again.  [default: a new one]")
@click.option("--program", "chosen", type=click.Choice(sorted([*SHARES, "postgresql"])), multiple=True, help="These only.")
def main(rounds: int, seed: int | None, chosen: tuple[str, ...]) -> None:
    """Let the disk be full, or fail, under our own programs and look what is left."""
    seed = random.randrange(2**32) if seed is None else seed
    print(f"diskfull: seed {seed}")
    shares = {name: share for name, share in SHARES.items() if name in (chosen or SHARES)}
    total: Counter[str] = Counter()
    left, weight = rounds, sum(shares.values())
    with workshop() as folder, Runner(folder) as runner:
        campaign = Campaign(folder, runner)
        for name, share in shares.items():
            began = time.monotonic()
            tally = campaign.fail(name, left * share // weight, seed)
            left, weight = left - left * share // weight, weight - share
            wrong = {kind: tally.of(kind) for kind in ("corrupt", "lost", "silent")}
            told = ", ".join(f"{kind} {count}" for kind, count in wrong.items())
            rate = tally.faults / (time.monotonic() - began)
            print(
                f"diskfull: {name}: operations {tally.operations}, faults {tally.faults}, went on {tally.went_on} "
                f"({tally.quiet} had nothing to say), sentences {tally.sentences}, {told}, {rate:.1f} faults/s",
                flush=True,
            )
            print("\n".join(tally.examples), end="\n" if tally.examples else "", file=sys.stderr, flush=True)
            total.update(faults=tally.faults, **wrong)
    if not chosen or "postgresql" in chosen:
        _server(max(1, rounds // 30), seed, total)
    print(f"diskfull: faults {total['faults']}, corrupt {total['corrupt']}, lost {total['lost']}, silent {total['silent']}")
    sys.exit(bool(total["corrupt"] or total["lost"] or total["silent"]))


if __name__ == "__main__":
    main()
