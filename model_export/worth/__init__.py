"""What the suggestions earn: experiments planned, read and explained at headquarters.

| module        | owns                                                                                                   |
|---------------|--------------------------------------------------------------------------------------------------------|
| `measuring`   | a receipt as one row of fixed columns                                                                    |
| `rows`        | these rows, kept by day from one report to the next, in files or in PostgreSQL                           |
| `judging`     | which rows are compared, asked of an engine; `draws` asks it for the arm that the key draws               |
| `asking`      | what these rows add up to; `sums` reads what the engine answers                                          |
| `sound`       | what is left out of an experiment, by rule, and what is to be said of it                                 |
| `metrics`     | what is measured on a receipt, and under which names others know it                                      |
| `intervals`   | the statistics: differences with intervals that hold however often they are looked at                    |
| `guardrails`  | arms that are worse than allowed, and how they are stopped                                               |
| `reading`     | the report as a value: all of the above for one experiment; `reporting` gets there from a central store  |
| `candidate`   | what a bundle would have earned before it is shipped, and its offline table                              |
| `page`        | both as one HTML page, with `pictures`, `tables`, `candidate_page` and the words of both                |
| `planning`    | how many receipts or shoppers, and days, an effect takes; `plan_words` says it                           |
| `basis`       | what that is planned from: receipts of registers, or those from before them, which `before` makes rows of |
| `explaining`  | one sale, decided again from its record                                                                  |
"""
