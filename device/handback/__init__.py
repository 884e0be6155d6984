"""Gives an item that the shopper said yes to back to the till, where a shop wants that. Off by default.

`[lane.handback]` says how:

| kind      | what happens                                                                                                     |
|-----------|------------------------------------------------------------------------------------------------------------------|
| `show`    | the default: the cashier's screen shows the bar code, to be scanned like any other; nothing is sent              |
| `scanner` | the bar code on a second serial port, as a scanner would: prefix, `]E0` if `aim`, digits, suffix                 |
| `mqtt`    | a command to `tillside/lane/v1/{store}/{till}/cmd`, for a till that cooperates: `device/handback/ways.py`        |

It has succeeded only when the till's own feed shows the item within `seconds`, on the receipt on which it was accepted and after
it was sent; otherwise the journal says so and the card stays, to be scanned. **Never twice**: a till that was slow would sell
the item twice. That an item is about to be sent is in the edge database before its first byte leaves, so a register that is
killed in between sends it no second time, neither by itself nor when the cashier says yes again; started anew, it goes on looking
for it on the receipt, where the till names its sales (native dialect). The daemon counts what became of all that was sent, for
`tillside doctor`.

| module     | holds                                                                                      |
|------------|--------------------------------------------------------------------------------------------|
| `refusals` | what must not be rung up unseen, and the code of what may                                  |
| `machine`  | the states of a hand-over and when which sentence is due; pure                             |
| `ways`     | the port and the broker; blocks                                                            |
| `hand`     | one lane's task: gives the machine the time and what the till showed, does what it says    |
"""
