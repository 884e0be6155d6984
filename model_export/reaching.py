"""Whether an engine will answer, before an hour is spent on reading what it is to count."""

from __future__ import annotations

import os
import shutil
import socket
from typing import Final
from urllib.parse import urlsplit

from device.address import masked
from device.errors import TrainingError
from model_export.engine import NO_SPARK, driver, opened

_CONNECT_SECONDS: Final = 10


def try_to_reach(where: str) -> None:
    """TrainingError, as of `engine.opened`: no such engine, no driver for it, a wrong address, or nobody who answers there.

    Spark takes seconds to start, and then memory: it is only looked for.
    """
    if where == "spark" or where.startswith("spark://"):
        _look_for_spark(where)
    else:
        with opened(where):
            pass


def _look_for_spark(where: str) -> None:
    driver("pyspark", "spark")
    home = os.environ.get("JAVA_HOME")
    if shutil.which(f"{home}/bin/java" if home else "java") is None:
        raise TrainingError(f"{NO_SPARK}: java is not found")
    if where == "spark":
        return
    why = "write spark://host:7077"
    for master in where.removeprefix("spark://").split(","):
        try:
            address = urlsplit(f"//{master}")
            host, port = address.hostname, address.port
        except ValueError:
            continue
        if host and port:
            try:
                socket.create_connection((host, port), _CONNECT_SECONDS).close()
            except (OSError, UnicodeError) as error:
                why = str(error)
            else:
                return
    raise TrainingError(f"Spark at {masked(where)} does not answer: {why}")
