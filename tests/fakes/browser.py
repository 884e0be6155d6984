"""A page in a real headless browser."""

from __future__ import annotations

import subprocess


def browsed(chromium, folder, *words):
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", f"--user-data-dir={folder}")
    done = subprocess.run([chromium, *flags, *words], capture_output=True, timeout=100, check=True, stdin=subprocess.DEVNULL)
    return done.stdout.decode()
