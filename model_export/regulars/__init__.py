"""Regulars: what a shopper who has agreed to it buys again and again, and when it is due.

    visits         whose next visit is asked about, and what was bought before it
    rhythm         probability that an item bought before stands on the receipt of this visit
    buy_it_again   the four models of a published study, to stand beside
    tifu_knn       the published nearest-neighbour method, to stand beside
    btyd           whether and when a shopper returns; `returns` is its protocol
    rules          segments by a shop's rules; `events`, `membership`, `kept`: who is in them, day by day
    next_visit     the protocol: all of them on the same visits, with intervals and calibration

Only receipts with consent are looked at, and only those before the visit that is asked about.
"""
