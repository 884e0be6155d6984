"""Segments: every square named, rules checked whole, and the same members in every engine as in plain arithmetic."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from device.commands import tillside
from device.domain import Kind, LaneId, Line, Minor, Phase, Pseudonym, Receipt, Sku, Thousandths, Unit
from device.errors import HistoryError, SettingsError
from model_export.engine import opened
from model_export.regulars import events, kept, rules
from model_export.regulars.membership import last_day, members
from model_export.regulars.rfm import TABLE, Segment

LAST = datetime(2026, 6, 30, 18)
TOMORROW = datetime(2026, 7, 1, 18)
RULES = """
[[segment]]
name = "morning coffee"
all = [
  {bought = {category = "coffee", days = 60, at_least = 2}},
  {hours = {from_hour = 6, until_hour = 11, at_least = 0.5}},
  {not = {rfm = ["lost", "hibernating"]}},
]

[[segment]]
name = "night of S2"
any = [{hours = {from_hour = 22, until_hour = 6, weekdays = [6, 7]}}, {store = {name = "S2", at_least = 0.8, days = 90}}]

[[segment]]
name = "small and seldom"
all = [
  {monetary = {at_most = 5000, days = 120}},
  {frequency = {at_least = 1, at_most = 3, days = 120}},
  {recency = {at_most = 90}},
]

[[segment]]
name = "never milk"
bought = {item = "milk", at_most = 0}

