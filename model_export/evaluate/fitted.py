"""A peer that has learnt from receipts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model_export.encoding import Sparse

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Scored = Callable[[Sparse], "NDArray[np.float32]"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """`scored`: float32[questions, items] baskets to scores of the same shape. `call`: one basket to its first items.

    `call` is the peer's own way; it takes a `csr_matrix` of one row, because `implicit` takes nothing else.
    """

    scored: Scored
    call: Callable[[Sparse], object]


Peer = Callable[[Sparse], Fitted]
