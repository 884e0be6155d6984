"""One shopper's profile among those of a store, as a request for what is kept of somebody asks for it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from fakes.device_shop import write_shop
from fakes.store_files import write

from device import store_profiles
from device.bundle import Bundle
from device.domain import Pseudonym

PAGE = 4096
LEAF_OF_A_TABLE = 0x0D


def test_a_shopper_is_found_by_the_index_and_not_by_reading_everybody(tmp_path: Path) -> None:
    """Every page of the table is damaged but the one that holds this shopper: whoever looks through all of them fails."""
    everybody = [f"{number:032x}" for number in range(2000)]
    wanted = everybody[1234]
    write(tmp_path / "by-store", {"S1": everybody})
    (file,) = (tmp_path / "by-store").iterdir()
    pages = [file.read_bytes()[at : at + PAGE] for at in range(0, file.stat().st_size, PAGE)]
    others = [at for at, page in enumerate(pages) if at and page[0] == LEAF_OF_A_TABLE and wanted.encode() not in page]
    assert len(others) > 20
    file.write_bytes(b"".join(bytes(PAGE) if at in others else page for at, page in enumerate(pages)))
    write_shop(tmp_path / "bundle")
    with closing(Bundle.open(tmp_path / "bundle")) as bundle:
        assert store_profiles.profile(bundle, tmp_path / "by-store", Pseudonym(wanted)) is not None
        assert store_profiles.profile(bundle, tmp_path / "by-store", Pseudonym("f" * 32)) is None
