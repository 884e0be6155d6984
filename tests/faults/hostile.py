"""Batches that no honest register sends, among those that one does: `packaging/dev hostile [--batches N] [--flood N] [--seed S]`.

Headquarters as it is: `headquarters serve` on SQLite, and `headquarters ingest` on PostgreSQL where that is installed, each
behind its HTTPS door. Registers post good batches in their order, and `poison.py` comes between. Then each is asked what it kept:

- every good batch is kept, once, as it was sent;
- every poisonous one is refused in one sentence, by the door or after it stood in quarantine;
- nothing that was refused, and nothing strange that was kept, stands in the way of any question that may be asked of the store;
- the program is still the same process, has said no traceback, and has taken no more memory than `MAX_GROWTH_MIB`.

The flood: so many different poisonous batches of one register, through the ingest and each engine: quarantine does not grow
beyond its bounds, nor does memory.

The last line counts batches, good ones that are not there, poisonous ones that were kept or not refused in a sentence, and the
most that memory grew. The exit status is 0 when nothing is lost, let through or out of bounds.
"""

from __future__ import annotations

import contextlib
import json
import random
import ssl
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import click
import psutil
from fakes import postgresql
from fakes.certificates import Authority
from fakes.program import Program, tillside
from faults.flood import Flood
from faults.posting import EPOCH, Door, Register, Result, sentence

from sync import envelope, ingest, publish
from sync.carrier import Message
from sync.central import MAX_QUARANTINED, MAX_QUARANTINED_BYTES, Central, open_central

REGISTERS: Final = 4
MAX_GROWTH_MIB: Final = 400
"""Of the resident memory of a program that is posted poison by all its registers at once."""
_TRACEBACK: Final = "Traceback (most recent call last)"


@contextmanager
def headquarters(url: str | None, folder: Path, authority: Authority) -> Iterator[tuple[Program, str]]:
    """The program, and where its door is; `url` of a PostgreSQL, or None: SQLite in the folder."""
    certificate, key = authority.issue("headquarters")
    ways = (
        "--no-broker",
        "--https-port",
        "0",
        "--json",
        "--ca-file",
        authority.ca,
        "--certificate-file",
        certificate,
        "--key-file",
        key,
    )
    if url is None:
        publish.init(folder)
        words = ("headquarters", "serve", "--dir", folder)
    else:
        words = ("headquarters", "ingest", "--central", url)
    with Program(tillside(*map(str, (*words, *ways))), folder / "headquarters.log", talks=True) as program:
        yield program, json.loads(program.line())["https"]


