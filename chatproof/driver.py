"""What a scenario may do to a backend; the recorder implements it and keeps the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from hypothesis.strategies import SearchStrategy

    from chatproof.config import Config, ProfileSettings
    from chatproof.recording import Exchange, Request
    from chatproof.sse import Frame
    from chatproof.tokens import Tokens

__all__ = ["Connection", "Driver", "Limits", "Until"]

Until = Callable[["list[Frame]"], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one read: seconds to the head, between bytes, in all, and bytes of body."""

    head_seconds: float
    idle_seconds: float
    total_seconds: float
    max_bytes: int = 4 * 1024 * 1024


class Connection(Protocol):
    """One TCP connection that a scenario keeps for several requests."""

    @property
    def number(self) -> int:
        """Its number in the recording; a connection that the backend closed gets a new one when it is reopened."""


class Driver(Protocol):
    """
    The hands of a scenario.

    Everything sent through it is recorded under its label. Each `send` uses a fresh connection unless
    it is given one. The recorder keeps to `max_rps` and `max_concurrency`, and repeats after a 429 as
    told by `Retry-After`, unless `accept_429`. `fuzz_examples` is the budget for one route.
    """

    config: Config
    profile: str
    tokens: Tokens
    fuzz_examples: int

    @property
    def settings(self) -> ProfileSettings:
        """The profile's declared settings."""

    @property
    def limits(self) -> Limits:
        """The limits of an ordinary exchange, from the configuration."""

    def recorded(self, label: str) -> Exchange:
        """An exchange recorded so far in this scenario; KeyError where there is none of that label."""

    async def send(
        self,
        label: str,
        request: Request,
        *,
        limits: Limits | None = None,
        until: Until | None = None,
        terminal: Callable[[Frame], bool] | None = None,
        linger_seconds: float = 2.5,
        connection: Connection | None = None,
        accept_429: bool = False,
    ) -> Exchange:
        """
        Sends a request and reads its answer to the end, within limits; returns the redacted exchange.

        `until` is asked after each read with all frames so far; True closes the connection at once
        (`End.ABORTED`). `terminal` names the stream's last frame: after it we wait `linger_seconds`
        for the end of the body, to see what should not follow (`End.STILL_OPEN` if none came).
        """

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """Opens a keep-alive connection, for `send(..., connection=...)`."""

    async def fuzz(
        self,
        label: str,
        strategy: SearchStrategy[Any],
        build: Callable[[Any], Request],
        wrong: Callable[[Exchange], str],
        *,
        examples: int,
    ) -> None:
        """
        Sends so many drawn examples one after another, until one is wrong, and shrinks that.

        `wrong` is pure and returns why an answer is wrong, or an empty string. The exchanges are labelled
        `label/1`, `label/2`, ...; the shrunk failing one, if any, is recorded last as `label/failing`.
        The finding `label` holds `{"examples": int, "failing": str | None, "why": str}`.
        """

    def finding(self, name: str, value: object) -> None:
        """Notes something that the bytes alone do not tell; JSON values only, never a secret."""

    def not_claimed(self, reason: str, *, declare: str = "") -> None:
        """Marks the whole recording as not claimed; the scenario should return."""

    def not_testable(self, missing: str) -> None:
        """Marks the whole recording as not testable; the scenario should return."""
