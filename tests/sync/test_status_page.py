"""The page of every register in a real browser: on a phone, on a screen, on paper, in both languages, light and dark."""

from __future__ import annotations

import http.client
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.chromium import Chromium
from fakes.headquarters_registers import HOSTILE, PUBLISHED, fill

from sync import publish, serve
from sync.central import open_central
from sync.status import headquarters
from sync.status_page import MOST, Pages, language, page
from sync.status_words import WORDS

SIZES = ((360, 800), (1280, 800))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not here: packaging/dev test installs it")
    with Chromium(program, tmp_path_factory.mktemp("profile"), "about:blank", "--disable-gpu") as browser:
        for domain in ("Page", "Runtime", "Log", "Network"):
            browser.ask(f"{domain}.enable")
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("status") / "headquarters"
    publish.init(folder)
    with closing(open_central(f"sqlite:///{folder / 'central.db'}", create=True)) as store:
        fill(store, datetime.now(UTC))
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    pages = Pages(f"sqlite:///{folder / 'central.db'}", folder, everybody=False)
    with serve.files(folder, "127.0.0.1", 0, pages) as port:
        yield f"http://127.0.0.1:{port}/status"


def shape(browser: Chromium, width: int, height: int, scheme: str, media: str = "screen") -> None:
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
    browser.ask("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])


@pytest.mark.parametrize("lang", sorted(WORDS))
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_it_is_read_without_scrolling_sideways(
    browser: Chromium, address: str, tmp_path: Path, size: tuple[int, int], scheme: str, lang: str
) -> None:
    browser.said.clear()
    shape(browser, *size, scheme)
    browser.go(f"{address}?lang={lang}")
    assert browser.run("document.documentElement.scrollWidth") <= size[0]
    seen = browser.run("document.body.innerText")
    for words in (
        "till-well",
        "till-gap",
        HOSTILE,
        WORDS[lang]["title"],
        WORDS[lang]["alarm"],
        "1498.50",
        "20260401-ba9876543210",
    ):
        assert words in seen
    assert browser.run("[...document.querySelectorAll('tbody tr')].map(row => row.className).join(' ')").startswith("alarm alarm")
    assert browser.run("document.querySelectorAll('img, script, [onerror]').length") == 0
    # The smallest letters are as large as a phone's own, and nothing to be touched is smaller than a finger.
    sizes = "Math.min(...[...document.querySelectorAll('body *')].map(one => parseFloat(getComputedStyle(one).fontSize)))"
    assert browser.run(sizes) >= 13
    assert browser.run("document.querySelector('header a').getBoundingClientRect().height") >= 44
    dark = browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    assert dark == (scheme == "dark")
    picture = browser.picture()
    assert picture.startswith(b"\x89PNG")
    (tmp_path / f"status-{size[0]}-{scheme}-{lang}.png").write_bytes(picture)
    complaints = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Network.loadingFailed")
    assert [word for word in browser.said if word.get("method") in complaints] == []
    asked = {word["params"]["request"]["url"] for word in browser.said if word.get("method") == "Network.requestWillBeSent"}
    assert {one for one in asked if not one.startswith("data:")} == {f"{address}?lang={lang}"}


def test_on_a_phone_each_register_is_a_card_and_on_a_screen_a_row(browser: Chromium, address: str) -> None:
    corners = (
        "[...document.querySelectorAll('tbody tr')].map(row => {let r = row.getBoundingClientRect(); return [r.left, r.width]})"
    )
    shape(browser, 360, 800, "light")
    browser.go(f"{address}?lang=en")
    cards = browser.run(corners)
    assert len({left for left, _ in cards}) == 1
    assert all(300 < width <= 360 for _, width in cards)
    assert browser.run("getComputedStyle(document.querySelector('thead')).display") == "none"
    shape(browser, 1280, 800, "light")
    assert browser.run("getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
    assert browser.run("getComputedStyle(document.querySelector('tbody tr')).display") == "table-row"


def test_paper_has_rows_under_headings_in_black_whatever_the_screen(browser: Chromium, address: str) -> None:
    shape(browser, 360, 800, "dark", media="print")
    browser.go(f"{address}?lang=ru")
    assert browser.run("getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.run("getComputedStyle(document.querySelector('.badge')).color") == "rgb(0, 0, 0)"
    assert len(browser.ask("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"]) > 10_000


def test_it_asks_for_itself_anew_and_forbids_all_else(address: str) -> None:
    host, port = address.removeprefix("http://").removesuffix("/status").split(":")
    for method in ("GET", "HEAD"):
        with closing(http.client.HTTPConnection(host, int(port))) as client:
            client.request(method, "/status", headers={"Accept-Language": "de, ru;q=0.8, en;q=0.5"})
            answer = client.getresponse()
            body = answer.read().decode()
            assert (answer.status, answer.getheader("Cache-Control")) == (200, "no-store")
            assert "default-src 'none'" in (answer.getheader("Content-Security-Policy") or "")
            assert (WORDS["ru"]["title"] in body, "http-equiv=refresh" in body) == (method == "GET",) * 2


def test_a_store_that_cannot_be_read_is_said_and_the_bundles_are_served_on(folder: Path, tmp_path: Path) -> None:
    with serve.files(folder, "127.0.0.1", 0, Pages(f"sqlite:///{tmp_path}/none.db", folder, everybody=False)) as port:
        for path, status, words in (("/status", 503, "no central store"), ("/metadata/timestamp.json", 200, "timestamp")):
            with closing(http.client.HTTPConnection("127.0.0.1", port)) as client:
                client.request("GET", path)
                answer = client.getresponse()
                assert (answer.status, words in answer.read().decode()) == (status, True)


@pytest.mark.parametrize(("everybody", "status"), [(False, 403), (True, 200)])
def test_others_than_this_machine_see_it_only_when_everybody_may(folder: Path, everybody: bool, status: int) -> None:
    own = next((address for address in _addresses() if not address.startswith("127.")), None)
    if own is None:
        pytest.skip("this machine has no address but its loopback")
    pages = Pages(f"sqlite:///{folder}/central.db", folder, everybody=everybody)
    with serve.files(folder, "0.0.0.0", 0, pages) as port, closing(http.client.HTTPConnection(own, port)) as client:
        client.request("GET", "/status")
        assert client.getresponse().status == status


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:80", 200), ("127.0.0.1", 200), ("[::1]:8090", 200), ("evil.example", 403), ("", 403), ("[", 403)],
)
def test_another_page_in_a_browser_of_this_machine_does_not_see_it_under_a_name_of_its_own(
    address: str, host: str, status: int
) -> None:
    own, port = address.removeprefix("http://").removesuffix("/status").split(":")
    with closing(http.client.HTTPConnection(own, int(port))) as client:
        client.putrequest("GET", "/status", skip_host=True)
        client.putheader("Host", host)
        client.endheaders()
        assert client.getresponse().status == status


def test_without_pages_there_is_no_status(folder: Path) -> None:
    with serve.files(folder, "127.0.0.1", 0) as port, closing(http.client.HTTPConnection("127.0.0.1", port)) as client:
        client.request("GET", "/status")
        assert client.getresponse().status == 404


def test_of_very_many_registers_the_worst_are_shown_and_the_others_counted(folder: Path) -> None:
    with closing(open_central(f"sqlite:///{folder / 'central.db'}")) as store:
        state = headquarters(store, PUBLISHED, datetime.now(UTC))
    state = type(state)(
        state.at, state.published, state.standings, state.registers * MOST, state.days, state.compared, state.quarantine
    )
    drawn = page(state, "en")
    assert drawn.count("<tr class=") == MOST
    assert f"none worse: {len(state.registers) - MOST}" in drawn


@pytest.mark.parametrize(
    ("asked", "lang"),
    [
        ("ru-RU,ru;q=0.9", "ru"),
        ("en;q=0.5,ru;q=0.4", "en"),
        ("de", "en"),
        ("", "en"),
        ("ru;q=x, en;q=nan" * 99, "en"),
        (";q=,;", "en"),
    ],
)
def test_the_language_is_the_browsers(asked: str, lang: str) -> None:
    assert language(asked) == lang


def test_both_languages_say_the_same() -> None:
    assert len({frozenset(words) for words in WORDS.values()}) == 1


def _addresses() -> list[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
        except OSError:
            return []
        return [probe.getsockname()[0]]
