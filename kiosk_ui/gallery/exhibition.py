"""Makes the gallery's folder. Owns the processes that draw it and the folder they draw into, which is renamed when it is whole.

The folder must be new, empty, or a gallery made before (it holds `.tillside-gallery`); anything else is left alone.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from device.errors import SettingsError
from kiosk_ui.gallery.page import page
from kiosk_ui.gallery.plan import Picture, Setting
from kiosk_ui.gallery.scenes import STILL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kiosk_ui.gallery.look import Look

MARK = ".tillside-gallery"
INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture that was drawn: what Qt complained of, and what the checks found."""

    picture: Picture
    complaints: tuple[str, ...]
    flaws: tuple[str, ...]


Work = Mapping[Setting, tuple[Picture, ...]]
"""What is to be drawn, by how the face is set up for it."""


@dataclass(frozen=True, slots=True)
class Order:
    """How it is drawn: the folder of the fonts, whether flaws are looked for, by how many processes."""

    fonts: Path
    check: bool
    jobs: int
    told: Callable[[int], None] = lambda _: None
    """Called with the number of pictures done since."""


def draw(work: Work, folder: Path | None, order: Order) -> list[Drawn]:
    """Every picture of `work`, into `folder` where there is one; in the order of `work`."""
    drawn: dict[Setting, list[Drawn]] = {}
    # A process that was forked would have the parent's Qt, which does not survive it.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(order.jobs, len(work)), mp_context=context) as pool:
        tasks = {
            pool.submit(_draw, setting, pictures, folder, order.fonts, check=order.check): setting
            for setting, pictures in work.items()
        }
        try:
            for task in as_completed(tasks):
                drawn[tasks[task]] = task.result()
                order.told(len(task.result()))
        finally:
            # What has not begun is not begun when one has failed.
            pool.shutdown(cancel_futures=True)
    return [one for setting in work for one in drawn[setting]]


def _draw(setting: Setting, pictures: Iterable[Picture], folder: Path | None, fonts: Path, *, check: bool) -> list[Drawn]:
    from PySide6.QtGui import QGuiApplication  # noqa: PLC0415 only a process that draws needs Qt

    from kiosk_ui.gallery.checks import shifts  # noqa: PLC0415
    from kiosk_ui.gallery.png import png  # noqa: PLC0415
    from kiosk_ui.gallery.studio import Studio, complaints  # noqa: PLC0415

    drawn = []
    still: dict[str, Look] = {}
    with complaints() as heard:
        if QGuiApplication.instance() is None:
            QGuiApplication(["tillside-gallery"])
        studio = Studio(setting, fonts)
        for picture in pictures:
            image = studio.play(picture.scene)
            if folder is not None:
                (folder / f"{picture.name}.png").write_bytes(png(image))
            flaws = [] if studio.resting else ["does not come to rest"]
            if check:
                flaws += studio.flaws(image)
            if check and picture.scene.name in STILL:
                still[picture.scene.name] = studio.look()
                flaws += shifts(still)
            drawn.append(Drawn(picture, tuple(heard), tuple(flaws)))
            heard.clear()
        studio.close()
        if heard:
            drawn[-1] = replace(drawn[-1], complaints=(*drawn[-1].complaints, *heard))
    return drawn


def told(drawn: Iterable[Drawn]) -> list[str]:
    """What Qt complained of and the checks found, one line each."""
    return [f"{one.picture.name}: {sentence}" for one in drawn for sentence in (*one.complaints, *one.flaws)]


def judge(drawn: Sequence[Drawn]) -> None:
    """SettingsError unless all is well."""
    warned = sum(1 for one in drawn if one.complaints)
    flawed = sum(1 for one in drawn if one.flaws)
    if warned:
        raise SettingsError(f"QML warned while {warned} of {len(drawn)} pictures were drawn: see the lines above")
    if flawed:
        raise SettingsError(f"{flawed} of {len(drawn)} pictures have a flaw: see the lines above")


def exhibit(work: Work, out: Path, order: Order) -> list[Drawn]:
    """The pictures and their page in `out`, whole or not at all."""
    place = Path(os.path.realpath(out))
    _may_be_replaced(place, out)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        try:
            aside.chmod(0o755)
            began = time.monotonic()
            drawn = draw(work, aside, order)
            (aside / INDEX).write_text(page([one.picture for one in drawn]), encoding="utf-8")
            (aside / MARK).write_text(f"{len(drawn)} pictures in {time.monotonic() - began:.1f} s\n", encoding="utf-8")
            _put(aside, place)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise SettingsError(f"cannot write the gallery {out}: {error.strerror}; name a folder elsewhere") from error
    return drawn


def _may_be_replaced(place: Path, out: Path) -> None:
    try:
        if not place.exists() or (place / MARK).is_file() or (place.is_dir() and not any(place.iterdir())):
            return
    except OSError as error:
        raise SettingsError(f"cannot look into {out}: {error.strerror}; name another folder") from error
    raise SettingsError(f"{out} holds something that is no gallery: name a folder that is new or empty")


def _put(aside: Path, place: Path) -> None:
    """Rename into place; the former gallery goes when the new one stands."""
    former = aside.with_name(f"{aside.name}.former")
    if place.exists():
        place.rename(former)
    aside.rename(place)
    shutil.rmtree(former, ignore_errors=True)
