"""Which column of a table is what: said by flags, else guessed from its name, and shown before anything is imported.

| field        | means                                                                                                       |
|--------------|-------------------------------------------------------------------------------------------------------------|
| `receipt`    | required: the number on the receipt, or `ONE+OTHER`: columns that tell it together, all of which must        |
|              | say something; with the customer's among them it is kept as a keyed pseudonym                               |
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
    "articlenumber artikel artikelnummer artikelnr plu gtin ean ean13 upc barcode prodcode код кодтовара артикул штрихкод "
    "item items",
    "at": "at datetime timestamp datetimeutc dateandtime transactiondatetime transactiontime receipttime receiptdatetime "
    "saletime soldat transactiondt invoicedate orderdate orderdatetime createdat closedat датавремя датаивремя времячека",
    "date": "date day saledate receiptdate transactiondate businessdate datum дата датачека",
    "time": "time hour transtime saletimeofday uhrzeit время",
    "store": "store storeid storecode storeno storenumber shop shopid branch branchid filiale магазин кодмагазина филиал",
    "till": "till tillid tillno register registerid registerno pos posid terminal terminalid workstationid lane kasse kassennr "
    "касса номеркассы",
    "line": "line lineno linenumber lineid lineitem position posnr позиция номерстроки",
    "quantity": "quantity qty units amountsold menge anzahl количество колво кво",
    "unit": "unit uom unitofmeasure einheit единица едизм",
    "amount": "amount linetotal lineamount salesvalue salesamount "
    "extendedamount totalprice total sum value spend betrag umsatz сумма стоимость",
    "price": "price unitprice itemprice productprice preis einzelpreis цена",
    "name": "name description itemname productname itemdescription productdescription bezeichnung наименование название товар "
    "item items",
    "category": "category productcategory department group productgroup warengruppe категория группа отдел",
    "customer": "customer customerid customerno custid userid householdid householdkey "
    "loyaltyid loyaltycard card cardid cardno cardnumber member memberid custcode "
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
_WEAK: Final = frozenset(["item", "items"])
"""The item's code only where nothing else could be it."""


def normalised(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def assigned(names: Sequence[str], said: Mapping[str, str], *, untimed: bool) -> dict[str, int]:
    """The place of each field that the table has; HistoryError where that is in doubt, in one sentence that says what to pass."""
    places = _said(names, said)
    keys = [normalised(name) for name in names]
    for field, synonyms in SYNONYMS.items():
        if field in places:
            continue
        candidates = [place for word in synonyms.split() for place, key in enumerate(keys) if key == word]
        # A column that is only a part of the receipt's number may tell more.
        taken = [places[one] for one in places if "receipt+1" not in places or not one.startswith("receipt")]
        candidates = [place for place in candidates if place not in taken]
        strict = [place for place in candidates if _STRICT.get(keys[place]) == field]
        strong = [place for place in candidates if keys[place] not in _WEAK]
        candidates = strict or strong or candidates
        if len(candidates) > 1 and field in REQUIRED:
            told = " or ".join(f"--column {field}='{clipped(names[place])}'" for place in candidates[:3])
            raise HistoryError(f"more than one column could be the {_SPOKEN[field]}: pass {told}")
        if candidates:
            places[field] = candidates[0]
    for field in REQUIRED:
        if field not in places:
            there = ", ".join(f"'{clipped(name)}'" for name in names[:20])
            passed = f"--column {field}=NAME{_OR[field]}"
            raise HistoryError(f"no column is known to be the {_SPOKEN[field]}: pass {passed} (there are: {there})")
    if "amount" not in said and "quantity" not in places and "amount" in places:
        _check_amount(names[places["amount"]], keys)
    _check_times(places, untimed=untimed)
    return dict(sorted(places.items(), key=lambda pair: FIELDS.index(pair[0].partition("+")[0])))


def _said(names: Sequence[str], said: Mapping[str, str]) -> dict[str, int]:
    """What flags say; more columns of the receipt's number are `receipt+1` and so on."""
    places = {}
    for field, name in said.items():
        parts = name.split("+") if field == "receipt" and name not in names else [name]
        for more, part in enumerate(parts):
            places[f"{field}+{more}" if more else field] = _place(names, field, part)
    receipt = None if "receipt" not in places else names[places["receipt"]]
    if receipt is not None and "receipt+1" not in places and normalised(receipt) in SYNONYMS["customer"].split():
        told = f"--column receipt='{clipped(receipt)}'"
        raise HistoryError(f"{told} names a customer and no receipt: pass {told}+DAY, with the column of the day or the time")
    return places


def of_customer(fields: Mapping[str, int]) -> bool:
    """Whether the receipt's number would tell who the customer is."""
    return "customer" in fields and fields["customer"] in [fields[name] for name in fields if name.startswith("receipt")]


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


_OR: Final = {"receipt": ", or =ONE+OTHER of columns that tell it together, such as customer and day,", "sku": ""}
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
