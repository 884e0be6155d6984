"""Words that count wherever they stand on a display, from the table of printed words: `words.toml` in `device.printed`."""

from __future__ import annotations

from typing import Final

from device.printed.words import listed, plain


def _single(*sections: str) -> frozenset[str]:
    """The entries of one word, as `plain` gives words."""
    phrases = (plain(text) for section in sections for text in listed(section))
    return frozenset(words[0] for words in phrases if len(words) == 1)


CHANGE: Final = _single("change") - _single("display_goods")
VOID: Final = _single("void", "display_void")
LINE: Final = _single("display_line")
THANKS: Final = _single("display_thanks")
PAY: Final = tuple(listed("display_pay"))
IDLE: Final = tuple(listed("display_idle"))
