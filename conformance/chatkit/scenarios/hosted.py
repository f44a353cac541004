"""Sessions of OpenAI's: what the backend asks OpenAI for, and what it hands to the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.scenario import Scenario

from ...common.costs import fixed
from ...common.requests import reply_limits
from ..requests import issues, refresh_request, session_request

if TYPE_CHECKING:
    from chatproof.driver import Driver
    from chatproof.surroundings import Call

__all__ = ["SCENARIOS"]


async def _asked_of_openai(driver: Driver) -> None:
    """One session, and the finding `calls` on what was asked behind it: no credential, only of what kind it was."""
    upstream = driver.upstream()
    upstream.behave("well")
    try:
        request = session_request(driver)
        await driver.send("session", request, limits=reply_limits(driver), issues=issues(driver.settings))
        own = (driver.tokens.raw() or "").strip()
        driver.finding("calls", [_told(call, own) for call in upstream.calls()])
    finally:
        upstream.behave("well")


def _told(call: Call, own: str) -> dict[str, Any]:
    """
    What may be told of a call.

    `key` is `missing`, `another scheme`, `empty`, `the user's token` or `given`; the fields of the body are as sent.
    """
    scheme, _, key = call.headers.get("authorization", "").partition(" ")
    if not scheme:
        kind = "missing"
    elif scheme.lower() != "bearer":
        kind = "another scheme"
    elif not key.strip() or key.strip() in ("undefined", "null", "None"):
        kind = "empty"
    else:
        kind = "the user's token" if own and key.strip() == own else "given"
    body = call.body if isinstance(call.body, dict) else {}
    fields = {name: body[name] for name in ("user", "workflow", "expires_after") if name in body}
    told = {"method": call.method, "path": call.path, "key": kind, "beta": call.headers.get("openai-beta", "")}
    return {**told, **fields}


async def _renewed(driver: Driver) -> None:
    settings = driver.settings
    field = settings.secret_field
    first = await driver.send("session", session_request(driver), limits=reply_limits(driver), issues=issues(settings))
    if not first.findings.get("issued", {}).get(field, {}).get("secret"):
        return
    request = refresh_request(driver, {settings.refresh_field: driver.issued("session", field)})
    await driver.send("refresh", request, limits=reply_limits(driver), issues=issues(settings))


SCENARIOS = (
    Scenario(
        name="hosted_call",
        run=_asked_of_openai,
        cost=fixed(replies=1),
        means=("hosted_mode", "upstream"),
        alone=True,
        summary="a session, and what OpenAI was asked for it",
    ),
    Scenario(
        name="hosted_refresh",
        run=_renewed,
        cost=fixed(replies=2),
        means=("hosted_mode", "refresh_path"),
        summary="a session of OpenAI's, and its renewal",
    ),
)
