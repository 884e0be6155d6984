"""What the page says of a candidate before it is shipped, and where that stands."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import msgspec
import pytest
from fakes.browser import browsed
from fakes.looked_candidate import looked

from model_export.worth.candidate_words import CANDIDATE
from model_export.worth.page import page
from model_export.worth.words import WORDS, local

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
