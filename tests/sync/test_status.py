"""How every register stands: worst first, in 80 columns, as JSON, beside its till's report; and what becomes of quarantine."""

from __future__ import annotations

import hashlib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import msgspec
import pytest
from fakes.headquarters_batches import AT, EPOCH, bodies, delivered, payload
from fakes.headquarters_registers import HOSTILE, OLD, PUBLISHED, fill
from fakes.program import completed, tillside

from sync import envelope, publish, status_text
from sync.central import Central, Compared, Delivery, open_central
from sync.envelope import Entry, Header
from sync.offer import WHOLE, Offer
from sync.status import HeadquartersState, Standing, bundle_days, headquarters

NOW = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)


@pytest.fixture
def state(store: Central) -> HeadquartersState:
    fill(store, NOW)
    return headquarters(store, PUBLISHED, NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Headquarters' folder with a central store in it."""
    folder = tmp_path / "headquarters"
    publish.init(folder)
    with closing(open_central(f"sqlite:///{folder / 'central.db'}", create=True)) as store:
        store.ingest([delivered(payload(1, 5)), delivered(b"poison"), delivered(payload(5, 7, lines=4))], AT)
    return folder


def asked(*words: str | Path) -> CompletedProcess[str]:
    done = completed(tillside("headquarters", *words))
    assert "Traceback" not in done.stderr
    return done


def test_the_worst_stand_first_and_say_why(state: HeadquartersState) -> None:
    told = [(one.device, str(one.standing), [str(reason) for reason in one.reasons]) for one in state.registers]
    assert sorted(told[:3]) == [
        (HOSTILE, "alarm", ["quarantine", "bundle"]),
        ("till-differs", "alarm", ["differs"]),
        ("till-gap", "alarm", ["quarantine", "gaps", "bundle"]),
    ]
    assert told[3:] == [
        ("till-silent", "late", ["silent"]),
        ("till-old-bundle", "behind", ["bundle"]),
        ("till-waits", "behind", ["waiting"]),
        ("till-well", "well", []),
    ]
    assert state.standings == {Standing.ALARM: 3, Standing.LATE: 1, Standing.BEHIND: 2, Standing.WELL: 1}


def test_each_register_tells_its_figures(state: HeadquartersState) -> None:
    by_name = {one.device: one for one in state.registers}
    assert (by_name["till-silent"].silent_days, by_name["till-waits"].waiting) == (3, 120)
    assert (by_name["till-old-bundle"].bundle, by_name["till-old-bundle"].bundle_days) == (OLD, 30)
    gap = by_name["till-gap"]
    assert (gap.missing, [(span.lo, span.hi) for span in gap.gaps], gap.quarantined) == (2, [(3, 4)], 1)
    assert by_name[HOSTILE].receipts == 0
    assert [one.device for one in state.compared if not one.agrees] == ["till-differs"]


def test_text_keeps_to_eighty_columns_and_prints_nothing_that_moves_a_cursor(state: HeadquartersState) -> None:
    text = status_text.text(state)
    lines = text.splitlines()
    assert max(map(len, lines)) <= status_text.COLUMNS
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "7 registers: 3 alarm, 1 late, 2 behind, 1 well" in text
    assert "missing: 3-4 of cccccccc" in text
    said = " ".join(line.strip() for line in lines)
    assert "headquarters has 5 receipts, 1498.50 RUB; the till says 6, 1798.20: they differ" in said
    assert "5, 1498.50: they agree" in said


def test_long_lists_are_cut_and_say_so(state: HeadquartersState) -> None:
    text = status_text.text(state, most=2)
    assert "\n  till-well " not in text
    assert "and 5 registers more, none worse" in text
    assert "\n  till-well " in status_text.text(state, most=None)


def test_days_are_of_a_week_up_to_the_latest_or_from_where_they_are_asked(store: Central) -> None:
    store.ingest([delivered(payload(1, 2)), delivered(payload(9_600, 9_601))], AT)
    # A register whose clock is ahead does not push the others' week away.
    assert [day.day for day in headquarters(store, None, NOW).days] == ["2026-05-04", "2026-05-14"]
    later = datetime(2026, 6, 1, tzinfo=UTC)
    assert [day.day for day in headquarters(store, None, later).days] == ["2026-05-14"]
    assert len(headquarters(store, None, later, since="2026-05-01").days) == 2


@pytest.mark.parametrize(
    ("bundle", "days"),
    [("20260401-x", 30), (PUBLISHED, 0), (None, None), ("nonsense", None), ("2026040", None), ("99999999", None)],
)
def test_how_old_a_bundle_is_its_name_tells(bundle: str | None, days: int | None) -> None:
    assert bundle_days(bundle, PUBLISHED) == days


def test_a_day_is_compared_with_the_tills_own_report_and_status_remembers(folder: Path) -> None:
    day = ("compare", "--dir", folder, "--device", "register-1", "--day", "2026-05-04", "--receipts", "5", "--total")
    same = asked(*day, "1498.50")
    assert (same.returncode, "they agree" in same.stdout) == (0, True)
    other = asked(*day, "1500", "--json")
    assert other.returncode == 1
    assert msgspec.json.decode(other.stdout, type=Compared) == Compared("register-1", "2026-05-04", "RUB", 5, 149_850, 5, 150_000)
    (register,) = msgspec.json.decode(asked("status", "--dir", folder, "--json").stdout)["registers"]
    assert register["reasons"][:2] == ["quarantine", "differs"]
    assert "is no sum of RUB" in asked(*day, "1 500,00").stderr
    assert asked("compare", "--central", f"sqlite:///{folder}/none.db", *day[3:], "1").returncode == 1
    assert not (folder / "none.db").exists()


def test_of_a_day_that_headquarters_has_nothing_of_that_is_said(folder: Path) -> None:
    report = ("compare", "--dir", folder, "--receipts", "5", "--total", "1", "--day", "2026-05-05", "--device")
    other_day = asked(*report, "register-1")
    assert (other_day.returncode, other_day.stdout) == (1, "")
    assert other_day.stderr == (
        "tillside: headquarters has nothing of register-1 on 2026-05-05; to keep the report all the same, add --currency\n"
    )
    unknown = asked(*report, "register-9")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert (
        "nothing of register-9 on 2026-05-05, nor on any other day: `tillside headquarters status --all` names" in unknown.stderr
    )
    assert "the till says 5" in asked(*report, "register-1", "--currency", "RUB").stdout


def test_of_a_day_in_two_currencies_one_is_to_be_said(folder: Path) -> None:
    with closing(open_central(f"sqlite:///{folder / 'central.db'}", create=True)) as store:
        euros = [msgspec.json.decode(body) | {"currency": "EUR"} for body in bodies(8, 9)]
        entries = [Entry(seq, msgspec.json.encode(euro)) for seq, euro in enumerate(euros, 8)]
        store.ingest([delivered(envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, 8, 9, 2), entries))], AT)
    report = (
        "compare",
        "--dir",
        folder,
        "--device",
        "register-1",
        "--day",
        "2026-05-04",
        "--receipts",
        "5",
        "--total",
        "1498.50",
    )
    assert "register-1 sold on 2026-05-04 in EUR, RUB: say with --currency" in asked(*report).stderr
    assert "they agree" in asked(*report, "--currency", "RUB").stdout


