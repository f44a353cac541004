"""What a scenario may do to a backend; the recorder implements it and keeps the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager

    import anyio
    from hypothesis.strategies import SearchStrategy

    from chatproof.config import Config, ProfileSettings
    from chatproof.recording import Exchange, Request
    from chatproof.sse import Frame
    from chatproof.surroundings import Upstream
    from chatproof.tokens import Tokens

__all__ = ["LEAST_SHRINKS", "Connection", "Driver", "Instance", "Issued", "Limits", "Until"]

Until = Callable[["list[Frame]"], bool]

LEAST_SHRINKS = 50
"""A failing example is shrunk with at most so many requests more, or as many as there were examples if that is more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one read: seconds to the head, between bytes, in all, and bytes of body."""

    head_seconds: float
    idle_seconds: float
    total_seconds: float
    max_bytes: int = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """
    A credential that an answer in JSON holds: the field (dots go deeper), and the HMAC key that should have signed it.

    The recorder takes its text out of the record and notes what is known of it (`recorder.issued.issued_by`).
    """

    field: str
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """The backend started with another environment: where it answers, or (`url` empty) why it does not."""

    url: str
    trouble: str = ""


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
        issues: tuple[Issued, ...] = (),
    ) -> Exchange:
        """
        Sends a request and reads its answer to the end, within limits; returns the redacted exchange.

        `until` is asked after each read with all frames so far; True closes the connection at once
        (`End.ABORTED`). `terminal` names the stream's last frame: after it we wait `linger_seconds`
        for the end of the body, to see what should not follow (`End.STILL_OPEN` if none came).
        `issues` names credentials in the answer; `issued` then gives them to the scenario.
        """

    def issued(self, label: str, field: str) -> str:
        """The text of a credential in a recorded answer, to be sent back; NotTestable where there is none."""

    async def websocket(
        self,
        label: str,
        request: Request,
        *,
        send: tuple[str, ...] = (),
        messages: int = 0,
        hold: anyio.Event | None = None,
    ) -> Exchange:
        """
        Opens a WebSocket with the headers of a GET request (`ws:` follows from its URL), and records the handshake.

        An opened one is sent the texts, read until so many messages have come or a limit is reached, and closed once
        `hold` is set (at once without). The exchange has status 101 where it was opened, its body holds the messages,
        one a read, and the finding `websocket` is `{"opened": bool, "messages": int, "close_code": int | None}`: the
        code with which the backend closed it (1006: without a close frame), None where we did.
        """

    def upstream(self) -> Upstream:
        """The suite's stand-in for the service behind the backend; NotClaimed where none is declared."""

    def instance(self, environment: Mapping[str, str | None]) -> AbstractAsyncContextManager[Instance]:
        """
        Starts the backend's command once more with these variables (None takes one away), and stops it at the end.

        With `port_variable` it runs beside the one under test, otherwise in its place: scenarios that use it run
        `alone`. One that does not start is told, not raised. NotClaimed where no command is declared.
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
