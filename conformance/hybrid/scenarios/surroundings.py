"""What surrounds the backend is changed: Stream's API fails, and it starts with other variables."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio

from chatproof.scenario import Cost, Scenario

from ...common.costs import reply_seconds, typical_reply_seconds
from ...common.requests import reply_limits
from ..requests import diagnose, issues, token_request
from .messages import CHAT_REQUESTS, PATIENCE_SECONDS, chat_over_polling
from .routes import debug_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from chatproof.config import Config
    from chatproof.driver import Driver

__all__ = ["FAILURES", "PLACEHOLDERS", "SCENARIOS"]

FAILURES: Mapping[str, Mapping[str, Any]] = {
    "status": {"status": 500, "body": {"code": -1, "message": "internal error"}},
    "drop": {},
    "hang": {},
}
"""What Stream's API does, by label: behaviours of the stand-in, with their options."""

PLACEHOLDERS = {"key": "your_key_here", "secret": "your_secret_here"}
"""What the document prints in place of the key and the secret."""

_STARTS = 1.0


async def _asked(driver: Driver, name: str, *, base: str = "") -> None:
    """The routes that may need Stream Chat, where they are declared: `name/token` and `name/diagnostics`."""
    settings, limits = driver.settings, reply_limits(driver)
    async with anyio.create_task_group() as group:
        if settings.token_path and driver.config.auth.scheme != "none":
            request = token_request(driver, base=base)
            group.start_soon(partial(driver.send, f"{name}/token", request, limits=limits, issues=issues(driver)))
        if settings.diagnostics_path:
            group.start_soon(partial(driver.send, f"{name}/diagnostics", diagnose(driver, base=base), limits=limits))


async def _stream_down(driver: Driver) -> None:
    """Polls while the other routes wait for Stream, too."""
    upstream = driver.upstream()
    driver.finding("address", upstream.url.partition("://")[2])
    try:
        for name, options in FAILURES.items():
            upstream.behave(name, **options)
            async with anyio.create_task_group() as group:
                group.start_soon(_asked, driver, name)
                group.start_soon(chat_over_polling, driver, name)
    finally:
        upstream.behave("well")


async def _started(
    driver: Driver,
    name: str,
    environment: Mapping[str, str | None],
    *uses: Callable[..., Any],
) -> None:
    """Starts an instance and does this to it; the finding `name` says why it did not start, empty where it did."""
    async with driver.instance(environment) as instance:
        driver.finding(name, instance.trouble if not instance.url else "")
        if instance.url:
            for use in uses:
                await use(driver, name, base=instance.url)


async def _unconfigured(driver: Driver) -> None:
    settings = driver.settings
    mode = {settings.mode_variable: "production"}
    bare = {**mode, settings.key_variable: None, settings.secret_variable: None}
    await _started(driver, "bare", bare, chat_over_polling, _asked)
    await _started(driver, "no_secret", {**mode, settings.secret_variable: None}, _asked)


async def _development(driver: Driver) -> None:
    settings = driver.settings
    environment = {settings.mode_variable: "development", settings.secret_variable: None}
    await _started(driver, "development", environment, _asked, debug_pages)


async def _placeholders(driver: Driver) -> None:
    settings = driver.settings
    environment = {settings.key_variable: PLACEHOLDERS["key"], settings.secret_variable: PLACEHOLDERS["secret"]}
    await _started(driver, "placeholders", environment, _asked)


async def _forced(driver: Driver) -> None:
    variable = driver.settings.force_variable
    await _started(driver, "true", {variable: "true"}, chat_over_polling, _asked)
    await _started(driver, "false", {variable: "false"}, _asked)


async def _public_secret(driver: Driver) -> None:
    """The secret stands where browsers see it, and nowhere else."""
    settings = driver.settings
    public = {settings.secret_variable: None, f"NEXT_PUBLIC_{settings.secret_variable}": settings.secret}
    await _started(driver, "public", {settings.mode_variable: "production", **public}, _asked)


def _cost(
    *, chats: int = 0, asked: int = 0, starts: int = 0, pages: bool = False
) -> Callable[[Config, Any, int], Cost]:
    """So many chats over polling, looks at the other two routes, starts of an instance, and perhaps all pages."""

    def cost(config: Config, settings: Any, _examples: int) -> Cost:
        count = chats * CHAT_REQUESTS + 2 * asked + (2 * len(settings.debug_paths) if pages else 0)
        return Cost(
            requests=count,
            seconds=count * reply_seconds(config) + chats * PATIENCE_SECONDS + starts * config.backend.start_timeout,
            expected_seconds=count * typical_reply_seconds(config) + starts * _STARTS,
        )

    return cost


SCENARIOS = (
    Scenario(
        name="stream_down",
        run=_stream_down,
        cost=_cost(chats=3, asked=3),
        means=("upstream",),
        alone=True,
        summary="polls, tokens and diagnostics while Stream's API fails, drops connections, or does not answer",
    ),
    Scenario(
        name="unconfigured",
        run=_unconfigured,
        cost=_cost(chats=1, asked=2, starts=2),
        means=("command",),
        beside=True,
        summary="an instance without Stream's key and secret, and one without the secret",
    ),
    Scenario(
        name="development",
        run=_development,
        cost=_cost(asked=1, starts=1, pages=True),
        means=("command",),
        beside=True,
        summary="an instance in development without the secret",
    ),
    Scenario(
        name="placeholders",
        run=_placeholders,
        cost=_cost(asked=1, starts=1),
        means=("command", "diagnostics_path"),
        beside=True,
        summary="an instance with the document's examples for key and secret",
    ),
    Scenario(
        name="forced",
        run=_forced,
        cost=_cost(chats=1, asked=2, starts=2),
        means=("command", "force_variable"),
        beside=True,
        summary="instances with the switch against Stream Chat at `true` and at `false`",
    ),
    Scenario(
        name="public_secret",
        run=_public_secret,
        cost=_cost(asked=1, starts=1),
        means=("command", "token_path", "token", "secret"),
        beside=True,
        summary="an instance whose secret stands in a variable that browsers see",
    ),
)
