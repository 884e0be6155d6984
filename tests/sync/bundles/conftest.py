"""Repositories and registers at the points of a bundle's life that tests begin at; made once, copied for each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fakes.bundles_down import check
from fakes.headquarters_bundle import write_bundle

from sync import publish
from sync.downlink import Outcome


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("bundles")
    for seed in (1, 2, 3):
        write_bundle(folder / f"{seed}.bundle", seed)
    return sorted(folder.iterdir())


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, bundles: list[Path]) -> Path:
    folder = tmp_path_factory.mktemp("published") / "headquarters"
    publish.init(folder, keys=3, threshold=2)
    publish.publish(folder, bundles[0])
    return folder


@pytest.fixture
def headquarters(tmp_path: Path, published: Path) -> Path:
    """A repository with the first bundle published, its root signed by two keys of three."""
    return Path(shutil.copytree(published, tmp_path / "headquarters"))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "register"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, published: Path) -> Path:
    state = tmp_path_factory.mktemp("installed") / "register"
    assert check(published, state).outcome is Outcome.INSTALLED
    return state


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory, published: Path, installed: Path, bundles: list[Path]) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("grown")
    shutil.copytree(published, folder / "headquarters")
    shutil.copytree(installed, folder / "register", symlinks=True)
    publish.publish(folder / "headquarters", bundles[1])
    assert check(folder / "headquarters", folder / "register").outcome is Outcome.INSTALLED
    return folder / "headquarters", folder / "register"


@pytest.fixture
def later(tmp_path: Path, grown: tuple[Path, Path]) -> tuple[Path, Path]:
    """Repository and register, both with the second bundle after the first."""
    headquarters, register = grown
    return (
        Path(shutil.copytree(headquarters, tmp_path / "later")),
        Path(shutil.copytree(register, tmp_path / "register-later", symlinks=True)),
    )


@pytest.fixture
def running(tmp_path: Path, installed: Path) -> Path:
    """The state of a register that uses the first bundle."""
    return Path(shutil.copytree(installed, tmp_path / "register", symlinks=True))


@pytest.fixture
def newer(tmp_path: Path, grown: tuple[Path, Path]) -> Path:
    """The same repository, by the same keys, with the second bundle published after the first."""
    return Path(shutil.copytree(grown[0], tmp_path / "newer"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "by-store"
