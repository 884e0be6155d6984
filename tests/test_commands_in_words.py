"""Every command that a README, a help text or a sentence of ours names is there, with the options that stand behind it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from device.commands import tillside

ROOT = Path(__file__).parents[1]
FOLDERS = ("device", "kiosk_ui", "model_export", "sync", "packaging")
READMES = sorted([ROOT / "README.md", *(path for folder in FOLDERS for path in (ROOT / folder).rglob("README.md"))])
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
NAMED = re.compile(r"`(tillside [a-z][^`]*)`")
WRITTEN = re.compile(r"^(?:sudo (?:-u \S+ )?)?(?:\S*/)?(tillside [a-z].*)$")
"""In a block of shell, where the name may be that of a user or a folder too."""
NO_COMMANDS = {"tillside basket", "tillside authority"}
"""A row of the evaluation, and a name in certificates."""
EXAMPLE = re.compile(r"^(?:Examples?: )?(?:.*\| )?(tillside .+)$")


def commands(command: click.Command, name: str, above: click.Context | None = None) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command, parent=above, info_name=name)
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None
            yield from commands(found, f"{name} {below}", context)


ALL = dict(commands(tillside, "tillside"))


def wrong(told: str) -> str | None:
    """Why the line cannot be what somebody is to type; None: it can."""
    words = [word for word in shlex.split(re.split(r" [#|]", told)[0]) if word not in {"...", "…"}]
    name, *rest = words
    while rest and isinstance(ALL[name], click.Group) and not rest[0].startswith("-"):
        name = f"{name} {rest.pop(0)}"
        if name not in ALL:
            return f"there is no `{name}`"
    command = ALL[name]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help", "-h"}
    unknown = [word for word in rest if word.startswith("--") and word.split("=")[0] not in known]
    return f"`{name}` has no {unknown[0]}" if unknown else None


def of_a_readme(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = [line for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL) for line in block.splitlines()]
    written = [found[1] for line in blocks if not line.lstrip().startswith("#") and (found := WRITTEN.match(line.strip()))]
    return [told for told in NAMED.findall(text) if told not in NO_COMMANDS] + [
        re.split(r"\s[|<>&;]", line)[0] for line in written
    ]


@pytest.mark.parametrize("path", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_of_a_readme_is_there(path: Path) -> None:
    assert [(told, why) for told in of_a_readme(path) if (why := wrong(told))] == []


def test_the_first_readme_is_read_at_all() -> None:
    told = of_a_readme(ROOT / "README.md")
    assert any(line.startswith("tillside history import --central sqlite:///central.db --column") for line in told)
    assert "tillside sync run" in told
    assert len(told) > 40


@pytest.mark.parametrize("name", ALL)
def test_every_example_of_a_help_text_is_that_command(name: str) -> None:
    command = ALL[name]
    lines = f"{command.help or ''}\n{command.epilog or ''}".splitlines()
    told = [re.split(r"\s[|<>]", found[1])[0] for line in lines if (found := EXAMPLE.match(line.strip()))]
    assert [(line, why) for line in told if (why := wrong(line))] == []
    assert all(line.startswith(name) for line in told)


def test_every_command_that_a_sentence_names_is_there() -> None:
    told = {(str(path.relative_to(ROOT)), line) for path in SOURCES for line in NAMED.findall(path.read_text(encoding="utf-8"))}
    told = {(path, line) for path, line in told if line not in NO_COMMANDS}
    assert len(told) > 40
    assert sorted((path, line, why) for path, line in told if (why := wrong(re.sub(r"\{[^}]*\}", "X", line)))) == []


@pytest.mark.parametrize(
    "line", ["tillside sell", "tillside sync rum", "tillside train --to x", "tillside screen customer --wide"]
)
def test_what_is_not_there_is_found(line: str) -> None:
    assert wrong(line) is not None
