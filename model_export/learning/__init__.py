"""Learning from outcomes: what is taken of what is shown, and what another bundle's suggestions would be worth.

| module        | asks                                                                                               |
|---------------|----------------------------------------------------------------------------------------------------|
| `showings`    | what was shown and what became of it, from the central store                                       |
| `acceptance`  | how often an item is taken beside what its score and place let expect: shrunk, calibrated          |
| `calibration` | whether that comes true on later showings than it has learnt from, and so goes into a bundle       |
| `slates`      | what registers decided while they explored, and what a candidate would have decided in their stead |
| `off_policy`  | what the candidate's decisions would have earned: three estimates with intervals                   |
| `outlook`     | all of it in words                                                                                 |
"""
