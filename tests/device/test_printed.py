"""The grammar of printed receipts: whole receipts of many lands, receipts that do not add up, and what is no sale."""

from __future__ import annotations

import pytest
from fakes.printed_text import AT, items, told, total

from device.domain import Kind, Phase, Unit
from device.events import (
    DiscountGiven,
    LineRung,
    LineVoided,
    SaleBegan,
    SaleEnded,
)
from device.printed import Layout

RECEIPTS = {
    "german, a weight and a void": (
        """REWE MARKT
                                  EUR
        MILCH 3,5%               1,19 B
        BANANEN                  1,54 B
          0,772 kg x 1,99 EUR/kg
        BROETCHEN                1,00 B
          4 Stk x    0,25
        STORNO BANANEN          -1,54 B
        SUMME          EUR       2,19
        Geg. BAR       EUR       5,00
        Rückgeld BAR   EUR       2,81
        A= 19,0%     0,21    0,04    0,25""",
        [("MILCH 3,5%", 1000, 119), ("BANANEN", 772, 154), ("BROETCHEN", 4000, 100)],
        219,
    ),
    "american, minus behind the amount": (
        """GROCERY
         ORG BANANAS        1.38 F
           2 @ 0.69
         GV WHOLE MILK 007874235187  3.12 F
         GUM                1.29 T
         **VOIDED ENTRY** GUM   1.29-T
        SUBTOTAL            4.50
        TAX 1  8.250 %      0.00
        TOTAL               4.50
        VISA TEND           4.50
        CHANGE DUE          0.00
        # ITEMS SOLD 2""",
        [("ORG BANANAS", 2000, 138), ("GV WHOLE MILK", 1000, 312), ("GUM", 1000, 129)],
        450,
    ),
    "russian, tax below each item": (
        """КАССОВЫЙ ЧЕК / ПРИХОД
        КАССИР Иванова А.А.
        1. Хлеб Бородинский
           1.000 X 45.50 =45.50
           НДС 10%  =4.14
        2. Молоко 3,2% 1л
           2.000 X 89.90 =179.80
           НДС 10%  =16.35
        ИТОГ            =225.30
        НАЛИЧНЫМИ       =300.00
        СДАЧА           =74.70
        СУММА НДС 10%   =20.49""",
        [("Хлеб Бородинский", 1000, 4550), ("Молоко 3,2% 1л", 2000, 17980)],
        22530,
    ),
    "brazilian, codes and units in the line": (
        """CUPOM FISCAL ELETRONICO - SAT
        ITEM CODIGO DESCRICAO QTD UN VL UNIT VL TOTAL
        001 7891000100103 LEITE UHT 1L 2 UN X 4,59 9,18
        002 7891910000197 ACUCAR 1KG 1 UN X 3,99 3,99
        TOTAL R$                 13,17
        DINHEIRO                 20,00
        TROCO                     6,83""",
        [("LEITE UHT 1L", 2000, 918), ("ACUCAR 1KG", 1000, 399)],
        1317,
    ),
    "italian, the quantity above": (
        """DESCRIZIONE          IVA  Prezzo(€)
        PANE                  4%      1,20
        2 x 1,50
        ACQUA NATURALE       22%      3,00
        SUBTOTALE                     4,20
        SCONTO                       -0,30
        TOTALE COMPLESSIVO            3,90
        di cui IVA                    0,70
        Pagamento contante           10,00
        Resto                         6,10""",
        [("PANE", 1000, 120), ("ACQUA NATURALE", 2000, 300)],
        390,
    ),
    "french": (
        """BAGUETTE TRADITION      1,10
        2 X 1,75 €
        YAOURT NATURE X4        3,50
        REMISE FIDELITE        -0,50
        TOTAL A PAYER           4,10 EUR
        CARTE BANCAIRE          4,10
        DONT TVA 5,5%           0,26""",
        [("BAGUETTE TRADITION", 1000, 110), ("YAOURT NATURE X4", 2000, 350)],
        410,
    ),
    "spanish, a name above its weight": (
        """Descripción   P. Unit  Importe
        1 PAN BARRA              0,60
        2 LECHE ENTERA   0,82    1,64
        1 PLATANO
        0,985 kg  1,79 €/kg      1,76
        TOTAL (€)                4,00
        TARJETA BANCARIA         4,00""",
        [("PAN BARRA", 1000, 60), ("LECHE ENTERA", 2000, 164), ("PLATANO", 985, 176)],
        400,
    ),
    "malay": (
        """NASI LEMAK            5.00
        TEH TARIK  2 x 2.50   5.00
        JUMLAH                10.00
        TUNAI                 20.00
        BAKI                  10.00""",
        [("NASI LEMAK", 1000, 500), ("TEH TARIK", 2000, 500)],
        1000,
    ),
    "thousands": (
        """FLOWER BUNCH   240 PCS @ 13.90    3,336.00 SR
        VASE                              1.000,00
        TOTAL RM                          4,336.00
        CASH (MYR)                       -4,400.00
        CHANGE                               64.00""",
        [("FLOWER BUNCH", 240_000, 333_600), ("VASE", 1000, 100_000)],
        433_600,
    ),
    "tax on top, rounding, service": (
        """QTY ITEM           RM
        1 MILO DINO        7.45
        2 HALF BOILED EGG  9.06
        SUBTOTAL          16.51
        10% SRV CHG        1.65
        GST 6%             1.09
        TOTAL             19.25
        ROUNDING ADJ      -0.05
        TOTAL ROUNDED     19.20
        CASH              20.00
        CHANGE             0.80""",
        [("MILO DINO", 1000, 745), ("HALF BOILED EGG", 2000, 906)],
        1920,
    ),
}


