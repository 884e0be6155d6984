"""Numbers on the command line that are none, of every command that takes a measure."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from device.commands import tillside


def measures(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that lead to each option which takes a number with a point, its own last."""
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command, info_name="tillside"), name)
            assert inner is not None
            yield from measures(inner, (*path, name))
        return
    for option in command.params:
        if isinstance(option.type, click.FloatRange | click.types.FloatParamType):
            yield (*path, option.opts[0])


FOUND = sorted(measures(tillside))


def test_the_commands_are_found() -> None:
    assert {("plan", "--power"), ("demo", "--line-seconds"), ("headquarters", "rollout", "--share")} <= set(FOUND)


@pytest.mark.parametrize("number", ["nan", "-nan", "inf", "1e400"])
@pytest.mark.parametrize("words", FOUND, ids=" ".join)
def test_what_is_no_number_is_refused(words: tuple[str, ...], number: str) -> None:
    done = CliRunner().invoke(tillside, [*words, number])
    assert done.exit_code == 2
    # NaN is never out of a range, and where there is no upper end infinity is within it.
    assert f"Invalid value for '{words[-1]}'" in done.stderr
