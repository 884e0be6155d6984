"""The connection to the window system, opened with one sentence where Qt would abort the process.

Qt tells why it cannot start (no such display, no such platform, a library that is missing) in warnings, and ends by SIGABRT: in
a supervisor's log that is a crash with three stacks. Only until the application stands are its words taken here.
"""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication


def application(name: str) -> QGuiApplication:
    """The application; where there can be none the process ends with status 1 and a sentence on standard error."""
    told: list[str] = []

    def hear(kind: QtMsgType, _: QMessageLogContext, words: str) -> None:
        if kind is not QtMsgType.QtFatalMsg:
            told.append(words)
            return
        sys.stderr.write(f"tillside: {_sentence(told, words)}\n")
        sys.stderr.flush()
        # Qt aborts when this returns.
        os._exit(1)

    former = qInstallMessageHandler(hear)
    app = QGuiApplication([name])
    qInstallMessageHandler(former)
    for words in told:
        sys.stderr.write(f"{words}\n")
    return app


def _sentence(told: list[str], last: str) -> str:
    why = " ".join(told or [last]).replace("\n", " ")
    return (
        f"Qt cannot open a window: {why.strip().rstrip('.')}; correct DISPLAY, WAYLAND_DISPLAY or QT_QPA_PLATFORM, "
        "install what is missing (packaging/kiosk/README.md lists the packages), or use --headless"
    )