@pytest.mark.parametrize(("text", "lines", "paid"), RECEIPTS.values(), ids=RECEIPTS)
def test_a_receipt_gives_its_items_and_its_total(text: str, lines: list[tuple[object, ...]], paid: int) -> None:
    events, skipped = told(text)
    assert items(events) == lines
    assert total(events) == paid
    assert isinstance(events[0], SaleBegan)
    assert not skipped


def test_a_korean_receipt_names_items_above_code_price_quantity_amount() -> None:
    events, _ = told(
        """상품명         단가  수량   금액
        1. 수학의 정석
        *979116227921299    14,500   1    14,500
        2. 영어 단어장
         8801234567893      12,000   2    24,000
        합계               38,500
        받은금액           50,000
        거스름돈           11,500""",
        Layout(decimals=0),
    )
    assert items(events) == [("수학의 정석", 1000, 14500), ("영어 단어장", 2000, 24000)]
    rung = [event.line for event in events if isinstance(event, LineRung)]
    assert [(line.code, line.doubt) for line in rung] == [("9791162279212", None), ("8801234567893", None)]
    assert total(events) == 38500


def test_the_name_may_stand_below_its_figures() -> None:
    events, _ = told(
        """CORNER SHOP
        9557031100236          1 X  3.02    3.02
        BOPP TAPE 48MM
        9072317                2 X  3.88    7.76
        PAINT BRUSH
        TOTAL                      RM 10.78
        CASH                       RM 10.78"""
    )
    assert items(events) == [("BOPP TAPE 48MM", 1000, 302), ("PAINT BRUSH", 2000, 776)]
    rung = [event.line for event in events if isinstance(event, LineRung)]
    assert [(line.code, line.doubt) for line in rung] == [
        ("9557031100236", None),
        ("9072317", "no GTIN: 7 digits"),
    ]


def test_a_weight_without_a_unit_has_three_places() -> None:
    events, _ = told("PRAWNS  0.434 X 39.90   17.32\nTOTAL  17.32\nCASH  17.32")
    [line] = [event.line for event in events if isinstance(event, LineRung)]
    assert (line.quantity, line.unit, line.price) == (434, Unit.KILOGRAM, 3990)


def test_a_void_takes_a_line_off_and_a_minus_without_a_line_is_a_discount() -> None:
    events, _ = told("TEA  3.00\nBUN  2.00\nVOID TEA  3.00\nMULTIBUY BREAD -0.50\nTOTAL  1.50\nCASH  1.50")
    assert [type(event) for event in events[3:5]] == [LineVoided, DiscountGiven]
    voided, discount = events[3:5]
    assert isinstance(voided, LineVoided)
    assert isinstance(discount, DiscountGiven)
    assert (voided.name, voided.amount, discount.amount) == ("TEA", 300, 50)


