"""The page in a real browser: whole on a phone, on a desk and on paper, in both languages."""

from __future__ import annotations

import re
import shutil
import subprocess

import msgspec
import pytest
from fakes import engine_report
from fakes.chain_records import trial
from fakes.played_chain import Chain, play

from model_export.worth import pictures
from model_export.worth.page import page
from model_export.worth.sound import Remark
from model_export.worth.words import WORDS, remark

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
    path.write_text(page(report, language).replace("</body>", f"{zoom}{MEASURE}</body>"), encoding="utf-8")
    told = browsed(chromium, tmp_path / "profile", f"--window-size={width},900", "--dump-dom", path.as_uri())
    found = re.search(r'data-found="\[(\d+),(\d+),(.*?)\]"', told)
    assert found is not None
    assert int(found[1]) <= int(found[2]) <= width
    assert found[3] == "[]"
    assert told.count("<svg") >= 8


def test_the_page_prints_on_paper(chromium, report, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page(report, "ru"), encoding="utf-8")
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


def test_both_languages_say_the_same_things():
    assert WORDS["en"].keys() == WORDS["ru"].keys()
    for name, words in WORDS["en"].items():
        assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", WORDS["ru"][name])), name


def test_every_rule_has_its_words():
    told = remark("outlier", 3, "> 100.00", "ru")
    assert told.startswith("3 чеки")
    assert Remark("silent", 0, "S9").told == "takes part and never sent a receipt that counts: S9"


def test_a_name_with_markup_is_only_a_name(report):
    made = page(msgspec.structs.replace(report, experiment="<script>alert(1)</script>"), "en")
    assert "<script" not in made
