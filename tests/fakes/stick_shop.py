"""A register, headquarters and a stick between them, driven by their commands; the register is enrolled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from fakes.enrolled import enrol
from fakes.headquarters import sell
from fakes.ways import REGISTER, usb_settings

from device.errors import TillsideError
from sync import envelope, publish
from sync.central import open_central
from sync.commands.headquarters import headquarters
from sync.commands.register import sync as register
from sync.identity import signed


class Shop:
    def __init__(self, folder: Path) -> None:
        self.headquarters, self.stick, self.state = folder / "headquarters", folder / "stick", folder / "register"
        self.stick.mkdir()
        publish.init(self.headquarters)
        self.home = enrol(self.headquarters, self.state, REGISTER)
        self.settings = usb_settings(self.state, self.headquarters / "root.json")
        self.bodies = sell(self.state / "edge.db", range(450))

    @property
    def batches(self) -> list[Path]:
        return sorted((self.stick / "tillside/up" / REGISTER).glob("*.batch"))

    @property
    def answers(self) -> list[Path]:
        return sorted((self.stick / "tillside/down" / REGISTER).glob("*.ack"))

    def export(self) -> str:
        return said(register, "export", "--settings", self.settings, "--to", self.stick)

    def take_in(self, *words: str) -> str:
        return said(headquarters, "import", "--dir", self.headquarters, "--from", self.stick, *words)

    def bring_home(self) -> str:
        return said(register, "import", "--settings", self.settings, "--from", self.stick)

    def waiting(self) -> int:
        state = CliRunner().invoke(register, ["status", "--json", "--settings", str(self.settings)], catch_exceptions=False)
        return int(msgspec.json.decode(state.output)["waiting"])

    def stored(self) -> list[bytes]:
        if not (self.headquarters / "central.db").exists():
            return []
        with closing(open_central(f"sqlite:///{self.headquarters / 'central.db'}")) as store:
            return list(store.receipts())

    def ends_well(self) -> None:
        """However it stood: one clean way there and back, and everything is there once."""
        self.export()
        self.take_in()
        self.bring_home()
        assert self.stored() == self.bodies
        assert self.waiting() == 0


def again(shop: Shop, sign: Callable[[str, bytes], bytes]) -> None:
    """Every batch of the stick, signed by somebody else."""
    for path in shop.batches:
        path.write_bytes(sign(envelope.receipts_topic(REGISTER), signed.read(path.read_bytes()).payload))


def nothing_of_it(shop: Shop) -> bool:
    """Neither kept nor quarantined nor answered."""
    with closing(open_central(f"sqlite:///{shop.headquarters / 'central.db'}")) as store:
        return (list(store.receipts()), store.quarantined(), store.registers(), shop.answers) == ([], [], [], [])


def said(group: object, *words: object) -> str:
    return CliRunner().invoke(group, list(map(str, words)), catch_exceptions=False).output


def told(way: object) -> str:
    """What it refuses with, in one line; nothing when it does not."""
    try:
        way()
    except TillsideError as error:
        text = str(error)
    else:
        text = ""
    assert "\n" not in text
    return text


def refused(way: object, *args: object) -> str:
    with pytest.raises(TillsideError) as raised:
        way(*args)
    assert "\n" not in str(raised.value)
    return str(raised.value)
