"""The request that must work before any other counts, and the shared scenarios that vary it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chatproof.scenario import Scenario, answered_turn

from ...common.browsers import browser_scenarios
from ...common.costs import fixed
from ...common.credentials import credential_scenarios
from ...common.requests import get, reply_limits
from ..requests import issues, session_request
from ..server_requests import operation

if TYPE_CHECKING:
    from chatproof.driver import Driver, Issued
    from chatproof.recording import Exchange, Request

__all__ = ["SCENARIOS", "broken", "plain"]

Credential = tuple[tuple[str, str], ...]

_HOLLOW = frozenset({"undefined", "null", "None", "[object Object]"})
"""What languages write where a value is missing, or is no text."""


def plain(driver: Driver, credential: Credential | None = None) -> Request:
    """The plain request of the declared mode, by default with the user's credential."""
    if driver.settings.mode == "self-hosted":
        return operation(driver, "threads.list", {"limit": 20}, credential=credential)
    return session_request(driver, credential=credential)


def broken(exchange: Exchange) -> str:
    """Why a 2xx answer is neither a JSON object nor a stream of events; empty where it is one."""
    if exchange.is_stream:
        return answered_turn(exchange)
    try:
        content = exchange.json()
    except (ValueError, RecursionError):
        return f"the {len(exchange.body)} bytes of the answer are no JSON"
    return "" if isinstance(content, dict) else f"the answer is JSON, but no object: {type(content).__name__}"


async def _session(driver: Driver) -> None:
    request = plain(driver)
    exchange = await driver.send("session", request, limits=reply_limits(driver), issues=_issues(driver))
    driver.finding("clock", time.time())
    for issued in _issues(driver):
        known = exchange.findings.get("issued", {}).get(issued.field, {})
        hollow = bool(known.get("secret")) and driver.issued("session", issued.field) in _HOLLOW
        driver.finding("hollow", hollow)


async def _get(driver: Driver) -> None:
    settings = driver.settings
    path = settings.server_path if settings.mode == "self-hosted" else settings.session_path
    await driver.send("get", get(driver, path), limits=reply_limits(driver), issues=_issues(driver))


def _issues(driver: Driver) -> tuple[Issued, ...]:
    return issues(driver.settings)


SCENARIOS = (
    Scenario(
        name="session",
        run=_session,
        cost=fixed(replies=1),
        summary="a session for the user; self-hosted: the list of the user's threads",
    ),
    Scenario(name="get", run=_get, cost=fixed(replies=1), summary="GET where only POST has a meaning"),
    *browser_scenarios(plain, issues=_issues),
    *credential_scenarios(plain, issues=_issues),
)
