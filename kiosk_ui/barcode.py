"""EAN-13 and EAN-8 as the widths of their bars, so that a face can draw a code a scanner reads back. Pure.

The symbology is ISO/IEC 15420: left digits in the odd (A) or even (B) set, chosen by the first digit; right digits in set C, the
complement of A; guards 101, 01010, 101. A module is one unit wide; the quiet zones are the drawer's business (11 left, 7 right).
"""

from __future__ import annotations

from itertools import groupby

_A = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
_C = tuple("".join("10"[int(module)] for module in code) for code in _A)
_B = tuple(code[::-1] for code in _C)
_SETS = ("AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB", "ABBAAB", "ABBBAA", "ABABAB", "ABABBA", "ABBABA")


def check_digit(digits: str) -> int:
    """Modulo 10 with weights 3 and 1 from the right; `digits` without the check digit."""
    return -sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits))) % 10


def modules(code: str) -> str:
    """95 modules of an EAN-13, or 67 of an EAN-8, `1` for dark; UPC-A is an EAN-13 that begins with 0.

    Empty when `code` is none of these or its check digit is wrong: such a code is shown as digits only, for a
    scanner would refuse it.
    """
    if not (code.isascii() and code.isdigit()) or len(code) not in {8, 12, 13}:
        return ""
    if check_digit(code[:-1]) != int(code[-1]):
        return ""
    if len(code) == 8:
        left = "".join(_A[int(digit)] for digit in code[:4])
        right = "".join(_C[int(digit)] for digit in code[4:])
        return f"101{left}01010{right}101"
    code = code.zfill(13)
    sets = _SETS[int(code[0])]
    left = "".join((_A if kind == "A" else _B)[int(digit)] for kind, digit in zip(sets, code[1:7], strict=True))
    right = "".join(_C[int(digit)] for digit in code[7:])
    return f"101{left}01010{right}101"


def bars(code: str) -> list[tuple[int, int, bool]]:
    """Each dark bar as (first module, width in modules, whether it is a guard and drawn longer); empty as in `modules`."""
    drawn = modules(code)
    size = len(drawn)
    middle = size // 2
    found: list[tuple[int, int, bool]] = []
    at = 0
    for dark, run in groupby(drawn):
        width = len(list(run))
        if dark == "1":
            guard = at < 3 or at >= size - 3 or abs(at - middle) <= 1
            found.append((at, width, guard))
        at += width
    return found


def spoken(code: str) -> str:
    """The digits in the groups printed under the bars: `4 607012 345674`."""
    if len(code) == 13:
        return f"{code[0]}\u2002{code[1:7]}\u2002{code[7:]}"
    if len(code) == 8:
        return f"{code[:4]}\u2002{code[4:]}"
    return code
