"""What the demo prints of a sale."""

from __future__ import annotations

import pytest

from device.demo.report import SaleLine, SaleReport, block


@pytest.mark.parametrize(
    ("currency", "told"),
    [("RUB", "1,234.56 RUB"), ("JPY", "123,456 JPY"), ("KWD", "123.456 KWD"), ("XXX", "1,234.56 XXX")],
)
def test_money_has_the_decimals_of_its_currency(currency: str, told: str) -> None:
    tea = SaleLine("tea", "46", "Tea", 1000, "pcs", 123_456)
    sale = SaleReport("r", "b", "S1", "1", currency, 123_456, (tea,), (), (), None)
    rows = block(1, sale, None).splitlines()
    assert [row.split("  ")[-1].strip() for row in rows if currency in row] == [told, told]


def test_money_back_is_told_with_its_sign_and_exactly() -> None:
    most = 10**17 + 1  # as a float it would be another amount
    assert f"-{most // 100:,}.01 RUB" in block(1, SaleReport("r", "b", "S1", "1", "RUB", -most, (), (), (), None), None)
