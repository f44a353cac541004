"""A legal variant: a right backend that does something in another way than the reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chatproof.fixtures.faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chatproof.fixtures.backend.asgi import App
    from chatproof.fixtures.backend.settings import Settings
    from chatproof.fixtures.faults import Fault
    from chatproof.fixtures.relay import WireFilter

    Rows = Mapping[str, str]

__all__ = ["Variant", "policy", "wired", "wrapped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """
    How a backend departs from the reference without a defect.

    `not_met` are the only requirements that it may touch, all of them MAY or SHOULD, and `unseen` those that then
    have nothing to look at, each with the reason. `long` says that the long turns, a hundred turns, resuming and
    fuzzing are recorded too. `backend` and `profile` are laid over the declared tables.
    """

    stand: Fault
    long: bool = False
    not_met: Rows = field(default_factory=dict)
    unseen: Rows = field(default_factory=dict)
    backend: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the variant is called."""
        return self.stand.name


def policy(name: str, summary: str, replaced: Mapping[str, Any], **options: Any) -> Variant:
    """A variant in decisions of the backend; `options` are fields of `Variant`."""
    return Variant(stand=fault.policy(name, summary, **replaced), **options)


def wrapped(name: str, summary: str, wrap: Callable[[App, Settings], App], **options: Any) -> Variant:
    """A variant in an ASGI wrapper."""
    return Variant(stand=fault.wrapped(name, summary, wrap=wrap), **options)


def wired(name: str, summary: str, wire: WireFilter, **options: Any) -> Variant:
    """A variant on the wire."""
    return Variant(stand=fault.wired(name, summary, wire=lambda _settings: wire), **options)
