"""A driver that sends nothing: it notes what would be sent, and answers as told."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chatproof.driver import Instance, Limits
from chatproof.recording import End, Exchange, Recording, Request
from chatproof.redaction import Redactor
from chatproof.tokens import Tokens
from support.recordings import URL, refusal, turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from hypothesis.strategies import SearchStrategy

    from chatproof.config import AiChat, Config


@dataclass(frozen=True, slots=True)
class Sent:
    """One request with the limits that it was sent under."""

    label: str
    request: Request
    limits: Limits | None
    until: Any
    terminal: Any
    connection: int
    accept_429: bool


@dataclass
class FakeConnection:
    """A connection that is none."""

    number: int


@dataclass
class FakeDriver:
    """`answer` gives the exchange for a label and a request; by default streams for turns that are read to the end."""

    config: Config
    answer: Callable[[str, Request], Exchange] | None = None
    profile: str = "ai-chat"
    fuzz_examples: int = 10
    sent: list[Sent] = field(default_factory=list)
    findings: dict[str, Any] = field(default_factory=dict)
    outcome: dict[str, str] = field(default_factory=dict)
    fuzzed: dict[str, tuple[SearchStrategy[Any], Callable[[Any], Request]]] = field(default_factory=dict)
    shares: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.config.auth, Redactor())
        self._recorded: dict[str, Exchange] = {}
        self._connections = 0

    @property
    def settings(self) -> AiChat:
        declared: AiChat = self.config.profiles[self.profile]
        return declared

    @property
    def limits(self) -> Limits:
        return Limits(head_seconds=12.0, idle_seconds=15.0, total_seconds=60.0)

    def recorded(self, label: str) -> Exchange:
        return self._recorded[label]

    async def send(
        self,
        label: str,
        request: Request,
        *,
        limits: Limits | None = None,
        until: Any = None,
        terminal: Any = None,
        linger_seconds: float = 2.5,
        connection: Any = None,
        accept_429: bool = False,
        issues: Any = (),
    ) -> Exchange:
        assert not issues
        assert label not in self._recorded
        assert linger_seconds == 2.5
        self.sent.append(
            Sent(label, request, limits, until, terminal, connection.number if connection else 0, accept_429)
        )
        if self.answer is not None:
            exchange = self.answer(label, request)
        elif terminal is not None:
            exchange = turn(label)
        elif until is not None:
            exchange = refusal(label)
        else:
            exchange = refusal(label, status=204, body=b"")
        frames = list(exchange.stream.frames)
        if until is not None and any(until(frames[:count]) for count in range(len(frames) + 1)):
            exchange = replace(exchange, end=End.ABORTED)
        self._recorded[label] = replace(exchange, label=label, request=request)
        return self._recorded[label]

    def issued(self, label: str, field: str) -> str:
        """No scenario of ai-chat asks for what an answer holds."""
        raise AssertionError((label, field))

    async def websocket(self, label: str, request: Request, **_options: Any) -> Exchange:
        """No scenario of ai-chat opens a WebSocket."""
        raise AssertionError((label, request))

    def upstream(self) -> Any:
        """No scenario of ai-chat needs an upstream."""
        raise AssertionError

    @asynccontextmanager
    async def instance(self, environment: Mapping[str, str | None]) -> AsyncIterator[Instance]:
        """An instance at an address that tells its environment."""
        told = "-".join(f"{name}.{text}" for name, text in environment.items())
        yield Instance(url=f"{URL}/{told}")

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[FakeConnection]:
        self._connections += 1
        yield FakeConnection(self._connections)

    async def fuzz(
        self,
        label: str,
        strategy: SearchStrategy[Any],
        build: Callable[[Any], Request],
        wrong: Callable[[Exchange], str],
        *,
        examples: int,
    ) -> None:
        assert wrong(refusal("x")) == ""
        self.fuzzed[label] = (strategy, build)
        self.shares[label] = examples

    def finding(self, name: str, value: object) -> None:
        self.findings[name] = value

    def not_claimed(self, reason: str, *, declare: str = "") -> None:
        self.outcome = {"not_claimed": reason, "declare": declare}

    def not_testable(self, missing: str) -> None:
        self.outcome = {"not_testable": missing}

    @property
    def labels(self) -> list[str]:
        return [sent.label for sent in self.sent]

    def request(self, label: str) -> Request:
        return next(sent.request for sent in self.sent if sent.label == label)

    def recording(self, scenario: str) -> Recording:
        return Recording(scenario=scenario, profile=self.profile, exchanges=tuple(self._recorded.values()))
