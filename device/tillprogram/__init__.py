"""A till's own program that shows the suggestions itself, over MQTT 5. Off by default: `[lane.program]` names its broker.

Topics begin with `tillside/lane/v1/{store}/{till}`; all are QoS 1 and, but for `/basket` and `/status`, not retained.

| topic           | told by  | content                                                                                      |
|-----------------|----------|----------------------------------------------------------------------------------------------|
| `/basket`       | till     | the whole basket, retained: dialect `native`                                                 |
| `/event`        | till     | or one thing after another: dialect `tillevents`                                             |
| `/offer`        | register | what is to be shown now; it replaces what was there before                                   |
| `/accept`       | till     | what the cashier or the shopper said of it                                                   |
| `/cmd`          | register | `add`, where accepted items are handed back (`device/handback/ways.py`), and `state`         |
| `/status`       | till     | `online`, retained, and `offline` as its last will; at `online` the offer is told again       |

    /offer   {"v":1,"till":"7","basket_id":"20261122-7-153","currency":"RUB","offers":[
               {"suggestion_id":"5d1c..-1","sku":"butter","code":"4601234567909","names":{"ru":"Масло","en":"Butter"},"price":9990,
                "unit":"pcs","reason":"goes_with","because":[{"ru":"Хлеб"}],"pitch":{"ru":"Масло к хлебу?"},"state":"offered"}]}
    /accept  {"v":1,"id":"till-7-000412","suggestion_id":"5d1c..-1","verb":"accept"}
    answer   {"v":1,"id":"till-7-000412","done":true,"why":""}
    /cmd     {"v":1,"cmd":"state","id":"..32 hexadecimal digits..","sale":"20261122-7-153"}

**Offer.** The cashier's cards of the lane, best first, and none that needs a look at somebody's age, also where the shop shows
such on its faces; why, as the shopper may be told it. `offers` is empty when nothing is to be shown: from the first payment on,
between sales, where the experiment shows nothing, and, by the register's last will, when the register is gone. A till takes all
down by itself when paying begins. `code` is null where it must not be rung up unseen (`device.handback.refusals`): the cashier
scans it. `old_price`, `coupon` (to be told to the till for `price`) and `sponsor` are there where they say something.

**Accept.** `verb`: `accept` (the default), `dismiss`, `out_of_stock`, `less`, `undo` as on the cashier's face, and `shown`. It is
what a tap on that face is: the same outcome, the same hand-over where the lane has one, and only for what was offered here on the
open sale. The same `id` again on the same sale is answered as before and changes nothing. With a response topic below `/accept/`
the answer goes there with the correlation data; `why` is `unknown`, `gone`, `closed` or `stale`, as in `device.screen_link`.

**Command `state`.** Told where an event is missing (dialect `tillevents`), at most `ASKED` times a sale; its response topic is
the one on which the events are heard: `/event`, or what the settings name. A till that does not know it leaves it: the sale is
kept as partial.

The loop that owns the baskets never waits for the broker: what is to be shown is told when the broker has taken what was told
before, the newest only. What is not of this form is counted, told in a sentence and left. Limits: 4 KiB an accept, 20 of them
under way, 64 KiB a packet.

| module  | holds                                                       |
|---------|-------------------------------------------------------------|
| `words` | the forms of the messages; pure                             |
| `link`  | one lane's connection, and what is done with what is heard  |
"""
