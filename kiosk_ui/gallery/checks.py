"""What is wrong with a played scene: the rules of the screens, asked of what really stands on the glass.

Each rule answers with sentences, one for each place where it is broken; none when all is well. Angles are minutes of arc seen
from the viewing distance, lengths on the glass are millimetres; both come from the panel the face was set up for.
"""

from __future__ import annotations

import math
import re
from itertools import combinations
from typing import TYPE_CHECKING

from device.screen_link import FaceKind, Stage
from kiosk_ui.formats import Language, name_in
from kiosk_ui.gallery.plan import DISTANCE_MM
from kiosk_ui.state import CARDS, shown_snapshot, shown_stage, visible_cards

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from device.screen_link import Snapshot
    from kiosk_ui.gallery.look import Box, Look, Words
    from kiosk_ui.gallery.plan import Setting
    from kiosk_ui.state import State
    from kiosk_ui.view import CardRow, View

SMALLEST_ARCMIN = 16
PRICE_ARCMIN = 30
LONG_PRICE_ARCMIN = 20
"""Of a price of a million and more, which has no room for the size of the others; the size ISO 9241-303 prefers for reading."""
TARGET_MM = {FaceKind.CASHIER: 15, FaceKind.CUSTOMER: 12}
"""A shopper is in no hurry, and a slip to the answer beside is put right by the next tap."""
PRIMARY_MM = 20
GAP_MM = {FaceKind.CASHIER: 3, FaceKind.CUSTOMER: 2}

_SLACK = 1.5
"""Pixels: sizes of text are whole, its place need not be."""
_ROUNDING = 0.6
"""Pixels: a target is laid out in whole ones."""

_LATIN_WORD = re.compile(r"[A-Za-z]{3,}")
_BRAND = "Tillside"

SELLING = frozenset({Stage.BASKET, Stage.RETURN, Stage.PAYMENT, Stage.SUSPENDED})
"""Transaction states: the total is always in sight. Thanks show the total alone."""


def geometry(setting: Setting, state: State, view: View, look: Look) -> Iterator[str]:
    """Everything that can be said of one picture without its pixels."""
    yield from _places(look)
    yield from _cuts(look, view)
    yield from _overlaps(look)
    yield from _sizes(setting, look, view)
    yield from _presence(setting, state, view, look)
    yield from _cards(look, view)
    yield from _targets(setting, look)
    yield from _tongue(setting, look, view)


def shifts(looks: Mapping[str, Look]) -> Iterator[str]:
    """0 to 3 suggestions move neither basket nor total: of scenes that differ in nothing else, each against the first."""
    (first, standing), *others = looks.items()
    for name, look in others:
        for place in ("lines", "total"):
            here, there = look.named.get(place), standing.named.get(place)
            if here != there:
                yield f"with {name} the {place} stands at {_at(here)}, with {first} at {_at(there)}"


def _places(look: Look) -> Iterator[str]:
    for one in look.words:
        # Qt cuts a text by the width of its letters one by one; joined, as in Arabic, they are some pixels wider.
        if one.box.width > one.own.width + (3 * _SLACK if one.truncated else _SLACK):
            yield f"{_said(one)} is {one.box.width:.0f} px wide in a place of {one.own.width:.0f}"
        # A line takes more room than its letters, and its letters have not always tails.
        bottom = min(one.letters.bottom, one.box.bottom)
        if bottom > one.own.bottom + _slack(one) or one.letters.y < one.own.y - _slack(one):
            yield f"{_said(one)} is {one.letters.height:.0f} px high in a place of {one.own.height:.0f}"
        if one.broken:
            yield f"{_said(one)} breaks inside the word {one.broken}"
        shown = one.box.cut_to(one.clip)
        if one.scrolled:
            # A line that is being scrolled away may be cut above; nothing may leave the list to the sides or below.
            sideways = shown.width < one.box.width - _SLACK
            below = one.letters.bottom > one.clip.bottom + _SLACK
            if shown.height > 0 and (sideways or below):
                yield f"{_said(one)} leaves its list"
        elif not look.window.holds(one.letters, _slack(one)):
            yield f"{_said(one)} leaves the window"
        elif not one.clip.holds(one.letters, _slack(one)) or not one.sheet.holds(one.letters, _slack(one)):
            yield f"{_said(one)} leaves the sheet it stands on"


