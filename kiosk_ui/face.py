"""The one object QML sees. Copies what the state says into properties, and fingers into events; no rule lives here.

Owns the state: every event of the wire, of fingers and of time goes through `happened`, one after the other.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot
from PySide6.QtQml import QmlElement

from kiosk_ui.events import Button, FingerDown, FingerUp, FrameShown, Tapped, Ticked
from kiosk_ui.list_models import Rows
from kiosk_ui.reducer import reduce
from kiosk_ui.state import State, next_wake, visible_cards
from kiosk_ui.view import CardRow, LineRow, PaymentRow, View, view_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from device.screen_link import FaceKind, FromScreen
    from kiosk_ui.events import Event
    from kiosk_ui.formats import Language
    from kiosk_ui.pictures import Pictures

QML_IMPORT_NAME = "Kiosk.Link"
QML_IMPORT_MAJOR_VERSION = 1


def clock() -> int:
    """Milliseconds that never go back."""
    return time.monotonic_ns() // 1_000_000


@QmlElement
class Face(QObject):
    """`say` is given the words for the daemon; `repaint` asks for a frame, so that every snapshot is seen to be painted."""

    saleChanged = Signal()  # noqa: N815 QML's way of names, here and below
    touchChanged = Signal()  # noqa: N815
    linkChanged = Signal()  # noqa: N815
    restChanged = Signal()  # noqa: N815
    arranging = Signal(bool)
    """Whether what is shown is being changed: sizes are on the way to what they will be."""
    modelsChanged = Signal()  # noqa: N815
    """Never emitted: the models stay, their rows change."""

    def __init__(
        self,
        kind: FaceKind,
        screen: str,
        language: Language,
        pictures: Pictures,
        repaint: Callable[[], None],
    ) -> None:
        super().__init__()
        self._language = language
        self._pictures = pictures
        self._repaint = repaint
        self._say: Callable[[Iterable[FromScreen]], None] = lambda _: None
        self.state = State(kind, screen)
        self._view = View()
        self._cards = Rows(CardRow, self, last="picture")
        self._hero = Rows(CardRow, self, last="picture")
        self._others = Rows(CardRow, self, last="picture")
        self._lines = Rows(LineRow, self)
        self._payments = Rows(PaymentRow, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)

    def talk_through(self, say: Callable[[Iterable[FromScreen]], None]) -> None:
        self._say = say

    def happened(self, event: Event) -> None:
        before = self.state
        self.state = reduce(before, event)
        if not isinstance(event, FrameShown):
            if self.state.shown is not before.shown and self.state.snapshot is not None:
                self._pictures.expect(self.state.snapshot.pictures, [card.picture for card in visible_cards(self.state)])
            self._show(view_of(self.state, self._language, self._pictures.likely_url))
            while self._pictures.mistaken():
                self._show(view_of(self.state, self._language, self._pictures.likely_url))
        if self.state.say:
            self._say(self.state.say)
        if not isinstance(event, FrameShown) and self.state.snapshot is not before.snapshot:
            self._repaint()
        wake = next_wake(self.state)
        if wake is None:
            self._timer.stop()
        else:
            self._timer.start(max(1, wake - clock()))

    def rest(self) -> None:
        """No more time passes."""
        self._timer.stop()

    def frame_shown(self) -> None:
        self.happened(FrameShown(clock()))

    def _tick(self) -> None:
        self.happened(Ticked(clock()))

    def _show(self, view: View) -> None:
        before, self._view = self._view, view
        self.arranging.emit(True)
        of_the_sale = _of_the_sale(before) != _of_the_sale(view)
        # Cards that come find the arrangement of their number; those that stay are arranged anew when the others have gone.
        grows = len(view.cards) > len(before.cards)
        if of_the_sale and grows:
            self.saleChanged.emit()
        self._lines.show(view.lines)
        self._cards.show(view.cards)
        self._hero.show(view.cards[:1])
        self._others.show(view.cards[1:])
        self._payments.show(view.payments)
        if of_the_sale and not grows:
            self.saleChanged.emit()
        if _of_fingers(before) != _of_fingers(view):
            self.touchChanged.emit()
        if (before.online, before.stale_days) != (view.online, view.stale_days):
            self.linkChanged.emit()
        if (before.drift, before.slide, before.dimmed) != (view.drift, view.slide, view.dimmed):
            self.restChanged.emit()
        # Texts are laid out while threads draw.
        self._pictures.help_out()
        for rows in (self._cards, self._hero, self._others):
            rows.show_last()
        self.arranging.emit(False)

    @Slot(str, str)
    def fingerDown(self, button: str, which: str) -> None:  # noqa: N802
        self.happened(FingerDown(Button(button), clock(), which))

    @Slot(str)
    def fingerUp(self, button: str) -> None:  # noqa: N802
        self.happened(FingerUp(Button(button), clock()))

    @Slot(str)
    def tap(self, button: str) -> None:
        self.happened(Tapped(Button(button), clock()))

    def _get_stage(self) -> str:
        return self._view.stage

    def _get_total(self) -> str:
        return self._view.total

    def _get_count(self) -> int:
        return self._view.count

    def _get_card_count(self) -> int:
        return len(self._view.cards)

    def _get_any_old_price(self) -> bool:
        return self._view.any_old_price

    def _get_any_unit_line(self) -> bool:
        return self._view.any_unit_line

    def _get_any_sponsor(self) -> bool:
        return self._view.any_sponsor

    def _get_last_name(self) -> str:
        return self._view.lines[-1].name if self._view.lines else ""

    def _get_last_detail(self) -> str:
        return self._view.lines[-1].detail if self._view.lines else ""

    def _get_last_sum(self) -> str:
        return self._view.lines[-1].sum if self._view.lines else ""

    def _get_active(self) -> bool:
        return self._view.active

    def _get_undo_offered(self) -> bool:
        return self._view.undo_offered

    def _get_undo_name(self) -> str:
        return self._view.undo_name

    def _get_late_verb(self) -> str:
        return self._view.late_verb

    def _get_notice_verb(self) -> str:
        return self._view.notice_verb

    def _get_notice_why(self) -> str:
        return self._view.notice_why

    def _get_age_asked(self) -> bool:
        return self._view.age_asked

    def _get_online(self) -> bool:
        return self._view.online

    def _get_stale_days(self) -> int:
        return self._view.stale_days

    def _get_drift_x(self) -> int:
        return self._view.drift[0]

    def _get_drift_y(self) -> int:
        return self._view.drift[1]

    def _get_slide(self) -> int:
        return self._view.slide

    def _get_dimmed(self) -> bool:
        return self._view.dimmed

    def _get_returning(self) -> bool:
        return self._view.returning

    def _get_change(self) -> str:
        return self._view.change

    def _get_rating(self) -> str:
        return self._view.rating

    def _get_rated(self) -> int:
        return self._view.rated

    def _get_payments(self) -> QObject:
        return self._payments

    def _get_cards(self) -> QObject:
        return self._cards

    def _get_hero(self) -> QObject:
        return self._hero

    def _get_others(self) -> QObject:
        return self._others

    def _get_lines(self) -> QObject:
        return self._lines

    stage = Property(str, _get_stage, notify=saleChanged)
    total = Property(str, _get_total, notify=saleChanged)
    count = Property(int, _get_count, notify=saleChanged)
    cardCount = Property(int, _get_card_count, notify=saleChanged)  # noqa: N815
    lastName = Property(str, _get_last_name, notify=saleChanged)  # noqa: N815
    lastDetail = Property(str, _get_last_detail, notify=saleChanged)  # noqa: N815
    lastSum = Property(str, _get_last_sum, notify=saleChanged)  # noqa: N815
    anyOldPrice = Property(bool, _get_any_old_price, notify=saleChanged)  # noqa: N815
    """Prices of a row stand on one line: a card without an old price leaves its place free when another has one."""
    anyUnitLine = Property(bool, _get_any_unit_line, notify=saleChanged)  # noqa: N815
    anySponsor = Property(bool, _get_any_sponsor, notify=saleChanged)  # noqa: N815
    returning = Property(bool, _get_returning, notify=saleChanged)
    change = Property(str, _get_change, notify=saleChanged)
    active = Property(bool, _get_active, notify=touchChanged)
    undoOffered = Property(bool, _get_undo_offered, notify=touchChanged)  # noqa: N815
    undoName = Property(str, _get_undo_name, notify=touchChanged)  # noqa: N815
    lateVerb = Property(str, _get_late_verb, notify=touchChanged)  # noqa: N815
    noticeVerb = Property(str, _get_notice_verb, notify=touchChanged)  # noqa: N815
    noticeWhy = Property(str, _get_notice_why, notify=touchChanged)  # noqa: N815
    ageAsked = Property(bool, _get_age_asked, notify=touchChanged)  # noqa: N815
    rating = Property(str, _get_rating, notify=touchChanged)
    rated = Property(int, _get_rated, notify=touchChanged)
    online = Property(bool, _get_online, notify=linkChanged)
    staleDays = Property(int, _get_stale_days, notify=linkChanged)  # noqa: N815
    driftX = Property(int, _get_drift_x, notify=restChanged)  # noqa: N815
    driftY = Property(int, _get_drift_y, notify=restChanged)  # noqa: N815
    slide = Property(int, _get_slide, notify=restChanged)
    """Counts on; the first is 0."""
    dimmed = Property(bool, _get_dimmed, notify=restChanged)
    cards = Property(QObject, _get_cards, notify=modelsChanged)
    hero = Property(QObject, _get_hero, notify=modelsChanged)
    """The first of the cards, alone."""
    others = Property(QObject, _get_others, notify=modelsChanged)
    """All but the first."""
    lines = Property(QObject, _get_lines, notify=modelsChanged)
    payments = Property(QObject, _get_payments, notify=modelsChanged)


def _of_the_sale(view: View) -> tuple[object, ...]:
    return (view.stage, view.total, view.lines, view.cards, view.returning, view.payments, view.change)


def _of_fingers(view: View) -> tuple[object, ...]:
    return (
        view.active,
        view.undo_offered,
        view.undo_name,
        view.late_verb,
        view.notice_verb,
        view.notice_why,
        view.age_asked,
        view.rating,
        view.rated,
    )
