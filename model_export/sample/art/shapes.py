"""Every shape there is: importing this module fills the register, for a shape is registered by the module that draws it."""

from __future__ import annotations

import importlib
import pkgutil

from model_export.sample import art
from model_export.sample.art.shape import SHAPES, Shape

__all__ = ["SHAPES", "Shape"]

for _module in pkgutil.iter_modules(art.__path__):
    if _module.name != "shapes":
        importlib.import_module(f"{art.__name__}.{_module.name}")
