"""What displays understand, as tables: command bytes, the form of its arguments, its effect. One table for each command set.

Sources: Epson DM-D110 specification, CD5220, POS7300, UTC PD1200 and IBM SurePOS, Aedex and Emax, ADM787/788, ICD2002, DSP-800,
Logic Controls LDX9 and LD9000, Wincor BA6x, Aures OCD-300 manuals. Tills mix sets: what a table does not know is counted.

No command changes the command set. Of the two that a UTC display changes between, the bytes of one mean nothing in the other, so
`utc` reads both, however the till goes to and fro and whenever it said so; `utc_enhanced` is for a till that speaks nothing else.

| arguments   | form                                                                                                          |
|-------------|---------------------------------------------------------------------------------------------------------------|
| a number    | so many bytes                                                                                                 |
| `text`      | up to 40 bytes, ended by 0D                                                                                   |
| `until17`   | up to 40 bytes, ended by 17                                                                                   |
| `window`    | `n m`, and four more bytes when m is 1 or 31                                                                  |
| `glyphs`    | `y n m`, then for each character from n to m a width and as many bytes                                        |
| `block`     | `x pL pH` and pL + 256 pH bytes                                                                               |
| `csi`       | parameters and one letter (ECMA-48)                                                                           |

| effect        | meaning                                                                                                     |
|---------------|-------------------------------------------------------------------------------------------------------------|
| `clear`       | all cells, cursor home                                                                                      |
| `initialise`  | the same, and the code page of the options                                                                  |
| `row:N:M`     | rows N to M are written anew with the text                                                                  |
| `go:xy`       | cursor to column x, row y, from 1; `go:N`: to cell number minus N; `go:rc`: ICD2002's row letter and column |
| `up down left right home start end bottom`, `clear_row clear_to_end_of_row clear_to_end` | of the cursor                    |
| `mode:M`      | overwrite, vertical, horizontal, until the screen is begun anew                                             |
| `field:N`     | row N is cleared and the cursor goes there; `lower`: it goes to the lower row                                |
| `sign:C`      | the argument is written with the sign C in one cell                                                         |
| `page`        | the code page                                                                                               |
| `select`      | 1: what follows is for a printer; 2, 3: for the display again (`device.display.passthrough`)                |
| `macro`       | what follows, up to the same command again or 80 bytes, is kept by the display and not shown                |
| empty         | nothing that can be read                                                                                    |
"""

from __future__ import annotations

from typing import Final, Literal

Arguments = int | Literal["text", "until17", "window", "glyphs", "block", "csi"]
Table = dict[bytes, tuple[Arguments, str]]


def _table(*rows: tuple[str, Arguments, str]) -> Table:
    return {bytes.fromhex(code): (arguments, effect) for code, arguments, effect in rows}


_CURSOR: Final = _table(("08", 0, "left"), ("09", 0, "right"), ("0A", 0, "down"), ("0D", 0, "start"), ("0B", 0, "home"))
_MODES: Final = _table(("1F01", 0, "mode:overwrite"), ("1F02", 0, "mode:vertical"), ("1F03", 0, "mode:horizontal"))

EPSON: Final = {
    **_CURSOR,
    **_MODES,
    **_table(
        ("0C", 0, "clear"),
        ("18", 0, "clear_row"),
        ("1B40", 0, "initialise"),
        ("1F24", 2, "go:xy"),
        ("1F0A", 0, "up"),
        ("1F0D", 0, "end"),
        ("1F42", 0, "bottom"),
        ("1F58", 1, ""),
        ("1F45", 1, ""),
        ("1F43", 1, ""),
        ("1F72", 1, ""),
        ("1B74", 1, "page"),
        ("1B52", 1, ""),
        ("1F2E", 1, "sign:."),
        ("1F2C", 1, "sign:,"),
        ("1F3B", 1, "sign:;"),
        ("1F23", 2, ""),
        ("1B3D", 1, "select"),
        ("1B57", "window", ""),
        ("1B26", "glyphs", ""),
        ("1B25", 1, ""),
        ("1B3F", 1, ""),
        ("1F3A", 0, "macro"),
        ("1F5E", 2, ""),
        ("1F54", 2, ""),
        ("1F55", 0, ""),
        ("1F76", 1, ""),
        ("1F40", 0, ""),
        ("1F28", "block", ""),
    ),
}

CD5220: Final = {
    **_CURSOR,
    **_MODES,
    **_table(
        ("0C", 0, "clear"),
        ("18", 0, "clear_row"),
        ("1B40", 0, "initialise"),
        ("1B5141", "text", "row:0:0"),
        ("1B5142", "text", "row:1:1"),
        ("1B5144", "text", "row:0:0"),
        ("1B6C", 2, "go:xy"),
        ("1B5B41", 0, "up"),
        ("1B5B42", 0, "down"),
        ("1B5B43", 0, "right"),
        ("1B5B44", 0, "left"),
        ("1B5B48", 0, "home"),
        ("1B5B4C", 0, "start"),
        ("1B5B52", 0, "end"),
        ("1B5B4B", 0, "bottom"),
        ("1B11", 0, "mode:overwrite"),
        ("1B12", 0, "mode:vertical"),
        ("1B13", 0, "mode:horizontal"),
        ("1F0A", 0, "up"),
        ("1F0D", 0, "end"),
        ("1F42", 0, "bottom"),
        ("1F45", 1, ""),
        ("1F40", 0, ""),
        ("1B2A", 1, ""),
        ("1B5F", 1, ""),
        ("1B66", 1, ""),
        ("1B63", 1, ""),
        ("1B57", 4, ""),
        ("1B26", "glyphs", ""),
        ("1B3F", 1, ""),
        ("1B25", 1, ""),
        ("1B3D", 1, "select"),
        ("1B73", 1, ""),
        ("1B64", 1, ""),
        ("1B23", 1, ""),
    ),
}

