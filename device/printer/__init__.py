"""What a receipt printer is told, taken apart: bytes in, tokens out. What the text means is not known here.

`tokens` are what a stream consists of, `rules` the form in which a command table is written down, `epson`, `star` and `brazil`
the tables themselves, `families` the choice among them, `tokenizer` reads a stream with one, and `detect` says which fits.
"""
