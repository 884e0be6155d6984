"""What a shop says of its goods: `items.parquet` beside the receipts, one row per SKU, and what receipts themselves tell.

| column                       | fact                                 | column absent         | cell empty            |
|------------------------------|--------------------------------------|-----------------------|-----------------------|
| `sku`                        | required                             |                       | row left out          |
| `name`, `name_ru`, `name_en` | name in any, in one language         | name of the receipts  | name of the receipts  |
| `short_xx`, `pitch_xx`       | reason; cashier's question           |                       |                       |
| `department`, `category`     |                                      | not known             | not known             |
| `unit_price`, `old_price`    | minor units                          | price of the receipts | price of the receipts |
| `unit`, `net`, `net_unit`    | sale unit; 1/1000 of `net_unit`      | `pcs`, not known      | `pcs`, not known      |
| `barcodes` (list), `barcode` |                                      |                       |                       |
| `plu`, `family`, `sponsor`   |                                      | not known             | not known             |
| `reach`                      | `at_till`, `fetch`, `next_visit`     | `fetch`               | not known             |
| `age_limit`                  | years; 0: for everybody              | 18 for words below, 0 | not known             |
| `kind`                       | `goods`, `bag`, `deposit`, ...       | `goods`               | `service`             |
| `sold_from`, `sold_until`    | shop-local hours                     | always                | always                |
| `stock`                      | pieces by store as JSON: `{"S1": 4}` | not tracked           | not tracked           |
| `recalled`                   | true: taken off the shelves          | no                    | not known             |
| `sensitive`                  | true: on no public screen            | no                    | not known             |
| `margin`                     | share of the price, -1 to 1          | not known             | not known             |
| `expires`                    | last day of sale: a date, or JSON by | never                 | never                 |
|                              | store: `{"S1": "2026-05-04"}`        |                       |                       |
| `fit`                        | what it is for, by kind, as JSON:    | for everybody         | for everybody         |
|                              | `{"diet": ["vegan"], "pet": []}`     |                       |                       |
| `picture`                    | file in the folder's `pictures/`     | none                  | none                  |

A fact that is not known keeps the item off the screens. So does an empty cell of a column that the shop does keep; a column it
does not keep at all must not silence every item, hence the defaults of whole columns. What cannot be (a price below 0, an hour of
25, a margin of 35) ends the training with one sentence. Which rule reads which fact: `device/policy/README.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from device.bundle import MAX_NAME_BYTES
from device.catalogue import Item, Kind, Reach, impossible
from device.domain import Sku
from device.errors import HistoryError
from device.pictures import harmless
from device.words import listed
from model_export.parquet import columns_of, read_rows
from model_export.registers import Sold

ITEMS: Final = "items.parquet"
PICTURES: Final = "pictures"
MOST_PICTURE_BYTES: Final = 2 * 1024 * 1024
MOST_TEXT: Final = 10_000
"""Characters of a cell; a hundred times as many where it tells of every store."""
_ITEM_BYTES: Final = 1_500
"""That an item takes, about."""

_PLAIN: Final = {
    "department": "department",
    "category": "category",
    "unit_price": "price",
    "old_price": "old_price",
    "unit": "unit",
    "net": "net",
    "net_unit": "net_unit",
    "plu": "plu",
    "family": "family",
    "reach": "reach",
    "age_limit": "age_limit",
    "kind": "kind",
    "sold_from": "sold_from",
    "sold_until": "sold_until",
    "sponsor": "sponsor",
    "picture": "picture",
    "margin": "margin",
}
_KNOWN: Final = {"sku", "name", "barcodes", "barcode", "stock", "recalled", "sensitive", "expires", "fit", *_PLAIN}
_BY_LANGUAGE: Final = re.compile(r"(name|short|pitch)_([a-z]{2,3})")

_WORDS: Final = (
    "alcohol alcoholic beer beers lager ale stout cider wine wines prosecco champagne vodka whisky whiskey rum gin brandy cognac",
    "tequila liqueur vermouth spirits tobacco cigarette cigarettes cigar cigars vape snus medicine medicines medicinal pharmacy",
    "painkiller paracetamol ibuprofen aspirin",
    "алкоголь алкогольный алкогольная алкогольные пиво пива пивной вино вина винный игристое шампанское сидр водка водки коньяк",
    "коньяки виски ром джин бренди текила ликёр ликеры ликёры ликер вермут настойка настойки табак табачный табачные сигареты",
    "сигарета сигары вейп стики лекарство лекарства аптека медикаменты обезболивающее парацетамол ибупрофен аспирин",
)
RESTRICTED_WORDS: Final = frozenset(word for line in _WORDS for word in line.split())
"""Words of a name, department or category that stand for an age limit of 18 where the shop keeps none. Whole words, any case."""


@dataclass(frozen=True, slots=True)
class Goods:
    items: list[Item]
    pictures: dict[str, bytes]
    remarks: tuple[str, ...]


def read_items(path: Path) -> Goods:
    """Item facts of an `items.parquet`; pictures from the folder beside it."""
    names = columns_of(path, ("sku",))
    read = {name for name in names if name in _KNOWN or _BY_LANGUAGE.fullmatch(name)}
    remarks = []
    if unknown := [name for name in names if name not in read]:
        remarks.append(f"columns of {path.name} that are not used: {listed(unknown)}")
    items: dict[str, Item] = {}
    twice = 0
    for row in read_rows(path, tuple(sorted(read)), ("sku",), _ITEM_BYTES):
        if row["sku"] is None:
            continue
        item = _item(row, path)
        twice += item.sku in items
        items[item.sku] = item
    if twice:
        remarks.append(f"{twice} rows of {path.name} repeat an item; the last one counts")
    pictures, missing = _pictures(items.values(), path.parent / PICTURES)
    if missing:
        remarks.append(f"{len(missing)} pictures are missing, too large or not plain pictures, such as {missing[0]}")
        items = {sku: _without_picture(item, pictures) for sku, item in items.items()}
    return Goods(list(items.values()), pictures, tuple(remarks))


def assortment(goods: Goods | None, skus: Sequence[Sku], sold: Mapping[Sku, Sold]) -> list[Item]:
    """Every item that is described or was ever sold, by SKU: the description first, what the receipts say where it is silent."""
    described = {item.sku: item for item in goods.items} if goods else {}
    items = []
    for sku in sorted({*described, *skus}):
        # An item that the shop's own list leaves out has no known facts; without a list the defaults of absent columns hold.
        item = described.get(sku) or (Item(sku) if goods else _item({"sku": sku}, Path(ITEMS)))
        said = sold.get(Sku(sku))
        if said is not None and said.name is not None and not item.names:
            item = msgspec.structs.replace(item, names={"": said.name})
            if item.age_limit == 0 and not goods:
                item = msgspec.structs.replace(item, age_limit=_age_limit({"name": said.name}))
        if said is not None and said.price is not None and item.price is None:
            item = msgspec.structs.replace(item, price=said.price)
        items.append(item)
    return items


def _item(row: dict[str, Any], path: Path) -> Item:
    for name, value in row.items():
        most = MOST_TEXT * (100 if name in {"stock", "expires"} else 1)
        if isinstance(value, str) and len(value) > most:
            raise HistoryError(f"{path}: item {row['sku'][:64]}: {name} is longer than {most} characters")
    words: dict[str, dict[str, str]] = {"name": {}, "short": {}, "pitch": {}}
    if row.get("name"):
        words["name"][""] = row["name"].strip()
    for column, value in row.items():
        if value and (by_language := _BY_LANGUAGE.fullmatch(column)):
            words[by_language[1]][by_language[2]] = value
    said = {"names": words["name"], "short": words["short"], "pitch": words["pitch"], "barcodes": _barcodes(row)}
    try:
        # Not strict: whole numbers arrive as floats from tools that know no empty integers.
        item = msgspec.convert(_facts(row) | said, Item, strict=False)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        raise HistoryError(f"{path}: item {row['sku']}: {error}") from error
    if (mistake := impossible(item)) is not None:
        raise HistoryError(f"{path}: item {row['sku']}: {mistake}")
    return item


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is no text for a face, with the defaults of columns that are not kept."""
    facts: dict[str, Any] = {"sku": row["sku"]}
    facts |= {fact: row[column] for column, fact in _PLAIN.items() if row.get(column) is not None}
    if "reach" not in row:
        facts["reach"] = Reach.FETCH
    if "age_limit" not in row:
        facts["age_limit"] = _age_limit(row)
    if "kind" in row and row["kind"] is None:
        facts["kind"] = Kind.SERVICE
    if "recalled" in row:
        facts["recalled"] = row["recalled"]
    if "sensitive" in row:
        facts["sensitive"] = row["sensitive"]
    if row.get("stock"):
        facts["stock"] = msgspec.json.decode(row["stock"])
    if row.get("fit"):
        facts["fit"] = msgspec.json.decode(row["fit"])
    if row.get("expires"):
        facts["expires"] = _by_store(row["expires"])
    return facts