POS7300: Final = {
    **_CURSOR,
    **_table(
        ("0C", 0, "clear"),
        ("18", 0, "clear_row"),
        ("1B4641", "text", "row:0:0"),
        ("1B4642", "text", "row:1:1"),
        ("1B4644", "text", "row:0:0"),
        ("1B464F", "text", "row:1:1"),
        ("1B50", 2, "go:xy"),
    ),
}

UTC_ENHANCED: Final = _table(
    ("1B7541", "text", "row:0:0"),
    ("1B7542", "text", "row:1:1"),
    ("1B7549", "text", "row:0:1"),
    ("1B7544", "text", "row:0:0"),
    ("1B7546", "text", "row:0:0"),
    ("1B7545", "text", ""),
    ("1B7548", "text", ""),
    ("1B7574", 3, ""),
    ("1B0F0D", 0, ""),
    ("1B1E", 0, ""),
    ("1B64", 0, ""),
)

UTC: Final = {
    **UTC_ENHANCED,
    **_table(
        ("1F", 0, "clear"),
        ("1E", 0, "clear"),
        ("18", 0, "clear_to_end_of_row"),
        ("19", 0, "clear_to_end"),
        ("10", 1, "go:0"),
        ("08", 0, "left"),
        ("09", 0, "right"),
        ("0A", 0, "down"),
        ("0D", 0, "start"),
        ("11", 0, "mode:overwrite"),
        ("12", 0, "mode:vertical"),
        ("13", 0, ""),
        ("14", 0, ""),
        ("04", 1, ""),
        ("1C", 0, ""),
        ("1D", 0, ""),
        ("1A", 1, ""),
        ("00", 1, ""),
        ("02", 1, ""),
        ("03", 6, ""),
        ("05", "text", "row:0:0"),
        ("0F", 0, ""),
    ),
}

AEDEX: Final = _table(
    ("212331", "text", "row:0:0"),
    ("212332", "text", "row:1:1"),
    ("212339", "text", "row:0:1"),
    ("212334", "text", "row:0:0"),
    ("212336", "text", "row:0:0"),
    ("212335", "text", ""),
    ("212338", "text", ""),
    ("212341", "text", "clear"),
    ("212342", "text", "row:1:1"),
    ("212302", 0, ""),
    ("01", 0, ""),
)

ADM787: Final = _table(
    ("0C", 0, "clear"),
    ("0E", 0, "field:0"),
    ("0F", 0, "field:1"),
    ("0D", 0, "start"),
    ("10", 1, ""),
    ("11", 1, ""),
    ("12", 1, ""),
    ("1E", 0, "field:0"),
    ("1F", 0, "field:1"),
)

ICD2002: Final = _table(
    ("1B40", 0, "initialise"),
    ("1B55", 0, "home"),
    ("1B44", 0, "lower"),
    ("1B43", 2, "go:rc"),
    ("1B41", 1, ""),
    ("1B45", 2, ""),
    ("08", 0, "left"),
    ("09", 0, "right"),
    ("0D", 0, "start"),
)

DSP800: Final = _table(("040143", "until17", "clear"), ("040150", "until17", "go:49"), ("0401", "until17", ""))

LOGIC_CONTROLS: Final = _table(
    ("1F", 0, "clear"),
    ("11", 0, "mode:overwrite"),
    ("12", 0, "mode:vertical"),
    ("10", 1, "go:0"),
    ("04", 1, ""),
    ("13", 0, ""),
    ("14", 0, ""),
    ("05", "text", "row:0:0"),
    ("1B06", "text", "row:0:0"),
    ("1B07", "text", "row:1:1"),
    ("1B0B", "text", "row:0:0"),
    ("03", 6, ""),
    ("08", 0, "left"),
    ("09", 0, "right"),
    ("0A", 0, "down"),
    ("0D", 0, "start"),
)

VT100: Final = _table(
    ("1B5B", "csi", "csi"),
    ("1B52", 1, ""),
    ("1B5C3F4C44", 1, ""),
    ("0A", 0, "down"),
    ("0D", 0, "start"),
    ("08", 0, "left"),
)

AURES: Final = {**EPSON, **_table(("0205433103", 0, "clear"))}

Profile = Literal[
    "epson",
    "cd5220",
    "pos7300",
    "utc_enhanced",
    "utc",
    "aedex",
    "adm787",
    "icd2002",
    "dsp800",
    "logic_controls",
    "vt100",
    "aures",
]

PROFILES: Final[dict[str, Table]] = {
    "epson": EPSON,
    "cd5220": CD5220,
    "pos7300": POS7300,
    "utc_enhanced": UTC_ENHANCED,
    "utc": UTC,
    "aedex": AEDEX,
    "adm787": ADM787,
    "icd2002": ICD2002,
    "dsp800": DSP800,
    "logic_controls": LOGIC_CONTROLS,
    "vt100": VT100,
    "aures": AURES,
}

VERTICAL_FROM_START: Final = frozenset({"logic_controls"})

PAGES: Final = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    6: "cp866",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
    46: "cp1251",
    73: "cp1251",
}
"""Of `1B 74 n`, as far as makers agree; 6 and 17 are used for CP866 in Russia."""
