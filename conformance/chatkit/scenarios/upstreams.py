"""Sessions that a service behind the backend makes: what it is asked, and what becomes of its failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.scenario import Cost, Scenario

from ...common.costs import fixed, reply_seconds
from ...common.requests import get, reply_limits
from ..requests import session_request
from .sessions import renewed, session

if TYPE_CHECKING:
    from chatproof.config import ChatKit, Config
    from chatproof.driver import Driver

__all__ = ["SCENARIOS"]

_MADE_UP_USER = "somebody-else-altogether"
_TOLD_WAIT_SECONDS = 7
_FAILURES: dict[str, tuple[str, dict[str, Any]]] = {
    "null": ("null", {}),
    "html": ("html", {}),
    "no_session_id": ("no_session_id", {}),
    "server_error": ("status", {"status": 500, "body": {"error": "it broke"}}),
    "gone": ("drop", {}),
}


async def _asked(driver: Driver) -> None:
    """What the service behind is asked for, by label: the user and the model of each session."""
    tokens, field = driver.tokens, driver.settings.refresh_field
    requests = {"plain": session_request(driver)}
    if driver.settings.models:
        requests["model"] = session_request(driver, {"model": driver.settings.models[-1]})
    other = _MADE_UP_USER
    if driver.config.auth.scheme == "jwt" and driver.config.auth.second_user:
        second = tokens.place(tokens.mint(claims=driver.config.auth.second_user))
        requests["second"] = session_request(driver, credential=second)
        other = str(driver.config.auth.second_user.get("sub", other))
    requests["made_up"] = session_request(driver, {"user_id": other, "userId": other, "user": other})
    upstream, asked = driver.upstream(), {}
    try:
        for label, request in requests.items():
            upstream.behave("well")
            await session(driver, label, request)
            asked[label] = _sessions(driver)
        if driver.settings.refresh_path:
            label = "model" if "model" in requests else "plain"
            secret = driver.issued(label, driver.settings.secret_field)
            upstream.behave("well")
            await renewed(driver, "refresh", {field: secret})
            asked["refresh"] = _sessions(driver)
    finally:
        upstream.behave("well")
        driver.finding("asked", asked)


async def _upstream_failures(driver: Driver) -> None:
    upstream, calls = driver.upstream(), {}
    try:
        for label, (behaviour, options) in _FAILURES.items():
            upstream.behave(behaviour, **options)
            await session(driver, label)
            calls[label] = len(upstream.calls())
    finally:
        upstream.behave("well")
        driver.finding("calls", calls)


async def _upstream_hangs(driver: Driver) -> None:
    upstream = driver.upstream()
    upstream.behave("hang")
    try:
        await session(driver, "session")
        driver.finding("calls", {"session": len(upstream.calls())})
    finally:
        upstream.behave("well")


async def _upstream_limit(driver: Driver) -> None:
    upstream = driver.upstream()
    wait = str(_TOLD_WAIT_SECONDS)
    upstream.behave("status", status=429, body={"error": "slow down"}, headers={"Retry-After": wait})
    try:
        await session(driver, "session", accept_429=True)
        driver.finding("calls", {"session": len(upstream.calls())})
        driver.finding("told", wait)
    finally:
        upstream.behave("well")


async def _health_down(driver: Driver) -> None:
    upstream = driver.upstream()
    upstream.behave("status", status=503, body={"status": "down"})
    try:
        request = get(driver, driver.settings.health_path, credential=())
        await driver.send("health", request, limits=reply_limits(driver))
    finally:
        upstream.behave("well")


def _sessions(driver: Driver) -> list[dict[str, Any]]:
    """What each call for a session said: its user (`user_id`, and `user` at OpenAI) and its model."""
    return [
        {
            "method": call.method,
            "path": call.path,
            "user": call.body.get("user_id", call.body.get("user")),
            "model": call.body.get("model"),
        }
        for call in driver.upstream().calls()
        if isinstance(call.body, dict) and call.path.endswith("/sessions")
    ]


def _hanging_cost(config: Config, _settings: ChatKit, _examples: int) -> Cost:
    return Cost(requests=1, seconds=reply_seconds(config), expected_seconds=5.0)


SCENARIOS = (
    Scenario(
        name="upstream_asked",
        run=_asked,
        cost=fixed(replies=5),
        means=("session_mode", "upstream"),
        alone=True,
        summary="sessions of both users, for a model, with a user in the body; and what the service behind is asked",
    ),
    Scenario(
        name="upstream_failures",
        run=_upstream_failures,
        cost=fixed(replies=len(_FAILURES)),
        means=("session_mode", "upstream"),
        alone=True,
        summary="sessions while the service behind answers null, a page, no id, an error, nothing",
    ),
    Scenario(
        name="upstream_hangs",
        run=_upstream_hangs,
        cost=_hanging_cost,
        means=("session_mode", "upstream"),
        alone=True,
        summary="a session while the service behind does not answer",
    ),
    Scenario(
        name="upstream_limit",
        run=_upstream_limit,
        cost=fixed(replies=1),
        means=("session_mode", "upstream"),
        alone=True,
        summary="a session while the service behind answers 429",
    ),
    Scenario(
        name="health_down",
        run=_health_down,
        cost=fixed(replies=1),
        means=("custom_mode", "health_path", "upstream"),
        alone=True,
        summary="the health route while the service behind says that it is not well",
    ),
)
