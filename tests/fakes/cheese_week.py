"""A campaign with two coupons, and the curve that they are decided by."""

from __future__ import annotations

from device.propensity import Propensity

CURVE = Propensity("as stated", (0.0, 1.0), (0.0, 1.0), 1000)
TEXT = """
registers = {register-1 = 1, register-2 = 1}

[[campaign]]
name = "cheese week"
first_day = 2026-05-01
last_day = 2026-05-07
message = {en = "Cheese week", ru = "Неделя сыра"}
picture = "cheese.png"

[[campaign.coupon]]
sku = "honey"
code = "HONEY10"
price = 8990
per_day = 4

[[campaign.coupon]]
sku = "butter"
code = "BUTTER10"
price = 8990
per_day = 4
"""
