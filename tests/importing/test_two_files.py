"""The query of the README, for exports whose receipts and lines stand in two files, makes a folder that can be imported."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

README = Path(__file__).parents[2] / "model_export" / "README.md"


def test_orders_and_their_lines_become_a_folder(importing, monkeypatch):
    (query,) = re.findall(r"```sql\n(.+?)```", README.read_text(), re.DOTALL)
    importing.file(
        "orders.csv",
        "order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior_order\n"
        "9,1,prior,1,2,08,\n2,1,prior,2,3,07,15.0\n3,7,prior,1,3,07,\n",
    )
    importing.file(
        "order_products__prior.csv",
        "order_id,product_id,add_to_cart_order,reordered\n2,33120,1,1\n2,28985,2,1\n3,33120,1,0\n9,5,2,0\n9,6,1,0\n",
    )
    importing.file("products.csv", 'product_id,product_name,aisle_id,department_id\n33120,"Eggs, large",86,16\n')
    (importing.folder / "export").mkdir()
    monkeypatch.chdir(importing.folder)
    duckdb.sql(query)
    done = importing.run(importing.folder / "export", "--untimed")
    assert done.error is None, done.output
    kept = importing.kept()
    assert {(one.number, one.order_hint, tuple(line.sku for line in one.lines)) for one in kept} == {
        ("9", 1, ("6", "5")),
        ("2", 2, ("33120", "28985")),
        ("3", 1, ("33120",)),
    }
    assert len({one.shopper for one in kept}) == 2
