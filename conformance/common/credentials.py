"""Who may ask, for any route: no token, forged tokens, tokens with one wrong claim."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio

from chatproof.scenario import Scenario

from .costs import fixed
from .forgeries import forged, overrides
from .requests import any_frame, reply_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chatproof.driver import Driver, Issued
    from chatproof.recording import Request

    Credential = tuple[tuple[str, str], ...]

__all__ = ["credential_scenarios"]


def credential_scenarios(
    plain: Callable[[Driver, Credential], Request],
    *,
    issues: Callable[[Driver], tuple[Issued, ...]] = lambda _driver: (),
    means: tuple[str, ...] = (),
) -> tuple[Scenario, ...]:
    """
    The scenarios `no_token`, `forged_tokens` and `minted_tokens` for a profile.

    `plain` makes the plain request with the headers of a credential; `issues` names the credentials in its answer.
    A stream is left at its first frame. `means` are further ones that the request needs.
    """

    async def sent(driver: Driver, label: str, credential: Credential) -> None:
        request = plain(driver, credential)
        await driver.send(label, request, limits=reply_limits(driver), until=any_frame, issues=issues(driver))

    async def all_sent(driver: Driver, credentials: Mapping[str, Credential]) -> None:
        async with anyio.create_task_group() as group:
            for label, credential in credentials.items():
                group.start_soon(sent, driver, label, credential)

    async def no_token(driver: Driver) -> None:
        await sent(driver, "chat", ())

    async def forged_tokens(driver: Driver) -> None:
        place = driver.tokens.place
        await all_sent(driver, {label: place(text) for label, text in forged(driver.tokens.raw() or "").items()})

    async def minted_tokens(driver: Driver) -> None:
        tokens = driver.tokens
        changes = overrides(driver.config.auth.claims, int(time.time()))
        await all_sent(driver, {label: tokens.place(tokens.mint(claims=claims)) for label, claims in changes.items()})

    return (
        Scenario(
            name="no_token",
            run=no_token,
            cost=fixed(replies=1),
            means=("token", *means),
            summary="the plain request without a token",
        ),
        Scenario(
            name="forged_tokens",
            run=forged_tokens,
            cost=fixed(replies=9, reply_steps=1),
            means=("token", *means),
            summary="garbage, and forgeries of the token where it is a JWT",
        ),
        Scenario(
            name="minted_tokens",
            run=minted_tokens,
            cost=fixed(replies=8, reply_steps=1),
            means=("signing_key", *means),
            summary="tokens signed with the right key: a fresh one, expired, early, for another audience",
        ),
    )
