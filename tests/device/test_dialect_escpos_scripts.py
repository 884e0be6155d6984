"""Receipts on their way to the printer in other scripts, announced or not."""

from __future__ import annotations

import pytest
from fakes.printed_jobs import AT, CUT, TEA, ended, rung

from device.dialects.escpos import Decoder, Options
from device.domain import Phase
from device.printed import Layout


def test_wide_characters_and_a_money_sign_in_place_of_the_backslash_are_read() -> None:
    job = "녹차  ３，１００\n합계　　\\3,100\n현금　\\3,100\n".encode("cp949")
    events = Decoder(Options(charset="cp949", layout=Layout(decimals=0))).feed(job + CUT, AT)
    assert rung(events) == [("녹차", 3100)]
    assert ended(events) == [(Phase.CLOSED, 3100)]


@pytest.mark.parametrize(
    ("options", "job", "items", "total"),
    [
        (Options(), b"\x1c&" + "可口可乐 330ml   2   3.50   7.00\n合计   7.00\n现金  10.00\n找零   3.00\n".encode("gb18030"),
         [("可口可乐 330ml", 700)], 700),
        (Options(charset="cp932", layout=Layout(decimals=0)),
         "牛乳      \\198\n小計      \\198\n合計      \\198\n".encode("cp932"),
         [("牛乳", 198)], 198),
        (Options(), b"\x1bt\x12" + "MLEKO 2%    2 x3,49   6,98A\nSUMA PLN   6,98\nGOTÓWKA  6,98\n".encode("cp852"),
         [("MLEKO 2%", 698)], 698),
    ],
    ids=["chinese", "japanese", "polish"],
)  # fmt: skip
def test_receipts_in_more_scripts(options: Options, job: bytes, items: list[tuple[str, int]], total: int) -> None:
    events = Decoder(options).feed(b"\x1b@" + job + CUT, AT)
    assert rung(events) == items
    assert ended(events) == [(Phase.CLOSED, total)]


@pytest.mark.parametrize("charset", ["cp866", "cp1251", "utf-8"])
def test_russian_that_nobody_announced_is_read(charset: str) -> None:
    job = "КАССОВЫЙ ЧЕК\nМолоко 3,2%\n    2 x 89.90 =179.80\nИТОГ   =179.80\nНАЛИЧНЫМИ =200.00\nСДАЧА  =20.20\n"
    events = Decoder().feed(job.encode(charset) + CUT, AT)
    assert rung(events) == [("Молоко 3,2%", 17980)]
    assert ended(events) == [(Phase.CLOSED, 17980)]


def test_korean_that_nobody_announced_is_read_in_won() -> None:
    job = "가상서점\n1. 파이썬 첫걸음\n*978890000001699    14,500   1    14,500\n합계  14,500\n신용카드 14,500\n".encode("cp949")
    decode = Decoder()
    assert rung(decode.feed(job + CUT, AT)) == [("파이썬 첫걸음", 14500)]
    assert decode.skips.messages == 0
    assert rung(decode.feed(TEA + CUT, AT)) == [("Tea 100 bags", 310)]
