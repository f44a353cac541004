"""What all scenarios of one profile share while they run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chatproof.driver import Limits
from chatproof.recorder.room import Room
from chatproof.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.config import Config, ProfileSettings
    from chatproof.recorder.events import Event
    from chatproof.recorder.pace import Pace
    from chatproof.redaction import Redactor
    from chatproof.tokens import Tokens
    from chatproof.wire import Wire

__all__ = ["Shared", "ordinary_limits"]

_LEAST_IDLE = 15.0
_LONGEST = 60.0


def ordinary_limits(config: Config, settings: ProfileSettings) -> Limits:
    """The limits of an exchange that asks for nothing special."""
    return Limits(
        head_seconds=config.backend.answer_timeout,
        idle_seconds=max(_LEAST_IDLE, 1.5 * getattr(settings, "heartbeat", 0.0)),
        total_seconds=getattr(settings, "turn_timeout", _LONGEST),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all scenarios of one profile share."""

    config: Config
    profile: str
    wire: Wire
    pace: Pace
    tokens: Tokens
    redactor: Redactor
    fuzz_examples: int
    listener: Callable[[Event], None]
    surroundings: Surroundings = field(default_factory=Surroundings)
    room: Room = field(default_factory=Room)
