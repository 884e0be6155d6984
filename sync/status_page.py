"""The status of headquarters as a page: for a phone, a screen, and paper, in English and Russian, light and dark.

One document without script, picture or anything from elsewhere; it asks for itself anew every `REFRESH_SECONDS`. Whatever a
register or a stranger at the broker may have named is escaped, and stands in a direction of its own. The worst `MOST` registers
are shown, and how many more there are. Below `--narrow` of its style a row is a card.

`Pages` answers for the web server: the store is asked at most once in `KEPT_SECONDS`, however many look.
"""

from __future__ import annotations

import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from html import escape
from ipaddress import ip_address
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from device.amounts import decimals_of, written
from device.errors import CentralError, SyncError
from sync import publish
from sync.central import Compared, open_central
from sync.status import HeadquartersState, Reason, RegisterAtHeadquarters, headquarters
from sync.status_text import shown
from sync.status_words import WORDS

MOST: Final = 500
MOST_ASIDE: Final = 50
REFRESH_SECONDS: Final = 60
KEPT_SECONDS: Final = 5.0
HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STYLE: Final = Path(__file__).with_name("status_page.css").read_text(encoding="utf-8")


class Answer(NamedTuple):
    code: int
    body: bytes


class Pages:
    """The page as it is now, for any thread. `everybody`: whether others than this machine may see it."""

    def __init__(self, url: str, folder: Path, *, everybody: bool) -> None:
        self._url = url
        self._folder = folder
        self._everybody = everybody
        self._turn = threading.Lock()
        self._kept: dict[str, tuple[float, Answer]] = {}

    def may_be_seen(self, address: str, host: str) -> bool:
        """By a client at that address that asked for that host, as its Host header has it.

        A page of somebody else's in a browser on this machine may come to us under its own name (DNS rebinding): it is not shown.
        """
        if self._everybody:
            return True
        try:
            return _is_this_machine(address) and _is_this_machine(urlsplit(f"//{host}").hostname or "")
        except ValueError:
            return False

    def answer(self, lang: str) -> Answer:
        with self._turn:
            made, answer = self._kept.get(lang, (float("-inf"), Answer(503, b"")))
            if time.monotonic() - made > KEPT_SECONDS:
                answer = self._made(lang)
                self._kept[lang] = (time.monotonic(), answer)
            return answer

    def _made(self, lang: str) -> Answer:
        try:
            offers = publish.offers(self._folder)
            with closing(open_central(self._url)) as store:
                state = headquarters(store, offers.published, datetime.now(UTC), candidate=offers.candidate)
        except (CentralError, SyncError) as error:
            return Answer(503, _document(lang, f"<p role=alert>{_text(str(error), 1000)}</p>").encode())
        return Answer(200, page(state, lang).encode())


def language(asked: str) -> str:
    """Which of our languages suits an Accept-Language header best."""
    wishes: list[tuple[float, str]] = []
    for wish in asked[:200].split(","):
        name, _, weight = wish.strip().partition(";q=")
        lang = name.partition("-")[0].lower()
        if lang in WORDS and (wanted := _weight(weight)) > 0:
            wishes.append((wanted, lang))
    return max(wishes, key=lambda wish: wish[0], default=(0.0, "en"))[1]


def page(state: HeadquartersState, lang: str) -> str:
    """The whole document."""
    words = WORDS[lang]
    bundle = _text(state.published or words["none"], 40)
    parts = [
        f"<p>{words['at']} <b>{_time(state.at)}</b> · {words['published']} <b>{bundle}</b></p>",
        "<ul class=sums>",
        *(f"<li class={standing}><b>{count}</b> {words[standing]}</li>" for standing, count in state.standings.items()),
        "</ul>",
    ]
    if state.registers:
        parts.append(_table(state.registers[:MOST], words))
    else:
        parts.append(f"<p>{words['nobody']}</p>")
    if (more := len(state.registers) - MOST) > 0:
        parts.append(f"<p>{words['more'].format(more)}</p>")
    parts += _compared(state.compared, words) + _aside(state, words)
    return _document(lang, "\n".join(parts))


