"""`tillside screen customer`, `cashier` and `gallery`. Qt is imported when a face starts, not before."""

from __future__ import annotations

import contextlib
import faulthandler
import locale
import logging
import os
import re
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from device.errors import SettingsError
from device.hours import Span, parsed
from device.options import Measure
from device.screen_link import FaceKind
from kiosk_ui.dock import Dock
from kiosk_ui.formats import Language
from kiosk_ui.heap import keep_small

if TYPE_CHECKING:
    from collections.abc import Callable

DEBIAN_FONTS = Path("/usr/share/fonts")
SMALLEST_SIDE, LARGEST_SIDE = 100, 16_384
"""Pixels of a window."""
HEADLESS_SIZES = {FaceKind.CUSTOMER: (1920, 1080), FaceKind.CASHIER: (1024, 768)}


class _Size(click.ParamType[tuple[int, int]]):
    name = "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(\d{3,5})x(\d{3,5})", value)
        if found is None:
            self.fail(f"{value!r} is no size: write width and height in pixels, such as 1024x768", param, ctx)
        size = int(found[1]), int(found[2])
        if min(size) < SMALLEST_SIDE or max(size) > LARGEST_SIDE:
            self.fail(f"{value!r} is no size: each side has {SMALLEST_SIDE} to {LARGEST_SIDE} pixels", param, ctx)
        return size


class _Hours(click.ParamType[Span]):
    name = "HH:MM-HH:MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Span:
        if isinstance(value, Span):
            return value
        try:
            return parsed(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def default_socket() -> Path:
    """Where the daemon listens unless told otherwise."""
    folder = os.environ.get("XDG_RUNTIME_DIR")
    return (Path(folder) / "tillside" if folder else Path("/run/tillside")) / "screens.sock"


def system_language() -> Language:
    """Russian or Arabic where the machine speaks it, else English."""
    words = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    words.append(locale.getlocale()[0] or "")
    chosen = next((word for word in words if word), "")
    known = {"ru": Language.RUSSIAN, "russian": Language.RUSSIAN, "ar": Language.ARABIC, "arabic": Language.ARABIC}
    return known.get(re.split("[^a-z]", chosen.lower())[0], Language.ENGLISH)


def _options(inches: float, distance: float) -> Callable[[Callable[..., None]], Callable[..., None]]:
    choices = [
        click.option("--socket", type=click.Path(path_type=Path), help="Unix socket of the daemon."),
        click.option("--lane", default="", help="Which lane to show; the first one by default."),
        click.option("--language", type=click.Choice([language.value for language in Language]), help="Default: the system's."),
        click.option("--size", type=_Size(), help="A window of this size instead of the full screen."),
        click.option("--output", default="", help="The monitor of that name, such as HDMI-1; ends while it is unplugged."),
        click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True),
        click.option(
            "--dark-hours", multiple=True, type=_Hours(), help="Dark theme at these hours of each day, such as 20:00-07:00."
        ),
        click.option("--reduced-motion", is_flag=True, help="Nothing slides in: what changes is there at once."),
        click.option("--monitor-off", is_flag=True, help="Monitors off while the shop is closed (X11 with xset)."),
        click.option(
            "--palette",
            type=click.Choice(["standard", "colour-blind"]),
            default="standard",
            show_default=True,
            help="Colours that stay apart for the colour-blind, or the brand's.",
        ),
        click.option("--headless", is_flag=True, help="Draw into memory; needs no display."),
        click.option("--remote", is_flag=True, help="Taps and pictures by JSON lines on standard input."),
        click.option(
            "--fonts",
            type=click.Path(path_type=Path),
            default=DEBIAN_FONTS,
            show_default=True,
            help="Folder with the fonts of Inter and Noto.",
        ),
        click.option("--inches", type=Measure(3, 100), default=inches, show_default=True, help="Diagonal."),
        click.option(
            "--distance",
            type=Measure(200, 5000),
            default=distance,
            show_default=True,
            help="From the eye to the screen in mm; letters are never smaller than can be read from there.",
        ),
    ]

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for choice in reversed(choices):
            command = choice(command)
        return command

    return add


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def screen() -> None:
    """Show a face: the customer's monitor or the cashier's touch screen."""


@screen.command(epilog="Example: tillside screen customer --size 1920x1080 --language en")
@_options(inches=15.6, distance=800)
def customer(**chosen: Any) -> None:
    """Show the basket, its total and what goes with it to the customer."""
    _start(FaceKind.CUSTOMER, **chosen)


@screen.command(epilog="Example: tillside screen cashier --dock bottom --lane till-2")
@click.option("--left-handed", is_flag=True, help="The accept button on the left.")
@click.option(
    "--dock",
    type=click.Choice([dock.value for dock in Dock]),
    help="Beside the till's own program instead of the full screen: a strip along the bottom or a panel at a side.",
)
@_options(inches=15.0, distance=600)
def cashier(**chosen: Any) -> None:
    """Show the cashier what to offer, with three buttons: accept, skip, out of stock."""
    _start(FaceKind.CASHIER, **chosen)


