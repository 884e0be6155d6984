"""Words that displays say and receipts do not, in the languages of `device.printed.words`. Lower case."""

from __future__ import annotations

from typing import Final

THANKS: Final = frozenset(
    ("thank", "thanks", "спасибо", "danke", "gracias", "obrigado", "obrigada", "merci", "grazie", "감사합니다", "dziękujemy")
)
VOID: Final = frozenset(
    (
        *("void", "voided", "deleting", "deleted", "delete", "remove", "removed", "cancel", "storno", "stornato", "annulla"),
        *("сторно", "удаление", "удалено", "удалён", "удален", "отмена", "аннулирование"),
        *("anulado", "cancelado", "annulé", "취소"),
    )
)
CHANGE: Final = frozenset(
    (
        *("change", "returned", "сдача", "rückgeld", "rueckgeld", "cambio"),
        *("troco", "vuelto", "rendu", "resto", "거스름돈", "reszta"),
    )
)

IDLE: Final = (
    *("welcome", "next customer", "next please", "closed", "lane open", "register open", "till open", "hello"),
    *("добро пожаловать", "здравствуйте", "касса свободна", "касса закрыта", "свободная касса", "следующий покупатель"),
    *("willkommen", "kasse geschlossen", "bienvenido", "bienvenidos", "caja cerrada", "bem vindo", "bem vindos"),
    *("caixa livre", "caixa fechado", "bienvenue", "caisse fermee", "caisse fermée", "benvenuti", "benvenuto", "cassa chiusa"),
    *("어서오세요", "witamy", "kasa nieczynna"),
)
"""Said to the next shopper, or to nobody."""
