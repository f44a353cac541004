"""Sessions: their making, their renewal, what a wrong request for one is told."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio

from chatproof.recorder.issued import apparent_bits
from chatproof.scenario import Scenario

from ...common.costs import fixed
from ...common.requests import asked_first, get, reply_limits
from ..entropy import varying
from ..requests import issues, refresh_request, session_request
from .control import plain

if TYPE_CHECKING:
    from chatproof.config import ChatKit, Config
    from chatproof.driver import Driver
    from chatproof.recording import Exchange, Request
    from chatproof.scenario import Cost

__all__ = ["SCENARIOS", "renewed", "session"]

_SAMPLES = 20
_UNKNOWN_MODEL = "no-such-model-as-this"
_FOREIGN_PAGE = "https://evil.example"
_RENEWAL_PAUSE_SECONDS = 1.5


async def session(driver: Driver, label: str, request: Request | None = None, **options: Any) -> Exchange:
    """A session, its secret taken out of the record; by default with the plain request."""
    asked = request or plain(driver)
    return await driver.send(label, asked, limits=reply_limits(driver), issues=issues(driver.settings), **options)


async def renewed(driver: Driver, label: str, fields: dict[str, Any], **options: Any) -> Exchange:
    """The answer to these fields on the route that renews a secret."""
    request = refresh_request(driver, fields, **options)
    return await driver.send(label, request, limits=reply_limits(driver), issues=issues(driver.settings))


async def _empty_body(driver: Driver) -> None:
    request = plain(driver)
    headers = tuple(line for line in request.headers if line[0].lower() != "content-type")
    await session(driver, "empty", replace(request, headers=headers, body=b""))


async def _samples(driver: Driver) -> None:
    field = driver.settings.secret_field
    texts, keys = [], []
    for number in range(1, _SAMPLES + 1):
        label = str(number)
        exchange = await session(driver, label, accept_429=True)
        if exchange.findings.get("issued", {}).get(field, {}).get("secret"):
            texts.append(driver.issued(label, field))
            if texts[-1].startswith("sk-"):
                keys.append(label)
    driver.finding("varying_bits", [round(apparent_bits(text), 1) for text in varying(texts)])
    driver.finding("api_keys", keys)


async def _hollow_tokens(driver: Driver) -> None:
    for label, value in {"undefined": "Bearer undefined", "null": "Bearer null", "empty": "Bearer"}.items():
        await session(driver, label, session_request(driver, credential=[("Authorization", value)]))


async def _schemeless(driver: Driver) -> None:
    token = driver.tokens.raw() or ""
    for label, value in {"basic": f"Basic {token}", "bare": token}.items():
        await session(driver, label, session_request(driver, credential=[("Authorization", value)]))


async def _model(driver: Driver) -> None:
    await session(driver, "known", session_request(driver, {"model": driver.settings.models[-1]}))
    await session(driver, "unknown", session_request(driver, {"model": _UNKNOWN_MODEL}))


async def _refresh(driver: Driver) -> None:
    """The pause lets a new expiry be told from the old one where both are in whole seconds."""
    settings = driver.settings
    await session(driver, "session")
    secret = driver.issued("session", settings.secret_field)
    await anyio.sleep(_RENEWAL_PAUSE_SECONDS)
    await renewed(driver, "refresh", {settings.refresh_field: secret})
    driver.finding("clock", time.time())


async def _refresh_wrong(driver: Driver) -> None:
    settings = driver.settings
    field = settings.refresh_field
    for label, fields in {"garbage": {field: "not-a-secret-at-all"}, "empty": {field: ""}, "missing": {}}.items():
        await renewed(driver, label, fields)
    tokens = driver.tokens
    if driver.config.auth.scheme == "jwt" and driver.config.auth.second_user:
        other = tokens.place(tokens.mint(claims=driver.config.auth.second_user))
        await session(driver, "others_session", session_request(driver, credential=other))
        await renewed(driver, "foreign", {field: driver.issued("others_session", settings.secret_field)})


async def _refresh_plain(driver: Driver) -> None:
    settings = driver.settings
    await session(driver, "session")
    secret = driver.issued("session", settings.secret_field)
    request = refresh_request(driver, {settings.refresh_field: secret})
    headers = tuple(line for line in request.headers if line[0].lower() != "content-type")
    plain_text = replace(request, headers=(*headers, ("Content-Type", "text/plain;charset=UTF-8")))
    await driver.send("refresh", plain_text, limits=reply_limits(driver), issues=issues(settings))


async def _foreign_page(driver: Driver) -> None:
    request = plain(driver)
    kept = tuple(line for line in request.headers if line[0].lower() != "origin")
    asked = asked_first(request.url, _FOREIGN_PAGE, headers="authorization,content-type")
    await driver.send("preflight", asked, limits=reply_limits(driver))
    await session(driver, "session", replace(request, headers=(*kept, ("Origin", _FOREIGN_PAGE))))


async def _health(driver: Driver) -> None:
    request = get(driver, driver.settings.health_path, credential=())
    await driver.send("health", request, limits=reply_limits(driver))


def _pausing(replies: int) -> Any:
    """The cost of a renewal with its pause."""

    def cost(config: Config, settings: ChatKit, examples: int) -> Cost:
        plainly = fixed(replies=replies)(config, settings, examples)
        seconds = plainly.seconds + _RENEWAL_PAUSE_SECONDS
        return replace(plainly, seconds=seconds, expected_seconds=plainly.expected_seconds + _RENEWAL_PAUSE_SECONDS)

    return cost


SCENARIOS = (
    Scenario(
        name="empty_body",
        run=_empty_body,
        cost=fixed(replies=1),
        means=("session_mode",),
        summary="a session without a body",
    ),
    Scenario(
        name="samples",
        run=_samples,
        cost=fixed(replies=_SAMPLES),
        means=("session_mode", "loopback_or_intrusive"),
        summary="twenty sessions of the same user, for their secrets",
    ),
    Scenario(
        name="hollow_tokens",
        run=_hollow_tokens,
        cost=fixed(replies=3),
        means=("session_mode", "bearer_scheme"),
        summary="`Bearer undefined`, `Bearer null` and an empty `Bearer`",
    ),
    Scenario(
        name="schemeless",
        run=_schemeless,
        cost=fixed(replies=2),
        means=("session_mode", "bearer_scheme"),
        summary="the user's token under `Basic` and without a scheme",
    ),
    Scenario(
        name="model",
        run=_model,
        cost=fixed(replies=2),
        means=("session_mode", "models"),
        summary="a session for the last declared model, and one for a model that there is not",
    ),
    Scenario(
        name="refresh",
        run=_refresh,
        cost=_pausing(2),
        means=("session_mode", "refresh_path"),
        summary="a session and, a moment later, a new secret for it",
    ),
    Scenario(
        name="refresh_wrong",
        run=_refresh_wrong,
        cost=fixed(replies=5),
        means=("session_mode", "refresh_path"),
        summary="renewals of garbage, of nothing, and of another user's secret",
    ),
    Scenario(
        name="refresh_plain",
        run=_refresh_plain,
        cost=fixed(replies=2),
        means=("session_mode", "refresh_path"),
        summary="a renewal whose JSON is sent as text/plain, as `fetch` does by itself",
    ),
    Scenario(
        name="foreign_page",
        run=_foreign_page,
        cost=fixed(replies=2),
        means=("session_mode",),
        summary="a preflight and a session for a page at https://evil.example",
    ),
    Scenario(
        name="health",
        run=_health,
        cost=fixed(replies=1),
        means=("health_path",),
        summary="the health route, without a credential",
    ),
)
