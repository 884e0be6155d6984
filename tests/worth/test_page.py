"""The page in a real browser: whole on a phone, on a desk and on paper, in both languages."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from html import escape

import msgspec
import pytest
from fakes import engine_report
from fakes.chain_records import trial
from fakes.explored_shop import Shop, other
from fakes.played_chain import Chain, play

from device.arms import Passed
from model_export.learning.off_policy import estimate
from model_export.learning.outlook import Outlook
from model_export.promote import Beside, Place, Verdict
from model_export.worth import pictures
from model_export.worth.candidate import Candidate
from model_export.worth.candidate_words import CANDIDATE
from model_export.worth.guardrails import Beyond
from model_export.worth.metrics import METRICS
from model_export.worth.page import page
from model_export.worth.sound import Remark
from model_export.worth.words import WORDS, amount, local, remark

CHAIN = Chain(stores=4, days=14, before=7, receipts_a_day=250, uplift=2.0)
MEASURE = """<script>
const wide = document.documentElement, out = [];
for (const one of document.querySelectorAll("body *")) {
  const box = one.getBoundingClientRect();
  if (box.width && (box.right > innerWidth + 1 || box.left < -1)) out.push(one.tagName + " " + one.textContent.slice(0, 30));
}
document.body.setAttribute("data-found", JSON.stringify([wide.scrollWidth, innerWidth, out]));
</script>"""


@pytest.fixture(scope="module")
def report():
    return engine_report.report(play(CHAIN, 5).columns, trial(CHAIN, stores=("S1", "S9"), decides="receipt"))


@cache
def looked(explore: float = 0.2) -> Candidate:
    """A candidate that nobody knows, on 2,000 receipts of a shop that explores on such a share of them; it is refused in S2."""
    shop = Shop(1, explore=explore)
    told = estimate(shop.rows(shop.trade(2000, 2), shop.slates(other(shop, 3))), shop.categories)
    beside = {
        "yesterday": Beside(0.21041, 0.30012, (0.00513, -0.00207, 0.01244), worse=False),
        "popularity": Beside(0.08123, 0.11008, (0.13431, 0.12203, 0.14657), worse=False),
    }
    worse = {"yesterday": Beside(0.2, 0.3, (-0.03, -0.04, -0.02), worse=True), "popularity": beside["popularity"]}
    places = (Place("S2", 480, 0.17, 0.28, worse, judged=True), Place("S1", 500, 0.22, 0.31, beside, judged=True))
    whole = Place("all stores", 980, 0.21554, 0.30714, beside, judged=True)
    offline = Verdict(False, ("in store S2 ...",), "20260501-abcdef012345", "20260430-fedcba543210", True, whole, places, ())
    return Candidate(Outlook("20260501-abcdef012345", "2026-05-02", "2026-05-28", False, told), offline)


@pytest.fixture(scope="module")
def chromium():
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    return program


def browsed(chromium, folder, *words):
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", f"--user-data-dir={folder}")
    done = subprocess.run([chromium, *flags, *words], capture_output=True, timeout=100, check=True, stdin=subprocess.DEVNULL)
    return done.stdout.decode()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [500, 1280])
def test_nothing_is_wider_than_the_screen(chromium, report, tmp_path, language, width):
    """A phone's 360 pixels are less than the narrowest window of a desktop browser: they come by zooming the same page."""
    zoom = "<style>html{zoom:1.389}</style>" if width == 500 else ""
    path = tmp_path / "page.html"
    path.write_text(page(report, language, looked()).replace("</body>", f"{zoom}{MEASURE}</body>"), encoding="utf-8")
    told = browsed(chromium, tmp_path / "profile", f"--window-size={width},900", "--dump-dom", path.as_uri())
    found = re.search(r'data-found="\[(\d+),(\d+),(.*?)\]"', told)
    assert found is not None
    assert int(found[1]) <= int(found[2]) <= width
    assert found[3] == "[]"
    assert told.count("<svg") >= 10


def test_the_page_prints_on_paper(chromium, report, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page(report, "ru", looked()), encoding="utf-8")
    browsed(chromium, tmp_path / "profile", f"--print-to-pdf={tmp_path / 'page.pdf'}", "--no-pdf-header-footer", path.as_uri())
    paper = (tmp_path / "page.pdf").read_bytes()
    assert paper.startswith(b"%PDF")
    box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert box is not None
    assert (round(float(box[1])), round(float(box[2]))) == (595, 842)
    assert 1 < paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") < 10


@pytest.mark.parametrize("language", ["en", "ru"])
def test_what_decides_stands_first_and_alone(report, language):
    words = WORDS[language]
    made = page(report, language)
    assert (
        made.index('<section class="hero')
        < made.index(f"<h3>{words['receipt']}</h3>")
        < made.index(f"<h2>{words['differences']}")
    )
    assert made.count(words["decides"]) == 1
    assert words["others"] in made
    without = page(msgspec.structs.replace(report, decides=""), language)
    assert "<section" not in without
    assert words["all"] in without


