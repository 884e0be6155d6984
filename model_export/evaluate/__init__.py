"""How well the bundle that a register opens guesses what it has not seen, beside its peers. See `protocol` for the rules."""
