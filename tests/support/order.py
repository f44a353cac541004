"""The order in which the workers of a test run begin."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

__all__ = ["dealt"]

T = TypeVar("T")


def dealt(long: Iterable[tuple[Hashable, T]], quick: Sequence[T], *, workers: int) -> list[T]:
    """
    Lets each worker begin with its share of the modules of long tests; `long` pairs each with its module.

    The workers are given blocks of the same length. What is left at the end is done by few of them, and the rest wait:
    so that should be many quick tests, and not a few long ones.
    """
    modules: dict[Hashable, list[T]] = {}
    for module, test in long:
        modules.setdefault(module, []).append(test)
    total = sum(map(len, modules.values())) + len(quick)
    every, rest, ordered = list(modules.values()), iter(quick), list[T]()
    for worker in range(workers):
        block = [test for module in every[worker::workers] for test in module]
        length = (total - len(ordered)) // (workers - worker)
        ordered += [*block, *islice(rest, max(0, length - len(block)))]
    return [*ordered, *rest]
