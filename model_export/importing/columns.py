"""Which column of a table is what: said by flags, else guessed from its name, and shown before anything is imported.

| field        | means                                                                                                       |
|--------------|-------------------------------------------------------------------------------------------------------------|
| `receipt`    | required: the number on the receipt                                                                         |
| `sku`        | required: the item's code, as the catalogue knows it                                                        |
| `at`         | date and time; or `date` and `time` in columns of their own                                                 |
| `store`, `till` | with the number and the time they identify a receipt                                                     |
| `line`       | number within the receipt: the same line twice counts once                                                  |
| `quantity`   | 1 where there is none; `unit` pcs, kg, l or m                                                               |
| `amount`     | of the line; where it is empty, `price` of one unit times the quantity; without either it stays unknown     |
| `name`, `category` | of the item                                                                                           |
| `customer`   | loyalty id: kept as a keyed pseudonym only; `consent` whether the receipt may enter that shopper's profile   |
| `void`, `return`, `training` | yes or no; `type` a word that says so, `kind` a word that says bag, deposit, service, gift card |
| `order_hint` | order of receipts without a time                                                                            |

A required field with two candidates is asked for, never picked: which code is the item's decides what is learnt. So is an
`amount` beside a price where no column is the quantity: in as many exports it is how many.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from device.errors import HistoryError
from device.mistakes import nearest
from model_export.importing.found import clipped

SYNONYMS: Final[Mapping[str, str]] = {
    "receipt": "receiptid receipt receiptno receiptnumber receiptnr transactionid transaction transactionno transactionnumber "
    "trxid ticket ticketid ticketno ticketnumber invoice invoiceno invoiceid invoicenumber order orderid orderno ordernumber "
    "bill billno billid basket basketid check checkno checknumber belegnummer bonnummer bonnr чек чекномер номерчека документ",
    "sku": "sku skuid itemid itemcode itemno itemnumber product productid productcode stockcode article articleid articleno "
    "articlenumber artikel artikelnummer artikelnr plu gtin ean ean13 upc barcode prodcode код кодтовара артикул штрихкод",
    "at": "at datetime timestamp datetimeutc dateandtime transactiondatetime transactiontime receipttime receiptdatetime "
    "saletime invoicedate orderdate orderdatetime createdat closedat датавремя датаивремя времячека",
    "date": "date day saledate receiptdate transactiondate businessdate datum дата датачека",
    "time": "time hour saletimeofday uhrzeit время",
    "store": "store storeid storecode storeno storenumber shop shopid branch branchid filiale магазин кодмагазина филиал",
    "till": "till tillid tillno register registerid registerno pos posid terminal terminalid workstationid lane kasse kassennr "
    "касса номеркассы",
    "line": "line lineno linenumber lineid lineitem position posnr позиция номерстроки",
    "quantity": "quantity qty units amountsold menge anzahl количество колво кво",
    "unit": "unit uom unitofmeasure einheit единица едизм",
    "amount": "amount linetotal lineamount extendedamount totalprice total sum value spend betrag umsatz сумма стоимость",
    "price": "price unitprice itemprice productprice preis einzelpreis цена",
    "name": "name description itemname productname itemdescription productdescription bezeichnung наименование название товар",
    "category": "category productcategory department group productgroup warengruppe категория группа отдел",
    "customer": "customer customerid customerno loyaltyid loyaltycard card cardid cardno cardnumber member memberid custcode "
    "kundennummer клиент карта номеркарты",
    "consent": "consent optin согласие",
    "void": "void voided voidflag isvoid cancelled canceled cancelflag storno аннулирован отменен",
    "return": "return returned returnflag isreturn refund refunded retoure возврат",
    "training": "training trainingmode trainingflag trainingmodeflag practice учебный",
    "type": "type transactiontype saletype receipttype linetype operation операция тип видоперации",
    "kind": "kind itemtype itemkind",
    "order_hint": "orderhint",
}
FIELDS: Final = tuple(SYNONYMS)
REQUIRED: Final = ("receipt", "sku")
_STRICT: Final = {"receiptid": "receipt", "sku": "sku"}
"""Names of our own exports: nothing stands in doubt beside them."""


def normalised(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def assigned(names: Sequence[str], said: Mapping[str, str], *, untimed: bool) -> dict[str, int]:
    """The place of each field that the table has; HistoryError where that is in doubt, in one sentence that says what to pass."""
    places = {field: _place(names, field, name) for field, name in said.items()}
    keys = [normalised(name) for name in names]
    for field, synonyms in SYNONYMS.items():
        if field in places:
            continue
        candidates = [place for word in synonyms.split() for place, key in enumerate(keys) if key == word]
        candidates = [place for place in candidates if place not in places.values()]
        strict = [place for place in candidates if _STRICT.get(keys[place]) == field]
        candidates = strict or candidates
        if len(candidates) > 1 and field in REQUIRED:
            told = " or ".join(f"--column {field}='{clipped(names[place])}'" for place in candidates[:3])
            raise HistoryError(f"more than one column could be the {_SPOKEN[field]}: pass {told}")
        if candidates:
            places[field] = candidates[0]
    for field in REQUIRED:
        if field not in places:
            there = ", ".join(f"'{clipped(name)}'" for name in names[:20])
            raise HistoryError(f"no column is known to be the {_SPOKEN[field]}: pass --column {field}=NAME (there are: {there})")
    if "amount" not in said and "quantity" not in places and "amount" in places:
        _check_amount(names[places["amount"]], keys)
    _check_times(places, untimed=untimed)
    return dict(sorted(places.items(), key=lambda pair: FIELDS.index(pair[0])))


def _check_amount(name: str, keys: Sequence[str]) -> None:
    if normalised(name) == "amount" and any("price" in key for key in keys):
        told = f"--column quantity='{clipped(name)}' or --column amount='{clipped(name)}'"
        raise HistoryError(f"the column '{clipped(name)}' could be how many or how much money: pass {told}")


def _check_times(places: dict[str, int], *, untimed: bool) -> None:
    if "at" in places:
        places.pop("date", None)
        places.pop("time", None)
    elif "date" not in places:
        places.pop("time", None)
        if not untimed:
            raise HistoryError(
                "no column is known to be the time: pass --column at=NAME, or date=NAME and time=NAME, or --untimed"
            )


_SPOKEN: Final = {"receipt": "receipt's number", "sku": "item's code"}


def _place(names: Sequence[str], field: str, name: str) -> int:
    if field not in SYNONYMS:
        raise HistoryError(f"--column {field}={name}: there is no field '{field}'{nearest(field, FIELDS)}: {', '.join(FIELDS)}")
    if name in names:
        return names.index(name)
    same = [place for place, there in enumerate(names) if normalised(there) == normalised(name)]
    if len(same) == 1:
        return same[0]
    if name.isdecimal() and 1 <= int(name) <= len(names):
        return int(name) - 1
    there = ", ".join(f"'{clipped(one)}'" for one in names[:20])
    raise HistoryError(f"--column {field}={name}: there is no column '{name}'{nearest(name, names)}; there are: {there}")
