"""Pictures of everything the faces can show: every scene x size x language x theme, drawn by the real faces.

    scenes.py     what happens: words of the wire, fingers and time, one after the other
    goods.py      the products of the scenes, and goods/ their pictures
    studio.py     plays a scene on a real face in memory and takes its picture
    look.py       what stands on a face, read from its live items as plain values
    checks.py     what is wrong with it: places, sizes, what must be there and what must not
    ink.py        what is wrong with its pixels: contrast, and texts that something covers
    plan.py       which pictures there are, what they are called, and how a pattern chooses among them
    exhibition.py makes the folder: several processes, written aside, renamed when it is whole
    png.py        a picture as a file
    page.py       index.html beside the pictures

A scene draws nothing. It is fed through reducer, view and models into the same QML a register loads, on a clock of its own,
and its animations are brought to their end; so the same scene is the same bytes twice in a row.
"""
