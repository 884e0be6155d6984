"""What the demo starts ends with it, however it ends."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from fakes.patience import until
from fakes.program import Program

ROOT = Path(__file__).parents[2]
STARTS_A_BROKER = """
import sys, time
from pathlib import Path
from device.demo.broker import broker, listening
from device.demo.programs import Program, free_port
folder, port = Path(sys.argv[1]), free_port()
listening(Program("broker", broker(folder / "mosquitto.conf", port), folder / "broker.log"), port)
print("listening at", port, file=sys.stderr, flush=True)
time.sleep(600)
"""


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_broker_ends_with_a_demo_that_is_killed(tmp_path):
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with Program([sys.executable, "-c", STARTS_A_BROKER, tmp_path], tmp_path / "log", env=env) as demo:
        port = int(demo.says("listening at").split()[-1])
        assert answers(port)
        demo.kill()
        until(lambda: not answers(port), what="the broker to end", seen=(tmp_path / "broker.log").read_text)