@screen.command(epilog="Example: tillside screen gallery --out faces --only customer-payment --language ru")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the pictures: new, empty, or a gallery made before.")
@click.option("--only", multiple=True, metavar="PATTERN", help="A part of the pictures' names, or with * and ? the whole.")
@click.option("--language", multiple=True, type=click.Choice([language.value for language in Language]), help="Default: all.")
@click.option("--theme", multiple=True, type=click.Choice(["light", "dark", "safe", "safedark"]), help="Default: all.")
@click.option("--check", is_flag=True, help="Print what is wrong with any of them, one line each, and fail.")
@click.option("--jobs", type=click.IntRange(1, 64), default=os.cpu_count() or 1, show_default="processors", help="Processes.")
@click.option("--fonts", type=click.Path(path_type=Path), default=DEBIAN_FONTS, show_default=True, help="Folder of the fonts.")
def gallery(
    out: Path | None,
    only: tuple[str, ...],
    language: tuple[str, ...],
    theme: tuple[str, ...],
    check: bool,
    jobs: int,
    fonts: Path,
) -> None:
    """Draw everything the faces can show, in every size, language and theme; open index.html in the folder."""
    from kiosk_ui.gallery.exhibition import Order, draw, exhibit, judge, told
    from kiosk_ui.gallery.plan import pictures

    if out is None and not check:
        raise click.UsageError("say what to do: --out DIR for the pictures, --check for what is wrong with them, or both")
    work = pictures(only, language, theme)
    _prepare_qt(headless=True)
    began = time.monotonic()
    with click.progressbar(length=sum(map(len, work.values())), file=sys.stderr) as bar:
        order = Order(fonts, check, jobs, bar.update)
        drawn = draw(work, None, order) if out is None else exhibit(work, out, order)
    took = time.monotonic() - began
    for sentence in told(drawn):
        print(sentence)
    where = "" if out is None else f" in {out}"
    print(f"{len(drawn)} pictures{where}: {took:.0f} s, {len(drawn) / took:.1f} a second")
    judge(drawn)


def _start(
    kind: FaceKind,
    *,
    socket: Path | None,
    lane: str,
    language: str | None,
    size: tuple[int, int] | None,
    theme: str,
    palette: str,
    headless: bool,
    remote: bool,
    fonts: Path,
    inches: float,
    distance: float,
    output: str,
    dark_hours: tuple[Span, ...],
    reduced_motion: bool,
    monitor_off: bool,
    left_handed: bool = False,
    dock: str | None = None,
) -> None:
    logging.basicConfig(format=f"tillside screen {kind}: %(message)s")
    # A watchdog ends a hung face by SIGABRT: the log then says where it hung.
    faulthandler.enable()
    keep_small()
    _prepare_qt(headless=headless)
    if headless and size is None and dock is None:
        size = HEADLESS_SIZES[kind]
    from kiosk_ui.app import Options, Palette, run
    from kiosk_ui.remembered import place

    options = Options(
        kind=kind,
        socket=socket or default_socket(),
        lane=lane,
        language=Language(language) if language else system_language(),
        size=size,
        dark=theme == "dark",
        fonts=fonts,
        inches=inches,
        distance_mm=distance,
        left_handed=left_handed,
        dock=Dock(dock) if dock else None,
        palette=Palette(palette),
        remote=remote,
        output=output,
        dark_hours=dark_hours,
        still=reduced_motion,
        monitor_off=monitor_off,
        memory=place(kind, lane),
    )
    status = run(options)
    logging.shutdown()
    sys.stdout.flush()
    # Everything with an end has come to it. The interpreter's own way out takes ten times as long as the face's, and a supervisor
    # of a busy register would not wait for it.
    os._exit(status)


def _x_server_answers(display: str) -> bool:
    """Only a display of this machine can be asked simply: `:0` is a socket in /tmp/.X11-unix, by file or abstract name."""
    number = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", display)
    if number is None:
        return True
    place = f"/tmp/.X11-unix/X{number[1]}"  # noqa: S108 - where X servers listen
    return _somebody_listens(place) or _somebody_listens(f"\0{place}")


def _somebody_listens(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
        probe.connect(address)
        return True
    return False


def _prepare_qt(*, headless: bool) -> None:
    """Qt reads these once, when it is imported or a window opens; without a display it would abort the process."""
    if headless:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if not platform and not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        raise SettingsError("there is no display: start it from a graphical session, set DISPLAY, or use --headless")
    display = os.environ.get("DISPLAY", "")
    if platform in {"", "xcb"} and not os.environ.get("WAYLAND_DISPLAY") and not _x_server_answers(display):
        raise SettingsError(f"no X server answers at DISPLAY={display}: start one, correct DISPLAY, or use --headless")
    compositor = Path(os.environ.get("XDG_RUNTIME_DIR", "/run"), os.environ.get("WAYLAND_DISPLAY", "wayland-0"))
    if platform.startswith("wayland") and not _somebody_listens(str(compositor)):
        raise SettingsError(
            f"no Wayland compositor answers at {compositor}: start one, correct WAYLAND_DISPLAY, or use --headless"
        )
    # Without a graphics card the software renderer is eighteen times faster than an emulated one, and takes half the memory.
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    # Qt's own pause of 5 ms before a repaint would be most of the time a change takes.
    os.environ.setdefault("QT_QPA_UPDATE_IDLE_TIME", "0")