def test_quarantine_is_listed_shown_tried_again_and_dropped(folder: Path, tmp_path: Path) -> None:
    at = ("--dir", folder)
    listed = msgspec.json.decode(asked("quarantine", "list", *at, "--json").stdout)
    conflict = next(one["sha256"] for one in listed if "other content" in one["why"])
    poison = next(one["sha256"] for one in listed if "other content" not in one["why"])
    text = asked("quarantine", "list", *at).stdout
    assert conflict[:12] in text
    assert "two registers share an identity" in text
    shown = asked("quarantine", "show", conflict[:8], *at, "--out", tmp_path / "batch").stdout
    assert (tmp_path / "batch").read_bytes() == payload(5, 7, lines=4)
    assert '"lo":5' in shown
    assert "register-1-5" in shown
    assert "it cannot be read" in asked("quarantine", "show", poison[:8], *at).stdout
    again = asked("quarantine", "retry", *at, "--device", "register-1")
    assert (again.returncode, again.stdout.count("refused again")) == (1, 2)
    assert "names none of the batches" in asked("quarantine", "drop", "ffff", *at).stderr
    assert "no batch is named" in asked("quarantine", "drop", *at).stderr
    assert asked("quarantine", "drop", poison[:8], conflict[:8], *at).stdout == "2 batches dropped\n"
    assert asked("quarantine", "list", *at).stdout == "nothing is in quarantine\n"


def test_a_batch_that_two_registers_sent_is_named_by_its_digits_all_the_same(folder: Path) -> None:
    with closing(open_central(f"sqlite:///{folder / 'central.db'}", create=True)) as store:
        store.ingest([delivered(b"poison", "register-2")], AT)
    at, poison = ("--dir", folder), hashlib.sha256(b"poison").hexdigest()
    shown = asked("quarantine", "show", poison, *at)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert [f"{poison} from register-{number}, 6 B" in shown.stdout for number in (1, 2)] == [True, True]
    assert shown.stdout.count("it cannot be read") == 1, "the bytes are the same"
    assert asked("quarantine", "retry", poison[:8], *at).stdout.count("refused again") == 2
    assert asked("quarantine", "drop", poison[:8], *at).stdout == "2 batches dropped\n"


def test_a_batch_that_can_be_kept_now_leaves_quarantine_and_fills_its_gap(folder: Path) -> None:
    """As after an update: what an older program could not read is there, and this one can."""
    url = f"sqlite:///{folder / 'central.db'}"
    with closing(open_central(url, create=True)) as store:
        store.ingest([delivered(payload(9, 9))], AT)
        store.ingest([Delivery("register-1", payload(6, 8), None, "too new")], AT)
        assert [(gap.lo, gap.hi) for gap in store.gaps()] == [(6, 8)]
        (name,) = [one.sha256 for one in store.quarantined() if one.why == "too new"]
    done = asked("quarantine", "retry", name[:10], "--dir", folder)
    assert (done.returncode, "3 records kept" in done.stdout) == (0, True)
    with closing(open_central(url)) as store:
        assert store.gaps() == []
        assert name not in {one.sha256 for one in store.quarantined()}


def test_which_store_is_asked_for(folder: Path) -> None:
    assert "say which central store" in asked("status").stderr
    assert asked("quarantine", "list", "--central", f"sqlite:///{folder}/central.db").returncode == 0


def test_in_a_rollout_each_register_is_measured_by_what_it_is_to_have(store: Central) -> None:
    fill(store, NOW)
    candidate = Offer("20260505-fedcba987654", 1000, share=WHOLE // 2)
    states = {one.device: one for one in headquarters(store, PUBLISHED, NOW, candidate=candidate).registers}
    inside = {device for device in states if candidate.is_for(device)}
    assert 0 < len(inside) < len(states)
    assert all(states[device].bundle_current == (states[device].bundle == PUBLISHED) for device in states.keys() - inside)
    assert not any(states[device].bundle_current for device in inside)
