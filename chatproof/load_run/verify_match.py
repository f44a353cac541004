"""Which sample of the generator is which stream of the ground-truth server."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.samples.records import Sample

__all__ = ["Matched", "match"]

_FARTHEST_NS: Final = 5_000_000_000
"""A request that is sent and received longer apart is not the same one: a kept connection carries many in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """
    Samples with the truth of their streams; `samples` and `rows` are those without a partner.

    A sample that never sent its request has no partner and is not among them.
    """

    pairs: tuple[tuple[Sample, Mapping[str, Any]], ...]
    samples: tuple[Sample, ...]
    rows: tuple[Mapping[str, Any], ...]


def match(samples: Iterable[Sample], rows: Iterable[Mapping[str, Any]], *, zero_ns: int) -> Matched:
    """
    Matches by the client's port, and on one port by the nearest time of sending; each partner is used once.

    `zero_ns` is the run's zero on the monotonic clock of the rows.
    """
    by_port: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_port[row["port"]].append(row)
    sent: dict[int, list[tuple[int, Sample]]] = defaultdict(list)
    for sample in samples:
        if sample.sent_ns is not None:
            sent[sample.local_port].append((zero_ns + sample.sent_ns, sample))
    pairs: list[tuple[Sample, Mapping[str, Any]]] = []
    lonely: list[Sample] = []
    for port, asked in sent.items():
        here = by_port[port]
        nearness = sorted(
            (abs(at_ns - row["receipt_ns"]), number, place)
            for number, (at_ns, _) in enumerate(asked)
            for place, row in enumerate(here)
        )
        taken: dict[int, int] = {}
        used: set[int] = set()
        for distance, number, place in nearness:
            if distance <= _FARTHEST_NS and number not in taken and place not in used:
                taken[number] = place
                used.add(place)
        pairs += [(asked[number][1], here[place]) for number, place in sorted(taken.items())]
        lonely += [sample for number, (_, sample) in enumerate(asked) if number not in taken]
        by_port[port] = [row for place, row in enumerate(here) if place not in used]
    left = [row for rest in by_port.values() for row in rest]
    return Matched(pairs=tuple(pairs), samples=tuple(lonely), rows=tuple(left))
