"""What the suggestions earn: experiments planned, read and explained at headquarters.

| module        | owns                                                                                                   |
|---------------|--------------------------------------------------------------------------------------------------------|
| `columns`     | receipts of the central store as columns, one element a receipt                                          |
| `sound`       | what is left out of an experiment, by rule, and what is to be said of it                                 |
| `metrics`     | what is measured on a receipt, and under which names others know it                                      |
| `intervals`   | the statistics: differences with intervals that hold however often they are looked at                    |
| `guardrails`  | arms that are worse than allowed, and how they are stopped                                               |
| `reading`     | the report as a value: all of the above for one experiment                                               |
| `page`        | the same as one HTML page                                                                                |
| `planning`    | how many receipts and days an effect takes                                                               |
| `explaining`  | one sale, decided again from its record                                                                  |
"""
