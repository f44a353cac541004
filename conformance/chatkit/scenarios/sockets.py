"""The WebSocket of a session: for a live secret, for wrong ones, and a hundred of them one after another."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio

from chatproof.recorder.issued import field_of
from chatproof.scenario import Cost, Scenario

from ...common.costs import fixed, reply_seconds
from ...common.requests import get, reply_limits, url_of
from ..expiry import moment
from ..requests import secret_headers, session_request
from .sessions import session

if TYPE_CHECKING:
    from chatproof.config import ChatKit, Config
    from chatproof.driver import Driver
    from chatproof.recording import Exchange, Request

__all__ = ["MANY", "SCENARIOS"]

MANY = 100
"""So many WebSockets are opened and closed before the backend's own number is looked at."""

_UNKNOWN = "no-such-session-0000000000"
_LINGER_SECONDS = 1.5
_SHORT_LIFE_SECONDS = 3
_GLANCE_SECONDS = 0.3
_AFTER_EXPIRY_SECONDS = 1.0
_PATIENCE_SECONDS = 60.0
_HELD = 4
_SETTLE_SECONDS = 10.0
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class _Linger:
    """
    An event that comes so many seconds after it is first waited for.

    The driver waits once the WebSocket is open: a moment that began before may be over before the request's turn.
    """

    seconds: float

    async def wait(self) -> None:
        await anyio.sleep(self.seconds)


def _request(driver: Driver, secret: str, *, base: str = "") -> Request:
    """The handshake of a session, with its secret in the path where that has a place for it, else in its header."""
    path = driver.settings.socket_path
    carrying = secret_headers(driver, secret)
    if "{session}" in path:
        name = driver.settings.secret_header.lower()
        carrying = tuple(line for line in carrying if line[0].lower() != name)
    request = get(driver, path.replace("{session}", quote(secret, safe="")), credential=carrying)
    return replace(request, url=base + request.url.removeprefix(url_of(driver, ""))) if base else request


async def _tried(
    driver: Driver, label: str, secret: str, *, base: str = "", linger_seconds: float = _LINGER_SECONDS
) -> Exchange:
    """Opens the WebSocket of a session; one that opens is given a moment, in which the backend may close it again."""
    hold: Any = _Linger(linger_seconds)
    return await driver.websocket(label, _request(driver, secret, base=base), hold=hold)


async def _secret(driver: Driver, label: str = "session", *, base: str = "") -> str:
    await session(driver, label, session_request(driver, base=base))
    return driver.issued(label, driver.settings.secret_field)


async def _socket(driver: Driver) -> None:
    await _tried(driver, "live", await _secret(driver))
    await _tried(driver, "unknown", _UNKNOWN)


async def _expired(driver: Driver) -> None:
    """One secret used as soon as it is made, and not for long: it ends with its session; another after its expiry."""
    variable = driver.settings.ttl_variable
    async with driver.instance({variable: str(_SHORT_LIFE_SECONDS)}) as instance:
        if not instance.url:
            driver.not_testable(f"an instance with {variable}={_SHORT_LIFE_SECONDS} is not there: {instance.trouble}")
            return
        late = await _secret(driver, "late_session", base=instance.url)
        told, _given = field_of(_content(driver.recorded("late_session")), driver.settings.expires_field)
        live = await _secret(driver, "live_session", base=instance.url)
        await _tried(driver, "live", live, base=instance.url, linger_seconds=_GLANCE_SECONDS)
        expires = moment(told)
        if expires is None or expires - time.time() > _PATIENCE_SECONDS:
            driver.not_testable(f"sessions of an instance with {variable}={_SHORT_LIFE_SECONDS} do not expire soon")
            return
        await anyio.sleep(max(0.0, expires + _AFTER_EXPIRY_SECONDS - time.time()))
        await _tried(driver, "expired", late, base=instance.url)


def _content(exchange: Exchange) -> object:
    try:
        return exchange.json()
    except (ValueError, RecursionError):
        return None


async def _many(driver: Driver) -> None:
    """The backend's own number: at first, with a few held open, and after many were opened and closed."""
    together = driver.config.backend.max_concurrency
    held = min(_HELD, together - 1)
    if not held:
        driver.not_claimed("only one request may be under way", declare="max_concurrency = 8  # in [backend]")
        return
    secret = await _secret(driver)
    first = await _number(driver, "first")
    if first is None:
        driver.not_testable("the route that counts WebSockets tells no whole number")
        return
    hold, opened = anyio.Event(), 0

    async def one(label: str, until: anyio.Event | None = None) -> None:
        nonlocal opened
        exchange = await driver.websocket(label, _request(driver, secret), hold=until)
        opened += until is None and bool(exchange.findings["websocket"]["opened"])

    async with anyio.create_task_group() as group:
        for number in range(1, held + 1):
            group.start_soon(one, f"held/{number}", hold)
        most = await _settled(driver, "with_some", lambda found: found >= first + held)
        hold.set()
    for start in range(0, MANY, together):
        async with anyio.create_task_group() as group:
            for number in range(start + 1, min(start + together, MANY) + 1):
                group.start_soon(one, str(number))
    last = await _settled(driver, "after", lambda found: found <= first)
    driver.finding("sockets", {"first": first, "held": held, "with_some": most, "opened": opened, "after": last})


async def _settled(driver: Driver, prefix: str, done: Any) -> int | None:
    """The last number that the backend told: the first one that will do, or the one at the end of our patience."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    polls = 1
    found = await _number(driver, f"{prefix}/{polls}")
    while (found is None or not done(found)) and time.monotonic() < deadline:
        await anyio.sleep(_POLL_SECONDS)
        polls += 1
        found = await _number(driver, f"{prefix}/{polls}")
    return found


async def _number(driver: Driver, label: str) -> int | None:
    counter = driver.settings.open_sockets
    exchange = await driver.send(label, get(driver, counter.path), limits=reply_limits(driver))
    value, _given = field_of(_content(exchange), counter.field)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _expired_cost(config: Config, _settings: ChatKit, _examples: int) -> Cost:
    waits = _SHORT_LIFE_SECONDS + _AFTER_EXPIRY_SECONDS + _LINGER_SECONDS
    longest = config.backend.start_timeout + 4 * reply_seconds(config) + _PATIENCE_SECONDS + waits
    return Cost(requests=4, seconds=longest, expected_seconds=waits)


def _many_cost(config: Config, settings: ChatKit, _examples: int) -> Cost:
    polls = 2 * (int(_SETTLE_SECONDS / _POLL_SECONDS) + 1)
    longest = 2 * _SETTLE_SECONDS + settings.turn_timeout + MANY * reply_seconds(config)
    return Cost(requests=MANY + _HELD + 2 + polls, seconds=longest, expected_seconds=2.0)


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="socket",
        run=_socket,
        cost=fixed(replies=3),
        means=("custom_mode", "socket_path"),
        summary="WebSockets of a live session and of one that there is not",
    ),
    Scenario(
        name="socket_expired",
        run=_expired,
        cost=_expired_cost,
        means=("custom_mode", "socket_path", "command", "ttl_variable"),
        beside=True,
        summary="WebSockets of a session before and after its expiry",
    ),
    Scenario(
        name="many_sockets",
        run=_many,
        cost=_many_cost,
        means=("custom_mode", "socket_path", "open_sockets"),
        intrusive=True,
        alone=True,
        summary=f"{MANY} WebSockets opened and closed, and how many the backend says are open",
    ),
)
