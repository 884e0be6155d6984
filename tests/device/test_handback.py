"""An item that the shopper said yes to goes back to the till once, and the till's own feed says whether it arrived."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import pytest
from fakes.device_daemon import Register
from fakes.device_face import face
from fakes.device_handback import BREAD, BUTTER, accept, heard, line, register
from fakes.device_till import wire
from fakes.headquarters import free_port
from fakes.patience import SECONDS, until

from device import settings
from device.doctor import findings
from device.screen_link import Verb


def test_the_till_hears_a_scanner_and_shows_the_item(tmp_path: Path, scanner: tuple[int, str]) -> None:
    end, port = scanner
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"\naim = true\nprefix = "~"').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop)
        told = bytearray()
        until(lambda: told.extend(heard(end)) or told.endswith(b"\r"), what="a scan")
        assert bytes(told) == b"~]E0" + BUTTER.encode() + b"\r"
        till.sendall(wire("a", 2, "bread", lines=[line(BREAD), line(BUTTER, 2)]))
        shop.says("butter was sent to the till, which shows it")
        assert heard(end) == b"", "once"


def test_a_till_that_does_not_show_it_is_not_told_again(tmp_path: Path, scanner: tuple[int, str]) -> None:
    end, port = scanner

    async def story(shop: Register) -> None:
        async with face(shop.socket) as cashier:
            assert (await cashier.act(Verb.ACCEPT, await cashier.shows("butter"), "butter")).done
            told = await asyncio.to_thread(shop.says, "butter was sent to the till, which does not show it after 0.3 s")
            assert "look there, then scan it" in told
            for verb in (Verb.UNDO, Verb.ACCEPT):
                assert (await cashier.act(verb, await cashier.shows("butter"), "butter")).done

    with register(tmp_path, f'kind = "scanner"\nport = "{port}"\nseconds = 0.3').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        asyncio.run(story(shop))
        shop.says("was sent once on this receipt")
        assert heard(end) == BUTTER.encode() + b"\r"


def test_a_port_that_is_gone_costs_a_sentence_and_no_sale(tmp_path: Path) -> None:
    with register(tmp_path, f'kind = "scanner"\nport = "{tmp_path / "none"}"').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop)
        assert "the cashier scans it" in shop.says("butter cannot be handed to the till")
        till.sendall(wire("a", 2, "bread", lines=[line(BREAD)], state="closed"))
        assert shop.keeps(1)
        assert shop.stop() == 0


def test_after_a_restart_it_is_told_what_became_of_an_item_that_was_sent_before_it(
    tmp_path: Path, scanner: tuple[int, str]
) -> None:
    end, port = scanner
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"\nseconds = 2.0').start() as shop:
        with shop.till() as till:
            till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
            accept(shop)
            until(lambda: heard(end), what="a scan")
            shop.kill()
        shop.start()
        with shop.till() as till:
            till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
            shop.says("butter was sent to the till, which does not show it after 2 s: look there, then scan it")
            till.sendall(wire("a", 2, "bread", lines=[line(BREAD), line(BUTTER, 2)]))
            shop.says("butter came onto the receipt after it was given up")
            note = shop.state / "heard.json"
            until(lambda: json.loads(note.read_bytes())["7"].get("handed") == {"late": 1}, what="the count")
            told = [one for one in findings(settings.read(shop.settings)) if "sent to the till" in one.says]
            assert [(one.kind, one.says) for one in told] == [("note", "sent to the till: 1 shown too late")]
            shop.kill()
        shop.start()
        with shop.till() as till:
            till.sendall(wire("a", 2, "bread", lines=[line(BREAD), line(BUTTER, 2)]))
            till.sendall(wire("a", 3, "bread", lines=[line(BREAD), line(BUTTER, 2)], state="closed"))
            assert shop.keeps(1)
            assert shop.words().count("butter was sent to the till") == 1, "what was told is not told again"
    assert heard(end) == b"", "once"


def test_a_scan_of_the_cashiers_own_is_told_apart_where_the_scanner_is_listened_to(
    tmp_path: Path, scanner: tuple[int, str]
) -> None:
    end, port = scanner
    tapped = free_port()
    source = f'{{kind = "tcp", host = "127.0.0.1", port = {tapped}, listen = true}}'
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"\nseconds = 60.0') as shop:
        tap = f'[[lane.tap]]\nrole = "identity"\ndialect = "scanner"\nsource = {source}\n'
        shop.settings.write_text(shop.settings.read_text() + tap)
        shop.start()
        with shop.till() as till, socket.create_connection(("127.0.0.1", tapped), SECONDS) as hand:
            till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
            accept(shop)
            until(lambda: heard(end), what="a scan")
            hand.sendall(BUTTER.encode() + b"\r" + b"?" * 9 + b"\r")
            shop.says("skipped")  # what came before it has been heard
            till.sendall(wire("a", 2, "bread", lines=[line(BREAD), line(BUTTER, 2)]))
            shop.says("butter was sent to the till and scanned by the cashier meanwhile: it stands on the receipt once")


@pytest.mark.parametrize("port", ["nosuch://port", "hwgrep://("])
def test_a_port_that_cannot_be_one_costs_a_sentence_and_no_sale(tmp_path: Path, port: str) -> None:
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop)
        shop.says("butter cannot be handed to the till")
        till.sendall(wire("a", 2, "bread", lines=[line(BREAD)], state="closed"))
        assert shop.keeps(1)
        assert shop.stop() == 0


def test_a_till_that_shows_it_twice_is_told_and_the_receipt_keeps_both(tmp_path: Path, scanner: tuple[int, str]) -> None:
    end, port = scanner
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop)
        until(lambda: heard(end), what="a scan")
        both = [line(BREAD), line(BUTTER, 2), line(BUTTER, 3)]
        till.sendall(wire("a", 2, "bread", lines=both))
        shop.says("butter stands 2 times on the receipt and was sent once: look whether one has to be taken off")
        till.sendall(wire("a", 3, "bread", lines=both, state="closed"))
        (kept,) = shop.keeps(1)
        assert [one.sku for one in kept.lines] == ["bread", "butter", "butter"]
        assert shop.words().count("butter stands 2 times") == 1


def test_a_till_that_rings_it_up_late_is_told_so_and_gets_it_no_second_time(tmp_path: Path, scanner: tuple[int, str]) -> None:
    end, port = scanner
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"\nseconds = 0.5').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop)
        shop.says("butter was sent to the till, which does not show it after 0.5 s: look there, then scan it")
        till.sendall(wire("a", 2, "bread", lines=[line(BREAD), line(BUTTER, 2)]))
        shop.says("butter came onto the receipt after it was given up: the till was late, or it was scanned")
        assert "was sent to the till, which shows it" not in shop.words()
        assert heard(end) == BUTTER.encode() + b"\r", "once"


def test_on_the_next_receipt_it_is_no_success(tmp_path: Path, scanner: tuple[int, str]) -> None:
    end, port = scanner
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop)
        until(lambda: heard(end), what="a scan")
        # In one piece: no state of a receipt goes by unseen, however fast they come.
        closed = wire("a", 2, "bread", lines=[line(BREAD)], state="closed")
        till.sendall(closed + wire("b", 1, "butter", lines=[line(BUTTER)]))
        shop.says("butter was sent to the till, but the sale is over and the till has not shown it: see that nobody else pays it")
        till.sendall(wire("b", 2, "butter", lines=[line(BUTTER)], state="closed"))
        assert shop.keeps(2)
        assert "was sent to the till, which shows it" not in shop.words()
        assert heard(end) == b""


def test_the_last_word_on_a_receipt_may_be_the_one_that_shows_it(tmp_path: Path, scanner: tuple[int, str]) -> None:
    end, port = scanner
    with register(tmp_path, f'kind = "scanner"\nport = "{port}"').start() as shop, shop.till() as till:
        till.sendall(wire("a", 1, "bread", lines=[line(BREAD)]))
        accept(shop)
        until(lambda: heard(end), what="a scan")
        closed = wire("a", 2, "bread", lines=[line(BREAD), line(BUTTER, 2)], state="closed")
        till.sendall(closed + wire("b", 1, "bread", lines=[line(BREAD)]))
        shop.says("butter was sent to the till, which shows it")
