"""The routes beside the poll: health, tokens, diagnostics, pages for developers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chatproof.scenario import Cost, Scenario

from ...common.costs import fixed, reply_seconds, typical_reply_seconds
from ...common.credentials import credential_scenarios
from ...common.requests import get, reply_limits
from ..requests import diagnose, issues, token_request

if TYPE_CHECKING:
    from chatproof.config import Config
    from chatproof.driver import Driver

__all__ = ["SCENARIOS", "SOMEBODY", "debug_pages"]

SOMEBODY = "chatproof-somebody-else"
"""A user's id that a caller asks for in vain."""


async def _health(driver: Driver) -> None:
    for label in ("first", "second"):
        request = get(driver, driver.settings.health_path, credential=())
        await driver.send(label, request, limits=reply_limits(driver))


async def _token(driver: Driver) -> None:
    """The plain request, the other user's where there is one, and three that ask for somebody else's token."""
    limits, wanted = reply_limits(driver), issues(driver)
    names = {"user_id": SOMEBODY, "userId": SOMEBODY, "id": SOMEBODY}
    requests = {
        "token": token_request(driver),
        "query": token_request(driver, query="?" + "&".join(f"{name}={SOMEBODY}" for name in names)),
        "body": token_request(driver, body={**names, "user": {"id": SOMEBODY}}),
        "header": token_request(driver, extra=(("X-User-Id", SOMEBODY),)),
    }
    if driver.config.auth.scheme == "jwt" and driver.config.auth.second_user:
        requests["other"] = token_request(driver, driver.tokens.second_user())
    for label, request in requests.items():
        await driver.send(label, request, limits=limits, issues=wanted)


async def _diagnostics(driver: Driver) -> None:
    limits = reply_limits(driver)
    await driver.send("user", diagnose(driver), limits=limits)
    await driver.send("anonymous", diagnose(driver, credential=()), limits=limits)


async def debug_pages(driver: Driver, name: str, *, base: str = "") -> None:
    """Every page for developers, as a user and as nobody, under `name/user/1`, `name/anonymous/1` and so on."""
    for number, path in enumerate(driver.settings.debug_paths, start=1):
        for who, credential in (("user", None), ("anonymous", ())):
            request = get(driver, path, accept="text/html", credential=credential)
            if base:
                request = replace(request, url=base + path)
            await driver.send(f"{name}/{who}/{number}", request, limits=reply_limits(driver))


async def _pages(driver: Driver) -> None:
    await debug_pages(driver, "page")


def _pages_cost(config: Config, settings: Any, _examples: int) -> Cost:
    count = 2 * len(settings.debug_paths)
    expected = count * typical_reply_seconds(config)
    return Cost(requests=count, seconds=count * reply_seconds(config), expected_seconds=expected)


SCENARIOS = (
    Scenario(
        name="health", run=_health, cost=fixed(replies=2), means=("health_path",), summary="the health route, twice"
    ),
    Scenario(
        name="token",
        run=_token,
        cost=fixed(replies=5),
        means=("token_path", "token"),
        summary="tokens for Stream Chat: the user's own, and somebody else's asked for in three ways",
    ),
    Scenario(
        name="diagnostics",
        run=_diagnostics,
        cost=fixed(replies=2),
        means=("diagnostics_path",),
        summary="the diagnostics, as a user and as nobody",
    ),
    Scenario(
        name="debug_pages",
        run=_pages,
        cost=_pages_cost,
        means=("debug_paths",),
        summary="the pages for developers, as a user and as nobody",
    ),
    *credential_scenarios(token_request, issues=issues, means=("token_path",)),
)
