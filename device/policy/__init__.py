"""What may be shown, and in which order: pure rules between the ranking and the glass.

It fails closed: an item whose facts are missing or impossible is not shown. Every rule is one small function with a stable name,
and the name goes with the decision onto the receipt. README.md holds the one table of rules, settings and catalogue columns.

| module   | asks                                                                                        |
|----------|---------------------------------------------------------------------------------------------|
| `goods`  | what is known of the items a scorer ranks, as columns, once per bundle                        |
| `rules`  | may an item be shown, by its facts, by the hour and by the sale; may anything be shown         |
| `boosts` | what moves an item among those that may: reach, margin, expiry, a pin                          |
| `slate`  | which few of the best stand on the screen: what is relevant, one of a family, one sponsored    |
| `exploration` | on which receipts a place is filled by lot, and how probable that was                    |

The rules of `rules` are masks over all items, so that what is forbidden can go into the model's `item_bias` and cost no place
among its candidates. At 50,000 items the masks are drawn once an hour; a suggestion copies one and writes the sale's own into it.
"""
