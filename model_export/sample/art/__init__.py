"""Product pictures drawn from a few hundred parameters: one function per shape, one sheet per picture.

Every shape is a function of a `Sheet` and an `Ink` in a space of 480 by 480, standing on the line y = 404, with light from the
upper left. `shapes.SHAPES` lists them by name. To add one, write the function beside its kin and mark it with `@shape`.
"""
