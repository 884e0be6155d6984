"""Addresses as they may be shown."""

from __future__ import annotations

import re


def masked(url: str) -> str:
    """Without the password, before the host or among the parameters. `url` may stand within a sentence."""
    # As far as the last @: a password may hold one, and slashes too.
    hidden = re.sub(r"(://[^/:@]*):.*@", r"\1:***@", url, flags=re.DOTALL)
    return re.sub(r"(?i)(password|passwd|pwd)=[^&\s]*", r"\1=***", hidden)
