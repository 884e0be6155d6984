"""The planted chain of regulars, and what is trained on it once."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.regular_chain import chain as planted_chain

from model_export.engine import opened
from model_export.history import History
from model_export.training import Extras, Made, make_bundle


@pytest.fixture(scope="session")
def chain() -> History:
    return planted_chain()


@pytest.fixture(scope="session")
def made_of_chain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Path]:
    """Of enough shoppers for the worth of what is due to be chosen."""
    path = tmp_path_factory.mktemp("chain") / "chain.bundle"
    history = planted_chain(shoppers=130, days=120)
    return make_bundle(history, Extras((), {}, "RUB", "2026-05-06T03:00:00+00:00"), path, 1), path


@pytest.fixture(scope="session")
def model_of_chain(made_of_chain):
    return made_of_chain[0].model


@pytest.fixture(scope="session")
def bundle_of_chain(made_of_chain):
    return made_of_chain[1]


@pytest.fixture(params=["duckdb", "postgresql"])
def engine(request):
    where = str(request.getfixturevalue("server")) if request.param == "postgresql" else request.param
    with opened(where) as here:
        yield here
