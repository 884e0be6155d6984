"""The commands of a shipped systemd unit, with another program and other places than it is shipped for."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path


def environment(text: str) -> dict[str, str]:
    """Of an EnvironmentFile."""
    lines = (line.partition("=") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in lines}


def commands(unit: Path, environment_file: Path | None, places: Mapping[str, str | os.PathLike[str]]) -> list[list[str]]:
    """Every ExecStart as systemd would run it: `${NAME}` is one word, `$NAME` as many as it holds. `places`: old to new."""
    text = unit.read_text(encoding="utf-8")
    said = "" if environment_file is None else environment_file.read_text(encoding="utf-8")
    for old in places:
        assert old in text + said, f"neither {unit.name} nor its environment says {old!r}"
    if places:
        # All at once: what one is replaced by may hold another, where the checkout itself stands in a folder of that name.
        any_of = re.compile("|".join(re.escape(old) for old in sorted(places, key=len, reverse=True)))
        text, said = (any_of.sub(lambda old: str(places[old[0]]), one) for one in (text, said))
    known = environment(said)
    found = []
    for line in re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE):
        words: list[str] = []
        for word in shlex.split(line):
            if re.fullmatch(r"\$[A-Z]+", word):
                words += known[word[1:]].split()
            else:
                words.append(re.sub(r"\$\{([A-Z]+)\}", lambda name: known[name[1]], word))
        found.append(words)
    return found
