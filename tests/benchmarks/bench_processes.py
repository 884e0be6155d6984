"""The programs as a shop runs them: from exec to the first suggestion on the socket, and the memory of daemon and faces.

The till is a pseudo-terminal, the bundle has 5,000 items, the faces draw offscreen with the software renderer. Beside our start
stands that of a Python that imports ONNX Runtime and does nothing else.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import figures
import synthetic

from device.demo.faces import Eye, Face
from device.demo.programs import Program, tillside
from device.demo.scripts import ScriptLine
from device.demo.till import SerialWire, Till
from device.domain import Unit

STARTS = 10
ITEMS = 5_000


def settings(folder: Path, port: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(
        f'store = "S1"\ndevice = "bench"\nstate_dir = "{folder}"\nscreens_socket = "{folder}/screens.sock"\n'
        f'[[lane]]\ntill = "1"\n[lane.source]\nkind = "serial"\nport = "{port}"\nbaud = 115200\n'
    )
    return path


def start(folder: Path, wire: SerialWire, sale: int) -> tuple[Program, float]:
    """Start the daemon, ring up a line as soon as it listens, wait for suggestions; seconds from exec to them."""
    log = folder / f"daemon-{sale}.log"
    began = time.perf_counter()
    daemon = Program("daemon", tillside("run", "--settings", str(settings(folder, wire.port))), log)
    daemon.wait_for("reading", 60)
    eye = Eye(folder / "screens.sock", "1")
    till = Till(wire, "1", "RUB")
    till.open(None)
    till.ring(ScriptLine(synthetic.sku(sale), synthetic.sku(sale), "An item", 1000, 9900, 9900, Unit.PIECE))
    eye.wait("suggestions", lambda shown: len(shown.cards) > 0)
    took = time.perf_counter() - began
    eye.close()
    return daemon, took


def main() -> None:
    figures.load()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        synthetic.bundle(folder / "bundle.db", ITEMS)
        wire = SerialWire()
        took = []
        for sale in range(STARTS):
            daemon, seconds = start(folder, wire, sale)
            took.append(seconds * 1000)
            if sale + 1 < STARTS:
                daemon.stop()
        figures.row("daemon: exec to first suggestion", took, "ms")
        bare = []
        for _ in range(STARTS):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", "import onnxruntime"], check=True)
            bare.append((time.perf_counter() - began) * 1000)
        figures.row("beside it: a Python that imports ONNX Runtime", bare, "ms")
        common = ["--socket", str(folder / "screens.sock"), "--headless", "--remote", "--language", "en"]
        faces = [
            Program(kind, tillside("screen", kind, "--size", size, *common), folder / f"{kind}.log", talks=True)
            for kind, size in (("customer", "1920x1080"), ("cashier", "1024x768"))
        ]
        for program in faces:
            while not Face(program).state().get("connected"):
                time.sleep(0.05)
        time.sleep(1)
        for program in (daemon, *faces):
            pid = program.process.pid
            rss, pss = figures.rss_mib(pid), figures.pss_mib(pid)
            figures.note(f"{program.name + ': memory, all three running':58} RSS {rss:6.1f}  PSS {pss:6.1f}  MiB")
        for program in (*faces, daemon):
            program.stop()
        wire.close()
    figures.load()


if __name__ == "__main__":
    main()
