"""Scores a bundle's golden baskets in a process of its own, so that a bad model can hurt nobody else.

Before its model is loaded a bundle must be within the caps below, and the model a plain graph (`sync.graph_check`).

`prove_apart` starts this very module as a child with bounded memory, processor time and files. It ends with status 0 when every
golden basket is answered as the trainer saw it, with `_REFUSED` and a sentence on standard error when not; any other end is a
refusal too.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from device.errors import BundleError

if TYPE_CHECKING:
    from device.bundle import Bundle

MEMORY_BYTES: Final = 2 * 1024**3
"""Address space, which the runtime reserves far more of than it uses."""
SECONDS: Final = 60
MAX_MODEL_BYTES: Final = 256 * 1024 * 1024
MAX_TOKENS: Final = 2_000_000
MAX_ITEMS: Final = 500_000
"""Of the catalogue; the model knows no more."""
MAX_GOLDEN: Final = 10_000
_REFUSED: Final = 3
_MAX_SENTENCE: Final = 500


def prove_apart(bundle: Path, *, memory_bytes: int = MEMORY_BYTES, seconds: float = SECONDS) -> None:
    """BundleError when the bundle does not open, does not load or does not answer as promised, within the limits."""
    command = [sys.executable, "-P", "-m", "sync.proof", str(bundle), str(memory_bytes), str(seconds)]
    with tempfile.TemporaryFile() as said:
        try:
            child = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=seconds, check=False)
        except subprocess.TimeoutExpired as error:
            raise BundleError(f"the bundle {bundle} did not answer its golden baskets within {seconds:.0f} s") from error
        said.seek(0, 2)
        said.seek(max(0, said.tell() - _MAX_SENTENCE))
        last = said.read().decode(errors="replace").strip().rpartition("\n")[2]
    if child.returncode == _REFUSED:
        raise BundleError(last)
    if child.returncode != 0:
        raise BundleError(f"the bundle {bundle} ended the process that tried it (status {child.returncode}): {last}")


def _limit(memory_bytes: int, seconds: float) -> None:
    cpu = int(seconds) + 1
    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_FSIZE, 1_000_000),
    ):
        _, hard = resource.getrlimit(what)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (limit, limit))


def _prove(bundle: Path) -> None:
    # After the limits: what they bound is the loading too.
    from device.bundle import Bundle  # noqa: PLC0415

    opened = Bundle.open(bundle)
    for variant in (None, *sorted(opened.variants)):
        _prove_model(opened, variant)


def _prove_model(opened: Bundle, variant: str | None) -> None:
    """Its own, or a variant's."""
    from device.scorer import prove  # noqa: PLC0415
    from sync import graph_check  # noqa: PLC0415

    scoring = opened.scoring(variant)
    for what, count, most in (
        ("bytes of model", len(scoring.model), MAX_MODEL_BYTES),
        ("tokens", len(scoring.vocabulary), MAX_TOKENS),
        ("items in the catalogue", len(opened.catalogue), MAX_ITEMS),
        ("golden baskets", len(scoring.golden), MAX_GOLDEN),
    ):
        if count > most:
            raise BundleError(f"bundle {opened.manifest.identity} has {count} {what}, more than {most}")
    graph_check.check(scoring.model)
    del scoring
    prove(opened, variant)


if __name__ == "__main__":
    _limit(int(sys.argv[2]), float(sys.argv[3]))
    try:
        _prove(Path(sys.argv[1]))
    except (BundleError, MemoryError) as error:
        print(str(error).replace("\n", " ") or "not enough memory", file=sys.stderr)  # noqa: T201 - the one word to the parent
        sys.exit(_REFUSED)
