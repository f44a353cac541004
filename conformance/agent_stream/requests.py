"""The requests that scenarios send, built from what the configuration declares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from chatproof.driver import Limits

from ..common.browsers import from_page
from ..common.requests import any_frame, declared, get, post, url_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.driver import Driver
    from chatproof.recording import Request

__all__ = [
    "any_frame",
    "generate",
    "generate_limits",
    "poll",
    "publish",
    "stream_limits",
    "subscription",
    "target_of",
]

Header = tuple[str, str]

_STREAM_BYTES = 1024 * 1024
_MORE_SECONDS = 2.0


def target_of(driver: Driver, agents: Iterable[str]) -> str:
    """The path and query of a subscription to one agent or several; to none without a query."""
    settings = driver.settings
    names = [quote(agent, safe="") for agent in agents]
    if not names:
        return str(settings.path)
    name = settings.agents_parameter if len(names) > 1 else settings.agent_parameter
    return f"{settings.path}?{name}={','.join(names)}"


def subscription(
    driver: Driver,
    *agents: str,
    base: str = "",
    last_id: str = "",
    credential: Iterable[Header] | None = None,
) -> Request:
    """A GET that subscribes to these agents, at `base` or at the backend; after `last_id` where one is given."""
    extra = [("Last-Event-ID", last_id)] if last_id else []
    request = get(driver, target_of(driver, agents), accept="text/event-stream", credential=credential, extra=extra)
    return _at(driver, request, base)


def generate(driver: Driver, *, credential: Iterable[Header] | None = None, base: str = "") -> Request:
    """The POST of a cron job, without a body, and with its own secret where one is declared: no page sends it."""
    path, secret = driver.settings.generate_path, driver.settings.generate_token
    if credential is None and secret:
        credential = (("Authorization", f"Bearer {secret}"),)
    return post(driver, path, accept="application/json", credential=credential, origin=None, base=base)


def publish(driver: Driver, agent: str, text: str, *, base: str = "") -> Request | None:
    """Publishes one message of an agent; None where no route for that is declared."""
    route = driver.settings.publish
    return from_page(declared(driver, route, {"agent": agent, "text": text}, base=base), None) if route else None


def poll(driver: Driver, agent: str) -> Request | None:
    """Asks for an agent's newest messages, as a page does; None where no route for that is declared."""
    route = driver.settings.poll
    return declared(driver, route, {"agent": quote(agent, safe="") if "?" in route.path else agent}) if route else None


def stream_limits(driver: Driver, seconds: float) -> Limits:
    """The limits of a stream that may be silent, and stays open for so long at the most."""
    return Limits(
        head_seconds=min(driver.limits.head_seconds, seconds),
        idle_seconds=seconds,
        total_seconds=seconds,
        max_bytes=_STREAM_BYTES,
    )


def generate_limits(driver: Driver) -> Limits:
    """The limits of a generation: a little more than it may take, so that one that is late can be told."""
    seconds = driver.settings.generate_timeout + _MORE_SECONDS
    return Limits(head_seconds=seconds, idle_seconds=seconds, total_seconds=seconds, max_bytes=_STREAM_BYTES)


def _at(driver: Driver, request: Request, base: str) -> Request:
    if not base:
        return request
    return replace(request, url=base.rstrip("/") + request.url.removeprefix(url_of(driver, "")))
