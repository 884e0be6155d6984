"""Boosted trees in a model: the one operator of another domain that is taken, and only where every tree comes to an end.

`TreeEnsembleRegressor` of `ai.onnx.ml` is of the ONNX standard. Its trees stand in lists, a cell for each node: tree, number in
the tree, feature, mode and the numbers of both children. Taken are trees whose nodes are numbered from 0 on, whose branches lead
to later nodes of the same tree, and whose leaves all say something about one and the same number. Who reads a protocol buffer may
take another of two names, of two lists or of two ways to write one; so each attribute is told once, under one name, number by
number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from device.errors import BundleError

DOMAIN: Final = "ai.onnx.ml"
OPERATOR: Final = "TreeEnsembleRegressor"
MAX_TREE_NODES: Final = 20_000
MAX_FEATURES: Final = 64
MOST_FIELDS: Final = MAX_TREE_NODES + 32
"""Of one attribute, all else it has included; of more nobody needs to know more."""
_BRANCH, _LEAF = b"BRANCH_LEQ", b"LEAF"

# Field numbers of AttributeProto.
_NAME, _INTS, _STRINGS = 1, 8, 9


@dataclass(slots=True)
class TreeAttributes:
    """Owns the whole numbers and words of one node's attributes."""

    _numbers: dict[bytes, list[int]] = field(default_factory=dict)
    _words: dict[bytes, list[bytes]] = field(default_factory=dict)
    _plain: bool = True

    def take(self, fields: list[tuple[int, int | memoryview]]) -> None:
        """The fields of one attribute."""
        names = [bytes(value) for number, value in fields if number == _NAME and isinstance(value, memoryview)]
        name = names[0] if names else b""
        packed = any(number == _INTS and isinstance(value, memoryview) for number, value in fields)
        self._plain &= len(names) == 1 and name not in self._numbers and not packed and len(fields) < MOST_FIELDS
        self._numbers[name] = [value for number, value in fields if number == _INTS and isinstance(value, int)]
        self._words[name] = [bytes(value) for number, value in fields if number == _STRINGS and isinstance(value, memoryview)]

    def check(self) -> None:
        """BundleError where a tree is none."""
        nodes = list(
            zip(
                *(self._numbers.get(f"nodes_{name}".encode(), []) for name in ("treeids", "nodeids", "featureids")),
                *(self._numbers.get(f"nodes_{name}".encode(), []) for name in ("truenodeids", "falsenodeids")),
                self._words.get(b"nodes_modes", []),
                strict=False,
            )
        )
        longest = max([0, *map(len, self._numbers.values()), *map(len, self._words.values())])
        if not 0 < len(nodes) <= MAX_TREE_NODES or longest > MAX_TREE_NODES:
            raise BundleError(f"the model has trees of {len(nodes)} nodes: 1 to {MAX_TREE_NODES} are taken")
        if not self._plain:
            raise BundleError("the model has trees that can be read in two ways")
        if any(len(one) not in {0, len(nodes)} for name, one in self._numbers.items() if name.startswith(b"nodes_")):
            raise BundleError("the model has trees some of whose nodes are told in part")
        size: dict[int, int] = {}
        for tree, number, *_ in nodes:
            if number != size.get(tree, 0) or tree != len(size) - (tree in size):
                raise BundleError("the model has trees whose nodes are not in order")
            size[tree] = number + 1
        leaves = set[tuple[int, int]]()
        for tree, number, feature, below, above, mode in nodes:
            if mode == _LEAF:
                leaves.add((tree, number))
            elif (
                mode != _BRANCH or not 0 <= feature < MAX_FEATURES or not all(number < one < size[tree] for one in (below, above))
            ):
                raise BundleError("the model has a tree that does not come to an end")
        says = zip(self._numbers.get(b"target_treeids", []), self._numbers.get(b"target_nodeids", []), strict=False)
        if set(says) != leaves or any(self._numbers.get(b"target_ids", [])):
            raise BundleError("the model has trees whose leaves do not all say one number")