BEYOND = Passed(metric="till", low=6.1, high=1009.75, allowed=5.0)
SAID = {
    "en": (
        "Arm treatment was stopped and is compared until 2026-05-14. Seconds from first scan to payment: the difference to the "
        "control arm is between +6.10 and +1009.75, and +5.00 at worst is allowed."
    ),
    "ru": (
        "Группа treatment остановлена и сравнивается до 14.05.2026. Секунд от первого скана до оплаты: разница с контролем от "
        "+6,10 до +1009,75, а допустимо в худшем случае +5,00."
    ),
}
ALARM = """<script>
const alarm = document.querySelector(".alarm"), box = alarm.getBoundingClientRect();
const whole = alarm.scrollWidth <= alarm.clientWidth && box.right <= innerWidth && box.height > 0;
document.body.setAttribute("data-alarm", whole + "|" + alarm.innerText.trim());
</script>"""


@pytest.mark.parametrize("language", ["en", "ru"])
def test_why_an_arm_was_stopped_is_a_sentence_of_the_pages_language(chromium, report, tmp_path, language):
    """Somebody's own words stand as they were written."""
    day = "2026-05-14"
    stopped = msgspec.structs.replace(report, guardrails=(Beyond("treatment", day, BEYOND, "", stopped=True),))
    path = tmp_path / "page.html"
    path.write_text(page(stopped, language).replace("</body>", f"{ALARM}</body>"), encoding="utf-8")
    told = browsed(chromium, tmp_path / "profile", "--window-size=500,900", "--dump-dom", path.as_uri())
    assert f'data-alarm="true|{SAID[language]}"' in told
    by_hand = (Beyond("treatment", day, None, "the till's <own> fault", stopped=True),)
    made = page(msgspec.structs.replace(report, guardrails=by_hand), language)
    assert escape("the till's <own> fault") in made
    assert "None" not in made


SECTION = """<script>
const parts = [...document.querySelectorAll(".pair section")].map(one => one.getBoundingClientRect());
const beside = parts[0].top === parts[1].top && parts[0].right <= parts[1].left;
document.body.setAttribute("data-beside", String(beside));
</script>"""


@pytest.mark.parametrize(("width", "beside"), [(500, "false"), (1280, "true")])
def test_the_outlook_stands_beside_the_offline_table_and_on_a_phone_above_it(chromium, report, tmp_path, width, beside):
    path = tmp_path / "page.html"
    path.write_text(page(report, "ru", looked()).replace("</body>", f"{SECTION}</body>"), encoding="utf-8")
    told = browsed(chromium, tmp_path / "profile", f"--window-size={width},900", "--dump-dom", path.as_uri())
    assert f'data-beside="{beside}"' in told


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_candidate_is_told_with_all_estimates_and_that_they_hold_for_one_look(report, language):
    words, made = CANDIDATE[language], page(report, language, looked())
    assert escape(words["one_look"]) in made
    for one in looked().outlook.outcome.estimates:
        for estimate_, form in ((one.candidate, ".2f"), (one.today, ".2f"), (one.difference, "+.2f")):
            value, low, high = (
                local(f"{end:{form}}", WORDS[language]) for end in (estimate_.value, estimate_.low, estimate_.high)
            )
            assert f"{value}<br><small>{low} … {high}</small>" in made
    assert made.index("DR)") < made.index("SNIPS)") < made.index("IPS)", made.index("SNIPS)") + 6)
    assert (
        made.index(words["outlook"])
        < made.index(escape(words["offline"]))
        < made.index("NDCG@10")
        < made.index(local("0.2155", WORDS[language]))
    )
    assert local("+0.1343<br><small>+0.1220 … +0.1466", WORDS[language]) in made
    assert escape(words["refused"].format(where=words["in_stores"].format(stores="S2"))) in made
    assert words["no_candidate"] not in made


@pytest.mark.parametrize("language", ["en", "ru"])
def test_where_nothing_can_be_estimated_the_page_says_why(report, language):
    words, sound = CANDIDATE[language], looked()
    rare = looked(explore=0.004)
    assert rare.outlook.outcome.lacking == "showings"
    showings = f"{rare.outlook.outcome.effective_differing:.0f}"
    made = page(report, language, rare)
    assert escape(words["lacks_showings"].format(showings=showings, least_showings=50)) in made
    assert words["first"] not in made
    outcome = msgspec.structs.replace(sound.outlook.outcome, receipts=7, estimates=(), lacking="receipts")
    without = msgspec.structs.replace(
        sound, outlook=msgspec.structs.replace(sound.outlook, outcome=outcome), offline=None, lacking="later", found=12
    )
    made = page(report, language, without)
    assert escape(words["lacks_receipts"].format(receipts=7, least_receipts=100)) in made
    assert escape(words["offline_later"].format(found=12, least=30)) in made
    assert made.count("<svg") == page(report, language).count("<svg")
    assert words["no_candidate"] in page(report, language)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_candidate_that_may_know_the_receipts_is_said_to_be_flattered(report, language):
    sound = looked()
    seen = msgspec.structs.replace(
        sound, outlook=msgspec.structs.replace(sound.outlook, seen=True), offline=replace(sound.offline, unseen=False)
    )
    assert page(report, language, seen).count(escape(CANDIDATE[language]["flattered"])) == 2
    assert escape(CANDIDATE[language]["flattered"]) not in page(report, language, sound)