def _slack(one: Words) -> float:
    """Few letters have an accent."""
    return max(2 * _SLACK if one.truncated else _SLACK, 0.1 * one.capital)


def _cuts(look: Look, view: View) -> Iterator[str]:
    names = {card.name for card in view.cards} | {line.name for line in view.lines} | {view.undo_name}
    for one in look.words:
        if not one.truncated:
            continue
        is_name = any(name and name in one.text for name in names)
        advertises = any(card.sponsor and card.sponsor in one.text for card in view.cards)
        if advertises or not (is_name or "Reason" in one.kinds):
            yield f"{_said(one)} is cut"


def _overlaps(look: Look) -> Iterator[str]:
    seen = [one for one in look.words if "Picture" not in one.kinds]
    for one, other in combinations(seen, 2):
        if one.letters.cut_to(one.clip).overlaps(other.letters.cut_to(other.clip), _SLACK):
            yield f"{_said(one)} and {_said(other)} lie over each other"


def _sizes(setting: Setting, look: Look, view: View) -> Iterator[str]:
    prices = {card.suggestion_id: card.price for card in view.cards if card.price}
    for one in look.words:
        if "Picture" in one.kinds:
            continue
        price = prices.get(one.card)
        least = SMALLEST_ARCMIN if price is None or price not in one.text else _price_arcmin(price)
        angle = arcmin(one.capital / pixels_per_mm(setting), DISTANCE_MM[setting.kind])
        # Fonts come in whole pixels.
        half = arcmin(0.5 * one.capital / one.pixels / pixels_per_mm(setting), DISTANCE_MM[setting.kind])
        if angle < least - half:
            yield f"{_said(one)} has capitals of {angle:.1f}' where {least}' are needed"


def _price_arcmin(price: str) -> int:
    return LONG_PRICE_ARCMIN if sum(sign.isdigit() for sign in price) >= 9 else PRICE_ARCMIN


def _presence(setting: Setting, state: State, view: View, look: Look) -> Iterator[str]:
    stage = shown_stage(state)
    texts = [one.text for one in look.words]
    sale = shown_snapshot(state)
    # Beside a docked suggestion the till's own program shows the total.
    beside = setting.docked and stage is Stage.BASKET
    if stage in SELLING | {Stage.THANKS} and not beside and view.total not in texts:
        yield f"the total {view.total} is nowhere"
    if stage in SELLING and sale is not None and setting.kind is FaceKind.CUSTOMER:
        yield from _basket(view, look)
    if stage is not Stage.BASKET:
        if look.cards:
            yield f"suggestions stand there at {stage}: {', '.join(look.cards)}"
        if setting.kind is FaceKind.CASHIER and look.targets:
            yield f"buttons stand there at {stage}: {', '.join(target.name for target in look.targets)}"
        if sale is None and state.snapshot is not None:
            yield from _left_over(setting, state.snapshot, view, texts)
        return
    room = 1 if setting.docked else CARDS
    if len(look.cards) != min(room, len(visible_cards(state))):
        yield f"{len(look.cards)} suggestions are seen of {len(visible_cards(state))}"


def _basket(view: View, look: Look) -> Iterator[str]:
    place = look.named.get("lines")
    if place is None:
        yield "the basket is nowhere"
        return
    if "total" not in look.named:
        yield "the total has no place of its own"
    if view.lines:
        latest = [one for one in look.words if one.scrolled and one.text == view.lines[-1].sum and place.holds(one.box, _SLACK)]
        if not latest:
            yield f"the latest line, {view.lines[-1].sum}, is not in sight"


def _left_over(setting: Setting, sale: Snapshot, view: View, texts: list[str]) -> Iterator[str]:
    """Nothing of a sale may stand where none is shown."""
    names = {name_in(line.names, setting.language) for line in sale.lines} - {""}
    for text in texts:
        if any(name in text for name in names) or (view.total and view.total in text):
            yield f"“{text}” is left of a sale that is over"


