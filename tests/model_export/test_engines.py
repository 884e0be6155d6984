"""One expression, three engines, the same counts: in this process, on a real server, in a real Spark."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import ibis
import numpy as np
import psycopg
import pytest
from click.testing import CliRunner
from fakes.headquarters import free_port, tillside
from scipy import sparse

from device.address import masked
from device.errors import TillsideError, TrainingError
from device.tokens import Vocabulary
from model_export.commands import train
from model_export.counting import Counting, tally
from model_export.counts import count
from model_export.days import DayCounts
from model_export.encoding import encode_all, vocabulary_of
from model_export.engine import opened
from model_export.history import History, arrange
from model_export.layout import layout_of
from model_export.pairing import count_pairs, frequent
from model_export.pairs import UNIT, pair_counts
from model_export.parquet import read_folder
from model_export.training import Extras, fit, make_bundle

SHARED = Path(__file__).parents[3] / "shared" / "data"
EXTRAS = Extras([], {}, "RUB", "2026-05-04T00:00:00+00:00")
# PySpark forgets to close the sockets through which its answers arrive.
FORGETFUL = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
ENGINES = ("duckdb", "postgresql", pytest.param("spark", marks=FORGETFUL))


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What `--engine` is given."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("server"))
    if request.param == "spark":
        pytest.importorskip("pyspark", reason="PySpark is not here: packaging/dev test installs it")
        if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            pytest.skip("Java is not here: packaging/dev test installs it")
        # Two questions are not worth an optimising compiler.
        monkeypatch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    return str(request.param)


def items(count: int):
    return layout_of(Vocabulary([f"item={n}" for n in range(count)], count))


def products(matrix):
    """The counts by another way: whole numbers multiplied by scipy."""
    whole = sparse.csr_array(matrix, dtype=np.int64)
    whole.data = np.rint(matrix.data.astype(np.float64) * UNIT).astype(np.int64)
    return (whole.T @ whole).toarray() / UNIT**2, whole.sum(axis=0) / UNIT


def test_every_engine_counts_the_same(engine, planted, tmp_path, monkeypatch):
    # Several stripes of tokens and several batches of days.
    monkeypatch.setattr("model_export.counts._CELLS", 2_000)
    monkeypatch.setattr("model_export.days._PAIRS", 200_000)
    vocabulary = vocabulary_of(planted)
    matrix = encode_all(planted, vocabulary, 0.9)
    gram, sums = products(matrix)
    short = layout_of(vocabulary, 9)
    with opened(engine) as here:
        counts = count(matrix, layout_of(vocabulary), here)
        tail = count(matrix, short, here)
        paired = count_pairs(frequent(counts, layout_of(vocabulary), 40), matrix, layout_of(vocabulary), here)
        DayCounts(tmp_path / "days", planted, 0.9).refresh(here)
    assert np.array_equal(counts.gram, gram.astype(np.float32))
    assert np.array_equal(counts.sums, sums)
    assert counts.receipts == len(planted)
    at_home = count(matrix, short)
    assert np.array_equal(tail.gram, gram[np.ix_(short.learnt, short.columns)].astype(np.float32))
    assert np.array_equal(at_home.gram, tail.gram)
    assert np.array_equal(at_home.sums, sums[short.columns])
    told = count_pairs(paired.pairing, matrix, layout_of(vocabulary), None)
    assert len(paired.pairing) == 40
    assert np.array_equal(paired.gram, told.gram)
    assert np.array_equal(paired.sums, told.sums)
    with opened("duckdb") as other:
        DayCounts(tmp_path / "others", planted, 0.9).refresh(other)
    files = {path.name: path.read_bytes() for path in (tmp_path / "days").iterdir()}
    assert len(files) == len(np.unique(planted.at.astype("datetime64[D]")))
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "others").iterdir()}


@pytest.fixture(scope="session")
def sold(planted: History) -> History:
    """Real receipts where they are, the planted shop's elsewhere."""
    return arrange(read_folder(SHARED / "bread_basket", lambda _: None)) if (SHARED / "bread_basket").is_dir() else planted


@pytest.fixture(scope="session")
def counted_at_home(sold, planted, tmp_path_factory) -> dict[str, tuple[History, bytes]]:
    """Bundles that no engine counted for."""
    folder, found = tmp_path_factory.mktemp("bundles"), {}
    for name, history in (("real", sold), ("planted", planted)):
        make_bundle(history, EXTRAS, folder / name, 1)
        found[name] = history, (folder / name).read_bytes()
    return found


