"""A whole store on this machine, for anybody who wants to see it before believing it.

Nothing here is special-cased by the programs it starts: the same daemon, faces, sync and training that a shop runs, told by
settings files, watched from outside. The demo plays the till, the shopper and the cashier's finger.

    stage.py         the folder, the ports and the programs; ends all it started
    head_office.py   segments counted, a model trained, profiles for each store
    programs.py      one program: started with a log of its own, ended with certainty, also when the demo is killed
    broker.py        its MQTT broker, mosquitto
    scripts.py       receipts to play, one JSON line each
    cast.py          which of them a regular brings, and which a card without consent
    till.py          a till that speaks the native dialect over a pseudo-terminal or MQTT
    faces.py         an eye on what the daemon shows, and a finger on the cashier face
    play.py          one sale from the first line to the thank-you
    crowd.py         many sales at once, by shoppers whose minds are known
    hindsight.py     what a candidate would truly have earned with these
    report.py        what is printed of it
    commands.py      tillside demo
"""
