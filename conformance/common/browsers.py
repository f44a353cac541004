"""What a browser asks on behalf of a page, for any route: preflights, and requests from pages that are not listed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from chatproof.cors import cors_request
from chatproof.scenario import Scenario

from .costs import fixed
from .requests import any_frame, asked_first, first_origin, reply_limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.driver import Driver, Issued
    from chatproof.recording import Request

__all__ = ["browser_scenarios", "foreign_origins", "from_page"]


def foreign_origins(listed: str) -> dict[str, str]:
    """
    Pages that are not listed, by label.

    Another one, one whose name begins like a listed one, one whose name ends like it, and none (`null`).
    """
    scheme, _, host = listed.partition("://")
    return {
        "evil": "https://evil.example",
        "suffix": f"{listed}.evil.example",
        "prefix": f"{scheme}://evil-{host}",
        "null": "null",
    }


def from_page(request: Request, origin: str | None) -> Request:
    """The request as another page sends it, or (None) as a client without an Origin does."""
    kept = tuple((name, value) for name, value in request.headers if name.lower() != "origin")
    return replace(request, headers=kept if origin is None else (*kept, ("Origin", origin)))


def browser_scenarios(
    plain: Callable[[Driver], Request],
    *,
    issues: Callable[[Driver], tuple[Issued, ...]] = lambda _driver: (),
    means: tuple[str, ...] = (),
) -> tuple[Scenario, ...]:
    """
    The scenarios `preflight`, `foreign_origins` and `native` for a profile whose plain request `plain` makes.

    A stream is left at its first frame. `issues` names the credentials in its answer, `means` are further ones that the
    request needs.
    """

    async def preflight(driver: Driver) -> None:
        request = plain(driver)
        page, limits = first_origin(driver.config) or "", reply_limits(driver)
        unsafe = cors_request(request).unsafe_names
        typed = [name for name, _ in request.headers if name.lower() in unsafe]
        for label, headers in (("listed", ",".join(unsafe)), ("curl_form", ",".join(typed))):
            asked = asked_first(request.url, page, headers=headers, method=request.method)
            await driver.send(label, asked, limits=limits)

    async def foreign(driver: Driver) -> None:
        request, limits = plain(driver), reply_limits(driver)
        headers = ",".join(cors_request(request).unsafe_names)

        async def one(label: str, page: str) -> None:
            asked = asked_first(request.url, page, headers=headers, method=request.method)
            await driver.send(f"preflight/{label}", asked, limits=limits)
            actual, hidden = from_page(request, page), issues(driver)
            await driver.send(f"actual/{label}", actual, limits=limits, until=any_frame, issues=hidden)

        async with anyio.create_task_group() as group:
            for label, page in foreign_origins(first_origin(driver.config) or "").items():
                group.start_soon(one, label, page)

    async def native(driver: Driver) -> None:
        request, hidden = from_page(plain(driver), None), issues(driver)
        await driver.send("turn", request, limits=reply_limits(driver), until=any_frame, issues=hidden)

    return (
        Scenario(
            name="preflight",
            run=preflight,
            cost=fixed(replies=2),
            means=("origins", *means),
            summary="the preflight of a listed page, as a browser and as curl users write it",
        ),
        Scenario(
            name="foreign_origins",
            run=foreign,
            cost=fixed(replies=8, reply_steps=2),
            means=("origins", "listed_cors", *means),
            summary="preflights and requests from pages that are not listed",
        ),
        Scenario(
            name="native",
            run=native,
            cost=fixed(replies=1),
            means=("origins", *means),
            summary="the plain request of a client without Origin",
        ),
    )