def test_every_engine_trains_the_same_bundle(engine, counted_at_home, tmp_path):
    for name, (history, bundle) in counted_at_home.items():
        make_bundle(history, EXTRAS, tmp_path / name, 1, counting=Counting(engine))
        assert (tmp_path / name).read_bytes() == bundle
    planted, bundle = counted_at_home["planted"]
    make_bundle(planted, EXTRAS, tmp_path / "by day", 1, counting=Counting(engine, tmp_path / "days"))
    assert (tmp_path / "by day").read_bytes() == bundle


def test_receipts_without_a_time_train_the_same_with_days_and_without(shop, tmp_path):
    rows = [{key: value for key, value in row.items() if key != "at"} for row in shop.sales(600)]
    history = shop.history(rows)
    direct, by_day = fit(history, 1), fit(history, 1, counting=Counting("duckdb", tmp_path / "days"))
    assert direct.graph == by_day.graph
    assert [path.name for path in (tmp_path / "days").iterdir()] == ["undated.parquet"]


def test_nothing_to_count_counts_as_nothing():
    with opened("duckdb") as engine:
        counts = count(sparse.csr_array((0, 7), dtype=np.float32), items(7), engine)
    assert counts.receipts == 0
    assert not counts.gram.any()


def test_a_share_of_every_size_is_counted_to_the_last_unit():
    """Weights that a sum of floating-point numbers would blur, on many receipts."""
    chance = np.random.default_rng(3)
    matrix = sparse.csr_array(np.rint(chance.random((4_000, 9)) * UNIT).astype(np.float32) / UNIT)
    gram, sums = products(matrix)
    with opened("duckdb") as engine:
        answers = [count(matrix, items(9), engine), count(matrix, items(9))]
    for counts in answers:
        assert np.array_equal(counts.gram, gram.astype(np.float32))
        assert np.array_equal(counts.sums, sums)


@pytest.mark.parametrize(
    "where", ["", "duck", "duckdb:///tmp/x", "postgresql", "sqlite:///x", "sparkle", "clickhouse://h", "postgresql:x"]
)
def test_an_engine_that_does_not_exist_is_one_sentence(where):
    with pytest.raises(TrainingError, match=r"^there is no such engine: say duckdb, postgresql://"), opened(where):
        pass


@pytest.mark.parametrize(
    "where",
    [
        "postgresql://me:secret@127.0.0.1:{port}/receipts",
        "postgresql://me:secret@no-such-host.invalid/receipts",
        "postgresql://me:secret@127.0.0.1:{port}/receipts?nonsense=1",
        "postgresql://me:secret@127.0.0.1:port/receipts",
        "postgresql://[::1/receipts",
    ],
)
def test_a_server_that_does_not_answer_is_one_sentence(where):
    with pytest.raises(TrainingError, match="PostgreSQL") as raised, opened(where.format(port=free_port())):
        pass
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_database_that_is_not_there_is_one_sentence(server):
    with pytest.raises(TrainingError, match=r"does not answer.*no-such-database"), opened(f"{server[:-8]}no-such-database"):
        pass