[[segment]]
name = "slipping"
rfm = ["at risk", "cannot lose"]
"""
GOODS = [("milk", "dairy"), ("latte", "coffee"), ("beans", "coffee"), ("tea", "tea")]


def name_shopper(loyalty_id: str) -> Pseudonym | None:
    return None if loyalty_id == "nobody" else Pseudonym(f"of {loyalty_id}")


def write_folder(folder: Path, rows: list[tuple]) -> Path:
    """(receipt, customer, at, store, sku, amount, consent)"""
    folder.mkdir(exist_ok=True)
    names = ("receipt_id", "customer", "at", "store", "sku", "amount", "consent")
    types = (pa.string(), pa.string(), pa.timestamp("us"), pa.string(), pa.string(), pa.int64(), pa.bool_())
    columns = [pa.array([row[place] for row in rows], kind) for place, kind in enumerate(types)]
    pq.write_table(pa.table(dict(zip(names, columns, strict=True))), folder / "receipt_lines.parquet")
    skus, categories = zip(*GOODS, strict=True)
    pq.write_table(pa.table({"sku": list(skus), "category": list(categories)}), folder / "items.parquet")
    return folder


def sold(shoppers: int = 60, seed: int = 5) -> list[tuple]:
    """Nine receipts a shopper on average, some have many; who has an odd number drinks no milk."""
    chance = np.random.default_rng(seed)
    rows = []
    for number in range(shoppers * 9):
        at = LAST - timedelta(days=int(chance.integers(200)), hours=int(chance.integers(24)))
        whose, store = int(chance.integers(shoppers) ** 2 // shoppers), f"S{int(chance.integers(1, 3))}"
        skus = chance.choice(
            [sku for sku, _ in GOODS if sku != "milk" or whose % 2 == 0], int(chance.integers(1, 4)), replace=False
        )
        rows += [(f"r{number}", f"card {whose}", at, store, str(sku), int(chance.integers(50, 2000)), True) for sku in skus]
    return [rows[place] for place in chance.permutation(len(rows))]


@pytest.fixture(params=["duckdb", "postgresql"])
def engine(request):
    where = str(request.getfixturevalue("server")) if request.param == "postgresql" else request.param
    with opened(where) as here:
        yield here


def streamed(engine, folder):
    return engine.streaming("test_events", events.EVENTS, events.Events(folder, TOMORROW, name_shopper))


def goods_in(engine, folder):
    return engine.streaming("test_goods", events.GOODS, events.goods_of(folder / "items.parquet"))


def counted(engine, folder, text=RULES, day=None):
    """By shopper: the segment by recency, frequency and money, and those by rule; and what is told."""
    wanted = rules.parse(text.encode(), "rules")
    with streamed(engine, folder) as table, goods_in(engine, folder) as goods:
        day = last_day(table, engine) if day is None else day
        with members(table, goods, wanted, day, engine) as found:
            rows = engine.run(found.table).to_pylist()
    inside = {row["shopper"]: {name for number, name in enumerate(found.names) if row[f"rule_{number}"]} for row in rows}
    return {row["shopper"]: row["rfm"] for row in rows}, inside, found


# The same in plain arithmetic: nothing of what is tested is used.


def quintile(values):
    return 1 + np.searchsorted(np.sort(values), values) * 5 // len(values)


def by_hand(rows):
    receipts = {}
    for receipt, whose, at, store, sku, amount, agreed in rows:
        if agreed and whose is not None:
            one = receipts.setdefault(
                (store, receipt), {"whose": f"of {whose}", "at": at, "store": store, "skus": set(), "total": 0}
            )
            one["skus"].add(sku)
            one["total"] += amount
    visits = defaultdict(list)
    for one in receipts.values():
        visits[one["whose"]].append(one)
    last = max(one["at"].date() for one in receipts.values())

    def ago(one):
        return (last - one["at"].date()).days

    def lately_of(own, most):
        return [one for one in own if ago(one) < most]

    names = sorted(visits)
    days = np.array([min(map(ago, visits[name])) for name in names])
    often = np.array([len(visits[name]) for name in names])
    money = np.array([sum(one["total"] for one in visits[name]) for name in names])
    r, fm = 6 - quintile(days), (quintile(often) + quintile(money) + 1) // 2
    rfm = {name: str(TABLE[int(r[place])][int(fm[place]) - 1]) for place, name in enumerate(names)}
    inside = {}
    for place, name in enumerate(names):
        own = visits[name]
        coffee = sum(bool(one["skus"] & {"latte", "beans"}) for one in lately_of(own, 60))
        morning = sum(6 <= one["at"].hour < 11 for one in own)
        night = sum((one["at"].hour >= 22 or one["at"].hour < 6) and one["at"].isoweekday() >= 6 for one in own)
        lately, quarter = lately_of(own, 120), lately_of(own, 90)
        found = {
            "morning coffee": coffee >= 2 and 2 * morning >= len(own) and rfm[name] not in {"lost", "hibernating"},
            "night of S2": night > 0 or (bool(quarter) and sum(one["store"] == "S2" for one in quarter) * 10 >= 8 * len(quarter)),
            "small and seldom": sum(one["total"] for one in lately) <= 5000 and 1 <= len(lately) <= 3 and days[place] <= 90,
            "never milk": not any("milk" in one["skus"] for one in own),
            "slipping": rfm[name] in {"at risk", "cannot lose"},
        }
        inside[name] = {segment for segment, holds in found.items() if holds}
    return rfm, inside


def test_every_square_has_a_segment_and_every_segment_a_square():
    assert sorted(TABLE) == [1, 2, 3, 4, 5]
    assert all(len(row) == 5 for row in TABLE.values())
    assert {segment for row in TABLE.values() for segment in row} == set(Segment)


def test_every_engine_finds_the_members_that_plain_arithmetic_finds(engine, tmp_path):
    rows = [*sold(), ("x1", None, LAST, "S1", "milk", 5, True), ("x2", "refuses", LAST, "S1", "milk", 5, False)]
    rfm, inside, found = counted(engine, write_folder(tmp_path / "shop", rows))
    expected_rfm, expected = by_hand(rows)
    assert rfm == expected_rfm
    assert inside == expected
    assert {name for names in inside.values() for name in names} == set(found.names), "every rule has somebody"
    assert sum(row.shoppers for row in found.rows) == len(rfm)
    assert [row.segment for row in found.rows] == [str(segment) for segment in Segment]
    assert {row.segment: row.shoppers for row in found.by_rule} == {
        name: sum(name in names for names in expected.values()) for name in found.names
    }


def test_a_day_knows_nothing_of_later_ones(duckdb, tmp_path):
    rows = sold()
    day = (LAST - datetime(1970, 1, 1)).days - 50
    before = [row for row in rows if (LAST - row[2]).days > 50 or (row[2] - datetime(1970, 1, 1)).days <= day]
    told, inside, _ = counted(duckdb, write_folder(tmp_path / "all", rows), day=day)
    alone, alone_inside, _ = counted(duckdb, write_folder(tmp_path / "before", before), day=day)
    assert (told, inside) == (alone, alone_inside)


def test_nobody_known_is_one_sentence(duckdb, tmp_path):
    folder = write_folder(tmp_path, [("r", "nobody", LAST, "S1", "milk", 1, True)])
    with pytest.raises(HistoryError, match="segments need cards"):
        counted(duckdb, folder)


def test_what_is_dated_wrong_is_left_out_and_said(duckdb, tmp_path):
    rows = [("a", "card 1", LAST, "S1", "milk", 1, True), ("b", "card 1", datetime(2090, 1, 1), "S1", "milk", 1, True)]
    rows.append(("c", "card 1", datetime(1969, 12, 31, 23, 59, 30), "S1", "milk", 1, True))
    arriving = events.Events(write_folder(tmp_path, rows), TOMORROW, name_shopper)
    with duckdb.streaming("test_events", events.EVENTS, arriving) as table:
        assert duckdb.run(table)["receipt"].to_pylist() == ["S1\ta"]
    assert arriving.remarks == (
        "2 lines are dated before 1970 or in the future and are left out: look at the clocks of the tills",
    )


def test_what_lacks_a_column_is_one_sentence(duckdb, tmp_path):
    folder = write_folder(tmp_path, sold(3))
    table = pq.read_table(folder / "receipt_lines.parquet").drop_columns(["amount"])
    pq.write_table(table, folder / "receipt_lines.parquet")
    with pytest.raises(HistoryError, match="has no column amount"):
        counted(duckdb, folder)


def test_two_stores_that_number_alike_have_two_receipts(duckdb, tmp_path):
    rows = [("1", "card 1", LAST, "S1", "milk", 100, True), ("1", "card 1", LAST, "S2", "milk", 300, True)]
    _, _, found = counted(duckdb, write_folder(tmp_path, rows))
    (row,) = [row for row in found.rows if row.shoppers]
    assert (row.receipts, row.money) == (2.0, 400.0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "there is no [[segment]]"),
        ("[[segment]]\nname = 'a'", "line 1: 'segment[0]' has no rule; there are: recency"),
        (
            "[[segment]]\nname = 'a'\nrfm = ['lost']\nstore = {name = 'S1'}",
            "has 2 rules, store and rfm: put them into all or any",
        ),
        ("[[segment]]\nname = 'a'\nrfm = ['champion']", "Invalid enum value 'champion'; there are: champions, loyal"),
        ("[[segment]]\nname = 'lost'\nrfm = ['lost']", "is one of the eleven segments"),
        ("[[segment]]\nname = 'a'\nrfm = []", "'segment[0].rfm' is empty"),
        ("[[segment]]\nname = 'a'\nall = []", "'segment[0].all' is empty"),
        ("[[segment]]\nname = 'a'\nfrequency = {days = 3}", "'segment[0].frequency' has no bound"),
        ("[[segment]]\nname = 'a'\nfrequency = {at_least = 3, at_most = 2}", "'at_least' 3: nobody could be in it"),
        ("[[segment]]\nname = 'a'\nbought = {days = 3}", "names nothing that is bought"),
        ("[[segment]]\nname = 'a'\nbought = {item = 'x', category = 'y'}", "names item and category that is bought"),
        ("[[segment]]\nname = 'a'\nhours = {from_hour = 7, until_hour = 7}", "are the same hour"),
        ("[[segment]]\nname = 'a'\nstore = {name = 'S1', at_least = 1.5}", "'segment[0].store.at_least'"),
        ("[[segment]]\nname = 'a'\nrecency = {at_least = 1, dyas = 3}", "unknown key 'segment[0].recency.dyas'"),
        (
            "[[segment]]\nname = 'a'\nboughtt = {item = 'x'}",
            "unknown key 'segment[0].boughtt' (did you mean 'segment[0].bought'?)",
        ),
        ("[[segment]]\nname = 'a'\nnot = {all = [{not = {}}]}", "'segment[0].not.all[0].not' has no rule"),
        (
            "x = 1\n\n[[segment]]\nname = 'a'\nrfm = ['lost']\n[[segment]]\nname = 'a'\nrfm = ['lost']",
            "line 6: 'segment[1].name': 'a'",
        ),
        ("[[segment]\n", "Expected"),
        ("[[segment]]\nname = 'a'\nall = " + "[{all = " * 40 + "1" + "}]" * 40, "more than 16 deep"),
        ("a = " + "[" * 100_000, "rules: "),
    ],
)
def test_a_broken_rule_is_told_with_its_place(text, told):
    with pytest.raises(SettingsError) as said:
        rules.parse(text.encode(), "rules")
    assert told in str(said.value)
    assert len(str(said.value)) < 1000


def test_every_mistake_is_told_at_once():
    text = "[[segment]]\nname = ''\nfrequency = {}\n[[segment]]\nname = 'b'\nmonetary = {at_least = 'much'}\nwhat = 1"
    with pytest.raises(SettingsError) as said:
        rules.parse(text.encode(), "rules")
    told = str(said.value).splitlines()
    assert len(told) == 4
    assert [line.partition(": ")[2][:6] for line in told] == ["line 1", "line 1", "line 4", "line 4"]


def test_bytes_that_are_no_rules_are_one_sentence(tmp_path):
    for content in (b"\xff\xfe", b'[[segment]]\nname = "\x00"', b" " * (1024 * 1024 + 1)):
        (tmp_path / "rules.toml").write_bytes(content)
        with pytest.raises(SettingsError):
            rules.read(tmp_path / "rules.toml")
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        rules.read(tmp_path / "none.toml")


def test_a_group_that_no_item_is_in_is_told():
    asked = rules.parse(b"[[segment]]\nname = 'a'\nbought = {category = 'cofee'}", "rules")
    groups = {"category": frozenset({"coffee"}), "family": frozenset(), "department": frozenset()}
    assert list(rules.unknown_goods(asked, groups)) == ["no item has the category 'cofee' (did you mean 'coffee'?)"]
    (told,) = rules.unknown_goods(asked, None)
    assert "there is no items.parquet" in told


def keep(engine, folder, rows, text=RULES):
    """What a night does: the days that were counted, as dates."""
    shop = write_folder(folder / "shop", rows)
    (folder / "kept").mkdir(exist_ok=True)
    with streamed(engine, shop) as table, goods_in(engine, shop) as goods:
        keeper = kept.Kept(folder / "kept", table, goods, rules.parse(text.encode(), "rules"), engine)
        day = last_day(table, engine)
        stale = keeper.stale(day)
        for one in stale:
            keeper.count(one)
        keeper.tidy(day)
    return [(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=one)).date().isoformat() for one in stale]


def test_days_add_up_and_a_late_receipt_counts_anew_from_its_day_on(engine, tmp_path):
    rows = [row for row in sold() if row[2] < LAST - timedelta(days=4)]
    late = ("late", "card 1", LAST - timedelta(days=2), "S1", "latte", 700, True)
    days = [*rows, ("d4", "card 2", LAST - timedelta(days=4), "S1", "tea", 1, True)]
    assert keep(engine, tmp_path, days) == ["2026-06-26"]
    assert keep(engine, tmp_path, days) == ["2026-06-26"], "the last day is always counted"
    days.append(("d3", "card 2", LAST - timedelta(days=3), "S1", "tea", 1, True))
    assert keep(engine, tmp_path, days) == ["2026-06-27"]
    days.append(("d0", "card 2", LAST, "S1", "tea", 1, True))
    assert keep(engine, tmp_path, days) == ["2026-06-30"]
    untouched = (tmp_path / "kept" / "2026-06-27.parquet").read_bytes()
    days.append(late)
    days.append(("d1", "card 2", LAST + timedelta(days=1), "S1", "tea", 1, True))
    assert keep(engine, tmp_path, days) == ["2026-06-30", "2026-07-01"]
    assert (tmp_path / "kept" / "2026-06-27.parquet").read_bytes() == untouched
    assert len(list((tmp_path / "kept").iterdir())) == 4
    # As if it had never been late.
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    keep(engine, fresh, [row for row in days if row[2] <= LAST])
    told, again = (pq.read_table(one / "kept" / "2026-06-30.parquet").sort_by("shopper") for one in (tmp_path, fresh))
    assert told.equals(again)


def test_a_shopper_who_is_forgotten_leaves_every_day(duckdb, tmp_path):
    rows = sold(8)
    for days in (9, 0):
        keep(
            duckdb,
            tmp_path,
            [row for row in rows if row[2] <= LAST - timedelta(days=days)]
            + [("z", "card 9", LAST - timedelta(days=days), "S1", "tea", 1, True)],
        )
    files = sorted((tmp_path / "kept").iterdir())
    assert all("of card 1" in pq.read_table(file)["shopper"].to_pylist() for file in files)
    keep(duckdb, tmp_path, [row for row in rows if row[1] != "card 1"] + [("z", "card 9", LAST, "S1", "tea", 1, True)])
    assert not any("of card 1" in pq.read_table(file)["shopper"].to_pylist() for file in files)


def test_other_rules_count_every_day_anew_and_a_broken_file_too(duckdb, tmp_path):
    rows = sold(8)
    keep(duckdb, tmp_path, [row for row in rows if row[2] <= LAST - timedelta(days=9)])
    keep(duckdb, tmp_path, rows)
    assert len(keep(duckdb, tmp_path, rows, RULES.replace("at_most = 5000", "at_most = 6000"))) == 2
    oldest = min((tmp_path / "kept").iterdir())
    oldest.write_bytes(b"PAR1 not at all")
    (tmp_path / "kept" / "2026-13-77.parquet").write_bytes(b"")
    assert len(keep(duckdb, tmp_path, rows, RULES.replace("at_most = 5000", "at_most = 6000"))) == 2
    assert pq.read_table(oldest).num_rows


def test_the_last_day_tells_training_who_is_in_what(duckdb, tmp_path):
    rows = sold()
    keep(duckdb, tmp_path, rows)
    found = kept.latest(tmp_path / "kept")
    rfm, inside = by_hand(rows)
    assert found.segments == {
        Pseudonym(name): (
            *(
                segment
                for segment in ("morning coffee", "night of S2", "small and seldom", "never milk", "slipping")
                if segment in inside[name]
            ),
            rfm[name],
        )
        for name in rfm
    }
    assert found.names >= {"never milk", "champions", "lost"}
    (tmp_path / "none").mkdir()
    with pytest.raises(HistoryError, match="holds no day of segments"):
        kept.latest(tmp_path / "none")


class Central:
    """The part of a central store that is read."""

    def __init__(self, receipts: list[bytes]) -> None:
        self._receipts = receipts

    def receipts(self):
        return iter(self._receipts)

    def close(self) -> None:
        pass


def test_registers_tell_closed_sales_with_a_shopper_only(duckdb, receipt_of):
    raw = [
        receipt_of(seq=1, shopper="aa" * 16, total=500),
        receipt_of(seq=2, shopper=None, total=600),
        receipt_of(seq=3, shopper="aa" * 16, total=700, kind=Kind.RETURN),
        receipt_of(seq=4, shopper="bb" * 16, total=800, phase=Phase.CANCELLED),
        b"{broken",
    ]
    arriving = events.Events("sqlite:///none", TOMORROW, name_shopper)
    rows = list(arriving._of_registers(Central(raw), lambda name: name))
    assert rows == [("aa" * 16, "r1", rows[0][2], "S1", "", 500), ("aa" * 16, "r1", rows[0][2], "S1", "milk", 0)]
    assert arriving.remarks == ("1 receipts of the central store cannot be read and are left out",)


@pytest.fixture
def receipt_of():
    def write(*, seq: int, shopper: str | None, total: int, phase: Phase = Phase.CLOSED, kind: Kind = Kind.SALE) -> bytes:
        line = Line(1, "1", Sku("milk"), Thousandths(1000), Unit.PIECE, Minor(total + 50))
        told = Receipt(
            f"r{seq}", "S1", "till-1", LaneId("1"), phase, f"b{seq}", LAST, LAST, LAST.isoformat(), "RUB", Minor(total),
            (line,), (), shopper=None if shopper is None else Pseudonym(shopper), kind=kind,
        )  # fmt: skip
        return msgspec.json.encode(told)

    return write


def test_the_command_tells_eleven_segments_and_those_by_rule(tmp_path):
    folder = write_folder(tmp_path / "shop", sold())
    (tmp_path / "segments.toml").write_text(RULES)
    asked = ["headquarters", "segments", "--receipts", str(folder)]
    ran = CliRunner().invoke(tillside, [*asked, "--rules", str(tmp_path / "segments.toml"), "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert [row["segment"] for row in told[:11]] == [str(segment) for segment in Segment]
    assert [row["segment"] for row in told[11:]] == [
        "morning coffee",
        "night of S2",
        "small and seldom",
        "never milk",
        "slipping",
    ]
    assert sum(row["shoppers"] for row in told[:11]) == len({row[1] for row in sold()})
    assert all(row["shoppers"] for row in told[11:])
    plain = CliRunner().invoke(tillside, [*asked, "--keep", str(tmp_path / "kept"), "--shopper-key", str(tmp_path / "key")])
    assert plain.exit_code == 0, plain.output
    assert "cannot lose" in plain.stdout
    (file,) = (tmp_path / "kept").iterdir()
    assert not any(b"card 1" in content for content in (file.read_bytes(),)), "no loyalty id is kept"
    assert CliRunner().invoke(tillside, ["headquarters", "segments"]).exit_code == 2


def test_headquarters_keeps_its_own_commands():
    listed = CliRunner().invoke(tillside, ["headquarters", "--help"]).output
    assert "publish" in listed
    assert "segments" in listed
