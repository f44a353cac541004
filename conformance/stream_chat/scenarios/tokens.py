"""Tokens for Stream as users ask for them: plain, again, for another user, and by those who want another's."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import anyio

from chatproof.scenario import Scenario

from ...common.costs import fixed
from ..calls import noted
from ..requests import ask, send, subject_of, upstream_of

if TYPE_CHECKING:
    from chatproof.driver import Driver

__all__ = ["SCENARIOS"]

_NOBODY = "somebody-else"
_FIELDS = ("user_id", "userId", "user", "id")


async def _token(driver: Driver) -> None:
    upstream = upstream_of(driver)
    await send(driver, "token", ask(driver))
    if upstream is not None:
        driver.finding("calls", noted(upstream.calls(), api_key=driver.settings.api_key))
    await send(driver, "again", ask(driver))


async def _second_user(driver: Driver) -> None:
    await send(driver, "second", ask(driver, credential=driver.tokens.second_user()))


async def _chosen_identity(driver: Driver) -> None:
    """The other is the second user where one is declared: a user who exists is the likelier to be given."""
    second = subject_of(driver, second=True)
    other = second if second and second != subject_of(driver) else _NOBODY
    wanted = dict.fromkeys(_FIELDS, other)
    requests = {
        "query": ask(driver, query=f"?{urlencode(wanted)}"),
        "header": ask(driver, extra=[("X-User-Id", other), ("X-User", other)]),
    }
    if driver.settings.method == "POST":
        requests["body"] = ask(driver, body=wanted)
    driver.finding("other", other)
    async with anyio.create_task_group() as group:
        for label, request in requests.items():
            group.start_soon(send, driver, label, request)


async def _swapped_tokens(driver: Driver) -> None:
    """The token for Stream in the place of the app's own."""
    await send(driver, "own", ask(driver))
    token = driver.issued("own", driver.settings.token_field)
    await send(driver, "swapped", ask(driver, credential=driver.tokens.place(token)))


async def _inactive_user(driver: Driver) -> None:
    token = driver.tokens.mint(claims=driver.settings.inactive_user)
    await send(driver, "inactive", ask(driver, credential=driver.tokens.place(token)))


SCENARIOS = (
    Scenario(name="token", run=_token, cost=fixed(replies=2), summary="a token for the first user, twice"),
    Scenario(
        name="second_user",
        run=_second_user,
        cost=fixed(replies=1),
        means=("second_user",),
        summary="a token for the second user",
    ),
    Scenario(
        name="chosen_identity",
        run=_chosen_identity,
        cost=fixed(replies=3, reply_steps=1),
        means=("token",),
        summary="requests of the first user that name another one",
    ),
    Scenario(
        name="swapped_tokens",
        run=_swapped_tokens,
        cost=fixed(replies=2),
        means=("token",),
        summary="a token for Stream in the place of the app's own",
    ),
    Scenario(
        name="inactive_user",
        run=_inactive_user,
        cost=fixed(replies=1),
        means=("inactive_user", "signing_key"),
        summary="a request of a deactivated user",
    ),
)
