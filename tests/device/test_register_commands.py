"""replay, listen, score and doctor, as an installer types them."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from fakes.device_shop import ITEMS, KEY, REGULAR, write_shop
from fakes.device_till import wire
from fakes.program import completed, tillside

from device.commands import score
from device.domain import Minor
from device.errors import SettingsError, SourceError, TillsideError
from device.events import ItemScanned, RungLine, SaleEnded
from device.installer.replay import replay
from device.installer.summary import summaries
from device.score import MAX_LINE, lines
from device.shopper import pseudonym
from device.sources.capture import read
from sync.central import open_central

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
RECORDING = Path(__file__).parent / "recordings" / "native" / "two_sales.bin"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("score") / "shop.bundle"
    write_shop(path, profiles={pseudonym(KEY, REGULAR): {"coffee": 1.0}})
    return path


@pytest.fixture(autouse=True)
def nobodys_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of whoever runs the tests is left out of it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))


def scored(bundle: Path, *baskets: Any, options: tuple[str, ...] = ()) -> tuple[list[Any], Result]:
    told = [basket if isinstance(basket, bytes) else json.dumps(basket).encode() for basket in baskets]
    result = CliRunner().invoke(score, ["--bundle", str(bundle), *options], input=b"\n".join(told) + b"\n")
    return [json.loads(line) for line in result.stdout.splitlines()], result


def skus(answer: Any) -> list[str]:
    return [suggestion["sku"] for suggestion in answer["suggestions"]]


def test_replay_prints_events_as_json_lines_without_a_card(tmp_path: Path) -> None:
    recording = tmp_path / "till.bin"
    recording.write_bytes(wire("a", 1, "bread", card=REGULAR) + b"noise\n" + wire("a", 2, "tea")[:-1])
    result = CliRunner().invoke(replay, [str(recording), "--dialect", "native"])
    events = [json.loads(line) for line in result.stdout.splitlines()]
    told = [(event["basket_id"], event["seq"], event.get("loyalty_id")) for event in events]
    assert told == [("a", 1, "[card]"), ("a", 2, None)]
    assert result.exit_code == 0
    assert result.stderr == "tillside: 1 messages (5 bytes) skipped, the last: not a JSON object\n"
    assert REGULAR not in result.output


def test_replay_says_the_same_as_the_expected_events_of_a_recording() -> None:
    result = CliRunner().invoke(replay, [str(RECORDING), "--dialect", "native"])
    events = [json.loads(line) for line in result.stdout.splitlines()]
    expected = [json.loads(line) for line in RECORDING.with_suffix(".events.jsonl").read_bytes().splitlines()]
    assert [{name: event[name] for name in event if name != "at"} for event in events] == expected


def summary(file: Path, dialect: str, *options: str) -> list[Any]:
    result = CliRunner().invoke(replay, [str(file), "--dialect", dialect, "--summary", *options])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_summary_tells_each_receipt_once_with_how_it_ended(tmp_path: Path) -> None:
    recording = tmp_path / "till.bin"
    closed = wire("a", 2, "bread", "tea", state="closed", card=REGULAR)
    rest = wire("b", 1, "tea", state="cancelled") + wire("c", 1, "tea", state="suspended") + wire("d", 1, "tea", state="tender")
    recording.write_bytes(wire("a", 1, "bread") + closed + closed + wire("a", 3, "bread", "tea", state="closed") + rest)
    told = summary(recording, "native")
    assert [(one["receipt"], one["ended"], len(one["lines"])) for one in told] == [
        ("a", "closed", 2),
        ("b", "cancelled", 1),
        ("c", "suspended", 1),
        ("d", "open", 1),
    ]
    assert {"sku", "text", "quantity", "unit", "amount"} == set(told[0]["lines"][0])
    assert told[0]["lines"][0]["quantity"] == 1000
    assert told[0]["total"] == sum(line["amount"] for line in told[0]["lines"])
    assert REGULAR not in json.dumps(told)


def test_a_summary_says_what_the_catalogue_knows(tmp_path: Path, bundle: Path) -> None:
    recording, items = tmp_path / "till.bin", tmp_path / "items.jsonl"
    recording.write_bytes(wire("a", 1, "bread", "tea", state="closed"))
    items.write_bytes(b"\n".join(msgspec.json.encode(item) for item in ITEMS if item.sku != "tea"))
    known = [
        [line["sku"] for line in summary(recording, "native", "--catalogue", str(file))[0]["lines"]] for file in (bundle, items)
    ]
    assert known == [["bread", "tea"], ["bread", None]]


def test_a_catalogue_without_a_summary_is_refused(bundle: Path) -> None:
    result = CliRunner().invoke(replay, [str(RECORDING), "--dialect", "native", "--catalogue", str(bundle)])
    assert isinstance(result.exception, SettingsError)
    assert "--summary" in str(result.exception)


def test_a_summary_keeps_a_paid_receipt_that_could_not_be_read() -> None:
    paid = SaleEnded(at=AT, total=Minor(1230))
    (told,) = summaries([paid], "EUR")
    assert (told["lines"], told["total"], told["ended"], told["unparsed"]) == ([], 1230, "closed", True)


def test_a_summary_of_a_scanner_alone_is_open_and_knows_no_total() -> None:
    (told,) = summaries([ItemScanned(at=AT, line=RungLine(None, "4601234567893"))], "EUR")
    assert (told["lines"][0]["sku"], told["lines"][0]["amount"], told["total"], told["ended"]) == (
        "4601234567893",
        None,
        None,
        "open",
    )
    assert told["partial"]


def test_replay_of_an_unknown_dialect_is_told_the_nearest() -> None:
    result = CliRunner().invoke(replay, [str(RECORDING), "--dialect", "natif"])
    assert isinstance(result.exception, SettingsError)
    assert "did you mean 'native'?" in str(result.exception)


def test_score_ranks_best_first_with_what_earned_it(bundle: Path) -> None:
    (answer,), result = scored(bundle, {"items": ["bread"]}, options=("--top", "6"))
    assert result.exit_code == 0
    assert skus(answer) == ["plums", "crate", "bag", "beer", "butter", "cheese"]
    assert answer["suggestions"][4] == {"sku": "butter", "score": 0.5, "because": ["bread"]}


def test_score_under_the_policy_shows_what_a_screen_would(bundle: Path) -> None:
    (plain, elsewhere), _ = scored(
        bundle, {"items": ["bread"], "store": "S1"}, {"items": ["bread"], "store": "S2"}, options=("--policy", "on", "--top", "3")
    )
    assert skus(plain) == ["butter", "cheese", "milk"]
    assert skus(elsewhere) == ["plums", "butter", "cheese"], "plums are in stock there"


def test_score_uses_time_store_and_customer_when_told(bundle: Path, tmp_path: Path) -> None:
    key = tmp_path / "shopper.key"
    key.touch(mode=0o600)
    key.write_text(KEY.hex())
    basket = {"items": ["milk"], "at": "2026-05-04T18:05:00+07:00", "store": "S1", "customer": REGULAR}
    (answer,), _ = scored(bundle, basket, options=("--shopper-key", str(key), "--top", "3"))
    earned = {suggestion["sku"]: suggestion["because"] for suggestion in answer["suggestions"]}
    assert earned == {"coffee": ["had=coffee", "milk"], "cheese": ["hour=18"], "honey": ["store=S1"]}
    (stranger,), _ = scored(bundle, basket | {"customer": "x"}, options=("--shopper-key", str(key), "--top", "1"))
    assert stranger["suggestions"][0]["because"] == ["milk"]


def test_score_without_a_key_knows_no_customer(bundle: Path) -> None:
    (answer,), result = scored(bundle, {"items": ["milk"], "customer": REGULAR}, options=("--top", "1"))
    assert (result.exit_code, answer["suggestions"][0]["because"]) == (0, ["milk"])


@pytest.mark.parametrize("policy", ["off", "on"])
def test_score_of_unknown_items_or_none_is_an_answer(bundle: Path, policy: str) -> None:
    answers, result = scored(
        bundle, {"items": []}, {"items": ["nobody", "nothing"]}, {"items": ["nobody", "bread"]}, options=("--policy", policy)
    )
    assert (result.exit_code, len(answers)) == (0, 3)
    assert skus(answers[2])[0] == ("plums" if policy == "off" else "butter")
    assert all(suggestion["because"] == [] for answer in answers[:2] for suggestion in answer["suggestions"])
    if policy == "on":
        assert answers[0] == {"suggestions": []}


def test_score_never_suggests_what_is_in_the_basket_and_forgives_repeats(bundle: Path) -> None:
    (once, twice), _ = scored(bundle, {"items": ["bread", "plums"]}, {"items": ["plums", "bread", "bread"]})
    assert skus(once) == skus(twice) == ["crate", "bag", "beer", "butter"]


@pytest.mark.parametrize(
    "bad",
    [
        b"not json",
        b"{}",
        b"[]",
        b'{"items": "bread"}',
        b'{"items": [5]}',
        b'{"items": [], "at": "yesterday"}',
        b"\xff\xfe",
        b'{"items": ["' + b"x" * 65 + b'"]}',
        b'{"items": [], "at": "' + b"x" * 5000 + b'"}',
    ],
)
def test_a_bad_line_keeps_its_place_is_told_and_ends_with_status_1(bundle: Path, bad: bytes) -> None:
    answers, result = scored(bundle, {"items": ["bread"]}, bad, b"  ", {"items": ["tea"]})
    assert [skus(answer)[:1] for answer in answers] == [["plums"], [], ["honey"]]
    assert answers[1]["error"]
    assert f"tillside: line 2: {answers[1]['error']}" in result.stderr
    assert "a line is a JSON object such as" in answers[1]["error"]
    assert len(answers[1]["error"]) < 300
    assert isinstance(result.exception, TillsideError)
    assert str(result.exception) == "1 lines could not be used"


def test_a_line_without_an_end_takes_bounded_memory() -> None:
    endless = io.BytesIO(b"x" * 64 * 1024 * 1024)
    tracemalloc.start()
    try:
        assert list(lines(endless)) == [None]
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_LINE
    finally:
        tracemalloc.stop()


def test_a_line_that_is_too_long_keeps_its_place(bundle: Path) -> None:
    answers, result = scored(bundle, b"x" * (3 * 1024 * 1024), {"items": ["tea"]}, b" " * 1024 * 1024)
    assert [bool(answer.get("error")) for answer in answers] == [True, False]
    assert skus(answers[1])[:1] == ["honey"]
    assert str(result.exception) == "1 lines could not be used"


def test_score_and_its_errors_as_a_process(bundle: Path, tmp_path: Path) -> None:
    def run(*options: str | Path, told: str = '{"items": ["tea"]}\n') -> subprocess.CompletedProcess[str]:
        return completed(tillside("score", *options), told=told)

    good = run("--bundle", bundle, "--top", "1")
    assert (good.returncode, json.loads(good.stdout)["suggestions"][0]["sku"], good.stderr) == (0, "honey", "")
    bad = run("--bundle", bundle, told="x\n")
    assert (bad.returncode, bad.stderr.splitlines()[-1]) == (1, "tillside: 1 lines could not be used")
    missing = run("--bundle", tmp_path / "none")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr.startswith("tillside: no bundle at ")
    assert len(missing.stderr.splitlines()) == 1


def test_output_that_cannot_be_written_is_one_sentence(bundle: Path, tmp_path: Path) -> None:
    """As on a full disk: here the file has no room for another byte."""
    spoken = tmp_path / "spoken"
    spoken.write_bytes(b"x" * 1000)
    # Python itself would leave its compiled modules cut short.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    for words in (("score", "--bundle", bundle), ("--help",)):
        with spoken.open("ab") as full:
            done = subprocess.run(
                ["prlimit", "--fsize=1000", *tillside(*words)],
                input=b'{"items": ["tea"]}\n',
                stdout=full,
                stderr=subprocess.PIPE,
                env=environment,
                check=False,
            )
        assert done.stderr.decode() == "tillside: standard output cannot be written: File too large\n"
        assert done.returncode == 1
    assert spoken.stat().st_size == 1000


def test_listen_prints_what_it_hears_and_keeps_the_bytes(tmp_path: Path) -> None:
    recording = tmp_path / "till.bin"
    recording.write_bytes(wire("a", 1, "bread", card=REGULAR) + b"noise\n")
    (tmp_path / "settings.toml").write_text(
        f'store = "S1"\ndevice = "r1"\n[[lane]]\ntill = "7"\nsource = {{kind = "replay", file = "{recording}"}}\n'
    )
    done = completed(tillside("listen", "--settings", tmp_path / "settings.toml", "--raw", tmp_path / "raw.capture"))
    assert (done.returncode, json.loads(done.stdout)["basket_id"]) == (0, "a")
    assert "skipped: not a JSON object (1 so far)" in done.stderr
    assert REGULAR not in done.stdout + done.stderr
    assert b"".join(chunk.data for chunk in read(tmp_path / "raw.capture")) == recording.read_bytes()
    again = completed(tillside("listen", "--settings", tmp_path / "settings.toml", "--raw", tmp_path / "raw.capture"))
    assert again.returncode == 1
    assert "raw.capture is there already: name another file, a recording is not written over" in again.stderr


def test_a_recording_on_a_disk_that_is_full_ends_with_a_sentence_and_can_be_replayed(tmp_path: Path) -> None:
    recording, raw = tmp_path / "till.bin", tmp_path / "raw.capture"
    recording.write_bytes(b"".join(wire(f"b{number}", 1, "bread", state="closed") for number in range(60)))
    (tmp_path / "settings.toml").write_text(
        f'store = "S1"\ndevice = "r1"\n[[lane]]\ntill = "7"\nsource = {{kind = "replay", file = "{recording}"}}\n'
    )
    listen = tillside("listen", "--settings", tmp_path / "settings.toml", "--raw", raw)
    done = completed(["prlimit", "--fsize=9000", *listen])
    told = f"tillside: the recording {raw} ends after {raw.stat().st_size} bytes, it cannot be written: File too large\n"
    assert (done.returncode, done.stderr) == (1, told)
    heard = b"".join(chunk.data for chunk in read(raw))
    assert heard
    assert recording.read_bytes().startswith(heard)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"t_ms": 1e15, "hex": "41"}', "at `$.t_ms`"),
        ('{"t_ms": -1e15, "hex": "41"}', "at `$.t_ms`"),
        ('{"t_ms": 1, "hex": "4"}', "read 1 is not of pairs of hexadecimal digits"),
    ],
)
def test_a_capture_of_a_time_that_no_clock_shows_is_refused_in_a_sentence(tmp_path: Path, line: str, why: str) -> None:
    (tmp_path / "till.capture").write_text(line + "\n")
    with pytest.raises(SourceError, match=re.escape(why)):
        list(read(tmp_path / "till.capture"))
    (tmp_path / "till.capture").write_text('{"t_ms": 1e12, "hex": "41"}\n')
    assert CliRunner().invoke(replay, [str(tmp_path / "till.capture"), "--dialect", "linetext"]).exit_code == 0


def test_a_recording_from_a_pipe_is_refused_in_a_sentence(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    os.write(theirs, b"milk\n")
    os.close(theirs)
    with pytest.raises(SourceError, match="it is a pipe, which cannot be read twice"):
        list(read(Path(f"/dev/fd/{ours}")))
    os.close(ours)


def test_a_link_that_leads_to_itself_and_a_name_that_is_none_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    done = completed(tillside("headquarters", "shopper", "review", "--dir", tmp_path / "loop"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("tillside: no central store at ")
    assert done.stderr.count("\n") == 1
    url = f"sqlite:///{tmp_path / 'central.db'}"
    open_central(url, create=True).close()
    done = completed(tillside("headquarters", "status", "--central", url, "--html", ""))
    assert (done.returncode, done.stderr) == (1, "tillside: the page . cannot be written: Is a directory\n")


def test_a_file_that_a_command_cannot_look_at_is_one_sentence(tmp_path: Path) -> None:
    done = completed(tillside("headquarters", "health", "--dir", tmp_path, "--central", f"sqlite:///{tmp_path / ('x' * 300)}"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("tillside: ")
    assert done.stderr.endswith("xxx cannot be used: File name too long\n")
    assert done.stderr.count("\n") == 1
