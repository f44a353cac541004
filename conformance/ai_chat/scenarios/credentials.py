"""Who may chat: no token, forged tokens, tokens with one wrong claim, other ways to send one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio

from chatproof.scenario import Scenario

from ...common.costs import fixed
from ...common.forgeries import PLACEHOLDER_KEY, forged, overrides, placeholder_claims
from ..requests import chat, get, reply_limits
from .rejections import all_refusable, refusable
from .turns import plain_turn

if TYPE_CHECKING:
    from chatproof.driver import Driver

__all__ = ["SCENARIOS"]


def _token(driver: Driver) -> str:
    """The declared user's token; the means of these scenarios say that there is one."""
    return driver.tokens.raw() or ""


async def _no_token(driver: Driver) -> None:
    await refusable(driver, "chat", chat(driver, credential=()))


async def _forged_tokens(driver: Driver) -> None:
    requests = {
        label: chat(driver, credential=driver.tokens.place(token)) for label, token in forged(_token(driver)).items()
    }
    await all_refusable(driver, requests)


async def _minted_tokens(driver: Driver) -> None:
    tokens = driver.tokens
    changes = overrides(driver.config.auth.claims, int(time.time()))
    credentials = {label: tokens.place(tokens.mint(claims=claims)) for label, claims in changes.items()}
    fresh = credentials.pop("fresh")
    requests = {label: chat(driver, credential=credential) for label, credential in credentials.items()}

    async def positive_control() -> None:
        await plain_turn(driver, "fresh", credential=fresh)

    async with anyio.create_task_group() as group:
        group.start_soon(positive_control)
        group.start_soon(all_refusable, driver, requests)


async def _placeholder_key(driver: Driver) -> None:
    auth = driver.config.auth
    if auth.secret == PLACEHOLDER_KEY and driver.config.backend.environment != "production":
        driver.not_claimed(
            "the declared secret is the guide's own, which is right for tests only",
            declare='secret = "${CHAT_JWT_SECRET}", with a key of your own',
        )
        return
    claims = placeholder_claims(auth.claims, _token(driver))
    token = driver.tokens.mint(claims=claims, key=PLACEHOLDER_KEY, algorithm="HS256", lifetime=3600)
    await refusable(driver, "chat", chat(driver, credential=driver.tokens.place(token)))


async def _schemes(driver: Driver) -> None:
    token = _token(driver)
    path = f"{driver.settings.path}?access_token={token}"
    requests = {
        "basic": chat(driver, credential=[("Authorization", f"Basic {token}")]),
        "query": chat(driver, credential=(), path=path),
    }

    async def positive_control() -> None:
        await plain_turn(driver, "lower", credential=[("Authorization", f"bearer {token}")])

    async with anyio.create_task_group() as group:
        group.start_soon(positive_control)
        group.start_soon(all_refusable, driver, requests)


async def _ping(driver: Driver) -> None:
    """Wrong tokens are made as those that `forged_tokens` and `minted_tokens` send to the chat, to be compared."""
    tokens, wrong = driver.tokens, forged(_token(driver))
    credentials = {
        "valid": tokens.headers(),
        "invalid": tokens.place(wrong.get("tampered", wrong["garbage"])),
        "missing": (),
    }
    if "none" in wrong:
        credentials["none"] = tokens.place(wrong["none"])
    if driver.config.auth.scheme == "jwt":
        expired = overrides(driver.config.auth.claims, int(time.time()))["long_expired"]
        credentials["expired"] = tokens.place(tokens.mint(claims=expired))

    async def ping(label: str, credential: tuple[tuple[str, str], ...]) -> None:
        request = get(driver, driver.settings.ping_path, credential=credential)
        await driver.send(label, request, limits=reply_limits(driver))

    async with anyio.create_task_group() as group:
        for label, credential in credentials.items():
            group.start_soon(ping, label, credential)


SCENARIOS = (
    Scenario(name="no_token", run=_no_token, cost=fixed(replies=1), means=("token",), summary="a turn without a token"),
    Scenario(
        name="forged_tokens",
        run=_forged_tokens,
        cost=fixed(replies=9, reply_steps=1),
        means=("token",),
        summary="garbage, and forgeries of the token where it is a JWT",
    ),
    Scenario(
        name="minted_tokens",
        run=_minted_tokens,
        cost=fixed(turns=1, replies=7, reply_steps=1),
        means=("signing_key",),
        summary="tokens signed with the right key: a fresh one, expired, early, for another audience",
    ),
    Scenario(
        name="placeholder_key",
        run=_placeholder_key,
        cost=fixed(replies=1),
        means=("token",),
        summary="a token signed with the key that the guide prints",
    ),
    Scenario(
        name="schemes",
        run=_schemes,
        cost=fixed(turns=1, replies=2, reply_steps=1),
        means=("bearer_scheme",),
        summary="the token under `bearer`, under `Basic`, and in the query",
    ),
    Scenario(
        name="ping",
        run=_ping,
        cost=fixed(replies=5, reply_steps=1),
        means=("ping_path", "token"),
        summary="the route that checks tokens: a valid one, wrong ones, none",
    ),
)
