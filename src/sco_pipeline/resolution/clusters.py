"""Connected components."""

from __future__ import annotations

from collections.abc import Iterable


def connect(size: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Number the connected components of a graph by their smallest member.

    Args:
        size: Nodes are 0 .. size - 1.
        pairs: Edges.

    Returns:
        For each node the smallest node of its component.

    >>> connect(4, [(2, 1), (3, 2)])
    [0, 1, 1, 1]
    """
    parent = list(range(size))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for left, right in pairs:
        low, high = sorted((root(left), root(right)))
        parent[high] = low
    return [root(node) for node in range(size)]
