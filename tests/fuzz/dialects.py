"""A coverage-guided fuzzer for one dialect: `packaging/dev fuzz DIALECT SECONDS`, and for some seconds each in the tests.

The first byte of an input chooses how the rest is split. A decoder must not raise, hang or grow, and must tell the same however
the bytes come. Recordings of the dialect are where it starts; whatever breaks a promise is left as a file `crash-...` in the
working folder and can be given as an argument to be run again.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["device"]):
    from device import dialects
    from device.events import plain
    from device.replay import END

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
SPLITS = (1, 2, 3, 7, 16, 61, 256, 4096)


def told(name: str, data: bytes, size: int) -> list[dict[str, object]]:
    decode = dialects.decoder(name)
    events = [event for start in range(0, len(data), size) for event in decode.feed(data[start : start + size], AT)]
    return [plain(event) for event in events + decode.feed(b"", AT + END)]


def main() -> None:
    name = sys.argv.pop(1)

    def one(data: bytes) -> None:
        if data:
            whole, split = told(name, data[1:], len(data)), told(name, data[1:], SPLITS[data[0] % len(SPLITS)])
            assert whole == split, "other events for another split"

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
