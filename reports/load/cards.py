"""The cards of a load run's targets: what was found, its bounds on a small scale, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..page import anchor
from .bounds_scale import BoundsScale, bounds_scale
from .outcome import found_text, invalid, ordered, samples_text, value_text, word

if TYPE_CHECKING:
    from chatproof.load_facts import TargetVerdict
    from chatproof.run import Run

__all__ = ["Card", "cards"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One target as a page shows it; `scale` is None where nothing was measured, `label` says it in words."""

    target: TargetVerdict
    anchor: str
    verdict: str
    value: str
    bounds: str
    samples: str
    scale: BoundsScale | None
    label: str


def cards(run: Run) -> list[Card]:
    """The targets that were judged, not met first; those not claimed come last."""
    found: list[Card] = []
    taken: set[str] = set()
    for number, target in enumerate(ordered(run), start=1):
        name = anchor(f"target-{target.target.split(' ')[0]}")[:80]
        name = f"{name}-{number}" if name in taken else name
        taken.add(name)
        found.append(_card(run, target, name))
    return found


def _card(run: Run, target: TargetVerdict, name: str) -> Card:
    value, bounds, samples = value_text(target), found_text(target), samples_text(target)
    said = [f"found {value}", f"95 % bounds: {bounds}" if bounds else "", samples]
    suffix = ", in an invalid run" if invalid(run) else ""
    return Card(
        target=target,
        anchor=name,
        verdict=target.verdict,
        value=value,
        bounds=bounds,
        samples=samples,
        scale=bounds_scale(target),
        label=f"{target.target}: {word(target.verdict)}{suffix}; {'; '.join(part for part in said if part)}",
    )
