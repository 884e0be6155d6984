"""History from anywhere a retailer has it, into the central store.

    file ──reader──▶ rows ──`columns`, `values`, `receipts`──▶ receipts with their place ──`load`──▶ central store, report
            poslog, jsonl: receipts at once ─────────────────────────▲

A reader is an iterator of `found.Found`, each with its line or row, that can say at any moment from where it would go on; `load`
keeps that with each batch in one transaction, so a killed import goes on where the last batch ended. Memory is bounded: at most
`receipts.OPEN_RECEIPTS` receipts and one block of the file are held.

A receipt is kept as told or refused with a reason; only lines that name no item, and repeated ones, are left out of one that is
kept.
A loyalty id becomes a keyed pseudonym in the function that reads it; digits that could be a payment card's number are not kept.
"""
