"""What a printed line is about, told by its words: English, Russian, German, Spanish, Portuguese, French, Italian, Korean, Malay.

A site adds its own words, or takes away a language's, by `Layout.words`. Words are compared without case, whole, spaces and
punctuation between them counted as one space: `SUB-TOTAL :` is `sub total`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """In the order in which they are looked for: the first that has a word in the line is what the line is about."""

    PERSON = "person"
    """A cashier, a member, a card, a telephone: the line is dropped unread."""
    SUMMARY = "summary"
    """A tax table begins: nothing behind it belongs to the sale."""
    IGNORE = "ignore"
    CANCEL = "cancel"
    """The whole receipt was cancelled."""
    SLIP = "slip"
    """Of a card slip: no sale, unless there are items on the same paper."""
    REPORT = "report"
    """No sale: a copy, a report, money in or out of the drawer."""
    RETURN = "return"
    CHANGE = "change"
    ROUNDED = "rounded"
    """The total behind the rounding."""
    ROUNDING = "rounding"
    COUNT = "count"
    """How many items there are."""
    SERVICE = "service"
    SUBTOTAL = "subtotal"
    EXCLUSIVE = "exclusive"
    """A sum before tax."""
    INCLUSIVE = "inclusive"
    """A sum with tax."""
    TAX = "tax"
    DISCOUNT = "discount"
    FINAL = "final"
    """What is to be paid, said with more than the bare word total."""
    TENDER = "tender"
    TOTAL = "total"
    VOID = "void"


DEFAULT: Final[Mapping[Role, str]] = {
    Role.PERSON: "cashier | cashier name | served by | clerk | operator | member | membership | card no | card number | customer | tel"
    " | phone | hotline | loyalty | кассир | карта № | тел | телефон | покупатель | kassierer | bediener | kunde | cajero | cliente"
    " | operador | caissier | client | cassiere | operatore | 담당 | 회원 | 카드번호 | 전화 | juruwang | ahli",
    Role.SUMMARY: "gst summary | tax summary | vat summary | sst summary | gst analysis | vat analysis | mwst aufstellung | detail tva"
    " | desglose iva | riepilogo iva | gst summery | gstsummary",
    Role.IGNORE: "total saving | total savings | you saved | points | balance before | balance after | total promotional saving"
    " | total item discount | баллы | скидка включена | punkte | sie sparen | total tax | included in total | item value adj | vat incl"
    " | 포인트 | total supplies | taxable amt",
    Role.CANCEL: "sale cancelled | sale canceled | cancel sale | cancelled sale | receipt cancelled | receipt void | transaction void"
    " | transaction cancelled | transaction canceled | void transaction | void sale | sale void | cancelled receipt | чек аннулирован"
    " | чек отменен | аннулирование чека | отмена чека | bon storniert | belegstorno | bon storno | verkauf abgebrochen | venta cancelada"
    " | ticket anulado | venda cancelada | cupom cancelado | vente annulee | vente annulée | ticket annule | ticket annulé"
    " | scontrino annullato | vendita annullata | 거래취소 | 판매취소 | jualan dibatalkan",
    Role.SLIP: "merchant copy | customer copy | cardholder copy | approval code | auth code | authorization code | terminal id | tid | aid"
    " | approved | код авторизации | одобрено | терминал | handlerbeleg | händlerbeleg | kundenbeleg | copia cliente | copia comercio"
    " | copia establecimiento | via cliente | via estabelecimento | exemplaire client | exemplaire commercant | copia esercente | 승인번호"
    " | 매출전표 | 거래금액 | 가맹점",
    Role.REPORT: "copy | duplicate | reprint | reprinted | x report | z report | x reading | z reading | shift report | cash in | cash out"
    " | pay in | pay out | paid in | paid out | cash drop | no sale | float | end of day | копия | копия чека | дубликат | x отчет"
    " | z отчет | х отчет | отчет о закрытии смены | внесение | выплата | изъятие | инкассация | чек коррекции | kopie | duplikat"
    " | z bericht | x bericht | tagesabschluss | einlage | entnahme | copia | duplicado | informe z | cierre z | reimpresion | segunda via"
    " | leitura x | reducao z | redução z | sangria | suprimento | copie | duplicata | rapport z | chiusura giornaliera | 재발행 | 사본"
    " | 정산 | 마감 | salinan",
    Role.RETURN: "refund | return | sales return | goods return | возврат | возврат прихода | retoure | ruckgabe | rückgabe | gutschrift"
    " | devolucion | devolución | devolucao | devolução | remboursement | reso | rimborso | 환불 | 반품 | pulangan",
    Role.CHANGE: "change | change due | cash change | change amt | your change | change balance | change cash | сдача | ruckgeld"
    " | rückgeld | wechselgeld | cambio | vuelto | troco | rendu | rendu monnaie | resto | 거스름돈 | 거스름 | baki",
    Role.ROUNDED: "total rounded | rounded total | total after rounding | total after adj | total amt rounded | net total rounded"
    " | amount rounded",
    Role.ROUNDING: "rounding | round | rounding adj | rounding adjustment | round adj | округление | rundung | redondeo | arredondamento"
    " | arrondi | arrotondamento | pembundaran | 절사",
    Role.COUNT: "total qty | tot qty | qty | qtys | total quantity | quantity | total item | total items | item count | no of items | items"
    " | item s | no qty | count | кол во | количество | позиций | anzahl | artikel | articulos | artículos | itens | articles | pezzi"
    " | 수량 | bilangan | type",
    Role.EXCLUSIVE: "excl | exc | excluding | excluded | exclusive | before tax | net of tax | amt ex | without tax | без ндс | ohne mwst"
    " | netto | base imponible | hors taxe | ht | imponibile | 공급가액",
    Role.INCLUSIVE: "total incl | total inc | total including | total inclusive | total sales incl | total sales inclusive"
    " | total sales including | total gst incl | incl gst total | total with gst | total gst inc | total rm including | total rm incl"
    " | total amt incl | total amount incl | total sales gst incl | total rm inclusive",
    Role.SERVICE: "service charge | service chrg | serv charge | serv chg | srv chg | svr chrg | svc chg | svc | сервисный сбор"
    " | bedienung | servicio | taxa de servico | taxa de serviço | couvert | coperto | 봉사료 | caj perkhidmatan",
    Role.TAX: "gst | vat | tax | sst | sales tax | local tax | state tax | city tax | ндс | mwst | ust | iva | tva | icms | impuesto | imposto | taxe | imposta | 부가세 | cukai",
    Role.DISCOUNT: "discount | discounts | disc | less | coupon | coupon discount | rebate | promo | promotion discount | voucher discount"
    " | скидка | rabatt | nachlass | descuento | desconto | remise | reduction | réduction | sconto | 할인 | diskaun | pwp",
    Role.SUBTOTAL: "subtotal | sub total | sttl | sub ttl | gross amount | подытог | промежуточный итог | zwischensumme | sous total"
    " | subtotale | 소계 | jumlah kecil | after discount",
    Role.FINAL: "grand total | net total | nett total | nett | total payable | amount payable | total amount payable | total due"
    " | total amount due | total amt payable | payable amount | amount due | balance due | amount to be paid | amount to pay | to pay"
    " | final total | due | total to pay | к оплате | итого к оплате | zu zahlen | gesamtbetrag | total a pagar | a pagar | net a payer"
    " | net à payer | a payer | à payer | totale complessivo | da pagare | totale da pagare | 결제금액 | 받을금액"
    " | jumlah besar | jumlah perlu dibayar | valor a pagar",
    Role.TENDER: "cash | cash tendered | cash received | card | visa | mastercard | master | amex | maestro | debit | credit card | credit"
    " | tender | tendered | payment | paid | amount paid | paid amount | pay | received | edc | bank card | mir | cheque | gift card"
    " | наличными | наличные | нал | безналичными | безнал | картой | карта | электронными | оплата | получено | полученo | bar | bargeld"
    " | geg | geg bar | karte | ec | ec karte | girocard | gegeben | kreditkarte | efectivo | tarjeta | entregado | dinheiro | cartao | cartão | pix"
    " | credito | crédito | debito | débito | especes | espèces | carte | carte bancaire | cb | contanti | contante | importo pagato | bancomat | carta"
    " | 현금 | 카드 | 신용카드 | 받은금액 | tunai | kad",
    Role.TOTAL: "total | totals | итог | итого | всего | summe | gesamt | gesamtsumme | betrag | totale | importe | valor total | montant"
    " | 합계 | 총액 | 총금액 | 판매금액 | jumlah | total sales | total amount",
    Role.VOID: "void | voided | item void | item correct | error correct | correction | deleted | cancelled | canceled | cancel | storno"
    " | сторно | удалено | отмена | отменено | аннулировано | storniert | annullato | annulla | annullamento | anulado | anulacion"
    " | anulación | cancelado | cancelamento | annule | annulé | annulation | 취소 | batal",
}
_CARD: Final = (
    "card visa mastercard master amex maestro debit credit edc mir безналичными безнал картой карта электронными karte ec girocard"
    " kreditkarte tarjeta cartao cartão pix credito crédito debito débito carte cb bancomat carta 카드 신용카드 kad bank"
).split()
_CASH: Final = (
    "cash наличными наличные нал bar bargeld efectivo dinheiro especes espèces contanti contante 현금 tunai"
).split()
_ANYWHERE: Final = frozenset({Role.PERSON, Role.SUMMARY, Role.VOID, Role.CANCEL})
_AROUND: Final = (
    "rm myr eur usd rub руб the of and to in incl inc including inclusive takeout takeaway eat dine your main sales amt amount sale"
    " item items with after before by at de la le el do da der die das von inkl include included includes all adj adjustment"
    " service supplies payable s m r"
)
_NOT: Final = frozenset({"no", "not", "non", "не", "нет", "без", "kein", "keine", "sin", "sem", "sans", "senza"})
_BETWEEN: Final = re.compile(r"[^\w%]+|(?<=\D)(?=\d)|(?<=\d)(?=[^\d%])")


def plain(text: str) -> str:
    """Words with one space between them and one at each end; numbers stand apart from the letters they touch."""
    return f" {' '.join(_BETWEEN.split(text.casefold().replace('ё', 'е')))} ".replace("  ", " ")


class Words:
    """The words of one site."""

    def __init__(self, own: Mapping[str, Sequence[str]] | None = None) -> None:
        own = own or {}
        self._roles: list[tuple[Role, re.Pattern[str]]] = []
        self._vocabulary = set(plain(_AROUND).split())
        for role in Role:
            known = [word.strip() for word in DEFAULT[role].split("|")]
            # A site's list stands in place of the default: it names every word of that role.
            words = sorted({plain(word).strip() for word in own.get(role.value, known)} - {""}, key=len, reverse=True)
            if words:
                self._roles.append((role, re.compile(f" (?:{'|'.join(re.escape(word) for word in words)})(?= )")))
                self._vocabulary |= {part for word in words for part in word.split()}

    def role(self, text: str) -> Role | None:
        """None: a name, or nothing known. A word in the midst of others is part of a name: `GREETING CARD`."""
        words = plain(text)
        for role, pattern in self._roles:
            if (found := pattern.search(words)) and (role in _ANYWHERE or self._about(words, found)):
                return role
        return None

    def bare(self, text: str) -> bool:
        """Whether every word of the line belongs to a role."""
        return not self._strange(plain(text))

    def _strange(self, words: str) -> list[str]:
        return [word for word in words.split() if len(word) > 2 and word.isalpha() and word not in self._vocabulary]

    def _about(self, words: str, found: re.Match[str]) -> bool:
        before = words[: found.start()]
        if self._strange(before) or _NOT & set(before.split()):
            return False
        return len(self._strange(words[found.end() :])) <= 1

    def without(self, role: Role, text: str) -> str:
        """What is left of a line when the words of a role are taken out of it."""
        found = next((pattern.search(plain(text)) for known, pattern in self._roles if known is role), None)
        if found is None:
            return text
        said = re.escape(found.group().strip()).replace(r"\ ", r"[\W_]+")
        return re.sub(rf"(?<!\w){said}(?!\w)", " ", text, count=1, flags=re.IGNORECASE)


def means(text: str) -> str | None:
    """`cash` or `card`, or None: a till's own word could be a name or a number."""
    words = set(plain(text).split())
    if words & set(_CARD):
        return "card"
    return "cash" if words & set(_CASH) else None
