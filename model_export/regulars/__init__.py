"""Regulars: what a shopper who has agreed to it buys again and again, and when it is due.

    past           what shoppers bought before, in the form in which a profile travels
    visits         whose next visit is asked about, and what was bought before it
    rhythm         probability that an item bought before stands on the receipt of this visit
    due            what that is worth beside the model's score, chosen in training
    shipped        what goes into a bundle: `people`, whose profile it is; `profiles`, what stands in it, `answers` and
                   `attributes` too; `basket` reads it off again, `as_shipped` measures what it knows
    buy_it_again   the four models of a published study, to stand beside
    tifu_knn       the published nearest-neighbour method, to stand beside
    btyd           whether and when a shopper returns; `returns` is its protocol
    rules, rfm     segments by a shop's rules, and the eleven; `events`, `membership`, `kept`: who is in them, day by day
    next_visit     the protocol: all of them on the same visits, with intervals and calibration

Only receipts with consent are looked at, and of a visit that is asked about only those before it.
"""