def post(batches: int, seed: int, folder: Path, url: str | None = None) -> Result:
    """Through the door of the real program; below `folder`, which is emptied by nobody."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = Authority(folder)
    result = Result()
    with headquarters(url, folder, authority) as (program, place):
        process = psutil.Process(program.pid)
        registers = []
        for number in range(1, REGISTERS + 1):
            device = f"register-{number}"
            context = ssl.create_default_context(cafile=authority.ca)
            context.load_cert_chain(*authority.issue(device))
            share = batches // REGISTERS + (number <= batches % REGISTERS)
            registers.append(Register(device, Door(place, context, device), share, f"{seed} {device}", result))
        # Everything it needs is loaded once it has taken a batch in.
        registers[0]._good()
        result.before_mib = process.memory_info().rss / 2**20
        for register in registers:
            register.start()
        for register in registers:
            register.join()
        result.batches = batches
        result.wrong += [f"{register.device} did not come to its end" for register in registers if not register.done]
        result.peak_mib = _peak_mib(process.pid)
        result.after_mib = process.memory_info().rss / 2**20
        if not program.alive():
            result.wrong.append(f"headquarters ended with status {program.process.returncode}")
        if _TRACEBACK in program.words():
            result.wrong.append("headquarters said a traceback: " + program.words().partition(_TRACEBACK)[2][-1500:])
    with closing(open_central(url or f"sqlite:///{folder / 'central.db'}")) as store:
        _asked(store, registers, result)
    if result.grew_mib > MAX_GROWTH_MIB:
        result.wrong.append(f"memory grew by {result.grew_mib:.0f} MiB")
    return result


def _asked(store: Central, registers: list[Register], result: Result) -> None:
    kept = Counter(store.receipts())
    for register in registers:
        result.good += len(register.bodies)
        result.lost += sum(kept[body] != 1 for body in register.bodies)
        if store.watermark(register.device, EPOCH) != len(register.bodies):
            result.wrong.append(f"the watermark of {register.device} is not {len(register.bodies)}")
    # Whatever may be asked has an answer.
    asked = [store.registers(), store.days(), store.gaps(), store.ratings(), store.compared(), store.latest_day("2030-01-01")]
    assert all(one is not None for one in asked)
    aside = store.quarantined()
    for device in {one.device for one in aside}:
        own = [one for one in aside if one.device == device]
        if len(own) > MAX_QUARANTINED + 1 or sum(one.size for one in own) > MAX_QUARANTINED_BYTES:
            result.wrong.append(f"{len(own)} batches of {sum(one.size for one in own)} bytes are in quarantine for {device}")
    result.wrong += [f"in quarantine for: {one.why[:100]!r}" for one in aside if not sentence(one.why)]


def flood(url: str, count: int) -> tuple[float, float, int]:
    """So many poisonous batches of one register: MiB by which memory grew, batches a second, how many are in quarantine."""
    topic = envelope.receipts_topic("register-9")
    messages = (Message(topic, b"poison %d " % number + b"x" * (number % 3000)) for number in range(count))
    door = Flood(messages)
    process = psutil.Process()
    with closing(open_central(url, create=True)) as store, _quiet():
        ingest.poll(door, store, 0)
        before, began = process.memory_info().rss, time.monotonic()
        while ingest.poll(door, store, 0):
            pass
        seconds = time.monotonic() - began
        grew = (process.memory_info().rss - before) / 2**20
        aside = [one for one in store.quarantined() if one.device == "register-9"]
    if door.answers["refused"] != count or sum(one.times for one in aside) != count:
        raise AssertionError(f"{door.answers} of {count} were answered, {sum(one.times for one in aside)} are counted")
    return grew, count / max(seconds, 1e-6), len(aside)


@contextmanager
def _quiet() -> Iterator[None]:
    """A sentence for each refused batch is headquarters' log, not ours."""
    was = ingest.log.disabled
    ingest.log.disabled = True
    try:
        yield
    finally:
        ingest.log.disabled = was


def _peak_mib(pid: int) -> float:
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


@click.command()
@click.option("--batches", type=click.IntRange(8), default=4000, show_default=True, help="Through the door, for each engine.")
@click.option(
    "--flood", "floods", type=click.IntRange(1), default=20_000, show_default=True, help="Poisonous ones, for each engine."
)
@click.option("--seed", type=int, help="Of an earlier run, to see it again.  [default: a new one]")
def main(batches: int, floods: int, seed: int | None) -> None:
    """Post what no honest register sends."""
    seed = random.randrange(2**32) if seed is None else seed
    print(f"hostile: seed {seed}", flush=True)
    total, wrong, grew = Counter[str](), 0, 0.0
    with tempfile.TemporaryDirectory(prefix="tillside-hostile-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        engines: dict[str, str | None] = {"sqlite": None}
        if postgresql.program("initdb") is not None:
            engines["postgresql"] = stack.enter_context(postgresql.postgresql())
        for engine, url in engines.items():
            began = time.monotonic()
            result = post(batches, seed, folder / engine, url)
            rate = batches / (time.monotonic() - began)
            print(
                f"hostile: {engine}: {dict(sorted(result.answers.items()))}; memory {result.before_mib:.0f} MiB before, "
                f"{result.peak_mib:.0f} at most, {result.after_mib:.0f} after; {rate:.0f} batches/s",
                flush=True,
            )
            more, speed, aside = flood(url or f"sqlite:///{folder / engine / 'central.db'}", floods)
            print(
                f"hostile: {engine}: flood of {floods}: {aside} in quarantine, memory grew by {more:.0f} MiB, "
                f"{speed:.0f} batches/s",
                flush=True,
            )
            print("\n".join(result.wrong), end="\n" if result.wrong else "", file=sys.stderr, flush=True)
            total.update(batches=batches + floods, good=result.good, lost=result.lost, through=result.through)
            wrong += len(result.wrong)
            grew = max(grew, result.grew_mib, more)
    print(
        f"hostile: batches {total['batches']}, good receipts {total['good']}, lost {total['lost']}, "
        f"let through {total['through']}, memory at most {grew:.0f} MiB more"
    )
    sys.exit(bool(total["lost"] or total["through"] or wrong))


if __name__ == "__main__":
    main()