def test_a_receipt_that_does_not_add_up_is_kept_without_lines() -> None:
    events, skipped = told("TEA  3.00\nBUN  2.00\nTOTAL  9.00\nCASH  10.00\nCHANGE  1.00")
    assert events == [SaleEnded(at=AT, total=900)]
    assert skipped == ["a receipt whose lines do not add up to its total is kept without lines"]


@pytest.mark.parametrize(
    "foot",
    [
        "TOTAL  9.00",  # nothing says the same
        "TOTAL  9.00\nCASH  10.00\nCHANGE  5.00",  # it was paid with 5.00
        "TOTAL  5.00\nGRAND TOTAL  9.00\nCASH  9.00\nCHANGE  0.00\nCHANGE  4.00",
    ],
)
def test_a_total_that_is_not_certain_is_not_told(foot: str) -> None:
    events, skipped = told(f"TEA  3.00\nBUN  2.00\n{foot}")
    assert events == [SaleEnded(at=AT)]
    assert skipped == ["a receipt whose total is not certain is kept without total and lines"]


@pytest.mark.parametrize(
    "text",
    [
        "*** COPY ***\nTEA  3.00\nTOTAL  3.00\nCASH  3.00",
        "TEA  3.00\nTOTAL  3.00\nCASH  3.00\n** DUPLICATE **",
        "Z REPORT 0012\nCASH  900.00\nCARD  334.50\nTOTAL  1,234.50",
        "X-ОТЧЕТ\nНАЛИЧНЫМИ  900.00\nИТОГ  900.00",
        "CASH IN\nCASH  100.00\nTOTAL  100.00",
        "ВНЕСЕНИЕ  100.00\nИТОГО 100.00",
        "신용카드 매출전표\n거래금액 40.00\n승인번호 12345678\n합계  40.00",
        "MERCHANT COPY\nVISA  12.00\nTOTAL  12.00\nAUTH CODE: 012345",
    ],
)
def test_what_is_no_sale_gives_nothing(text: str) -> None:
    events, skipped = told(text)
    assert not events
    assert skipped == ["a copy, a report, a card slip or cash in or out is no sale"]


def test_words_of_a_card_slip_below_a_receipt_leave_it_a_sale() -> None:
    events, _ = told("TEA  3.00\nTOTAL  3.00\nVISA  3.00\nAUTH CODE: 012345\nCUSTOMER COPY")
    assert items(events) == [("TEA", 1000, 300)]


@pytest.mark.parametrize("name", ["COPY PAPER A4", "GREETING CARD", "ROOT BEER FLOAT", "CORRECTION PEN", "CASH BOX"])
def test_a_name_that_holds_a_word_of_the_grammar_is_a_name(name: str) -> None:
    events, _ = told(f"TEA  3.00\n{name}  2.00\nTOTAL  5.00\nCASH  5.00")
    assert (items(events), total(events)) == ([("TEA", 1000, 300), (name, 1000, 200)], 500)


def test_a_cancelled_receipt_ends_cancelled() -> None:
    events, _ = told("TEA  3.00\nTRANSACTION CANCELLED\nTOTAL  0.00")
    assert events == [SaleEnded(at=AT, phase=Phase.CANCELLED)]


@pytest.mark.parametrize("text", ["REFUND\nTEA  3.00\nTOTAL  3.00\nCASH  3.00", "TEA  -3.00\nTOTAL  -3.00\nCASH  -3.00"])
def test_goods_that_come_back_are_a_return(text: str) -> None:
    events, _ = told(text)
    assert events[0] == SaleBegan(at=AT, kind=Kind.RETURN)
    assert items(events) == [("TEA", 1000, 300)]


def test_no_exchange_no_refund_is_no_return() -> None:
    events, _ = told("NO EXCHANGE NO REFUND\nTEA  3.00\nTOTAL  3.00\nCASH  3.00")
    assert events[0] == SaleBegan(at=AT)