def test_a_server_that_goes_away_is_one_sentence(server, planted):
    vocabulary = vocabulary_of(planted)
    matrix = encode_all(planted, vocabulary, 0.9)
    with tally(planted, matrix, vocabulary, 0.9, Counting(server)) as counted:
        counted.counts(0, 100)
        with psycopg.connect(server, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        with pytest.raises(TrainingError, match=r"PostgreSQL at 127\.0\.0\.1:\d+ could not count the pairs: ") as said:
            counted.counts(100, 200)
    assert "\n" not in str(said.value)


def test_nothing_stays_behind_on_a_server(server, planted):
    vocabulary = vocabulary_of(planted)
    with opened(server) as engine:
        count(encode_all(planted, vocabulary, 0.9), layout_of(vocabulary), engine)
        assert engine.backend.list_tables() == []


def test_a_question_that_an_engine_cannot_answer_is_one_sentence(planted):
    vocabulary = vocabulary_of(planted)
    with opened("duckdb") as engine:
        gone = replace(engine, load=lambda backend, rows, name: backend.sql("SELECT token FROM nowhere"))
        with pytest.raises(TrainingError, match="DuckDB could not count the pairs"):
            count(encode_all(planted, vocabulary, 0.9), layout_of(vocabulary), gone)


def test_the_question_is_the_same_words_for_all():
    """What differs between engines is Ibis' affair; nothing here asks which engine it is."""
    rows = ibis.table({"day": "int32", "receipt": "int32", "token": "int32", "weight": "int32"}, name="rows")
    question = pair_counts(rows, 0, 5, by_day=True)
    assert question.schema() == ibis.schema({"day": "int32", "left": "int32", "right": "int32", "weight": "int64"})
    for dialect in ("duckdb", "postgres", "pyspark", "clickhouse", "bigquery"):
        assert "GROUP BY" in ibis.to_sql(question, dialect=dialect)


@pytest.mark.parametrize(
    "where",
    [
        "postgresql://u:s3cret@127.0.0.1:1/d",
        "postgresql://127.0.0.1:1/d?user=u&password=s3cret",
        # A password that is not written as an address asks, cut anywhere.
        "postgresql://u:s3c/s3cret@127.0.0.1:1/d",
        "postgresql://u:31337/s3cret@127.0.0.1:1/d",
        "postgresql://u:31337?s3cret@127.0.0.1:1/d",
        "postgresql://u:s3cret#s3cret@127.0.0.1:1/d",
        "postgresql://u:s3cret@127.0.0.1:99999/d",
        "postgresql://u:s3cret\u2100@127.0.0.1:1/d",
        "postgresql://u:[s3cret@127.0.0.1:1/d",
        "PostgreSQL://u:s3cret@127.0.0.1/d",
    ],
)
def test_no_password_is_told(where):
    with pytest.raises(TrainingError) as said, opened(where):
        pass
    told = str(said.value)
    assert not [word for word in ("s3c", "31337", "\n") if word in told]
    assert "s3cret" not in masked(f"no {where} here")


def test_a_driver_that_is_not_installed_is_one_sentence(shop, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    shop.history(shop.sales(40))
    words = [
        "--receipts",
        shop.folder,
        "--out",
        tmp_path / "b",
        "--shopper-key",
        tmp_path / "key",
        "--engine",
        "postgresql://h/d",
    ]
    said = CliRunner().invoke(train, [str(word) for word in words])
    assert isinstance(said.exception, TillsideError)
    assert str(said.exception) == "this engine needs psycopg: pip install 'tillside[headquarters]'"
    assert not (tmp_path / "b").exists()


def test_spark_without_java_is_one_sentence(shop, tmp_path):
    pytest.importorskip("pyspark", reason="PySpark is not here: packaging/dev test installs it")
    shop.history(shop.sales(40))
    words = ["train", "--receipts", shop.folder, "--out", tmp_path / "b", "--shopper-key", tmp_path / "key", "--engine", "spark"]
    there = {key: value for key, value in os.environ.items() if key != "JAVA_HOME"}
    done = subprocess.run(
        tillside(*words), env={**there, "PATH": os.fspath(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("tillside: Spark does not start (it needs Java 17 or 21): ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("postgresql://me:secret@127.0.0.1:{port}/receipts", r"PostgreSQL at 127\.0\.0\.1:\d+ does not answer: "),
        ("postgresql://me:secret@127.0.0.1:port/receipts", "the address of the PostgreSQL server cannot be read"),
        ("postgres:me@127.0.0.1", "there is no such engine"),
        ("sparkle", "there is no such engine"),
    ],
)
def test_an_engine_that_will_not_count_is_told_before_anything_is_read(tmp_path, where, told):
    said = without_receipts(tmp_path, where.format(port=free_port()))
    assert re.match(told, said)
    assert "secret" not in said
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("spark://127.0.0.1:{port}", "Connection refused"),
        ("spark://me:secret@127.0.0.1:{port},127.0.0.1:{port}", "Connection refused"),
        ("spark://127.0.0.1", "write spark://host:7077"),
        ("spark://127.0.0.1:70777", "write spark://host:7077"),
        ("spark://", "write spark://host:7077"),
    ],
)
def test_a_spark_that_will_not_count_is_told_before_anything_is_read(tmp_path, where, why):
    pytest.importorskip("pyspark", reason="PySpark is not here: packaging/dev test installs it")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Java is not here: packaging/dev test installs it")
    said = without_receipts(tmp_path, where.format(port=free_port()))
    assert said.startswith("Spark at spark://")
    assert why in said
    assert "secret" not in said


def test_receipts_are_read_for_an_engine_that_answers(engine, tmp_path):
    assert "receipt_lines.parquet" in without_receipts(tmp_path, engine)


def without_receipts(folder: Path, where: str) -> str:
    """What a training says; whoever reads receipts first says that there are none."""
    (folder / "empty").mkdir()
    words = ["--receipts", folder / "empty", "--out", folder / "b", "--shopper-key", folder / "key", "--engine", where]
    done = CliRunner().invoke(train, [str(word) for word in words])
    assert isinstance(done.exception, TillsideError)
    assert "\n" not in str(done.exception)
    return str(done.exception)