def _cards(look: Look, view: View) -> Iterator[str]:
    for card in view.cards:
        if card.suggestion_id not in look.cards:
            continue
        # Buttons that belong to a card stand on targets of their own, a card that is a button on its own.
        own = [one for one in look.words if one.card == card.suggestion_id and "Picture" not in one.kinds and _is_fact(one)]
        yield from _price(card, own)
        if card.sponsor and not any(card.sponsor in one.text and not one.truncated for one in own):
            yield f"{card.name}: its advertiser is not told"
        photo = next((photo for photo in look.photos if photo.card == card.suggestion_id), None)
        if photo is not None and photo.shown != bool(card.picture):
            yield f"{card.name}: its picture is {'shown' if photo.shown else 'missing'}"
        if photo is not None and not photo.shown and photo.letter != card.initial:
            yield f"{card.name}: a hole where its picture would be"


def _is_fact(one: Words) -> bool:
    return one.target in {"", "alternate"}


def _price(card: CardRow, own: list[Words]) -> Iterator[str]:
    priced = [one for one in own if card.price and card.price in one.text]
    if card.price and not priced and not card.taken:
        yield f"{card.name}: its price {card.price} is nowhere"
    if card.age_limit and not any(f"{card.age_limit}+" in one.text for one in own) and not card.taken:
        yield f"{card.name}: its age limit is nowhere"
    for one in own:
        if priced and one.pixels > max(price.pixels for price in priced):
            yield f"{_said(one)} is larger than the price {card.price}"


def _targets(setting: Setting, look: Look) -> Iterator[str]:
    mm = pixels_per_mm(setting)
    for target in look.targets:
        least = PRIMARY_MM if target.name == "accept" else TARGET_MM[setting.kind]
        smaller = min(target.box.width, target.box.height)
        if smaller < least * mm - _ROUNDING:
            yield f"the target {target.name} is {smaller / mm:.1f} mm where {least} are needed"
        if not look.window.holds(target.box, _ROUNDING):
            yield f"the target {target.name} leaves the window"
    pairs = list(combinations(look.targets, 2))
    if pairs:
        one, other = min(pairs, key=lambda pair: pair[0].box.away_from(pair[1].box))
        gap, least = one.box.away_from(other.box), GAP_MM[setting.kind]
        if gap < least * mm - _ROUNDING:
            yield f"the targets {one.name} and {other.name} are {gap / mm:.1f} mm apart where {least} are needed"
    areas = {target.name: target.box.width * target.box.height for target in look.targets if target.name != "alternate"}
    if "accept" in areas and max(areas, key=areas.__getitem__) != "accept":
        yield "accept is not the largest target"


def _tongue(setting: Setting, look: Look, view: View) -> Iterator[str]:
    """Words of the faces that nobody translated; what the shop says itself is not theirs.

    Russian and Arabic have letters of their own, and the pseudo-locale has an accent on every vowel.
    """
    if setting.language is Language.ENGLISH:
        return
    own = {_BRAND, view.undo_name, *(payment.means for payment in view.payments)}
    own |= {
        fact
        for card in view.cards
        for fact in (card.name, card.sponsor, card.code, card.pitch, card.reason_first, card.reason_second)
    }
    own |= {fact for card in view.cards for fact in (card.unit_line, card.per)}
    own |= {fact for line in view.lines for fact in (line.name, line.detail)}
    for one in look.words:
        rest = one.text
        for data in sorted(own, key=len, reverse=True):
            rest = rest.replace(data, "") if data else rest
        if _LATIN_WORD.search(rest):
            yield f"{_said(one)} is not translated"


def pixels_per_mm(setting: Setting) -> float:
    return math.hypot(*setting.size) / (setting.inches * 25.4)


def arcmin(height_mm: float, distance_mm: float) -> float:
    """The angle under which a height is seen (ISO 9241-303)."""
    return math.degrees(math.atan(height_mm / distance_mm)) * 60


def _said(one: Words) -> str:
    text = one.text.replace("\n", " ")
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"


def _at(box: Box | None) -> str:
    return "nowhere" if box is None else f"{box.x:.0f},{box.y:.0f} {box.width:.0f}x{box.height:.0f}"
