"""POSLog of several makers and versions; hostile XML is refused, and what stood before it is kept."""

from __future__ import annotations

import pytest

from model_export.importing import transactions
from sync.central.past import Mark, PastLine, PastReceipt

SALE = """
<Transaction{flags}>
  <RetailStoreID>7</RetailStoreID><WorkstationID>2</WorkstationID><SequenceNumber>{number}</SequenceNumber>
  <BeginDateTime>2026-03-02T09:30:00</BeginDateTime><EndDateTime>2026-03-02T09:31:00</EndDateTime>
  <RetailTransaction{status}>
    <LineItem><SequenceNumber>1</SequenceNumber><Sale ItemType="Stock"><POSIdentity><POSItemID>milk</POSItemID></POSIdentity>
      <Description>Milk</Description><ExtendedAmount Currency="EUR">2.40</ExtendedAmount><Quantity>2</Quantity></Sale></LineItem>
    <LineItem><Tender TenderType="CreditDebit"><Amount>2.40</Amount><CreditDebit><PrimaryAccountNumber>4539578763621486
      </PrimaryAccountNumber></CreditDebit></Tender></LineItem>
  </RetailTransaction>
</Transaction>"""


def log(*transactions: str, root: str = "POSLog", tag: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}{tag}>' + "".join(transactions) + f"</{root}>\n"


def sale(number: int = 1, flags: str = "", status: str = "") -> str:
    return SALE.format(number=number, flags=flags, status=status)


def test_a_sale_is_read_and_its_tender_is_not(importing):
    done = importing.run(importing.file("log.xml", log(sale())), "--currency", "EUR")
    assert done.error is None
    expected = PastReceipt(
        "1",
        (PastLine("milk", 2000, 0, 240, "pcs", "Milk"),),
        store="7",
        till="2",
        local_time="2026-03-02T09:30:00",
        currency="EUR",
    )
    assert importing.kept() == [expected]
    assert b"4539578763621486" not in importing.bytes_kept()


def test_prefixes_and_namespaces_do_not_matter(importing):
    text = log(sale(), root="POSLog", tag=' xmlns="http://www.nrf-arts.org/IXRetail/namespace/"')
    prefixed = (
        text.replace("<", "<arts:").replace("<arts:/", "</arts:").replace("<arts:?", "<?").replace(' xmlns="', ' xmlns:arts="')
    )
    importing.run(importing.file("plain.xml", text))
    assert "0 receipts are new, 1 were here already" in importing.run(importing.file("prefixed.xml", prefixed)).output


def test_everything_that_is_no_ordinary_sale_is_marked(importing):
    item = "<POSIdentity><POSItemID>{}</POSItemID></POSIdentity><Quantity>1</Quantity>"
    mixed = (
        "<Transaction><SequenceNumber>9</SequenceNumber><BeginDateTime>2026-03-02T10:00:00</BeginDateTime><RetailTransaction>"
        f"<LineItem><Sale>{item.format('kept')}</Sale></LineItem>"
        f'<LineItem VoidFlag="true"><Sale>{item.format("void")}</Sale></LineItem>'
        f"<LineItem><Return>{item.format('return')}</Return></LineItem>"
        f'<LineItem><Sale ItemType="Deposit">{item.format("bottle")}</Sale></LineItem>'
        f"<LineItem><Sale>{item.format('bag')}<Description>Carrier bag</Description></Sale></LineItem>"
        f"<LineItem><CustomerOrderForPickup>{item.format('order')}</CustomerOrderForPickup></LineItem>"
        '<LineItem><Sale><ItemID>ham</ItemID><Quantity UnitOfMeasureCode="KGM" Units="0.342">1</Quantity></Sale></LineItem>'
        "<LineItem><Discount><Amount>1</Amount></Discount></LineItem>"
        "<Customer><LoyaltyAccount><LoyaltyAccountID>79123456789</LoyaltyAccountID></LoyaltyAccount></Customer>"
        "</RetailTransaction></Transaction>"
    )
    opened = "<Transaction><SequenceNumber>8</SequenceNumber><ControlTransaction><TillOpen/></ControlTransaction></Transaction>"
    text = log(
        opened,
        mixed,
        sale(1, ' TrainingModeFlag="true"'),
        sale(2, ' CancelFlag="true"'),
        sale(3, "", ' TransactionStatus="Suspended"'),
        sale(4, ' CancelFlag="false"', ' TransactionStatus="Delivered"'),
    )
    assert importing.run(importing.file("log.xml", text)).error is None
    kept = {one.number: one for one in importing.kept()}
    assert {number: Mark(one.marks) for number, one in kept.items()} == {
        "9": Mark(0),
        "1": Mark.TRAINING,
        "2": Mark.VOID,
        "3": Mark.VOID,
        "4": Mark(0),
    }
    assert {line.sku: Mark(line.marks) for line in kept["9"].lines} == {
        "kept": Mark(0),
        "void": Mark.VOID,
        "return": Mark.RETURN,
        "bottle": Mark.NOT_GOODS,
        "bag": Mark.NOT_GOODS,
        "order": Mark(0),
        "ham": Mark(0),
    }
    assert (kept["9"].lines[-1].quantity, kept["9"].lines[-1].unit) == (342, "kg")
    assert len(kept["9"].shopper) == 32
    assert b"79123456789" not in importing.bytes_kept()


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1251", "iso-8859-1"])
def test_other_encodings(importing, encoding):
    name = "Milch für alle" if encoding == "iso-8859-1" else "Молоко"
    text = log(sale()).replace("UTF-8", encoding).replace(">Milk<", f">{name}<")
    assert importing.run(importing.file("log.xml", text.encode(encoding))).error is None
    assert importing.kept()[0].lines[0].name == name


BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<POSLog><Transaction>&b;</Transaction></POSLog>"
)
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]><POSLog>&secret;</POSLog>'


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (BILLION_LAUGHS, "a document type is declared"),
        (EXTERNAL, "a document type is declared"),
        (log(sale(), "<Transaction>" + "<a>" * 200), "more than 64 deep"),
        (log(sale(), "<a>" * 200), "more than 64 deep"),
        (log(sale(), f"<Transaction><Note>{'x' * 20_000}</Note></Transaction>"), "longer than 16384 characters"),
        (log(sale(), f"<Transaction a='{'x' * 20_000}'></Transaction>"), "longer than 16384 characters"),
        (log(sale(), f"<!-- {'x' * 6_000_000} -->"), "longer than 4194304 bytes"),
        (log(sale(), "<Transaction></Sale>"), "breaks there"),
        (log(sale(), "<Transaction>&undefined;</Transaction>"), "breaks there"),
        (log(sale()).encode() + b"\x00\xff", "breaks there"),
        (log(sale(), sale(2)).encode()[:-700], "breaks there"),
        ('<?xml version="1.0" encoding="klingon"?><POSLog/>', "breaks there"),
        ("<?xml version='1.0'?>\n<html><body/></html>", "holds no transaction"),
    ],
)
def test_hostile_and_broken_files_end_in_one_sentence_and_keep_what_is_whole(importing, content, why):
    done = importing.run(importing.file("log.xml", content))
    assert why in done.error
    whole = 0 if isinstance(content, str) and "<SequenceNumber>1<" not in content else 1
    assert len(importing.kept()) == whole


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (">2<", ">two<", "is no number"),
        ("2026-03-02T09:30:00", "2099-03-02T09:30:00", "lies in the future"),
        ("<BeginDateTime>2026-03-02T09:30:00</BeginDateTime><EndDateTime>2026-03-02T09:31:00</EndDateTime>", "", "has no time"),
        ("<SequenceNumber>1</SequenceNumber>\n", "\n", "names no receipt"),
        ("milk", "4539578763621486", "could be a payment card's number"),
        ("milk", "", "holds no line with an item"),
    ],
)
def test_a_bad_transaction_is_refused_by_its_line(importing, old, new, why):
    bad = sale(1)
    assert old in bad
    done = importing.run(importing.file("log.xml", log(sale(5), bad.replace(old, new))))
    assert done.error is None
    (refused,) = [line for line in done.output.splitlines() if why in line]
    assert "line 13" in refused
    assert [one.number for one in importing.kept()] == ["5"]


def test_a_transaction_without_end_is_refused(importing, monkeypatch):
    monkeypatch.setattr(transactions, "MOST_ELEMENTS", 1_000)
    done = importing.run(importing.file("log.xml", log(sale(), "<Transaction>" + "<a/>" * 1_000 + "</Transaction>")))
    assert "more than 1000 elements" in done.error
    assert len(importing.kept()) == 1
