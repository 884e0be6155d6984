"""The page in a real browser: whole on a phone, on a desk and on paper, in both languages."""

from __future__ import annotations

import re
from html import escape

import msgspec
import pytest
from fakes.browser import browsed
from fakes.looked_candidate import looked

from device.arms import Passed
from model_export.worth import pictures
from model_export.worth.candidate_words import CANDIDATE
from model_export.worth.guardrails import Beyond
from model_export.worth.metrics import METRICS
from model_export.worth.page import page
from model_export.worth.sound import Remark
from model_export.worth.words import WORDS, amount, local, remark

MEASURE = """<script>
const wide = document.documentElement, out = [];
for (const one of document.querySelectorAll("body *")) {
  const box = one.getBoundingClientRect();
  if (box.width && (box.right > innerWidth + 1 || box.left < -1)) out.push(one.tagName + " " + one.textContent.slice(0, 30));
}
document.body.setAttribute("data-found", JSON.stringify([wide.scrollWidth, innerWidth, out]));
</script>"""


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
