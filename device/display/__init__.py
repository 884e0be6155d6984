"""A customer display: its cells (`screen`), its commands (`profiles`, `emulator`), and what is read there (`reading`)."""