def _barcodes(row: Mapping[str, Any]) -> tuple[Any, ...]:
    told = row.get("barcodes") or ()
    codes = [*((told,) if isinstance(told, str) else told), row.get("barcode")]
    return tuple(code for code in codes if code)


def _by_store(told: Any) -> Any:
    """Days by store; one day alone is every store's."""
    if isinstance(told, str) and told.lstrip().startswith("{"):
        return msgspec.json.decode(told)
    # A time of day, as exports add it, says no more than its day.
    return {"": told.date() if isinstance(told, datetime) else told}


def _age_limit(row: Mapping[str, Any]) -> int:
    said = " ".join(str(value) for name, value in row.items() if value and name.startswith(("name", "department", "category")))
    return 18 if RESTRICTED_WORDS.intersection(re.findall(r"[^\W\d_]+", said.casefold())) else 0


def _pictures(items: Iterable[Item], folder: Path) -> tuple[dict[str, bytes], list[str]]:
    found: dict[str, bytes] = {}
    missing = []
    for name in sorted({item.picture for item in items if item.picture}):
        file = folder / name
        # A name that climbs out of the folder is no picture of this shop.
        usable = Path(name).name == name and len(name.encode()) <= MAX_NAME_BYTES and file.is_file()
        if usable and file.stat().st_size <= MOST_PICTURE_BYTES and harmless(content := file.read_bytes()):
            found[name] = content
        else:
            missing.append(name)
    return found, missing


def _without_picture(item: Item, pictures: Mapping[str, bytes]) -> Item:
    return item if item.picture in pictures else msgspec.structs.replace(item, picture=None)