def _document(lang: str, body: str) -> str:
    words = WORDS[lang]
    other = next(name for name in WORDS if name != lang)
    return f"""<!DOCTYPE html>
<html lang={lang}>
<head>
<meta charset=utf-8>
<meta name=viewport content="width=device-width, initial-scale=1">
<meta http-equiv=refresh content={REFRESH_SECONDS}>
<meta name=color-scheme content="light dark">
<title>{words["title"]}</title>
<link rel=icon href="data:,">
<style>
{_STYLE}</style>
</head>
<body>
<header><h1>{words["title"]}</h1><a href="?lang={other}" hreflang={other} lang={other}>{WORDS[other]["language"]}</a></header>
<main>
{body}
</main>
</body>
</html>
"""


def _table(registers: list[RegisterAtHeadquarters], words: dict[str, str]) -> str:
    columns = ("register", "store", "heard", "receipts", "waiting", "missing", "bundle", "why")
    head = "".join(f"<th scope=col>{words[name]}</th>" for name in columns)
    rows = "\n".join(_row(register, words) for register in registers)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"


def _row(register: RegisterAtHeadquarters, words: dict[str, str]) -> str:
    reasons = "".join(f"<li>{_because(reason, register, words)}</li>" for reason in register.reasons)
    cells = (
        ("store", _text(register.store, 40)),
        ("heard", _time(register.last_heard)),
        ("receipts", str(register.receipts)),
        ("waiting", str(register.waiting)),
        ("missing", str(register.missing)),
        ("bundle", _text(register.bundle or words["none"], 40)),
        ("why", f"<ul>{reasons}</ul>" if reasons else words["nothing"]),
    )
    told = "".join(f'<td class={name} data-label="{words[name]}">{cell}</td>' for name, cell in cells)
    badge = f"<span class=badge>{words[register.standing]}</span>"
    return f"<tr class={register.standing}><th scope=row>{_text(register.device, 64)} {badge}</th>{told}</tr>"


def _because(reason: Reason, register: RegisterAtHeadquarters, words: dict[str, str]) -> str:
    match reason:
        case Reason.QUARANTINE:
            return words["quarantine"].format(register.quarantined)
        case Reason.DIFFERS:
            return words["differs"]
        case Reason.SILENT:
            return words["silent"].format(register.silent_days)
        case Reason.GAPS:
            return words["gaps"].format(", ".join(f"{gap.lo}–{gap.hi}" for gap in register.gaps))
        case Reason.WAITING:
            return words["waiting_there"].format(register.waiting)
        case Reason.BUNDLE:
            return words["bundle_days"].format(register.bundle_days) if register.bundle_days else words["other_bundle"]


def _compared(compared: list[Compared], words: dict[str, str]) -> list[str]:
    if not compared:
        return []
    worst = sorted(compared, key=lambda one: (one.agrees, one.device, one.day))
    lines = [f"<h2>{words['days']}</h2>", "<ul class=list>"]
    for one in worst[:MOST_ASIDE]:
        decimals = decimals_of(one.currency)
        here = f"{one.receipts} · {written(one.total, decimals)}"
        till = f"{one.till_receipts} · {written(one.till_total, decimals)}"
        said = words["agrees" if one.agrees else "differ"]
        lines.append(
            f"<li><b>{_text(one.device, 64)}</b> {_text(one.day, 10)} {_text(one.currency, 8)}: "
            f"{words['here']} {here}, {words['till']} {till}: <b>{said}</b></li>"
        )
    return [*lines, "</ul>", *_further(len(compared), words)]


def _aside(state: HeadquartersState, words: dict[str, str]) -> list[str]:
    if not state.quarantine:
        return []
    lines = [f"<h2>{words['aside']}</h2>", "<ul class=list>"]
    for one in reversed(state.quarantine[-MOST_ASIDE:]):
        name = one.sha256[:12] or words["no_room"]
        lines.append(
            f"<li><b>{_text(one.device, 64)}</b> {_time(one.at)} ×{one.times} <code>{name}</code> {_text(one.why, 300)}</li>"
        )
    return [*lines, "</ul>", *_further(len(state.quarantine), words)]


def _further(count: int, words: dict[str, str]) -> list[str]:
    return [f"<p>{words['further'].format(count - MOST_ASIDE)}</p>"] if count > MOST_ASIDE else []


def _text(said: str, width: int) -> str:
    return f"<bdi>{escape(shown(said, width))}</bdi>"


def _time(iso: str) -> str:
    return f'<time datetime="{escape(iso)}">{escape(iso[:16].replace("T", " "))}</time>'


def _is_this_machine(name: str) -> bool:
    """ValueError for a name that is neither an address nor `localhost`."""
    return name == "localhost" or ip_address(name).is_loopback


def _weight(text: str) -> float:
    try:
        weight = float(text or "1")
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