def test_what_is_slower_is_worse_and_what_is_more_is_better(report):
    slower = next(one for one in report.compared if one.metric == "till")
    kinds = [
        pictures.kind(msgspec.structs.replace(slower, metric=metric, difference=by, effect=effect))
        for metric, by, effect in (
            ("till", 2.0, True),
            ("till", -2.0, True),
            ("items", 2.0, True),
            ("items", -2.0, True),
            ("till", 2.0, False),
        )
    ]
    assert kinds == ["worse", "better", "better", "worse", "none"]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_an_effect_is_said_in_words_and_the_money_of_all_receipts_so_far(report, language):
    """A black-and-white print has no green and no red."""
    words, made = WORDS[language], page(report, language)
    kinds = [pictures.kind(one) for one in report.compared]
    assert set(kinds) == {"better", "worse", "none"}
    for kind in kinds:
        assert made.count(f">{words[kind]}</span>") == kinds.count(kind)
    decides = next(one for one in report.compared if one.metric == "receipt")
    in_all = report.arms[1].compared * decides.difference
    assert local(amount(in_all, "sum", "RUB", sign=True), words) in made
    conversion = page(msgspec.structs.replace(report, decides="conversion"), language)
    assert words["so_far"].partition("{")[0] not in conversion


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_metric_of_which_too_little_is_known_is_named_and_not_left_out_unsaid(report, language):
    words = WORDS[language]
    told = {one.metric for one in report.compared}
    fewer = tuple(one for one in report.compared if one.metric not in {"rating", "margin"})
    unknown = page(msgspec.structs.replace(report, compared=fewer), language)
    named = [words[metric.name] for metric in METRICS if metric.name not in told or metric.name in {"rating", "margin"}]
    assert escape(words["unknown"].format(metrics="; ".join(named))) in unknown
    everything = tuple(msgspec.structs.replace(report.compared[0], metric=metric.name) for metric in METRICS)
    assert words["unknown"].partition("{")[0] not in page(msgspec.structs.replace(report, compared=everything), language)


def test_both_languages_say_the_same_things():
    for told in (WORDS, CANDIDATE):
        assert told["en"].keys() == told["ru"].keys()
        for name, words in told["en"].items():
            assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", told["ru"][name])), name
    assert not WORDS["en"].keys() & CANDIDATE["en"].keys()


def test_every_rule_has_its_words():
    told = remark("outlier", 3, "> 100.00", "ru")
    assert told.startswith("3 чеки")
    assert Remark("silent", 0, "S9").told == "takes part and never sent a receipt that can be measured: S9"


def test_the_end_of_a_scale_that_no_interval_reaches_is_a_plain_zero(report):
    """A signed 0.00 under the picture would be read as where the interval ends."""
    words = WORDS["en"]
    above = msgspec.structs.replace(report.compared[0], low=0.1, difference=0.2, high=0.3, effect=True)
    made = pictures.intervals([("S1", above, True)], "RUB", words)
    assert ">0</text>" in made
    assert f">{amount(0.0, above.unit, 'RUB', sign=True)}</text>" not in made
    across = pictures.intervals([("S1", msgspec.structs.replace(above, low=-0.1), False)], "RUB", words)
    assert ">0</text>" not in across


PAPER = """<script>
const split = [];
for (const one of document.querySelectorAll("td.range span, .verdict"))
  if (one.getClientRects().length > 1) split.push(one.textContent);
document.body.setAttribute("data-split", JSON.stringify(split));
</script>"""


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [500, 680, 1280])
def test_no_end_of_an_interval_and_no_verdict_is_broken_over_lines(chromium, report, tmp_path, language, width):
    path = tmp_path / "page.html"
    path.write_text(page(report, language).replace("</body>", f"{PAPER}</body>"), encoding="utf-8")
    told = browsed(chromium, tmp_path / "profile", f"--window-size={width},900", "--dump-dom", path.as_uri())
    assert 'data-split="[]"' in told


def test_a_name_with_markup_is_only_a_name(report):
    made = page(msgspec.structs.replace(report, experiment="<script>alert(1)</script>"), "en")
    assert "<script" not in made
